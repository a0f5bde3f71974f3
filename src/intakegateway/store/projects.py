"""Queries about projects and members."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from intakegateway.store.tables.definitions import Project
from intakegateway.store.tables.people import Member, User

SORTABLE = {"id": Project.id, "name": Project.name, "created_at": Project.created_at}


def find(session: Session, reference: str) -> Project | None:
    """The project with this id or name."""
    return session.scalar(select(Project).where(or_(Project.id == reference, Project.name == reference)))


def visible(ids: Collection[str] | None) -> Select[Project]:
    """The projects with these ids; None: all."""
    query = select(Project)
    return query if ids is None else query.where(Project.id.in_(ids))


def members(session: Session, project_id: str) -> list[tuple[Member, User]]:
    """The members with their people, by e-mail."""
    query = select(Member, User).join(User, User.id == Member.user_id)
    rows = session.execute(query.where(Member.project_id == project_id).order_by(User.email))
    return [(row[0], row[1]) for row in rows]


def member(session: Session, project_id: str, user_id: str) -> Member | None:
    """One member."""
    return session.get(Member, (project_id, user_id))


def other_admin(session: Session, project_id: str, user_id: str) -> bool:
    """Whether anybody but ``user_id`` is an admin of the project."""
    query = select(Member.user_id).where(
        Member.project_id == project_id, Member.role == "admin", Member.user_id != user_id
    )
    return session.scalar(query.limit(1)) is not None
