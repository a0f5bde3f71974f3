"""Who asks, and what they may do."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import StrEnum

from msgspec import Struct, field

from intakegateway.model.errors import ForbiddenError, NotFoundError


class Role(StrEnum):
    """What a member may do in a project; each role may do what those before it may.

    viewer: look. operator: run, cancel, retry, fix and replay rejects. editor: define tasks, connections,
    schedules, files. admin: members, the project itself.
    """

    VIEWER = "viewer"
    OPERATOR = "operator"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 to 3."""
        return _RANKS[self]

    def covers(self, other: Role) -> bool:
        """Whether this role may do all that ``other`` may."""
        return self.rank >= other.rank


_RANKS = {role: rank for rank, role in enumerate(Role)}


class Actor(Struct, frozen=True):
    """A person or a program that asks for something. ``roles`` is by the project's id.

    ``limit``: an API token's role; nothing beyond it is allowed, whatever its owner may. ``only_project``:
    the one project that a token opens.
    """

    user_id: str
    name: str
    is_admin: bool = False
    roles: Mapping[str, Role] = field(default_factory=dict)
    limit: Role | None = None
    only_project: str | None = None
    ip: str = ""
    token_id: str | None = None
    session_id: str | None = None

    @property
    def sight(self) -> Hashable:
        """Two actors with the same one are shown the same."""
        return (self.user_id, self.is_admin, self.limit, self.only_project, frozenset(self.roles.items()))

    def role_in(self, project_id: str) -> Role | None:
        """The role in a project, None where it must not even be seen."""
        if self.only_project is not None and self.only_project != project_id:
            return None
        role = Role.ADMIN if self.is_admin else self.roles.get(project_id)
        if role is None or self.limit is None or self.limit.covers(role):
            return role
        return self.limit

    def may(self, project_id: str, role: Role) -> bool:
        """Whether ``role`` is covered in this project."""
        mine = self.role_in(project_id)
        return mine is not None and mine.covers(role)

    def require(self, project_id: str, role: Role) -> None:
        """Raises ``NotFoundError`` for a project that is not theirs, ``ForbiddenError`` below ``role``."""
        mine = self.role_in(project_id)
        if mine is None:
            raise NotFoundError("project", project_id)
        if not mine.covers(role):
            raise ForbiddenError(
                f"this needs the role '{role}' in the project; yours is '{mine}'.",
                hint="Ask an admin of the project.",
            )

    def require_admin(self) -> None:
        """Raises ``ForbiddenError`` unless they may manage the whole installation."""
        whole = self.limit in (None, Role.ADMIN) and self.only_project is None
        if not (self.is_admin and whole):
            raise ForbiddenError("only an administrator of this installation may do this.")

    def require_self(self) -> None:
        """Raises ``ForbiddenError`` unless they may manage their own account: not with a limited token."""
        if self.limit not in (None, Role.ADMIN) or self.only_project is not None:
            raise ForbiddenError(
                "a token with a lower role or for one project cannot manage its owner's account.",
                hint="Sign in, or use a token without limits.",
            )


SYSTEM = Actor("", "system", is_admin=True)
"""The gateway itself: the scheduler, retention."""
