"""Queries about runs, their logs and their queue."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    literal_column,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import delete as remove
from sqlalchemy.orm import InstrumentedAttribute, Session

from intakegateway.model.views.runs import RunFilter
from intakegateway.store import asked, events, tasks
from intakegateway.store.database import Database
from intakegateway.store.rows import Listing, M
from intakegateway.store.tables.runs import Event, RejectGroup, Run

SORTABLE: dict[str, InstrumentedAttribute[Any]] = {
    "id": Run.id, "queued_at": Run.queued_at, "finished_at": Run.finished_at,
}  # fmt: skip
"""Each of these has an index. Ids grow with the time at which a run was queued."""
Names = tuple[str, ...] | None
_MOST_NAMES = 5000
_ZERO: ColumnElement[int] = literal_column("0")
_HAS_REJECTS = {True: Run.rejected_records > _ZERO, False: Run.rejected_records == _ZERO}
"""Word for word as their indexes say it: of a value that is bound later, no planner knows that it fits."""
_HAS_ENDED = Run.duration_seconds > _ZERO
"""Or had, when it was tried before; what was cancelled before it began took no time."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f-]{0,27})?")
_CLAIMS = 7_242_020
"""The number of the advisory lock under which PostgreSQL hands out runs."""


def find(session: Session, project_id: str, run_id: str) -> Run | None:
    """A run of a project."""
    run = session.get(Run, run_id)
    return run if run is not None and run.project_id == project_id else None


def project_of(session: Session, run_id: str) -> str | None:
    """The id of the project that a run belongs to; None: there is no such run."""

    def of() -> Select[Any]:
        return select(Run.project_id).where(Run.id == run_id)

    found = asked.rows(session, ("project of", run_id), of)
    return found[0][0] if found else None


class Wanted(NamedTuple):
    """Which runs of a project: ``filter`` with what the store says about the names in it.

    ``named``: the names that have the search's text in them; None where they have to be looked through.
    """

    project_id: str
    filter: RunFilter
    task_id: str | None
    named: Names


def wanted(
    session: Session, project_id: str, given: RunFilter, names: Callable[[Session, str], Names]
) -> Wanted:
    """What a filter means. ``names``: ``task_names``, or who remembers what it found."""
    task_id, named = given.task, None
    if task_id is not None:
        task_id = tasks.id_of(session, project_id, task_id) or task_id
    if given.search and not _is_id(given.search):
        known, folded = names(session, project_id), given.search.casefold()
        named = known and tuple(name for name in known if folded in name.casefold())
    return Wanted(project_id, given, task_id, named)


def _is_id(search: str) -> bool:
    return _ID.fullmatch(search.lower()) is not None


def _matching(which: Wanted) -> Select[Any]:
    """The ids of the runs that fit."""
    wanted = which.filter
    query: Select[Any] = select(Run.id).where(Run.project_id == which.project_id)
    if which.task_id is not None:
        query = query.where(Run.task_id == which.task_id)
    if wanted.status:
        query = query.where(Run.status.in_(wanted.status))
    if wanted.trigger is not None:
        query = query.where(Run.trigger == wanted.trigger)
    if wanted.schedule is not None:
        query = query.where(Run.schedule_id == wanted.schedule)
    if wanted.connection is not None:
        named = wanted.connection
        query = query.where(or_(Run.connection == named, Run.source_connection == named))
    if wanted.since is not None:
        query = query.where(Run.queued_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Run.queued_at < wanted.until)
    if wanted.has_rejects is not None:
        query = query.where(_HAS_REJECTS[wanted.has_rejects])
    if wanted.min_seconds is not None or wanted.max_seconds is not None:
        query = query.where(_HAS_ENDED)
    if wanted.min_seconds is not None:
        query = query.where(Run.duration_seconds >= wanted.min_seconds)
    if wanted.max_seconds is not None:
        query = query.where(Run.duration_seconds < wanted.max_seconds)
    if wanted.before is not None:
        query = query.where(Run.id < wanted.before)
    if wanted.search:
        query = query.where(_searched(wanted.search, which.named))
    return query


def _searched(part: str, named: Names) -> ColumnElement[bool]:
    """Runs whose name has ``part`` in it; or with this id, where it looks like the start of one."""
    if _is_id(part):
        return Run.id.startswith(part.lower(), autoescape=True)
    if named is None:
        return Run.task_name.icontains(part, autoescape=True)
    return Run.task_name.in_(named)


def task_names(session: Session, project_id: str) -> Names:
    """The names of all tasks that ever ran, from one step in an index for each; None: too many for that."""
    first = select(func.min(Run.task_name).label("name")).where(Run.project_id == project_id)
    steps = first.cte("names", recursive=True)
    following = select(func.min(Run.task_name)).where(
        Run.project_id == project_id, Run.task_name > steps.c.name
    )
    steps = steps.union_all(select(following.scalar_subquery()).where(steps.c.name.is_not(None)))
    found = session.scalars(
        select(steps.c.name).where(steps.c.name.is_not(None)).limit(_MOST_NAMES + 1)
    ).all()
    return None if len(found) > _MOST_NAMES else tuple(found)


