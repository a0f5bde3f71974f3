"""Queries about people, their sessions and tokens."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from intakegateway.model.actor import Role
from intakegateway.store.tables.people import ApiToken, Member, User


def roles(session: Session, user_id: str) -> dict[str, Role]:
    """The role of a person in each of their projects, by the project's id."""
    query = select(Member.project_id, Member.role).where(Member.user_id == user_id)
    return {project: Role(role) for project, role in session.execute(query)}


def by_email(session: Session, email: str) -> User | None:
    """The person with this address; letter case does not count."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def by_token(session: Session, token_hash: str) -> tuple[ApiToken, User] | None:
    """A token and its owner."""
    query = select(ApiToken, User).join(User, User.id == ApiToken.user_id)
    row = session.execute(query.where(ApiToken.token_hash == token_hash)).first()
    return (row[0], row[1]) if row else None
