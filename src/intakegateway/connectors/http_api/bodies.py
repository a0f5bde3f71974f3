"""The body of an answer while it comes in: in memory while it is small, in a temporary file beyond that."""

from __future__ import annotations

import io
import tempfile
import weakref
import zlib
from io import BufferedReader
from pathlib import Path
from typing import IO

from intakegateway.model.errors import SourceError

SMALL = 8 << 20
"""Bytes that are kept, and later parsed, in memory as one piece: records take about eleven times as much."""
HEAD = 64 << 10
"""Bytes of a larger body that are at hand without opening its file."""

_PIECE = 1 << 20


class Spool:
    """A body in a temporary file, which goes with the last one who holds this."""

    def __init__(self, path: Path, head: bytes, size: int) -> None:
        self.path = path
        self.head = head
        self.size = size
        self._finalizer = weakref.finalize(self, path.unlink, missing_ok=True)

    def open(self) -> BufferedReader:
        """The body from its beginning."""
        return self.path.open("rb")

    def read(self) -> bytes:
        """The whole body, which had better not be too large."""
        return self.path.read_bytes()


class Collector:
    """Takes a body piece by piece. Close it, or use it in ``with``: a body that broke off leaves no file.

    ``add`` raises ``SourceError`` when there are more than ``limit`` bytes.
    """

    def __init__(self, limit: int, where: str) -> None:
        self._limit = limit
        self._where = where
        self._pieces: list[bytes] = []
        self._size = 0
        self._file: IO[bytes] | None = None
        self._head = b""

    def __enter__(self) -> Collector:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            Path(self._file.name).unlink(missing_ok=True)

    def add(self, piece: bytes) -> None:
        """The next bytes."""
        self._size += len(piece)
        if self._size > self._limit:
            raise too_large(self._limit, self._where)
        if self._file is not None:
            self._file.write(piece)
            return
        self._pieces.append(piece)
        if self._size > SMALL:
            self._file = tempfile.NamedTemporaryFile(prefix="intakegateway-", delete=False)  # noqa: SIM115
            self._head = b"".join(self._pieces)[:HEAD]
            self._file.writelines(self._pieces)
            self._pieces.clear()

    def done(self) -> bytes | Spool:
        """The body, whole."""
        if self._file is None:
            return b"".join(self._pieces)
        self._file.close()
        spool = Spool(Path(self._file.name), self._head, self._size)
        self._file = None
        return spool


def unpacked(body: bytes | Spool, limit: int, where: str) -> bytes | Spool | None:
    """What a gzip file as a body holds, None where it breaks off.

    Raises ``SourceError`` for what is not valid gzip, or more than ``limit`` bytes.
    """
    unpacker = zlib.decompressobj(31)
    with Collector(limit, where) as collector, _opened(body) as packed:
        try:
            while (piece := packed.read(_PIECE)) and not unpacker.eof:
                while piece:
                    collector.add(unpacker.decompress(piece, _PIECE))
                    piece = unpacker.unconsumed_tail
        except zlib.error as error:
            raise SourceError(f"The answer is not valid gzip: {error}.", where=where) from None
        return collector.done() if unpacker.eof else None


def too_large(limit: int, where: str) -> SourceError:
    """The error for an answer over the limit."""
    return SourceError(
        f"The answer is larger than {limit:,} bytes.",
        where=where,
        hint="Ask for smaller pages, or raise 'max_response_bytes'.",
    )


def _opened(body: bytes | Spool) -> IO[bytes]:
    return io.BytesIO(body) if isinstance(body, bytes) else body.open()
