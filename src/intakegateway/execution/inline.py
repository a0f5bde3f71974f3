"""Runs in this very process: for tests, for the command line and for the smallest installations."""

from __future__ import annotations

import os
from collections.abc import Callable

from msgspec import Struct, field

from intakegateway.execution.launcher import WorkerState


class Inline(Struct):
    """``work`` executes the next run of the queue; False when there is none."""

    work: Callable[[], bool]
    _closed: bool = False
    _busy: bool = field(default=False)

    def launch(self, run_id: str | None = None) -> None:
        """Execute all that is in the queue, now, in the caller's thread."""
        if self._busy or self._closed:
            return
        self._busy = True
        try:
            while not self._closed and self.work():
                pass
        finally:
            self._busy = False

    def cancel(self, run_id: str) -> None:
        """There is no process of its own to end: the run sees by itself that it shall stop."""

    def state(self) -> list[WorkerState]:
        """This process."""
        return [WorkerState("inline", os.getpid(), None, is_ready=True)]

    def close(self, grace: float = 10.0) -> None:
        """Take no more."""
        self._closed = True
