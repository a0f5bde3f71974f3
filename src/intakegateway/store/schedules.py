"""Queries about schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from intakegateway.store import asked
from intakegateway.store.tables.definitions import Task
from intakegateway.store.tables.runs import Run
from intakegateway.store.tables.schedules import Schedule

SORTABLE = {
    "id": Schedule.id, "next_run_at": Schedule.next_run_at, "last_run_at": Schedule.last_run_at,
    "created_at": Schedule.created_at,
}  # fmt: skip
Started = tuple[str, str | None, str, str, datetime]
"""Id of a run, id and name of its task, its state, and when it was put into the queue."""
ACTIVE = ("PENDING", "RUNNING")


def of_project(
    project_id: str, *, enabled: bool | None = None, task_id: str | None = None
) -> Select[Schedule]:
    """The schedules of a project."""
    query = select(Schedule).where(Schedule.project_id == project_id)
    if enabled is not None:
        query = query.where(Schedule.is_enabled == enabled)
    return query if task_id is None else query.where(Schedule.task_id == task_id)


def active_of(project_id: str) -> Select[Schedule]:
    """Those that fire, the next to run first."""
    query = of_project(project_id, enabled=True).where(Schedule.paused_at.is_(None))
    return query.order_by(Schedule.next_run_at, Schedule.id)


def find(session: Session, project_id: str, schedule_id: str) -> Schedule | None:
    """One schedule of a project."""
    return session.scalar(of_project(project_id).where(Schedule.id == schedule_id))


def of_task(session: Session, task_id: str) -> Schedule | None:
    """The schedule of a task."""
    return session.scalar(select(Schedule).where(Schedule.task_id == task_id))


def started(session: Session, project_id: str, start: datetime, end: datetime, most: int) -> list[Started]:
    """The newest runs that schedules put into the queue from ``start`` to before ``end``, the newest first."""
    query = select(Run.id, Run.task_id, Run.task_name, Run.status, Run.queued_at).where(
        Run.project_id == project_id, Run.queued_at >= start, Run.queued_at < end,
        Run.schedule_id.is_not(None),
    )  # fmt: skip
    rows = session.execute(query.order_by(Run.queued_at.desc(), Run.id.desc()).limit(most))
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def task_names(session: Session, task_ids: list[str]) -> dict[str, str]:
    """The names of tasks by their ids."""

    def named() -> Select[Any]:
        names: Select[Any] = select(Task.id, Task.name)  # type: ignore[assignment]
        return names.where(Task.id.in_(task_ids))

    return {row[0]: row[1] for row in asked.rows(session, ("names", *task_ids), named)}


def due(session: Session, now: datetime, most: int) -> list[Schedule]:
    """Schedules whose time has come, the longest waiting first."""
    query = select(Schedule).where(
        Schedule.is_enabled.is_(True), Schedule.paused_at.is_(None), Schedule.next_run_at <= now
    )
    return list(session.scalars(query.order_by(Schedule.next_run_at).limit(most)))


def next_due(session: Session) -> datetime | None:
    """The earliest moment at which a schedule is due."""
    query = select(func.min(Schedule.next_run_at)).where(
        Schedule.is_enabled.is_(True), Schedule.paused_at.is_(None)
    )
    return session.scalar(query)


def advance(session: Session, schedule: Schedule, seen: datetime, to: datetime | None) -> bool:
    """Move a schedule on from the moment ``seen``; False when another scheduler has done it already."""
    query = update(Schedule).where(
        Schedule.id == schedule.id, Schedule.next_run_at == seen, Schedule.is_enabled.is_(True),
        Schedule.paused_at.is_(None),
    )  # fmt: skip
    done = session.execute(query.values(next_run_at=to), execution_options={"synchronize_session": False})
    return bool(done.rowcount)  # type: ignore[attr-defined]


def active_runs(session: Session, task_id: str, *, queued_by: str | None = None) -> int:
    """Runs of a task that wait or run; ``queued_by``: only those that a schedule has put into the queue."""
    query = select(func.count()).select_from(Run).where(Run.task_id == task_id)
    if queued_by is None:
        query = query.where(Run.status.in_(ACTIVE))
    else:
        query = query.where(Run.status == "PENDING", Run.schedule_id == queued_by)
    return session.scalar(query) or 0
