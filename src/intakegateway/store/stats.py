"""Sums over runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.orm import Session

from intakegateway.store.tables.definitions import Connection, Task
from intakegateway.store.tables.runs import RejectMark, Run
from intakegateway.store.tables.schedules import Schedule

ENDED = ("SUCCESS", "PARTIAL_SUCCESS", "FAILED", "CANCELLED")
SUMMED = (
    "total_records", "inserted_records", "updated_records", "rejected_records", "bytes_read", "duration_seconds",
)  # fmt: skip
_FORMATS = {"hour": ("%Y-%m-%dT%H:00:00", 'YYYY-MM-DD"T"HH24:00:00'), "day": ("%Y-%m-%d", "YYYY-MM-DD")}


def _sums() -> list[ColumnElement[Any]]:
    counted = {
        "succeeded": "SUCCESS", "partial": "PARTIAL_SUCCESS", "failed": "FAILED", "cancelled": "CANCELLED"
    }  # fmt: skip
    by_status = [
        func.sum(case((Run.status == status, 1), else_=0)).label(name) for name, status in counted.items()
    ]
    amounts = [func.coalesce(func.sum(getattr(Run, name)), 0).label(name) for name in SUMMED]
    return [func.count().label("runs"), *by_status, *amounts]


def _ended(project_id: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Run.project_id == project_id, Run.finished_at >= since, Run.finished_at < until, Run.is_dry.is_(False)
    )  # fmt: skip


def total(
    session: Session, project_id: str, since: datetime, until: datetime, task_id: str | None = None
) -> Row[Any]:
    """The sums over the runs that ended in a time."""
    query = select(*_sums()).where(*_ended(project_id, since, until))
    if task_id is not None:
        query = query.where(Run.task_id == task_id)
    return session.execute(query).one()


def by_time(
    session: Session, project_id: str, since: datetime, until: datetime, bucket: str, *,
    is_embedded: bool, task_id: str | None = None,
) -> dict[datetime, Row[Any]]:  # fmt: skip
    """The sums by the hour or day (UTC) in which runs ended."""
    embedded, shared = _FORMATS[bucket]
    if is_embedded:
        label = func.strftime(embedded, Run.finished_at)
    else:
        label = func.to_char(func.timezone("UTC", Run.finished_at), shared)
    query = select(label.label("at"), *_sums()).where(*_ended(project_id, since, until))
    if task_id is not None:
        query = query.where(Run.task_id == task_id)
    rows = session.execute(query.group_by(label))
    return {datetime.fromisoformat(row.at).replace(tzinfo=UTC): row for row in rows}


def by_task(session: Session, project_id: str, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """The sums for each task that is still there, the busiest first."""
    query = select(Run.task_id, Task.name.label("task_name"), func.max(Run.id).label("last"), *_sums())
    query = query.join(Task, Task.id == Run.task_id).where(*_ended(project_id, since, until))
    return session.execute(query.group_by(Run.task_id, Task.name).order_by(func.count().desc())).all()


def by_ids(session: Session, ids: Sequence[str]) -> dict[str, Run]:
    """Runs by their ids."""
    return {run.id: run for run in session.scalars(select(Run).where(Run.id.in_(ids)))}


def by_status(session: Session, project_id: str | None = None) -> dict[str, int]:
    """How many runs are in each state that is not an end; of one project, or of all."""
    query = select(Run.status, func.count()).where(Run.status.in_(("PENDING", "RUNNING")))
    if project_id is not None:
        query = query.where(Run.project_id == project_id)
    return {row[0]: row[1] for row in session.execute(query.group_by(Run.status))}


def latest(
    session: Session, project_id: str, statuses: Sequence[str], most: int, since: datetime | None = None
) -> list[Run]:
    """The latest runs in these states."""
    query = select(Run).where(Run.project_id == project_id, Run.status.in_(statuses))
    if since is not None:
        query = query.where(Run.finished_at >= since)
    return list(session.scalars(query.order_by(Run.id.desc()).limit(most)))


def last_of_tasks(session: Session, project_id: str, since: datetime) -> list[Run]:
    """The last run of each task that is still there and has run since then, the latest first."""
    last = select(func.max(Run.id)).join(Task, Task.id == Run.task_id)
    last = last.where(
        Run.project_id == project_id, Run.status.in_(ENDED), Run.finished_at >= since, Run.is_dry.is_(False)
    )
    query = select(Run).where(Run.id.in_(last.group_by(Run.task_id)))
    return list(session.scalars(query.order_by(Run.id.desc())))


def counts(session: Session, project_id: str) -> tuple[int, int, int, int]:
    """Tasks, connections, enabled schedules, paused schedules."""
    queries = (
        select(func.count()).select_from(Task).where(Task.project_id == project_id),
        select(func.count()).select_from(Connection).where(Connection.project_id == project_id),
        select(func.count()).select_from(Schedule).where(
            Schedule.project_id == project_id, Schedule.is_enabled.is_(True), Schedule.paused_at.is_(None)
        ),
        select(func.count()).select_from(Schedule).where(
            Schedule.project_id == project_id, Schedule.paused_at.is_not(None)
        ),
    )  # fmt: skip
    tasks, connections, enabled, paused = (session.scalar(query) or 0 for query in queries)
    return tasks, connections, enabled, paused


def open_rejects(session: Session, project_id: str, since: datetime) -> int:
    """Rejected rows of the runs that ended since then that were neither replayed nor discarded."""
    ended = (Run.project_id == project_id, Run.finished_at >= since, Run.is_dry.is_(False))
    rejected = select(func.coalesce(func.sum(Run.rejected_records), 0)).where(*ended)
    done = select(func.coalesce(func.sum(RejectMark.count), 0)).join(Run, Run.id == RejectMark.run_id)
    done = done.where(*ended, RejectMark.state.in_(("replayed", "discarded")))
    return int(session.scalar(rejected) or 0) - int(session.scalar(done) or 0)


def next_schedules(session: Session, project_id: str, most: int) -> Sequence[Any]:
    """The schedules that run next."""
    query = select(Schedule.task_id, Task.name.label("task_name"), Schedule.next_run_at.label("at"))
    query = query.join(Task, Task.id == Schedule.task_id).where(
        Schedule.project_id == project_id, Schedule.is_enabled.is_(True), Schedule.paused_at.is_(None),
        Schedule.next_run_at.is_not(None),
    )  # fmt: skip
    return session.execute(query.order_by(Schedule.next_run_at).limit(most)).all()


def oldest_pending(session: Session) -> datetime | None:
    """Since when the run that waits longest could have started."""
    return session.scalar(select(func.min(Run.available_at)).where(Run.status == "PENDING"))


def ended_by_status(session: Session) -> dict[str, int]:
    """How many runs have ended in each way, over all projects."""
    query = select(Run.status, func.count()).where(Run.status.in_(ENDED)).group_by(Run.status)
    return {row[0]: row[1] for row in session.execute(query)}


def rows_by_outcome(session: Session) -> dict[str, int]:
    """Rows of all runs that are kept, by what became of them."""
    names = (
        "total_records", "inserted_records", "updated_records", "unchanged_records", "skipped_records",
        "deduplicated_records", "rejected_records",
    )  # fmt: skip
    row = session.execute(select(*(func.coalesce(func.sum(getattr(Run, name)), 0) for name in names))).one()
    return {name.removesuffix("_records"): int(value) for name, value in zip(names, row, strict=True)}
