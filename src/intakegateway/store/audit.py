"""Queries about the audit log."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from intakegateway.model.views.audit import AuditFilter
from intakegateway.store.tables.people import AuditEntry

SORTABLE = {"id": AuditEntry.id, "at": AuditEntry.at}
PART = 1000
"""Entries that an export reads at once."""


def entries(wanted: AuditFilter, projects: Collection[str] | None) -> Select[AuditEntry]:
    """The entries that the filter leaves, of these projects; None: of all, and of none."""
    query = select(AuditEntry)
    if projects is not None:
        query = query.where(AuditEntry.project_id.in_(projects))
    if wanted.user is not None:
        query = query.where(
            or_(AuditEntry.user_id == wanted.user, AuditEntry.user_name == wanted.user.strip().lower())
        )
    for column, value in (
        (AuditEntry.noun, wanted.noun), (AuditEntry.noun_id, wanted.noun_id), (AuditEntry.action, wanted.action)
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    return query if wanted.until is None else query.where(AuditEntry.at < wanted.until)


def newest(session: Session) -> int:
    """The number of the entry that was written last; 0: none."""
    return session.scalar(select(func.max(AuditEntry.id))) or 0


def after(session: Session, query: Select[AuditEntry], number: int, last: int) -> list[AuditEntry]:
    """The next ``PART`` entries of ``query`` after ``number``, up to ``last``."""
    part = query.where(AuditEntry.id > number, AuditEntry.id <= last).order_by(AuditEntry.id).limit(PART)
    return list(session.scalars(part))
