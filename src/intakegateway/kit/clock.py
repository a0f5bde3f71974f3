"""Time, as something that can be passed in: what waits or expires takes a clock, so tests do not sleep."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from msgspec import Struct, field


class Clock(Protocol):
    """Seconds, and a way to let them pass."""

    def now(self) -> float:
        """Seconds since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        ...


class WokenError(Exception):
    """Someone ended a sleep: what was waited for is not wanted any more."""


class SystemClock(Struct, frozen=True):
    """The machine's clock. Once ``wake`` is called, its sleeps end with ``WokenError``."""

    _woken: threading.Event = field(default_factory=threading.Event)

    def now(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait. Raises ``WokenError`` when woken."""
        if self._woken.wait(max(seconds, 0.0)):
            raise WokenError

    def wake(self) -> None:
        """End every sleep."""
        self._woken.set()


class ManualClock(Struct):
    """A clock for tests: sleeping moves it forward at once. ``slept`` has every sleep in order."""

    time: float = 1_700_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        """Seconds since 1970, as set."""
        return self.time

    def monotonic(self) -> float:
        """The same seconds."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Move the time forward."""
        self.slept.append(seconds)
        self.time += max(seconds, 0.0)
