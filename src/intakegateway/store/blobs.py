"""Large content: uploaded files and rejects, in the data folder or in an object store."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from intakegateway.model.errors import GatewayError, NotFoundError

PIECE = 1 << 20
"""Bytes that are moved at a time."""


class StorageError(GatewayError):
    """The storage refuses or is full."""

    code = "storage"


class Blobs(Protocol):
    """Content by key; a key is ``files/<id>`` or ``rejects/<run id>.parquet``.

    Reading a key that is not there raises ``NotFoundError``; a store that refuses raises ``StorageError``,
    one that does not answer ``UnavailableError``.
    """

    def put(self, key: str, pieces: Iterable[bytes]) -> int:
        """Write the pieces as ``key``, whole or not at all; returns the bytes."""
        ...

    def put_file(self, key: str, path: Path) -> None:
        """Take over the content of a local file, which is gone afterwards."""
        ...

    def read(self, key: str, start: int = 0) -> Iterator[bytes]:
        """The content from byte ``start`` on, in pieces."""
        ...

    def size(self, key: str) -> int:
        """Bytes."""
        ...

    def local(self, key: str) -> AbstractContextManager[Path]:
        """A context that gives a path of a local file with the content, as long as it is open."""
        ...

    def delete(self, key: str) -> None:
        """Forget it; nothing happens when it is not there."""
        ...


class FolderBlobs(Struct, frozen=True):
    """Blobs as files below ``folder``."""

    folder: Path

    def put(self, key: str, pieces: Iterable[bytes]) -> int:
        """Write beside the place, then move there."""
        target = self._path(key)
        unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
        size = 0
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(unfinished, "wb") as out:
                for piece in pieces:
                    size += out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            os.replace(unfinished, target)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise _refused(error) from error
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        return size

    def put_file(self, key: str, path: Path) -> None:
        """Move it; to another disk, in pieces."""
        target = self._path(key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise _refused(error) from error
            with open(path, "rb") as file:
                self.put(key, iter(partial(file.read, PIECE), b""))
            path.unlink()

    def read(self, key: str, start: int = 0) -> Iterator[bytes]:
        """A piece at a time."""
        with self.local(key) as path, open(path, "rb") as file:
            file.seek(start)
            while piece := file.read(PIECE):
                yield piece

    def size(self, key: str) -> int:
        """From the folder."""
        with self.local(key) as path:
            return path.stat().st_size

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """The file itself."""
        path = self._path(key)
        if not path.is_file():
            raise NotFoundError("stored content", key)
        yield path

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        path = (self.folder / key).resolve()
        if not path.is_relative_to(self.folder.resolve()) or key.endswith("/"):
            raise StorageError(f"'{key}' is not a place in the storage.")
        return path


def _refused(error: OSError) -> StorageError:
    return StorageError(
        f"the data folder cannot take this: {error.strerror or error}.",
        hint="Free some space, or point INTAKEGATEWAY_STORAGE_URL to another place.",
    )
