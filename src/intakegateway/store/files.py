"""Queries about uploaded files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import Session

from intakegateway.store.tables.definitions import File
from intakegateway.store.tables.runs import Run

SORTABLE = {
    "id": File.id, "name": File.name, "size": File.size, "created_at": File.created_at, "format": File.format,
}  # fmt: skip
UPLOADING, READY, FAILED = "uploading", "ready", "failed"


def find(session: Session, project_id: str, reference: str) -> File | None:
    """The file with this id; else the newest with this name that has arrived, or is arriving."""
    query = select(File).where(File.project_id == project_id)
    query = query.where(or_(File.id == reference, File.name == reference))
    first = (case((File.id == reference, 0), else_=1), case((File.status == READY, 0), else_=1))
    return session.scalar(query.order_by(*first, File.created_at.desc(), File.id.desc()).limit(1))


def filtered(
    project_id: str, *, search: str = "", format: str = "", status: str | None = None
) -> Select[File]:
    """The files of a project that fit all filters; an empty one lets everything through."""
    query = select(File).where(File.project_id == project_id)
    if search:
        query = query.where(File.name.icontains(search, autoescape=True))
    if format:
        query = query.where(File.format == format)
    return query.where(File.status == status) if status else query


def namesakes(session: Session, file: File) -> int:
    """How many other files of the project have the same name and have arrived."""
    query = select(File.id).where(
        File.project_id == file.project_id, File.name == file.name, File.id != file.id, File.status == READY
    )
    return len(session.scalars(query).all())


def stale(session: Session, before: datetime) -> list[File]:
    """Uploads that nobody has gone on with since ``before``."""
    query = select(File).where(File.status == UPLOADING, File.updated_at < before)
    return list(session.scalars(query))


def inputs_of_runs(session: Session, project_id: str) -> list[dict[str, Any]]:
    """What the runs of a project that wait or run read in place of their task's source."""
    query = select(Run.input).where(
        Run.project_id == project_id, Run.status.in_(("PENDING", "RUNNING")), Run.input.is_not(None)
    )
    return [one for one in session.scalars(query) if one is not None]
