"""Queries about live events."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from intakegateway.store.tables.runs import Event


def last_id(session: Session) -> int:
    """The number of the latest event; 0 when there is none."""
    return session.scalar(select(func.max(Event.id))) or 0


def first_id(session: Session) -> int:
    """The number of the oldest event that is still kept; 0 when there is none."""
    return session.scalar(select(func.min(Event.id))) or 0


def older() -> ColumnElement[bool]:
    """All but the latest, which must not be deleted: listeners go on after its number, and SQLite would give
    that number, and those before it, once more."""
    return Event.id < select(func.max(Event.id)).scalar_subquery()


def after(
    session: Session, number: int, most: int, *, until: int | None = None,
    projects: Collection[str] | None = None, run_ids: Collection[str] | None = None,
) -> list[Event]:  # fmt: skip
    """Events later than ``number``, in order; None: of all projects, of all runs."""
    query = select(Event).where(Event.id > number)
    if until is not None:
        query = query.where(Event.id <= until)
    if projects is not None:
        query = query.where(Event.project_id.in_(projects))
    if run_ids is not None:
        query = query.where(Event.run_id.in_(run_ids))
    return list(session.scalars(query.order_by(Event.id).limit(most)))
