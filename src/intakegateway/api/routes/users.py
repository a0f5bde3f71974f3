"""``/users``: for administrators of the installation."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from intakegateway.api.clients import sure_origin
from intakegateway.api.deps import CurrentActor, Paging, TheGateway, Version, etag
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.accounts import InvitationView, InvitedUser, UserChange, UserDraft, UserView
from intakegateway.model.views.base import Page

router = nouns("/users", tags=["users"])


@router.get("", summary="Everybody who may come in", responses=answers(403))
def find_users(
    gateway: TheGateway, actor: CurrentActor, paging: Paging,
    search: Annotated[str, Query(max_length=200, description="In name or address.")] = "",
    active: bool | None = None,
) -> Page[UserView]:  # fmt: skip
    """Sorted by `email`, `name`, `created_at`, `last_sign_in_at` or `id`."""
    return gateway.accounts.find_all(actor, paging, search, active)


@router.post("", status_code=201, summary="Let a person in", responses=answers(403, 409))
def create_user(
    gateway: TheGateway, actor: CurrentActor, draft: UserDraft, request: Request, response: Response
) -> InvitedUser:
    """The link with which they choose a password is in this answer, and never shown again."""
    response.headers["Cache-Control"] = "no-store"
    return gateway.accounts.create(actor, draft, origin=sure_origin(request))


@router.get("/{user_id}", summary="One person", responses=answers(403, 404))
def get_user(gateway: TheGateway, actor: CurrentActor, user_id: str, response: Response) -> UserView:
    """Everybody may see themselves."""
    found = gateway.accounts.get(actor, user_id)
    etag(response, found.version)
    return found


@router.patch("/{user_id}", summary="Change a person", responses=answers(403, 404, 409, 412))
def change_user(
    gateway: TheGateway, actor: CurrentActor, user_id: str, change: UserChange, version: Version,
    response: Response,
) -> UserView:  # fmt: skip
    """Disable, enable, make administrator. The last administrator stays one."""
    found = gateway.accounts.change(actor, user_id, change, version)
    etag(response, found.version)
    return found


@router.delete("/{user_id}", status_code=204, summary="Remove a person", responses=answers(403, 404, 409))
def delete_user(gateway: TheGateway, actor: CurrentActor, user_id: str) -> None:
    """With their memberships, sessions and tokens; what they made stays."""
    gateway.accounts.delete(actor, user_id)


@router.post(
    "/{user_id}/invitation", status_code=201, summary="Reset a password", responses=answers(403, 404, 409)
)
def reset_password(
    gateway: TheGateway, actor: CurrentActor, user_id: str, request: Request, response: Response
) -> InvitationView:
    """Takes the password away, signs them out, and makes a new one-time link."""
    response.headers["Cache-Control"] = "no-store"
    return gateway.invitations.renew(actor, user_id, sure_origin(request))


@router.post("/{user_id}/unlock", summary="End a lock", responses=answers(403, 404))
def unlock_user(gateway: TheGateway, actor: CurrentActor, user_id: str) -> UserView:
    """After too many wrong passwords."""
    return gateway.accounts.unlock(actor, user_id)
