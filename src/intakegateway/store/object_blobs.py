"""Blobs in an object store that speaks S3.

Credentials and the address come from the environment, as every tool of AWS reads them: ``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``, ``AWS_REGION``, ``AWS_ENDPOINT_URL``; or from the machine's
role.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from intakegateway.model.errors import DefinitionError, MissingDriverError, NotFoundError, UnavailableError
from intakegateway.store.blobs import PIECE, StorageError

_PART = 8 << 20
_AT_ONCE = 4
"""Parts of one upload under way at the same time: what it holds in memory is so many times a part."""


class ObjectBlobs:
    """Blobs as objects below ``s3://bucket/prefix``."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.netloc:
            raise DefinitionError(
                f"'{url}' names no bucket.",
                where="INTAKEGATEWAY_STORAGE_URL",
                hint="Give s3://bucket/prefix.",
            )
        try:
            from obstore.exceptions import BaseError
            from obstore.store import S3Store
        except ImportError:
            raise MissingDriverError("storage in S3", "s3") from None
        plain = os.environ.get("AWS_ENDPOINT_URL", os.environ.get("AWS_ENDPOINT", "")).startswith("http:")
        try:
            self._store: Any = S3Store(
                parts.netloc, prefix=parts.path.strip("/") or None,
                client_options={"allow_http": plain, "timeout": "300s", "connect_timeout": "10s"},
                retry_config={"max_retries": 4},
            )  # fmt: skip
        except BaseError as error:
            raise DefinitionError(
                f"the storage cannot be used: {_said(error)}.", where="INTAKEGATEWAY_STORAGE_URL"
            ) from None

    def put(self, key: str, pieces: Iterable[bytes]) -> int:
        """As a multipart upload, which is seen only once it is complete."""
        import obstore

        size = 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                size += len(piece)
                yield piece

        with _in_words(key):
            obstore.put(self._store, key, counted(), chunk_size=_PART, max_concurrency=_AT_ONCE)
        return size

    def put_file(self, key: str, path: Path) -> None:
        """Send it, then remove the local one."""
        import obstore

        with _in_words(key):
            obstore.put(self._store, key, path, chunk_size=_PART, max_concurrency=_AT_ONCE)
        path.unlink(missing_ok=True)

    def read(self, key: str, start: int = 0) -> Iterator[bytes]:
        """As it comes."""
        import obstore

        if start and start >= self.size(key):
            return
        with _in_words(key):
            options: Any = {"range": {"offset": start}} if start else {}
            stream = obstore.get(self._store, key, options=options).stream(min_chunk_size=PIECE)
            for piece in stream:
                yield bytes(piece)

    def size(self, key: str) -> int:
        """Asked of the store."""
        import obstore

        with _in_words(key):
            return int(obstore.head(self._store, key)["size"])

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """A copy in the temporary folder, removed afterwards."""
        with tempfile.TemporaryDirectory(prefix="intakegateway-") as folder:
            path = Path(folder) / Path(key).name
            try:
                with open(path, "wb") as out:
                    for piece in self.read(key):
                        out.write(piece)
            except OSError as error:
                raise StorageError(
                    f"there is no room for a copy of stored content: {error.strerror or error}.",
                    hint="Free some space in the temporary folder.",
                ) from error
            yield path

    def delete(self, key: str) -> None:
        """Remove the object."""
        import obstore

        with _in_words(key):
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError:
                return


@contextmanager
def _in_words(key: str) -> Iterator[None]:
    from obstore import exceptions as errors

    try:
        yield
    except (FileNotFoundError, errors.NotFoundError):
        raise NotFoundError("stored content", key) from None
    except (errors.PermissionDeniedError, errors.UnauthenticatedError) as error:
        raise StorageError(
            f"the storage refuses: {_said(error)}.",
            hint="Look at the AWS_… credentials and the bucket's policy.",
        ) from None
    except errors.BaseError as error:
        raise UnavailableError(
            f"the storage does not answer: {_said(error)}.", where="INTAKEGATEWAY_STORAGE_URL"
        ) from None


def _said(error: BaseException) -> str:
    """The first line, without the library's inner details."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300].rstrip(".")
