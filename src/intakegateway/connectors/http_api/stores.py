"""Where tokens are kept between runs: in files of the data folder, or in memory."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from intakegateway.connectors.kept_files import kept_file, read_kept, write_kept
from intakegateway.model.errors import SourceError


@dataclass(frozen=True, slots=True)
class Token:
    """What a token endpoint handed out. ``expires_at`` is in seconds since 1970; 0: unknown."""

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: float = 0.0

    def fresh(self, now: float) -> bool:
        """Whether it is worth sending: not expired, nor about to."""
        return bool(self.access) and (self.expires_at == 0 or now < self.expires_at)


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


class FileTokens(Struct, frozen=True):
    """One JSON file for each token, readable by its owner only, with a lock file beside it."""

    folder: Path

    @contextlib.contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold the key on this machine; a process that dies lets it go."""
        path = kept_file(self.folder, key).with_suffix(".lock")
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
        found = read_kept(kept_file(self.folder, key))
        if found is None:
            return None
        return Token(str(found["access"]), found.get("refresh"), float(found.get("expires_at", 0)))

    def save(self, key: str, token: Token) -> None:
        """Write it whole or not at all."""
        kept = {"access": token.access, "refresh": token.refresh, "expires_at": token.expires_at}
        write_kept(kept_file(self.folder, key), kept)


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
