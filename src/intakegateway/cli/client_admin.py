"""What commands ask a gateway about projects, people, tokens and the audit log; see ``client``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from intakegateway.model.views.accounts import (
        InvitationView,
        InvitedUser,
        IssuedToken,
        PasswordChange,
        SessionView,
        TokenDraft,
        TokenView,
        UserChange,
        UserDraft,
        UserView,
    )
    from intakegateway.model.views.audit import AuditFilter, AuditView
    from intakegateway.model.views.base import Page, PageRequest
    from intakegateway.model.views.projects import (
        MemberDraft,
        MemberView,
        ProjectChange,
        ProjectDraft,
        ProjectView,
    )
    from intakegateway.model.views.samples import SampleView


class Projects(Protocol):
    """The projects of a gateway, each by name or id."""

    def find_all(self, page: PageRequest) -> Page[ProjectView]:
        """A part of the projects, by name."""
        ...

    def get(self, project: str) -> ProjectView:
        """One."""
        ...

    def create(self, draft: ProjectDraft) -> ProjectView:
        """Make one."""
        ...

    def change(self, project: str, change: ProjectChange) -> ProjectView:
        """Change its name or words."""
        ...

    def delete(self, project: str) -> None:
        """Delete it with all that is in it."""
        ...

    def sample(self, project: str) -> SampleView:
        """Put sample data into it, with a task that is ready to run."""
        ...

    def members(self, project: str) -> list[MemberView]:
        """Who belongs to it, by e-mail."""
        ...

    def set_member(self, project: str, draft: MemberDraft) -> MemberView:
        """Give a person a role."""
        ...

    def remove_member(self, project: str, user_id: str) -> None:
        """Take a person out."""
        ...


class People(Protocol):
    """Who may come in."""

    def sessions(self, user_id: str) -> list[SessionView]:
        """Where a person is signed in; a server only tells those of the token's owner."""
        ...

    def sign_out(self, user_id: str) -> None:
        """End all of them; a server only those of the token's owner."""
        ...

    def change_password(self, change: PasswordChange) -> None:
        """A new password of one's own."""
        ...

    def find_all(self, search: str, page: PageRequest) -> Page[UserView]:
        """A part of the people, by address."""
        ...

    def find(self, email: str) -> UserView:
        """The person with this address."""
        ...

    def add(self, draft: UserDraft, password: str | None) -> InvitedUser:
        """Let a person in; without a password there is a link with which they choose one."""
        ...

    def change(self, user_id: str, change: UserChange) -> UserView:
        """Change what a person is."""
        ...

    def invite(self, user_id: str) -> InvitationView:
        """Take the password away; a new link."""
        ...

    def set_password(self, user_id: str, password: str) -> None:
        """Another password, which ends a lock, too."""
        ...

    def unlock(self, user_id: str) -> UserView:
        """End a lock after wrong passwords."""
        ...

    def delete(self, user_id: str) -> None:
        """Forget a person; what they made stays."""
        ...


class Tokens(Protocol):
    """The API tokens of a person. ``owner``: their address; None: who asks."""

    def find_all(self, owner: str | None, page: PageRequest) -> Page[TokenView]:
        """A part of those that are not revoked, the newest first."""
        ...

    def create(self, owner: str | None, draft: TokenDraft) -> IssuedToken:
        """A new one, with its text."""
        ...

    def revoke(self, owner: str | None, token_id: str) -> None:
        """End one."""
        ...


class Audit(Protocol):
    """Who changed what."""

    def find_all(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditView]:
        """A part of the entries, the newest first."""
        ...

    def export(
        self, wanted: AuditFilter, form: Literal["csv", "jsonl"]
    ) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a file with them, the oldest first."""
        ...
