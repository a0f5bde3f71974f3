"""The contract of all launchers. The queue is elsewhere: a launcher only makes somebody look at it."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class WorkerState(Struct, frozen=True):
    """One that executes runs."""

    name: str
    pid: int
    run_id: str | None
    """What it is at; None: idle."""
    is_ready: bool
    """Whether it has imported all that a load needs, and waits."""


class Launcher(Protocol):
    """Makes somebody execute what is in the queue.

    Losing a call is no loss: workers also look by themselves, every few seconds. None of these raises.
    """

    def launch(self, run_id: str | None = None) -> None:
        """There is something to run, perhaps this."""
        ...

    def cancel(self, run_id: str) -> None:
        """End the process that executes this run, even in the middle of a statement.

        Asking politely (through the store) comes first, and is not the launcher's part.
        """
        ...

    def state(self) -> list[WorkerState]:
        """Who is there, and at what."""
        ...

    def close(self, grace: float = 10.0) -> None:
        """Take no more; runs under way have ``grace`` seconds to end, then their processes are ended."""
        ...
