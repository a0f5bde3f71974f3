"""Trying again: how long to wait, and when to stop asking a system that does not answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from random import random

from msgspec import Struct, field


class Backoff(Struct, frozen=True):
    """Waits that double from ``initial`` to at most ``longest`` seconds, each cut by up to half at random.

    ``attempts`` counts all tries, the first one included.
    """

    attempts: int = 5
    initial: float = 0.5
    longest: float = 30.0
    jitter: Callable[[], float] = random
    """A number from 0 to 1; a fixed one in tests."""

    def wait(self, failed: int) -> float | None:
        """Seconds to wait after ``failed`` tries have failed, or None when there is no further try."""
        if failed >= self.attempts:
            return None
        whole = min(self.initial * 2.0 ** min(failed - 1, 60), self.longest)
        return whole * (1.0 - self.jitter() / 2.0)


class Breaker(Struct):
    """Stops calls to a system after ``failures`` of them failed in a row, for ``cooldown`` seconds.

    After that one call is let through: its success closes the breaker, its failure opens it again.
    Times are monotonic seconds. Safe to share between threads.
    """

    failures: int = 5
    cooldown: float = 30.0
    _failed: int = 0
    _opened: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def blocked(self, now: float) -> float:
        """Seconds until a call may be made; 0: now."""
        with self._lock:
            if self._failed < self.failures:
                return 0.0
            left = self._opened + self.cooldown - now
            if left > 0:
                return left
            self._opened = now
            return 0.0

    def succeeded(self) -> None:
        """A call was answered."""
        with self._lock:
            self._failed = 0

    def failed(self, now: float) -> None:
        """A call was not answered, all its tries included."""
        with self._lock:
            self._failed += 1
            self._opened = now


class Breakers(Struct):
    """One breaker per name (such as a host), made when first asked for."""

    failures: int = 5
    cooldown: float = 30.0
    _known: dict[str, Breaker] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, name: str) -> Breaker:
        """The breaker of ``name``."""
        with self._lock:
            return self._known.setdefault(name, Breaker(self.failures, self.cooldown))
