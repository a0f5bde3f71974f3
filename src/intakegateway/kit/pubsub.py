"""A bus that only wakes: whoever waits looks into the store for what is new."""

from __future__ import annotations

import threading

from msgspec import Struct, field


class Bus(Struct):
    """Topics, each with a counter that grows. Safe between threads of one process.

    Other processes are not woken: who must notice their work waits with a timeout and looks.
    """

    _counts: dict[str, int] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def wake(self, topic: str) -> None:
        """Something happened in ``topic``."""
        with self._changed:
            self._counts[topic] = self._counts.get(topic, 0) + 1
            self._changed.notify_all()

    def count(self, topic: str) -> int:
        """How often ``topic`` was woken."""
        with self._changed:
            return self._counts.get(topic, 0)

    def wait(self, topic: str, seen: int, timeout: float) -> int:
        """Wait at most ``timeout`` seconds until the count of ``topic`` is not ``seen``; the new count."""
        with self._changed:
            self._changed.wait_for(lambda: self._counts.get(topic, 0) != seen, timeout)
            return self._counts.get(topic, 0)
