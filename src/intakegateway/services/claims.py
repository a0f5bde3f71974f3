"""Handing out runs: who may execute which one, within the limits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from intakegateway.services.context import Context
from intakegateway.services.events import RUN_STATUS, emit
from intakegateway.services.events import TOPIC as EVENTS
from intakegateway.store import runs as store

LOST_ATTEMPTS = 5
"""How often a run is started again because its process died; that does not count as a try of its own."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this process executes, as it was when it was claimed. ``fence`` proves the claim."""

    run_id: str
    project_id: str
    task_id: str | None
    task_name: str
    task_version: int | None
    spec: dict[str, Any] = field(repr=False)
    input: dict[str, Any] | None = field(repr=False)
    load_id: str
    fence: int
    attempt: int
    max_attempts: int
    is_dry: bool
    cancel_requested: bool
    started_at: datetime
    worker: str

    @property
    def only_settles(self) -> bool:
        """Nothing is loaded any more; it is only found out whether an attempt that died had committed."""
        return self.cancel_requested or self.attempt > self.max_attempts + LOST_ATTEMPTS


def claim(context: Context, worker: str, run_id: str | None = None) -> Claim | None:
    """Take the next run of the queue (or this very one) for ``worker``; None when there is none to take.

    The limits over all, per task and per connection are looked at in the same transaction, and claims come
    one after the other: two processes never take the same run, nor one too many.
    """
    now = context.now()
    with context.database.read() as session:
        if run_id is None and not store.anything_to_claim(session, now):
            return None
    with context.database.write() as session:
        store.lock_queue(session, context.database)
        busy = store.running(session)
        settings = context.settings
        if len(busy) >= settings.max_running:
            return None
        tasks = Counter(task for _, task, _, _ in busy if task is not None)
        connections = Counter((project, name) for project, _, name, _ in busy if name)
        run = store.next_in_queue(
            session, now,
            [task for task, count in tasks.items() if count >= settings.max_running_per_task],
            [pair for pair, count in connections.items() if count >= settings.max_running_per_connection],
            run_id,
        )  # fmt: skip
        if run is None:
            return None
        started = run.started_at or now
        taken = store.swap(
            session, run.id, "PENDING", run.fence, status="RUNNING", fence=run.fence + 1,
            attempt=run.attempt + 1, worker=worker, started_at=started, heartbeat_at=now, phase="starting",
        )  # fmt: skip
        if not taken:
            return None
        emit(session, run.project_id, RUN_STATUS, {"status": "RUNNING", "task_name": run.task_name}, run.id)
        claimed = Claim(
            run_id=run.id, project_id=run.project_id, task_id=run.task_id, task_name=run.task_name,
            task_version=run.task_version, spec=run.spec, input=run.input, load_id=run.load_id,
            fence=run.fence + 1, attempt=run.attempt + 1, max_attempts=run.max_attempts, is_dry=run.is_dry,
            cancel_requested=run.cancel_requested_at is not None, started_at=started, worker=worker,
        )  # fmt: skip
    context.bus.wake(EVENTS)
    return claimed
