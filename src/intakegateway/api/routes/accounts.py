"""``/auth``: one's own account, sessions and tokens."""

from __future__ import annotations

from fastapi import Request, Response

from intakegateway.api import cookies
from intakegateway.api.deps import CurrentActor, Paging, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.actor import Role
from intakegateway.model.views.accounts import (
    IssuedToken,
    Me,
    PasswordChange,
    ProfileChange,
    SessionView,
    TokenDraft,
    TokenView,
    UserView,
)
from intakegateway.model.views.base import Page

router = nouns("/auth", tags=["account"])


@router.get("/me", summary="Who am I?")
def get_me(gateway: TheGateway, actor: CurrentActor, request: Request, response: Response) -> Me:
    """With the roles, and for browsers the CSRF token."""
    response.headers["Cache-Control"] = "no-store"
    found = cookies.signed_in(request, gateway) if actor.session_id is not None else None
    return Me(
        user=gateway.accounts.get(actor, actor.user_id),
        memberships=gateway.sessions.memberships(actor),
        csrf_token=found.csrf_token if found else None,
        expires_at=found.expires_at if found else None,
    )


@router.patch("/me", summary="Change your own name", responses=answers(403))
def change_me(gateway: TheGateway, actor: CurrentActor, change: ProfileChange) -> UserView:
    """Not with a limited token."""
    return gateway.accounts.change_profile(actor, change)


@router.put(
    "/password", status_code=204, summary="Change your own password", responses=answers(403, 412, 429)
)
def change_password(gateway: TheGateway, actor: CurrentActor, change: PasswordChange) -> None:
    """Your other sessions end; tokens stay."""
    gateway.accounts.change_password(actor, change)


@router.get("/sessions", summary="Where are you signed in?", responses=answers(403))
def find_sessions(gateway: TheGateway, actor: CurrentActor) -> list[SessionView]:
    """The browser used last comes first."""
    return gateway.sessions.find_all(actor)


@router.delete("/sessions", status_code=204, summary="Sign out everywhere else", responses=answers(403))
def end_other_sessions(gateway: TheGateway, actor: CurrentActor) -> None:
    """The session that asks stays."""
    gateway.sessions.end_others(actor)


@router.delete(
    "/sessions/{session_id}", status_code=204, summary="Sign one browser out", responses=answers(403, 404)
)
def end_session(gateway: TheGateway, actor: CurrentActor, session_id: str) -> None:
    """One of your own."""
    gateway.sessions.end(actor, session_id)


@router.get("/tokens", summary="Your API tokens", responses=answers(403))
def find_tokens(gateway: TheGateway, actor: CurrentActor, paging: Paging) -> Page[TokenView]:
    """Sorted by `name`, `created_at`, `last_used_at`, `expires_at` or `id`, the newest first."""
    return gateway.tokens.find_all(actor, paging)


@router.post("/tokens", status_code=201, summary="Make an API token", responses=answers(403, 404))
def create_token(
    gateway: TheGateway, actor: CurrentActor, draft: TokenDraft, response: Response
) -> IssuedToken:
    """Its text is in this answer and never shown again."""
    response.headers["Cache-Control"] = "no-store"
    project = gateway.projects.id_of(actor, draft.project, Role.VIEWER) if draft.project else None
    return gateway.tokens.create(actor, draft, project)


@router.delete("/tokens/{token_id}", status_code=204, summary="Revoke a token", responses=answers(403, 404))
def revoke_token(gateway: TheGateway, actor: CurrentActor, token_id: str) -> None:
    """It opens nothing from now on."""
    gateway.tokens.revoke(actor, token_id)
