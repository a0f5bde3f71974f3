"""What live pages are told: kept in the store with the change itself, in its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from intakegateway.store.database import write_last
from intakegateway.store.tables.runs import Event

TOPIC = "events"
"""The topic of the bus that is woken after a transaction with events."""
RUN_STATUS, RUN_PROGRESS, RUN_LOG = "run_status", "run_progress", "run_log"
SCHEDULE_TRIGGERED = "schedule_triggered"


def emit(
    session: Session, project_id: str, kind: str, data: Mapping[str, Any], run_id: str | None = None
) -> None:
    """Note an event. ``data`` is plain JSON, without secrets. Wake ``TOPIC`` after the commit."""
    write_last(session, Event(project_id=project_id, run_id=run_id, kind=kind, data=dict(data)))