def page(
    session: Session, listing: Listing[M], which: Wanted, order: str, limit: int, offset: int
) -> list[M]:
    """A part of the runs that fit.

    The part is found in an index alone; only its rows are read.
    """

    def narrowed(query: Select[Any]) -> Select[Any]:
        column = SORTABLE[order.removeprefix("-")]
        keys = [column] if column is Run.id else [column, Run.id]
        ordered = [key.desc() if order.startswith("-") else key.asc() for key in keys]
        part = _matching(which).order_by(*ordered).limit(limit).offset(offset).subquery()
        return query.join(part, Run.id == part.c.id).order_by(*ordered)

    return listing.shown(session, (which, order, limit, offset), narrowed)


def count(session: Session, which: Wanted) -> int:
    """How many runs fit."""
    named = which.filter.connection
    if named is None:
        return asked.count(session, which, lambda: _matching(which))
    # Each of these is found in an index; either of two columns is not.
    into, out_of = Run.connection == named, Run.source_connection == named
    unnamed = which._replace(filter=which.filter.model_copy(update={"connection": None}))

    def number(part: str, condition: ColumnElement[bool]) -> int:
        return asked.count(session, (which, part), lambda: _matching(unnamed).where(condition))

    return number("into", into) + number("out of", out_of) - number("both", and_(into, out_of))


def delete(session: Session, ids: Collection[str]) -> None:
    """Forget runs with all that belongs to them in the store; their blobs are the caller's."""
    session.execute(remove(Event).where(Event.run_id.in_(ids), events.older()))
    session.execute(remove(Run).where(Run.id.in_(ids)))


def links(session: Session, listing: Listing[M], run_id: str) -> tuple[list[M], list[M]]:
    """The runs that retried a run, and those that replayed its rejects."""

    def linked(by: InstrumentedAttribute[str | None]) -> list[M]:
        return listing.shown(
            session, (by.key, run_id), lambda query: query.where(by == run_id).order_by(Run.id).limit(100)
        )

    return linked(Run.retry_of_run_id), linked(Run.parent_run_id)


def reject_groups(session: Session, run_id: str) -> list[RejectGroup]:
    """The causes of a run's rejects, most rows first."""
    query = select(RejectGroup).where(RejectGroup.run_id == run_id)
    return list(session.scalars(query.order_by(RejectGroup.count.desc(), RejectGroup.id).limit(1000)))


def anything_to_claim(session: Session, now: datetime) -> bool:
    """Whether the queue has a run whose time has come; looks only."""
    query = select(Run.id).where(Run.status == "PENDING", Run.available_at <= now)
    return session.scalar(query.limit(1)) is not None


def lock_queue(session: Session, database: Database) -> None:
    """Let one process at a time hand out runs, until the transaction's end. SQLite has one writer anyway."""
    if database.is_shared:
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _CLAIMS})


def running(session: Session) -> list[tuple[str, str | None, str, str]]:
    """Project, task, connection and id of the runs that are under way."""
    rows = session.execute(
        select(Run.project_id, Run.task_id, Run.connection, Run.id).where(Run.status == "RUNNING")
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def next_in_queue(
    session: Session, now: datetime, busy_tasks: Collection[str], busy_connections: Iterable[tuple[str, str]],
    run_id: str | None = None,
) -> Run | None:  # fmt: skip
    """The run that has waited longest and is not held back; ``run_id``: only this one."""
    query = select(Run).where(Run.status == "PENDING", Run.available_at <= now)
    if run_id is not None:
        query = query.where(Run.id == run_id)
    if busy_tasks:
        free = or_(Run.task_id.is_(None), Run.task_id.not_in(busy_tasks), Run.may_overlap.is_(True))
        query = query.where(free)
    for project_id, connection in busy_connections:
        query = query.where(not_(and_(Run.project_id == project_id, Run.connection == connection)))
    return session.scalar(query.order_by(Run.available_at, Run.id).limit(1))


def swap(session: Session, run_id: str, status: str, fence: int, /, **values: Any) -> bool:
    """Change a run if it is still in ``status`` under ``fence``; whether it was."""
    changed = session.execute(
        update(Run)
        .where(Run.id == run_id, Run.status == status, Run.fence == fence)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def state(session: Session, run_id: str) -> tuple[str, int, datetime | None] | None:
    """Status, fence and since when it is asked to stop."""
    row = session.execute(
        select(Run.status, Run.fence, Run.cancel_requested_at).where(Run.id == run_id)
    ).first()
    return (row[0], row[1], row[2]) if row else None


def silent(session: Session, before: datetime, limit: int = 100) -> list[Run]:
    """Runs under way whose last sign of life is older than ``before``."""
    query = select(Run).where(Run.status == "RUNNING", Run.heartbeat_at < before)
    return list(session.scalars(query.order_by(Run.id).limit(limit)))


def of_worker(session: Session, worker: str) -> list[Run]:
    """Runs that ``worker`` has under way."""
    return list(session.scalars(select(Run).where(Run.status == "RUNNING", Run.worker == worker)))


def asked_to_stop(session: Session) -> list[tuple[str, datetime]]:
    """Runs under way that somebody wants to end, and since when."""
    query = select(Run.id, Run.cancel_requested_at).where(
        Run.status == "RUNNING", Run.cancel_requested_at.is_not(None)
    )
    return [(row[0], row[1]) for row in session.execute(query) if row[1] is not None]
