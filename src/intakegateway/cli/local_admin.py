"""Projects, people, tokens and the audit log of the store of this machine; see ``local_client``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor
from intakegateway.model.errors import DefinitionError
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
from intakegateway.services.accounts import COMMAND_LINE


class LocalProjects(Struct, frozen=True):
    """The projects of a gateway."""

    gateway: Gateway

    def find_all(self, page: PageRequest) -> Page[ProjectView]:
        """A part of the projects, by name."""
        return self.gateway.projects.find_all(COMMAND_LINE, page)

    def get(self, project: str) -> ProjectView:
        """One."""
        return self.gateway.projects.get(COMMAND_LINE, project)

    def create(self, draft: ProjectDraft) -> ProjectView:
        """Make one."""
        return self.gateway.projects.create(COMMAND_LINE, draft)

    def change(self, project: str, change: ProjectChange) -> ProjectView:
        """Change its name or words."""
        return self.gateway.projects.change(COMMAND_LINE, project, change)

    def delete(self, project: str) -> None:
        """Delete it with all that is in it."""
        self.gateway.projects.delete(COMMAND_LINE, project)

    def sample(self, project: str) -> SampleView:
        """Put sample data into it, with a task that is ready to run."""
        project_id = self.gateway.projects.id_of(COMMAND_LINE, project)
        return self.gateway.samples.provide(COMMAND_LINE, project_id)

    def members(self, project: str) -> list[MemberView]:
        """Who belongs to it, by e-mail."""
        return self.gateway.projects.members(COMMAND_LINE, project)

    def set_member(self, project: str, draft: MemberDraft) -> MemberView:
        """Give a person a role."""
        return self.gateway.projects.set_member(COMMAND_LINE, project, draft)

    def remove_member(self, project: str, user_id: str) -> None:
        """Take a person out."""
        self.gateway.projects.remove_member(COMMAND_LINE, project, user_id)


class LocalPeople(Struct, frozen=True):
    """Who may come in."""

    gateway: Gateway

    def sessions(self, user_id: str) -> list[SessionView]:
        """Where a person is signed in."""
        return self.gateway.sessions.find_all(replace(COMMAND_LINE, user_id=user_id))

    def sign_out(self, user_id: str) -> None:
        """End all of them."""
        self.gateway.sessions.end_others(replace(COMMAND_LINE, user_id=user_id))

    def change_password(self, change: PasswordChange) -> None:
        """Not here, where nobody is signed in."""
        raise DefinitionError(
            "a password of one's own is changed on a server.",
            hint="Give --server and a token, or use 'users reset-password'.",
        )

    def find_all(self, search: str, page: PageRequest) -> Page[UserView]:
        """A part of the people, by address."""
        return self.gateway.accounts.find_all(COMMAND_LINE, page, search)

    def find(self, email: str) -> UserView:
        """The person with this address."""
        accounts = self.gateway.accounts
        return accounts.get(COMMAND_LINE, accounts.id_of(COMMAND_LINE, email))

    def add(self, draft: UserDraft, password: str | None) -> InvitedUser:
        """Let a person in; without a password there is a link with which they choose one."""
        return self.gateway.accounts.create(COMMAND_LINE, draft, password, self._origin)

    def change(self, user_id: str, change: UserChange) -> UserView:
        """Change what a person is."""
        return self.gateway.accounts.change(COMMAND_LINE, user_id, change)

    def invite(self, user_id: str) -> InvitationView:
        """Take the password away; a new link."""
        return self.gateway.invitations.renew(COMMAND_LINE, user_id, self._origin)

    def set_password(self, user_id: str, password: str) -> None:
        """Another password, which ends a lock, too."""
        self.gateway.accounts.set_password(COMMAND_LINE, user_id, password)

    def unlock(self, user_id: str) -> UserView:
        """End a lock after wrong passwords."""
        return self.gateway.accounts.unlock(COMMAND_LINE, user_id)

    def delete(self, user_id: str) -> None:
        """Forget a person; what they made stays."""
        self.gateway.accounts.delete(COMMAND_LINE, user_id)

    @property
    def _origin(self) -> str:
        settings = self.gateway.context.settings
        return f"http://{settings.host}:{settings.port}"


class LocalTokens(Struct, frozen=True):
    """The API tokens of people: whoever can read the data folder may speak for each of them."""

    gateway: Gateway

    def find_all(self, owner: str | None, page: PageRequest) -> Page[TokenView]:
        """A part of those that are not revoked, the newest first."""
        return self.gateway.tokens.find_all(self._owner(owner), page)

    def create(self, owner: str | None, draft: TokenDraft) -> IssuedToken:
        """A new one, with its text."""
        project = self.gateway.projects.id_of(COMMAND_LINE, draft.project) if draft.project else None
        return self.gateway.tokens.create(self._owner(owner), draft, project)

    def revoke(self, owner: str | None, token_id: str) -> None:
        """End one."""
        self.gateway.tokens.revoke(self._owner(owner), token_id)

    def _owner(self, email: str | None) -> Actor:
        if email is None:
            raise DefinitionError(
                "a token belongs to a person: say to whom.", where="--owner",
                hint="Give --owner EMAIL; 'intakegateway users list' has the addresses.",
            )  # fmt: skip
        accounts = self.gateway.accounts
        user = accounts.get(COMMAND_LINE, accounts.id_of(COMMAND_LINE, email))
        return Actor(user.id, user.email, user.is_admin)


class LocalAudit(Struct, frozen=True):
    """Who changed what."""

    gateway: Gateway

    def find_all(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditView]:
        """A part of the entries, the newest first."""
        return self.gateway.audit.find_all(COMMAND_LINE, page, wanted)

    @contextmanager
    def export(self, wanted: AuditFilter, form: Literal["csv", "jsonl"]) -> Iterator[Iterator[bytes]]:
        """The bytes of a file with them, the oldest first."""
        yield self.gateway.audit.export(COMMAND_LINE, wanted, as_csv=form == "csv")
