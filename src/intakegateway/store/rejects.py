"""Queries about edits of rejects, and about those that are not open any more."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.orm import Session, defer

from intakegateway.store.tables.runs import RejectEdit, RejectGroup, RejectMark, Run

CLOSED = ("replaying", "replayed", "discarded")
"""The states of marks whose rows are not open."""


def lock(session: Session, run_id: str) -> None:
    """Let nobody else change the state of this run's rejects until the transaction's end."""
    session.execute(select(Run.id).where(Run.id == run_id).with_for_update())


def marks(session: Session, run_id: str, *, with_rows: bool = False) -> list[RejectMark]:
    """The marks that count, in the order in which they were made; their ``rows`` only where wanted."""
    query = select(RejectMark).where(RejectMark.run_id == run_id, RejectMark.state.in_(CLOSED))
    if not with_rows:
        query = query.options(defer(RejectMark.rows))
    return list(session.scalars(query.order_by(RejectMark.id)))


def mark_of(session: Session, child_run_id: str) -> RejectMark | None:
    """The mark that a replay made."""
    query = select(RejectMark).where(RejectMark.child_run_id == child_run_id)
    return session.scalar(query.order_by(RejectMark.id.desc()).limit(1))


def left_behind(session: Session, most: int) -> list[Run]:
    """Replays that have ended although their rows are still marked as being replayed."""
    query = select(Run).join(RejectMark, RejectMark.child_run_id == Run.id)
    query = query.where(RejectMark.state == "replaying", Run.finished_at.is_not(None))
    return list(session.scalars(query.order_by(Run.id).limit(most)))


def under_replay() -> ColumnElement[bool]:
    """Whether a replay reads a run's rejects, or is going to."""
    return exists().where(RejectMark.run_id == Run.id, RejectMark.state == "replaying")


def replaying(session: Session, run_id: str) -> bool:
    """The same of one run."""
    return bool(session.scalar(select(under_replay()).where(Run.id == run_id)))


def groups(session: Session, run_id: str) -> list[RejectGroup]:
    """All causes of a run's rejects, most rows first."""
    query = select(RejectGroup).where(RejectGroup.run_id == run_id)
    return list(session.scalars(query.order_by(RejectGroup.count.desc(), RejectGroup.id)))


def edits(session: Session, run_id: str, rows: tuple[int, int] | None = None) -> list[RejectEdit]:
    """Edits in the order in which they were made; ``rows``: only those that can touch rows from - to."""
    query = select(RejectEdit).where(RejectEdit.run_id == run_id)
    if rows is not None:
        query = query.where(or_(RejectEdit.row.is_(None), RejectEdit.row.between(*rows)))
    return list(session.scalars(query.order_by(RejectEdit.id)))


def edit_page(session: Session, run_id: str, limit: int, offset: int) -> tuple[list[RejectEdit], int]:
    """The newest edits first, and how many there are."""
    query = select(RejectEdit).where(RejectEdit.run_id == run_id).order_by(RejectEdit.id.desc())
    return list(session.scalars(query.limit(limit).offset(offset))), count_edits(session, run_id)


def count_edits(session: Session, run_id: str) -> int:
    """How many edits a run's rejects have."""
    return session.scalar(select(func.count()).where(RejectEdit.run_id == run_id)) or 0


def last_edit(session: Session, run_id: str) -> tuple[str, int]:
    """Changes with every edit that is made or taken back; numbers may come again, batches do not."""
    latest, number = func.coalesce(func.max(RejectEdit.batch), ""), func.count()
    row = session.execute(select(latest, number).where(RejectEdit.run_id == run_id)).one()
    return row[0], row[1]


def last_batch(session: Session, run_id: str) -> list[RejectEdit]:
    """The edits of the latest action."""
    query = select(func.max(RejectEdit.batch)).where(RejectEdit.run_id == run_id).scalar_subquery()
    found = select(RejectEdit).where(RejectEdit.run_id == run_id, RejectEdit.batch == query)
    return list(session.scalars(found.order_by(RejectEdit.id)))


def clear_edits(
    session: Session,
    run_id: str,
    *,
    batch: str | None = None,
    row: int | None = None,
    field: str | None = None,
) -> int:
    """Take edits back; returns how many."""
    query = delete(RejectEdit).where(RejectEdit.run_id == run_id)
    if batch is not None:
        query = query.where(RejectEdit.batch == batch)
    if row is not None:
        query = query.where(RejectEdit.row == row)
    if field is not None:
        query = query.where(RejectEdit.field == field)
    return session.execute(query).rowcount  # type: ignore[attr-defined,no-any-return]


def clear_cells(session: Session, run_id: str, cells: Collection[tuple[int, str]]) -> None:
    """Forget what single cells were edited to; for cells that get another value."""
    for row, field in cells:
        clear_edits(session, run_id, row=row, field=field)
