"""Queries about tasks and their versions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from intakegateway.model.views.tasks import LastState, ScheduleState, TaskFilter
from intakegateway.store import asked
from intakegateway.store.rows import Listing
from intakegateway.store.tables.definitions import Task, TaskVersion
from intakegateway.store.tables.runs import Run
from intakegateway.store.tables.schedules import Schedule

SORTABLE = {
    "id": Task.id, "name": Task.name, "created_at": Task.created_at, "updated_at": Task.updated_at,
    "table": Task.table, "source_kind": Task.source_kind, "connection": Task.connection,
}  # fmt: skip
_UNFINISHED = ("PENDING", "RUNNING")
RECENT = 10
"""How many runs of each task a list shows."""
_EACH = aliased(Run)
_NEWEST = select(_EACH.id).where(_EACH.task_id == Task.id).order_by(_EACH.id.desc())
"""The runs of a task of an outer query. Made once: making it takes longer than asking."""


def find(session: Session, project_id: str, reference: str) -> Task | None:
    """The task of a project with this id or name."""
    query = select(Task).where(Task.project_id == project_id)
    found = query.where(or_(Task.id == reference, Task.name == reference))
    return session.scalar(found.order_by(case((Task.id == reference, 0), else_=1)).limit(1))


def id_of(session: Session, project_id: str, reference: str) -> str | None:
    """The id of the task of a project with this id or name."""

    def narrowed() -> Select[Any]:
        of = select(Task.id).where(Task.project_id == project_id)
        found = of.where(or_(Task.id == reference, Task.name == reference))
        return found.order_by(case((Task.id == reference, 0), else_=1)).limit(1)

    found = asked.rows(session, ("task", project_id, reference), narrowed)
    return found[0][0] if found else None


def version(session: Session, task: Task, number: int | None = None) -> TaskVersion | None:
    """One version of a task; None: the current one."""
    query = select(TaskVersion).where(TaskVersion.task_id == task.id)
    return session.scalar(query.where(TaskVersion.number == (task.current if number is None else number)))


def versions(task: Task) -> Select[TaskVersion]:
    """All versions of a task."""
    return select(TaskVersion).where(TaskVersion.task_id == task.id)


def last_number(session: Session, task: Task) -> int:
    """The number of the newest version."""
    query = select(TaskVersion.number).where(TaskVersion.task_id == task.id)
    return session.scalar(query.order_by(TaskVersion.number.desc()).limit(1)) or 0


def filtered(project_id: str, wanted: TaskFilter) -> Select[Task]:
    """The tasks of a project that fit all filters; an empty one lets everything through."""
    query = select(Task).where(Task.project_id == project_id)
    search, source_kind, table = wanted.search, wanted.source_kind, wanted.table
    connection = wanted.connection
    if search:
        named = Task.name.icontains(search, autoescape=True)
        query = query.where(or_(named, Task.table.icontains(search, autoescape=True)))
    if source_kind:
        query = query.where(Task.source_kind == source_kind)
    if connection:
        query = query.where(or_(Task.connection == connection, Task.source_connection == connection))
    if table:
        query = query.where(Task.table == table)
    if wanted.state:
        query = query.where(_last_run_is(wanted.state))
    if wanted.schedule is not None:
        query = query.where(_runs_by_itself(wanted.schedule))
    return query


def _last_run_is(states: Collection[LastState]) -> ColumnElement[bool]:
    """For each task one look into the index for its newest run, whose state is read."""
    each = aliased(Run)
    newest = select(each.status).where(each.task_id == Task.id).order_by(each.id.desc()).limit(1)
    last = newest.correlate(Task).scalar_subquery()
    return func.coalesce(last, LastState.NEVER.value).in_([state.value for state in states])


def _runs_by_itself(state: ScheduleState) -> ColumnElement[bool]:
    own = select(Schedule.id).where(Schedule.task_id == Task.id).correlate(Task)
    on = own.where(Schedule.is_enabled.is_(True))
    match state:
        case ScheduleState.NONE:
            return not_(own.exists())
        case ScheduleState.OFF:
            return own.where(Schedule.is_enabled.is_(False)).exists()
        case ScheduleState.PAUSED:
            return on.where(Schedule.paused_at.is_not(None)).exists()
        case ScheduleState.ON:
            return on.where(Schedule.paused_at.is_(None)).exists()


def one(session: Session, listing: Listing[Any], task_id: str) -> dict[str, Any]:
    """One task, as a list reads it."""
    return listing.values(session, task_id, lambda query: query.where(Task.id == task_id))[0]


def recent_runs(
    session: Session, listing: Listing[Any], ids: Collection[str], most: int = RECENT
) -> list[dict[str, Any]]:
    """The last runs of each of these tasks, the newest first.

    One query: for each task a look into the index for the oldest run that counts, and the rows from there on.
    """
    if not ids:
        return []

    def narrowed(query: Select[Any]) -> Select[Any]:
        oldest = func.coalesce(_NEWEST.limit(1).offset(most - 1).scalar_subquery(), "")
        query = query.join(Task, and_(Task.id == Run.task_id, Run.id >= oldest))
        return query.where(Task.id.in_(ids)).order_by(Run.id.desc())

    return listing.values(session, (*ids, most), narrowed)


def last_runs(session: Session, listing: Listing[Any], ids: Collection[str]) -> list[dict[str, Any]]:
    """The last run of each of these tasks."""
    if not ids:
        return []

    def narrowed(query: Select[Any]) -> Select[Any]:
        newest = _NEWEST.limit(1).scalar_subquery()
        return query.join(Task, Run.id == newest).where(Task.id.in_(ids))

    return listing.values(session, tuple(ids), narrowed)


def schedules(session: Session, listing: Listing[Any], ids: Collection[str]) -> list[dict[str, Any]]:
    """The schedules of these tasks."""
    if not ids:
        return []
    return listing.values(session, tuple(ids), lambda query: query.where(Schedule.task_id.in_(ids)))


def is_running(session: Session, task: Task) -> bool:
    """Whether a run of the task waits or runs."""
    query = select(Run.id).where(Run.task_id == task.id, Run.status.in_(_UNFINISHED))
    return session.scalar(query.limit(1)) is not None


def current_specs(session: Session, project_id: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Id, name and definition of every task of a project."""
    query = select(Task.id, Task.name, TaskVersion.spec).join(
        TaskVersion, and_(TaskVersion.task_id == Task.id, TaskVersion.number == Task.current)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query.where(Task.project_id == project_id))]
