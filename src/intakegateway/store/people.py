"""Queries about people, their sessions and tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from intakegateway.model.actor import Role
from intakegateway.store.tables import people
from intakegateway.store.tables.definitions import Project
from intakegateway.store.tables.people import ApiToken, Identity, Invitation, Member, SignIn, User

SORTABLE = {
    "id": User.id, "email": User.email, "name": User.name, "created_at": User.created_at,
    "last_sign_in_at": User.last_sign_in_at,
}  # fmt: skip
SORTABLE_TOKENS = {
    "id": ApiToken.id, "name": ApiToken.name, "created_at": ApiToken.created_at,
    "last_used_at": ApiToken.last_used_at, "expires_at": ApiToken.expires_at,
}  # fmt: skip


def roles(session: Session, user_id: str) -> dict[str, Role]:
    """The role of a person in each of their projects, by the project's id."""
    query = select(Member.project_id, Member.role).where(Member.user_id == user_id)
    return {project: Role(role) for project, role in session.execute(query)}


def memberships(session: Session, user_id: str) -> list[tuple[Project, Role]]:
    """The projects of a person by name, with their role."""
    query = select(Project, Member.role).join(Member, Member.project_id == Project.id)
    rows = session.execute(query.where(Member.user_id == user_id).order_by(Project.name))
    return [(row[0], Role(row[1])) for row in rows]


def found(text: str, *, active: bool | None = None) -> Select[User]:
    """The people whose name or address has ``text`` in it."""
    query = select(User)
    if text:
        query = query.where(
            or_(User.email.icontains(text, autoescape=True), User.name.icontains(text, autoescape=True))
        )
    return query if active is None else query.where(User.is_active == active)


def by_email(session: Session, email: str) -> User | None:
    """The person with this address; letter case does not count."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def for_change(session: Session, user_id: str) -> User | None:
    """The person as they are now, held against other changes until the transaction ends."""
    query = select(User).where(User.id == user_id).with_for_update()
    return session.scalar(query, execution_options={"populate_existing": True})


def any_admin(session: Session) -> bool:
    """Whether there is an administrator who is not disabled."""
    return session.scalar(select(User.id).where(User.is_admin, User.is_active).limit(1)) is not None


def able_admins(session: Session) -> set[str]:
    """The ids of the administrators who can sign in; they are held until the transaction ends.

    Two administrators who remove each other at the same moment wait for each other here.
    """
    by_provider = exists().where(Identity.user_id == User.id)
    query = select(User.id).where(User.is_admin, User.is_active).order_by(User.id).with_for_update()
    return set(session.scalars(query.where(or_(User.password_hash.is_not(None), by_provider))))


def by_token(session: Session, token_hash: str) -> tuple[ApiToken, User] | None:
    """A token and its owner."""
    query = select(ApiToken, User).join(User, User.id == ApiToken.user_id)
    row = session.execute(query.where(ApiToken.token_hash == token_hash)).first()
    return (row[0], row[1]) if row else None


def tokens(user_id: str) -> Select[ApiToken]:
    """A person's tokens that are not revoked."""
    return select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))


def by_cookie(session: Session, token_hash: str) -> tuple[people.Session, User] | None:
    """A signed-in browser and its person."""
    query = select(people.Session, User).join(User, User.id == people.Session.user_id)
    row = session.execute(query.where(people.Session.token_hash == token_hash)).first()
    return (row[0], row[1]) if row else None


def sessions(session: Session, user_id: str, now: datetime) -> list[people.Session]:
    """A person's browsers that are signed in, the one used last first."""
    query = select(people.Session).where(people.Session.user_id == user_id, people.Session.expires_at > now)
    return list(session.scalars(query.order_by(people.Session.last_seen_at.desc(), people.Session.id.desc())))


def end_sessions(session: Session, user_id: str, *, but: str | None = None) -> None:
    """Sign a person out everywhere, ``but`` in one session."""
    query = delete(people.Session).where(people.Session.user_id == user_id)
    session.execute(query if but is None else query.where(people.Session.id != but))


def by_identity(session: Session, provider: str, subject: str) -> User | None:
    """The person whom a provider of single sign-on knows as ``subject``."""
    query = select(User).join(Identity, Identity.user_id == User.id)
    return session.scalar(query.where(Identity.provider == provider, Identity.subject == subject))


def invitation(session: Session, token_hash: str) -> tuple[Invitation, User] | None:
    """An invitation and whom it is for; both are held until the transaction ends."""
    query = select(Invitation, User).join(User, User.id == Invitation.user_id)
    row = session.execute(query.where(Invitation.token_hash == token_hash).with_for_update()).first()
    return (row[0], row[1]) if row else None


def take_sign_in(session: Session, state_hash: str) -> SignIn | None:
    """The sign-in under way with this state, which is gone from now on: only one caller gets it."""
    query = delete(SignIn).where(SignIn.state_hash == state_hash).returning(SignIn)
    return session.scalar(query)


def forget(session: Session, now: datetime) -> None:
    """Remove what has expired: sessions, sign-ins under way, invitations."""
    for table in (people.Session, SignIn, Invitation):
        session.execute(delete(table).where(table.expires_at <= now))
