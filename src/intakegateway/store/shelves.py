"""Queries about schemas and templates, which differ only in their content."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import Session

from intakegateway.store.tables.definitions import Schema, Template

Row = TypeVar("Row", Schema, Template)


def find(session: Session, table: type[Row], project_id: str, reference: str) -> Row | None:
    """The one of a project with this id or name."""
    query = select(table).where(table.project_id == project_id)
    query = query.where(or_(table.id == reference, table.name == reference))
    return session.scalar(query.order_by(case((table.id == reference, 0), else_=1)).limit(1))


def filtered(table: type[Row], project_id: str, search: str = "") -> Select[Row]:
    """Those of a project; ``search``: a part of the name."""
    query = select(table).where(table.project_id == project_id)
    return query.where(table.name.icontains(search, autoescape=True)) if search else query
