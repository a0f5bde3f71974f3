"""Where cursors and tokens are kept between runs: in files of the data folder, or in memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

import orjson

from intakegateway.model.errors import SourceError


@dataclass(frozen=True, slots=True)
class SavedCursor:
    """The greatest value so far, as the API wrote it, and what it is: timestamp, number or text."""

    value: str
    kind: str


@dataclass(frozen=True, slots=True)
class Token:
    """What a token endpoint handed out. ``expires_at`` is in seconds since 1970; 0: unknown."""

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: float = 0.0

    def fresh(self, now: float) -> bool:
        """Whether it is worth sending: not expired, nor about to."""
        return bool(self.access) and (self.expires_at == 0 or now < self.expires_at)


class CursorStore(Protocol):
    """Keeps one cursor for each key. Raises ``SourceError`` when it cannot."""

    def load(self, key: str) -> SavedCursor | None:
        """The cursor that was saved last, or None."""
        ...

    def save(self, key: str, cursor: SavedCursor) -> None:
        """Keep it; on return it survives a crash."""
        ...


class TokenStore(Protocol):
    """Keeps the token of each key, shared by all runs that use it. Raises ``SourceError`` when it cannot."""

    def lock(self, key: str) -> AbstractContextManager[None]:
        """Hold the key alone: between ``load`` and ``save`` nobody else refreshes."""
        ...

    def load(self, key: str) -> Token | None:
        """The token that was saved last, or None."""
        ...

    def save(self, key: str, token: Token) -> None:
        """Keep it; on return it survives a crash."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryCursors:
    """Cursors that last as long as the process."""

    kept: dict[str, SavedCursor] = field(default_factory=dict)

    def load(self, key: str) -> SavedCursor | None:
        """The cursor of ``key``."""
        return self.kept.get(key)

    def save(self, key: str, cursor: SavedCursor) -> None:
        """Keep it."""
        self.kept[key] = cursor


@dataclass(frozen=True, slots=True)
class MemoryTokens:
    """Tokens that last as long as the process."""

    kept: dict[str, Token] = field(default_factory=dict, repr=False)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def lock(self, key: str) -> AbstractContextManager[None]:
        """Hold the key in this process."""
        return _holding(self._locks.setdefault(key, threading.Lock()))

    def load(self, key: str) -> Token | None:
        """The token of ``key``."""
        return self.kept.get(key)

    def save(self, key: str, token: Token) -> None:
        """Keep it."""
        self.kept[key] = token


@dataclass(frozen=True, slots=True)
class FileCursors:
    """One small JSON file for each cursor, named after a hash of its key."""

    folder: Path

    def load(self, key: str) -> SavedCursor | None:
        """The cursor of ``key``."""
        found = _read(_file(self.folder, key))
        return None if found is None else SavedCursor(str(found["value"]), str(found["kind"]))

    def save(self, key: str, cursor: SavedCursor) -> None:
        """Write it whole or not at all."""
        _write(_file(self.folder, key), {"key": key, "value": cursor.value, "kind": cursor.kind})


@dataclass(frozen=True, slots=True)
class FileTokens:
    """One JSON file for each token, readable by its owner only, with a lock file beside it."""

    folder: Path

    @contextlib.contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold the key on this machine; a process that dies lets it go."""
        path = _file(self.folder, key).with_suffix(".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SourceError(f"The token cannot be locked: {error}.") from None
        try:
            _lock_file(held)
            yield
        finally:
            os.close(held)

    def load(self, key: str) -> Token | None:
        """The token of ``key``."""
        found = _read(_file(self.folder, key))
        if found is None:
            return None
        return Token(str(found["access"]), found.get("refresh"), float(found.get("expires_at", 0)))

    def save(self, key: str, token: Token) -> None:
        """Write it whole or not at all."""
        kept = {"access": token.access, "refresh": token.refresh, "expires_at": token.expires_at}
        _write(_file(self.folder, key), kept)


def _file(folder: Path, key: str) -> Path:
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, orjson.JSONDecodeError) as error:
        raise SourceError(f"The file cannot be read: {error}.", where=str(path)) from None
    if not isinstance(found, dict):
        raise SourceError(
            "The file does not hold what was saved there. Delete it to start anew.", where=str(path)
        )
    return found


def _write(path: Path, content: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=path.parent, suffix=".new", delete=False) as file:  # made with mode 600
            try:
                file.write(orjson.dumps(content))
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise SourceError(f"The file cannot be written: {error}.", where=str(path)) from None


@contextlib.contextmanager
def _holding(lock: threading.Lock) -> Iterator[None]:
    with lock:
        yield


def _lock_file(held: int) -> None:
    """Wait for the lock; closing the file gives it back."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(held, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(held, fcntl.LOCK_EX)
