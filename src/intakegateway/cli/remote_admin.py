"""Projects, people, tokens and the audit log of a gateway that serves elsewhere; see ``remote_client``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from msgspec import Struct
from pydantic import RootModel

from intakegateway.cli.remote_calls import PIECE, Calls, part, query_of
from intakegateway.model.errors import DefinitionError, NotFoundError
from intakegateway.model.views.accounts import (
    InvitationView,
    InvitedUser,
    IssuedToken,
    Me,
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


class RemoteProjects(Struct, frozen=True):
    """The projects of a gateway."""

    calls: Calls

    def find_all(self, page: PageRequest) -> Page[ProjectView]:
        """A part of the projects, by name."""
        return self.calls.view(Page[ProjectView], "GET", "/projects", **query_of(page))

    def get(self, project: str) -> ProjectView:
        """One."""
        return self.calls.view(ProjectView, "GET", f"/projects/{part(project)}")

    def create(self, draft: ProjectDraft) -> ProjectView:
        """Make one."""
        return self.calls.view(ProjectView, "POST", "/projects", draft)

    def change(self, project: str, change: ProjectChange) -> ProjectView:
        """Change its name or words."""
        return self.calls.view(ProjectView, "PATCH", f"/projects/{part(project)}", change)

    def delete(self, project: str) -> None:
        """Delete it with all that is in it."""
        self.calls.call("DELETE", f"/projects/{part(project)}")

    def sample(self, project: str) -> SampleView:
        """Put sample data into it, with a task that is ready to run."""
        return self.calls.view(SampleView, "POST", f"/projects/{part(project)}/sample")

    def members(self, project: str) -> list[MemberView]:
        """Who belongs to it, by e-mail."""
        return self.calls.views(MemberView, "GET", f"/projects/{part(project)}/members")

    def set_member(self, project: str, draft: MemberDraft) -> MemberView:
        """Give a person a role."""
        return self.calls.view(MemberView, "PUT", f"/projects/{part(project)}/members", draft)

    def remove_member(self, project: str, user_id: str) -> None:
        """Take a person out."""
        self.calls.call("DELETE", f"/projects/{part(project)}/members/{part(user_id)}")


class RemotePeople(Struct, frozen=True):
    """Who may come in."""

    calls: Calls

    def sessions(self, user_id: str) -> list[SessionView]:
        """Where the token's owner is signed in."""
        self._own(user_id)
        return self.calls.views(SessionView, "GET", "/auth/sessions")

    def sign_out(self, user_id: str) -> None:
        """Sign the token's owner out everywhere."""
        self._own(user_id)
        self.calls.call("DELETE", "/auth/sessions")

    def change_password(self, change: PasswordChange) -> None:
        """A new password of the token's owner."""
        clear = {"current": change.current.get_secret_value(), "new": change.new.get_secret_value()}
        self.calls.call("PUT", "/auth/password", RootModel[dict[str, str]](clear))

    def _own(self, user_id: str) -> None:
        if self.calls.view(Me, "GET", "/auth/me").user.id != user_id:
            raise DefinitionError(
                "a server only tells about the sessions of the token's owner.",
                hint="Without --server, on the server's machine, it works for everybody.",
            )

    def find_all(self, search: str, page: PageRequest) -> Page[UserView]:
        """A part of the people, by address."""
        return self.calls.view(Page[UserView], "GET", "/users", search=search, **query_of(page))

    def find(self, email: str) -> UserView:
        """The person with this address."""
        wanted = email.strip().lower()
        for one in self.find_all(wanted, PageRequest(limit=500)).items:
            if one.email == wanted:
                return one
        raise NotFoundError("person with the address", wanted)

    def add(self, draft: UserDraft, password: str | None) -> InvitedUser:
        """Let a person in; a server makes a link with which they choose a password."""
        if password is not None:
            raise _only_there()
        made = self.calls.view(InvitedUser, "POST", "/users", draft)
        invitation = None if made.invitation is None else self._whole(made.invitation)
        return made.model_copy(update={"invitation": invitation})

    def change(self, user_id: str, change: UserChange) -> UserView:
        """Change what a person is."""
        return self.calls.view(UserView, "PATCH", f"/users/{part(user_id)}", change)

    def invite(self, user_id: str) -> InvitationView:
        """Take the password away; a new link."""
        return self._whole(self.calls.view(InvitationView, "POST", f"/users/{part(user_id)}/invitation"))

    def _whole(self, made: InvitationView) -> InvitationView:
        """With the address that we know the gateway by, where it does not know its own."""
        return made.model_copy(update={"url": self.calls.absolute(made.url)})

    def set_password(self, user_id: str, password: str) -> None:
        """Not through a server: only the person themselves chooses one there."""
        raise _only_there()

    def unlock(self, user_id: str) -> UserView:
        """End a lock after wrong passwords."""
        return self.calls.view(UserView, "POST", f"/users/{part(user_id)}/unlock")

    def delete(self, user_id: str) -> None:
        """Forget a person; what they made stays."""
        self.calls.call("DELETE", f"/users/{part(user_id)}")


class RemoteTokens(Struct, frozen=True):
    """The API tokens of the owner of the token that is used."""

    calls: Calls

    def find_all(self, owner: str | None, page: PageRequest) -> Page[TokenView]:
        """A part of those that are not revoked, the newest first."""
        _own(owner)
        return self.calls.view(Page[TokenView], "GET", "/auth/tokens", **query_of(page))

    def create(self, owner: str | None, draft: TokenDraft) -> IssuedToken:
        """A new one, with its text."""
        _own(owner)
        return self.calls.view(IssuedToken, "POST", "/auth/tokens", draft)

    def revoke(self, owner: str | None, token_id: str) -> None:
        """End one."""
        _own(owner)
        self.calls.call("DELETE", f"/auth/tokens/{part(token_id)}")


class RemoteAudit(Struct, frozen=True):
    """Who changed what."""

    calls: Calls

    def find_all(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditView]:
        """A part of the entries, the newest first."""
        return self.calls.view(Page[AuditView], "GET", "/audit", **query_of(wanted, page))

    @contextmanager
    def export(self, wanted: AuditFilter, form: Literal["csv", "jsonl"]) -> Iterator[Iterator[bytes]]:
        """The bytes of a file with them, the oldest first."""
        with self.calls.stream("/audit/export", format=form, **query_of(wanted)) as answer:
            yield answer.iter_bytes(PIECE)


def _own(owner: str | None) -> None:
    if owner is not None:
        raise DefinitionError(
            "a server shows and makes the tokens of whose token you use, and of nobody else.", where="--owner",
            hint="Leave --owner out, or use it on the gateway's own machine, without --server.",
        )  # fmt: skip


def _only_there() -> DefinitionError:
    return DefinitionError(
        "a password is not set through a server.", where="--password-stdin",
        hint="Leave it out: there is a link then, with which they choose one.",
    )  # fmt: skip
