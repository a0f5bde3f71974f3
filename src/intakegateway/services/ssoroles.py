"""What a provider's groups mean here."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from intakegateway.model.actor import Actor, Role
from intakegateway.model.sso import Identity, Provider
from intakegateway.services.audit import record
from intakegateway.store import people, projects
from intakegateway.store.tables.people import Member, User

log = structlog.get_logger()


def welcome(session: Session, provider: Provider, user: User) -> None:
    """Give a new person the provider's default role."""
    if provider.default_role is None:
        return
    project = projects.find(session, provider.default_project)
    if project is None:
        log.warning("sso_project_unknown", provider=provider.name, project=provider.default_project)
        return
    session.add(Member(project_id=project.id, user_id=user.id, role=provider.default_role))
    session.flush()


def follow_groups(session: Session, actor: Actor, provider: Provider, who: Identity, user: User) -> None:
    """Give and take roles and administration as the person's groups say; only what the provider maps.

    The last administrator who can sign in stays one.
    """
    for name in {one.project for one in provider.group_roles}:
        project = projects.find(session, name)
        if project is None:
            log.warning("sso_project_unknown", provider=provider.name, project=name)
            continue
        mapped = [one.role for one in provider.group_roles if one.project == name and one.group in who.groups]
        _set_role(session, actor, project.id, user, max(mapped, key=lambda role: role.rank, default=None))
    if provider.admin_groups:
        _set_admin(session, actor, provider, user, not who.groups.isdisjoint(provider.admin_groups))


def _set_role(session: Session, actor: Actor, project_id: str, user: User, role: Role | None) -> None:
    member = projects.member(session, project_id, user.id)
    before = None if member is None else Role(member.role)
    if before is role:
        return
    if role is None:
        session.delete(member)
    elif member is None:
        session.add(Member(project_id=project_id, user_id=user.id, role=role))
    else:
        member.role = role
    session.flush()
    record(
        session, actor, "removed" if role is None else "set_role", "member", project_id=project_id,
        noun_id=user.id, name=user.email, before={"role": before} if before else None,
        after={"role": role} if role else None,
    )  # fmt: skip


def _set_admin(session: Session, actor: Actor, provider: Provider, user: User, is_admin: bool) -> None:
    if user.is_admin == is_admin:
        return
    if not is_admin and people.able_admins(session) == {user.id}:
        log.warning("sso_last_admin_kept", provider=provider.name, user_id=user.id)
        return
    record(
        session, actor, "updated", "user", noun_id=user.id, name=user.email,
        before={"is_admin": user.is_admin}, after={"is_admin": is_admin},
    )  # fmt: skip
    user.is_admin = is_admin
    user.version += 1
