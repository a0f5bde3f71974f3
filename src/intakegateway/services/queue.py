"""The queue of runs: entries are rows of ``runs`` in state PENDING."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor
from intakegateway.services.events import RUN_STATUS, emit
from intakegateway.store.tables.definitions import Task, TaskVersion
from intakegateway.store.tables.runs import Run

TOPIC = "queue"
"""The topic of the bus that is woken when there is something to run."""


class RunDraft(Struct, frozen=True):
    """A run that is to be. ``spec`` is that of ``version`` unless it is given."""

    project_id: str
    task: Task | None
    version: TaskVersion | None
    trigger: str
    spec: Mapping[str, Any] | None = None
    task_name: str = ""
    available_at: datetime | None = None
    schedule_id: str | None = None
    scheduled_for: datetime | None = None
    parent_run_id: str | None = None
    retry_of_run_id: str | None = None
    max_attempts: int = 1
    is_dry: bool = False
    may_overlap: bool = False
    input: Mapping[str, Any] | None = None
    callback_url: str | None = None
    load_id: str | None = None


def enqueue(session: Session, actor: Actor, draft: RunDraft, now: datetime) -> Run:
    """Put a run into the queue, in the caller's transaction. Wake ``TOPIC`` after the commit."""
    spec = dict(draft.spec if draft.spec is not None else draft.version.spec if draft.version else {})
    run = Run(
        id=uuid7(),
        project_id=draft.project_id,
        task_id=draft.task.id if draft.task else None,
        task_name=draft.task.name if draft.task else draft.task_name or str(spec.get("name", "")),
        task_version=draft.version.number if draft.version else None,
        spec=spec,
        trigger=draft.trigger,
        triggered_by=actor.user_id or None,
        triggered_by_name=actor.name,
        schedule_id=draft.schedule_id,
        scheduled_for=draft.scheduled_for,
        parent_run_id=draft.parent_run_id,
        is_retry=draft.retry_of_run_id is not None,
        retry_of_run_id=draft.retry_of_run_id,
        is_dry=draft.is_dry,
        may_overlap=draft.may_overlap,
        load_id=draft.load_id or uuid7(),
        max_attempts=draft.max_attempts,
        source_connection=_name(spec, "source"),
        connection=_name(spec, "load"),
        queued_at=now,
        available_at=draft.available_at or now,
        destination_table=str(dict(spec.get("load") or {}).get("table", "")),
        input=dict(draft.input) if draft.input is not None else None,
        callback_url=draft.callback_url,
    )
    session.add(run)
    session.flush()
    emit(session, run.project_id, RUN_STATUS, {"status": run.status, "task_name": run.task_name}, run.id)
    return run


def _name(spec: Mapping[str, Any], half: str) -> str:
    part = spec.get(half)
    return str(part.get("connection") or "") if isinstance(part, Mapping) else ""
