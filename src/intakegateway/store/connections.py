"""Queries about connections."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from intakegateway.store import asked
from intakegateway.store.tables.definitions import Connection, File, Project, Task, TaskVersion

SORTABLE = {
    "id": Connection.id, "name": Connection.name, "kind": Connection.kind, "created_at": Connection.created_at,
    "updated_at": Connection.updated_at,
}  # fmt: skip


def find(session: Session, project_id: str, reference: str) -> Connection | None:
    """The connection of the project with this id or name; an id goes before a name."""
    if "\x00" in reference:
        return None
    query = select(Connection).where(
        Connection.project_id == project_id, or_(Connection.id == reference, Connection.name == reference)
    )
    found = list(session.scalars(query))
    return next((one for one in found if one.id == reference), found[0] if found else None)


def named(session: Session, project_id: str, name: str) -> Connection | None:
    """The connection of the project with this name."""
    return session.scalar(
        select(Connection).where(Connection.project_id == project_id, Connection.name == name)
    )


def names(session: Session, project_id: str) -> list[str]:
    """The names of the project's connections."""
    query = select(Connection.name).where(Connection.project_id == project_id).order_by(Connection.name)
    return list(session.scalars(query))


def matching(project_id: str, kind: str | None, search: str | None) -> Select[Connection]:
    """The connections of the project, of a kind, with a text in their name."""
    query = select(Connection).where(Connection.project_id == project_id)
    if kind:
        query = query.where(Connection.kind == kind)
    if search and "\x00" not in search:
        query = query.where(Connection.name.icontains(search, autoescape=True))
    return query


def tasks_naming(session: Session, project_id: str, name: str) -> list[str]:
    """The names of the tasks that read from or load into a connection."""
    query = select(Task.name).where(
        Task.project_id == project_id, or_(Task.source_connection == name, Task.connection == name)
    )
    return list(session.scalars(query.order_by(Task.name)))


def tasks_without_destination(session: Session, project_id: str) -> list[str]:
    """The names of the tasks that name no destination, and so load into the active connection."""
    query = (
        select(Task.name, TaskVersion.spec)
        .join(TaskVersion, and_(TaskVersion.task_id == Task.id, TaskVersion.number == Task.current))
        .where(Task.project_id == project_id, Task.connection == "")
        .order_by(Task.name)
    )
    loads = ((str(name), spec.get("load") or {}) for name, spec in session.execute(query))
    return [name for name, load in loads if not load.get("to") and not load.get("connection")]


def active_id(session: Session, project_id: str) -> str | None:
    """The id of the project's active destination."""

    def active() -> Select[Any]:
        return select(Project.active_connection_id).where(Project.id == project_id)

    found = asked.rows(session, ("active connection", project_id), active)
    return found[0][0] if found else None


def file(session: Session, project_id: str, reference: str) -> File | None:
    """The uploaded file with this id, or the newest whole one with this name."""
    if "\x00" in reference:
        return None
    query = select(File).where(File.project_id == project_id)
    by_id = session.scalar(query.where(File.id == reference))
    if by_id is not None:
        return by_id
    ready = query.where(File.name == reference, File.status == "ready")
    return session.scalar(ready.order_by(File.id.desc()).limit(1))
