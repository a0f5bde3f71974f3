"""How long long lists are: counted once in a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

from msgspec import Struct, field

from intakegateway.kit.clock import Clock

LONG = 1000
"""Lists that are shorter are counted every time."""
FRESH = 3.0
"""Seconds for which a count is good enough."""
_MOST = 1000


class Totals(Struct):
    """Remembers the counts of long lists for a moment. Safe between threads."""

    clock: Clock
    _known: dict[Hashable, tuple[float, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, key: Hashable, count: Callable[[], int]) -> int:
        """The count of the list ``key``."""
        now = self.clock.monotonic()
        with self._lock:
            known = self._known.get(key)
            if known is not None and now < known[0]:
                return known[1]
        found = count()
        with self._lock:
            if found >= LONG:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[key] = (now + FRESH, found)
            else:
                self._known.pop(key, None)
        return found
