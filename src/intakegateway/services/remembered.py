"""What was read of the store a moment ago, for questions that every request asks again."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

from msgspec import Struct, field

from intakegateway.services.context import Context

T = TypeVar("T")

FRESH = 1.0
"""Seconds after which the store is asked again: other processes write into it too."""
_MOST = 1000


class Remembered(Struct, Generic[T]):
    """Answers by question, until this process writes anything, and for a second at most. Safe between threads."""

    context: Context
    _known: dict[Hashable, tuple[int, float, T]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable) -> T | None:
        """The answer; None: ask the store."""
        with self._lock:
            known = self._known.get(key)
        if known is None:
            return None
        writes, until, value = known
        is_fresh = writes == self.context.database.writes and self.context.clock.monotonic() < until
        return value if is_fresh else None

    def put(self, key: Hashable, value: T, writes: int, seconds: float = FRESH) -> None:
        """Keep an answer. ``writes``: as the database counted before it was read."""
        until = self.context.clock.monotonic() + min(seconds, FRESH)
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = (writes, until, value)
