"""Bytes that arrive: on disk at once, hashed on the way, bounded, and gone when they never become a file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

from intakegateway.kit.locks import try_lock
from intakegateway.model.errors import ConflictError, DefinitionError, TooLargeError
from intakegateway.store.blobs import StorageError

PIECE = 1 << 20
LONGEST_NAME = 255

_hashes: dict[str, tuple[int, Any]] = {}
"""The hash of each upload in pieces that this process has begun, and how many bytes it covers."""
_MOST_HASHES = 1_000
_guard = Lock()


class Incoming:
    """One request's bytes, written after the first ``offset`` bytes of the partial file at ``path``.

    Raises ``ConflictError`` when another request writes to the same file, or when ``offset`` is not where
    it ends.
    """

    def __init__(
        self, file_id: str, name: str, path: Path, *, most: int, offset: int = 0, announced: bool = False
    ) -> None:
        self.file_id = file_id
        self.name = name
        self.path = path
        self.received = offset
        self.expected = ""
        """The SHA-256 that the whole must have, in hexadecimal; empty: any."""
        self._most = most
        self._announced = announced
        self._pieces: list[bytes] = []
        self._held = 0
        self._file = _opened(path, offset)
        with _guard:
            covered, found = _hashes.pop(file_id, (-1, None))
        self._hash = hashlib.sha256() if offset == 0 else found if covered == offset else None

    def write(self, piece: bytes) -> None:
        """Take some bytes. Raises ``TooLargeError`` and ``StorageError`` (a full disk)."""
        if self.received + len(piece) > self._most:
            if self._announced:
                raise ConflictError(f"more bytes came than the {self._most:,} that were announced.")
            raise too_large(self._most)
        self.received += len(piece)
        self._pieces.append(piece)
        self._held += len(piece)
        if self._held >= PIECE:
            self._flush()

    def pause(self) -> None:
        """Everything on disk, so that another request can go on."""
        try:
            self._flush()
        finally:
            self._file.close()
        if self._hash is not None:
            with _guard:
                if len(_hashes) >= _MOST_HASHES:
                    _hashes.pop(next(iter(_hashes)))
                _hashes[self.file_id] = (self.received, self._hash)

    def finish(self) -> str:
        """Everything safely on disk; returns the SHA-256 of the whole.

        Raises ``DefinitionError`` when that is not the one that is expected; the file is empty then.
        """
        try:
            self._flush()
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _refused(error) from error
        finally:
            self._file.close()
        found = self._hash.hexdigest() if self._hash is not None else _hashed(self.path)
        if self.expected not in ("", found):
            os.truncate(self.path, 0)
            raise DefinitionError(
                f"the file arrived damaged: its SHA-256 is {found}, not {self.expected}.",
                hint="Send it again, from its first byte.",
            )
        return found

    def digest(self) -> str:
        """The SHA-256 of what has arrived by now, in hexadecimal."""
        self._flush()
        return self._hash.hexdigest() if self._hash is not None else _hashed(self.path)

    def discard(self) -> None:
        """Forget it all."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _flush(self) -> None:
        data, self._pieces, self._held = b"".join(self._pieces), [], 0
        if not data:
            return
        try:
            view = memoryview(data)
            while view:
                # A disk that has room for a part of it takes that part, and says so.
                view = view[self._file.write(view) :]
        except OSError as error:
            raise _refused(error) from error
        if self._hash is not None:
            self._hash.update(data)


def too_large(most: int) -> TooLargeError:
    """The error for a file that is over the limit."""
    return TooLargeError(
        f"the file is larger than {_size(most)}, the most that this installation takes.",
        hint="An administrator can raise INTAKEGATEWAY_MAX_UPLOAD_BYTES.",
    )


def _opened(path: Path, offset: int) -> Any:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "r+b" if path.exists() else "w+b", buffering=0)  # noqa: SIM115
    except OSError as error:
        raise _refused(error) from error
    if not try_lock(file.fileno()):
        file.close()
        raise ConflictError(
            "another request is sending this file.", hint="Wait for it, then ask how far it is."
        )
    have = os.fstat(file.fileno()).st_size
    if have != offset:
        file.close()
        raise ConflictError(
            f"{have} bytes have arrived, so the next piece begins at {have}, not at {offset}.",
            hint="Ask with HEAD how far the upload is.",
        )
    file.seek(offset)
    return file


def _hashed(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refused(error: OSError) -> StorageError:
    return StorageError(
        f"the data folder cannot take this file: {error.strerror or error}.",
        hint="Free some space in INTAKEGATEWAY_HOME, then send it again.",
    )


def _size(count: int) -> str:
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            return f"{count / factor:.4g} {unit}"
    return f"{count} bytes"


def clean_name(name: str) -> str:
    """The last part of a name that a client gave, as people will see it. Raises ``DefinitionError``."""
    last = PurePosixPath(name.replace("\\", "/").strip()).name.strip()
    plain = "".join(character for character in last if character.isprintable())
    if not plain or plain in (".", ".."):
        raise DefinitionError("a file needs a name.", hint="Such as orders.csv.", path=("name",))
    stem, dot, suffix = plain.rpartition(".")
    return plain if len(plain) <= LONGEST_NAME else f"{stem[: LONGEST_NAME - len(suffix) - 1]}{dot}{suffix}"
