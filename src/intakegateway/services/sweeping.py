"""Runs whose process died: found by their heartbeat or told by the pool, and given to another process."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from intakegateway.model.run import Status
from intakegateway.services import leases, rejectstate
from intakegateway.services.claims import LOST_ATTEMPTS
from intakegateway.services.context import Context
from intakegateway.services.finishing import Ending, OnFinish, write
from intakegateway.services.runlog import Line
from intakegateway.store import rejects
from intakegateway.store import runs as store
from intakegateway.store.tables.runs import Run

SILENCE = timedelta(seconds=30)
"""A run without a sign of life for so long is an orphan."""
LEASE_SECONDS = 20.0
_AT_ONCE = 100


class Sweeper(Struct, frozen=True):
    """Looks for orphans. Several processes may do so at once: each change is a compare-and-swap."""

    context: Context
    on_finish: tuple[OnFinish, ...] = ()

    def sweep(self, holder: str) -> int:
        """Give orphans back to the queue, or end them; returns how many. Does nothing without the lease.

        Nothing is written, the lease neither, while there is nothing to do: what is written ends kept answers.
        """
        now = self.context.now()
        with self.context.database.read() as session:
            found = store.silent(session, now - SILENCE)
            left = rejects.left_behind(session, 1)
        if not found and not left:
            return 0
        if not leases.take(self.context.database, "sweep", holder, now, LEASE_SECONDS):
            return 0
        self.settle_replays()
        return self._release(found, f"it gave no sign of life for {SILENCE.seconds} seconds")

    def settle_replays(self) -> int:
        """Say what became of rejects whose replay has ended, where its end could not; returns of how many."""
        with self.context.database.read() as session:
            found = rejects.left_behind(session, _AT_ONCE)
        for run in found:
            with self.context.database.write() as session:
                rejectstate.finished(session, session.get_one(Run, run.id))
        return len(found)

    def release(self, worker: str, reason: str) -> int:
        """``worker`` is dead: what it had under way goes on elsewhere, at once."""
        with self.context.database.read() as session:
            found = store.of_worker(session, worker)
        return self._release(found, reason)

    def overdue(self, grace: float) -> list[str]:
        """The runs that were asked to stop more than ``grace`` seconds ago and are still under way."""
        with self.context.database.read() as session:
            asked = store.asked_to_stop(session)
        before = self.context.now() - timedelta(seconds=grace)
        return [run_id for run_id, moment in asked if moment <= before]

    def clear_folders(self) -> None:
        """Remove what runs left behind that are not under way any more (on this machine)."""
        work = self.context.settings.home / "work"
        if not work.is_dir():
            return
        for folder in work.iterdir():
            with self.context.database.read() as session:
                state = store.state(session, folder.name)
            if state is None or state[0] not in (Status.PENDING, Status.RUNNING):
                shutil.rmtree(folder, ignore_errors=True)

    def _release(self, runs: Iterable[Run], reason: str) -> int:
        now = self.context.now()
        return sum(
            write(self.context, run.id, run.fence, _after(run, reason, now), self.on_finish) for run in runs
        )


def _after(run: Run, reason: str, now: datetime) -> Ending:
    """Back to the queue, where the next one finds out whether it had committed; or failed, at last."""
    facts = {"worker": run.worker, "attempt": run.attempt, "reason": reason}
    if run.attempt <= run.max_attempts + LOST_ATTEMPTS:
        line = Line(now, "warning", "worker_lost", f"The process that ran this ended: {reason}.", facts)
        values = {"available_at": now, "worker": "", "phase": ""}
        return Ending(Status.PENDING, values, lines=[line])
    error = {
        "code": "orphaned", "message": f"the process that ran it ended {run.attempt} times; last: {reason}.",
        "where": run.worker or None,
        "hint": "Whether its rows were written is not known: look into the destination's"
        f" _intakegateway_loads for '{run.load_id}'.",
    }  # fmt: skip
    line = Line(now, "error", "run_failed", error["message"] or "", facts)
    return Ending(Status.FAILED, {"error": error, "finished_at": now, "phase": ""}, lines=[line])
