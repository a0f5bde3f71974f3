"""Binary streams beneath a file: counted, put together, decompressed, and bounded against bombs."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from intakegateway.model.errors import MissingDriverError, SourceError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BOMB_RATIO = 1000
"""A file may not grow more than this many times when it is decompressed …"""
BOMB_BYTES = 1 << 30
"""… once more than this many bytes came out."""

ZSTD_FEED = 4096
"""Compressed bytes per step: zstd can make 128 KB of 4 bytes, so a larger step could fill the memory."""


class Readable(Protocol):
    """All that is asked of a stream beneath another."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        ...

    def close(self) -> None:
        """Give the file back."""
        ...


class Meter:
    """How many bytes of the stored (compressed) file were taken, and how many came out."""

    __slots__ = ("produced", "taken")

    def __init__(self) -> None:
        self.taken = 0.0
        self.produced = 0


class Counted(io.RawIOBase):
    """A raw stream that counts what is read, times ``scale``, as taken."""

    def __init__(self, inner: Readable, meter: Meter, scale: float = 1.0) -> None:
        self._inner = inner
        self._meter = meter
        self._scale = scale

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill the buffer as far as one step allows; 0 at the end."""
        view = memoryview(buffer).cast("B")
        data = self._inner.read(len(view))
        view[: len(data)] = data
        self._meter.taken += len(data) * self._scale
        return len(data)

    def close(self) -> None:
        """Close what is beneath, too."""
        if not self.closed:
            self._inner.close()
        super().close()


class Chained(io.RawIOBase):
    """Bytes that were read ahead, and then the rest of a stream, which stays open."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill the buffer as far as one step allows; 0 at the end."""
        view = memoryview(buffer).cast("B")
        if self._head:
            data, self._head = self._head[: len(view)], self._head[len(view) :]
        else:
            data = self._rest.read(len(view))
        view[: len(data)] = data
        return len(data)


class Guarded(io.RawIOBase):
    """A decompressed stream: its faults become ``SourceError``, and a bomb is refused."""

    def __init__(self, inner: Readable, beneath: Readable, meter: Meter, name: str) -> None:
        self._inner = inner
        self._beneath = beneath
        self._meter = meter
        self._name = name

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill the buffer as far as one step allows; 0 at the end."""
        view = memoryview(buffer).cast("B")
        try:
            data = self._inner.read(len(view))
        except Exception as error:
            raise unreadable(error, self._name) from error
        view[: len(data)] = data
        self._meter.produced += len(data)
        if self._meter.produced > BOMB_BYTES and self._meter.produced > BOMB_RATIO * self._meter.taken:
            raise SourceError(
                f"grows more than {BOMB_RATIO} times when it is decompressed, which looks like a bomb.",
                where=self._name,
                hint="If it is genuine, decompress it and load the result.",
            )
        return len(data)

    def close(self) -> None:
        """Close what is beneath, too."""
        if not self.closed:
            self._inner.close()
            self._beneath.close()
        super().close()


class Lenient(io.RawIOBase):
    """A decompressed stream whose input was cut on purpose: it just ends there."""

    def __init__(self, inner: Readable) -> None:
        self._inner = inner

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill the buffer as far as one step allows; 0 at the end."""
        view = memoryview(buffer).cast("B")
        try:
            data = self._inner.read(min(len(view), 1 << 13))
        except EOFError:
            return 0
        view[: len(data)] = data
        return len(data)


def unreadable(error: Exception, name: str) -> Exception:
    """The error of a stream, for a person; an error that is not about the content is returned as it is."""
    if isinstance(error, SourceError | MissingDriverError):
        return error
    if isinstance(error, EOFError):
        return SourceError(
            "breaks off: its compressed data is not complete.",
            where=name,
            hint="The file was cut short, for instance by an unfinished copy; get it again.",
        )
    if isinstance(error, NotImplementedError):
        return SourceError(
            f"is compressed in a way that cannot be read ({error}).",
            where=name,
            hint="Compress it as a common zip (deflate), or with gzip.",
        )
    if isinstance(error, RuntimeError) and "password" in str(error):
        return SourceError("is protected with a password.", where=name, hint="Unpack it and load the result.")
    if isinstance(error, OSError) and error.errno is not None:
        return SourceError(f"cannot be read: {error.strerror}.", where=name)
    corrupt = (OSError, zlib.error, zipfile.BadZipFile, lzma.LZMAError)
    if isinstance(error, corrupt) or type(error).__name__ == "ZstdError":
        return SourceError(
            f"is damaged: its compressed data cannot be read ({error}).",
            where=name,
            hint="Get the file again, or test it with the program that packed it.",
        )
    return error


class _Zstd:
    """zstd frames one after the other; unlike the library's own reader it notices a missing end."""

    def __init__(self, inner: BinaryIO) -> None:
        try:
            import zstandard
        except ImportError as error:
            raise MissingDriverError("Reading zstd files", "zstd") from error
        self._inner = inner
        self._fresh: Callable[[], Any] = zstandard.ZstdDecompressor().decompressobj
        self._frame = self._fresh()
        self._started = False
        self._ready = bytearray()

    def read(self, size: int = -1, /) -> bytes:
        while len(self._ready) < size or size < 0:
            piece = self._inner.read(ZSTD_FEED)
            if not piece:
                if self._started:
                    raise EOFError
                break
            self._feed(piece)
        if size < 0:
            size = len(self._ready)
        with memoryview(self._ready) as view:
            data = bytes(view[:size])
        del self._ready[:size]
        return data

    def _feed(self, piece: bytes) -> None:
        while piece:
            self._ready += self._frame.decompress(piece)
            self._started = not self._frame.eof
            if not self._frame.eof:
                return
            piece = self._frame.unused_data
            self._frame = self._fresh()

    def close(self) -> None:
        self._inner.close()


def _gunzip(inner: BinaryIO) -> Readable:
    import gzip

    return gzip.GzipFile(fileobj=inner, mode="rb")


def _bunzip(inner: BinaryIO) -> Readable:
    import bz2

    return bz2.BZ2File(inner)


def _unxz(inner: BinaryIO) -> Readable:
    return lzma.LZMAFile(inner)


DECODERS: dict[bytes, Callable[[BinaryIO], Readable]] = {
    b"\x1f\x8b\x08": _gunzip,
    b"\x28\xb5\x2f\xfd": _Zstd,
    b"BZh": _bunzip,
    b"\xfd7zXZ\x00": _unxz,
}
"""What undoes a compression, by the first bytes of what it made."""


def decoder(head: bytes) -> Callable[[BinaryIO], Readable] | None:
    """What undoes the compression of a file that starts with ``head``; None for a plain file."""
    for magic, found in DECODERS.items():
        if head.startswith(magic) and (
            magic != b"BZh" or head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
        ):
            return found
    return None
