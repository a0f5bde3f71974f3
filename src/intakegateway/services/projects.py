"""Projects and who belongs to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, ForbiddenError, NotFoundError, StaleEditError
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.projects import (
    MemberDraft,
    MemberView,
    ProjectChange,
    ProjectDraft,
    ProjectView,
)
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.forgetting import blobs_of_project, delete_blobs
from intakegateway.services.remembered import Remembered
from intakegateway.store import projects as store
from intakegateway.store.paging import page
from intakegateway.store.tables.definitions import Project
from intakegateway.store.tables.people import Member, User

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Projects:
    """The space that owns connections, files, tasks, runs and schedules."""

    context: Context
    _ids: Remembered[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Almost every request names a project."""
        object.__setattr__(self, "_ids", Remembered(self.context))

    def ensure_default(self) -> None:
        """There is always a project ``default``."""
        with self.context.database.write() as session:
            if store.find(session, DEFAULT) is None:
                session.add(Project(name=DEFAULT, title="Default"))

    def id_of(self, actor: Actor, reference: str, role: Role = Role.VIEWER) -> str:
        """The id of the project with this id or name. Raises ``NotFoundError`` and ``ForbiddenError``."""
        writes = self.context.database.writes
        with self.context.database.read() as session:
            found = _found(session, actor, reference, role).id
        self._ids.put(reference, found, writes)
        return found

    def remembered_id(self, actor: Actor, reference: str) -> str | None:
        """The same, if they may look at it and it was found a moment ago; does not read the store."""
        known = self._ids.get(reference)
        return known if known is not None and actor.role_in(known) is not None else None

    def find_all(self, actor: Actor, request: PageRequest) -> Page[ProjectView]:
        """The projects that they may see."""
        ids = None if actor.is_admin else [*actor.roles]
        if actor.only_project is not None:
            ids = [actor.only_project]
        with self.context.database.read() as session:
            found, total = page(session, store.visible(ids), request, store.SORTABLE, "name")
        items = [_view(one, actor) for one in found]
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def get(self, actor: Actor, reference: str) -> ProjectView:
        """One project. Raises ``NotFoundError``."""
        with self.context.database.read() as session:
            return _view(_found(session, actor, reference, Role.VIEWER), actor)

    def create(self, actor: Actor, draft: ProjectDraft) -> ProjectView:
        """Make a project; only an administrator may. Raises ``ConflictError`` for a name that is taken."""
        actor.require_admin()
        with self.context.database.write() as session:
            _free(session, draft.name)
            project = Project(name=draft.name, title=draft.title, description=draft.description)
            session.add(project)
            session.flush()
            if session.get(User, actor.user_id) is not None:
                session.add(Member(project_id=project.id, user_id=actor.user_id, role=Role.ADMIN))
            record(
                session, actor, "created", "project", project_id=project.id, noun_id=project.id,
                name=project.name, after=draft.model_dump(mode="json"),
            )  # fmt: skip
            return _view(project, actor)

    def change(
        self, actor: Actor, reference: str, change: ProjectChange, version: int | None = None
    ) -> ProjectView:
        """Change name or words. ``version``: the one that was read; raises ``StaleEditError`` when old."""
        with self.context.database.write() as session:
            project = _found(session, actor, reference, Role.ADMIN)
            if version is not None and version != project.version:
                raise StaleEditError("project")
            given = change.model_dump(exclude_none=True)
            before = {key: getattr(project, key) for key in given}
            name = given.get("name", project.name)
            if name != project.name:
                if project.name == DEFAULT:
                    raise ConflictError("the project 'default' keeps its name.")
                _free(session, name)
            for key, value in given.items():
                setattr(project, key, value)
            project.version += 1
            record(
                session, actor, "updated", "project", project_id=project.id, noun_id=project.id,
                name=project.name, before=before, after=given,
            )  # fmt: skip
            return _view(project, actor)

    def delete(self, actor: Actor, reference: str) -> None:
        """Delete a project with all that is in it."""
        actor.require_admin()
        with self.context.database.write() as session:
            project = _found(session, actor, reference, Role.ADMIN)
            if project.name == DEFAULT:
                raise ConflictError("the project 'default' cannot be deleted.")
            record(session, actor, "deleted", "project", noun_id=project.id, name=project.name)
            blobs = blobs_of_project(session, project.id)
            session.delete(project)
        delete_blobs(self.context, blobs)

    def members(self, actor: Actor, reference: str) -> list[MemberView]:
        """Who belongs to it, by e-mail."""
        with self.context.database.read() as session:
            project = _found(session, actor, reference, Role.VIEWER)
            return [_member(*row) for row in store.members(session, project.id)]

    def set_member(self, actor: Actor, reference: str, draft: MemberDraft) -> MemberView:
        """Give a person a role. Raises ``NotFoundError`` when nobody has this e-mail address."""
        with self.context.database.write() as session:
            project = _found(session, actor, reference, Role.ADMIN)
            email = draft.email.strip().lower()
            user = session.scalar(select(User).where(User.email == email))
            if user is None:
                raise NotFoundError(
                    "person with the address", email, hint="An administrator adds people first."
                )
            member = store.member(session, project.id, user.id)
            before = {"role": member.role} if member is not None else None
            if member is None:
                member = Member(project_id=project.id, user_id=user.id, role=draft.role)
                session.add(member)
            elif draft.role is not Role.ADMIN:
                _keeps_an_admin(session, actor, project, user.id)
            member.role = draft.role
            session.flush()
            record(
                session, actor, "set_role", "member", project_id=project.id, noun_id=user.id, name=email,
                before=before, after={"role": draft.role},
            )  # fmt: skip
            return _member(member, user)

    def remove_member(self, actor: Actor, reference: str, user_id: str) -> None:
        """Take a person out of the project."""
        with self.context.database.write() as session:
            project = _found(session, actor, reference, Role.ADMIN)
            member = store.member(session, project.id, user_id)
            if member is None:
                raise NotFoundError("member", user_id)
            _keeps_an_admin(session, actor, project, user_id)
            record(
                session, actor, "removed", "member", project_id=project.id, noun_id=user_id,
                before={"role": member.role},
            )  # fmt: skip
            session.delete(member)


def _found(session: Session, actor: Actor, reference: str, role: Role) -> Project:
    project = store.find(session, reference)
    if project is None or actor.role_in(project.id) is None:
        raise NotFoundError("project", reference)
    actor.require(project.id, role)
    return project


def _free(session: Session, name: str) -> None:
    if store.find(session, name) is not None:
        raise ConflictError(f"the name '{name}' is taken by another project.")


def _keeps_an_admin(session: Session, actor: Actor, project: Project, user_id: str) -> None:
    """An administrator of the installation can always get in; others must not lock themselves out."""
    if not actor.is_admin and not store.other_admin(session, project.id, user_id):
        raise ForbiddenError("a project keeps at least one admin.", hint="Make somebody else admin first.")


def _view(project: Project, actor: Actor) -> ProjectView:
    return ProjectView.model_validate(
        {
            **{name: getattr(project, name) for name in ProjectView.model_fields if name != "role"},
            "role": actor.role_in(project.id) or Role.VIEWER,
        }
    )


def _member(member: Member, user: User) -> MemberView:
    return MemberView(
        user_id=user.id,
        email=user.email,
        name=user.name,
        role=Role(member.role),
        created_at=member.created_at,
    )
