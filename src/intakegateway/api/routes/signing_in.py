"""``/setup`` and ``/auth``: how people come in and go out."""

from __future__ import annotations

from fastapi import Request, Response

from intakegateway.api import cookies
from intakegateway.api.clients import client
from intakegateway.api.deps import TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.bootstrap import Gateway
from intakegateway.model.errors import GatewayError
from intakegateway.model.views.accounts import InvitationAnswer, Me, SetupDraft, SetupState, SignInDraft
from intakegateway.services.sessions import SignedIn

router = nouns(tags=["sign-in"])


@router.get("/setup", summary="Is the first administrator still to be made?")
def get_setup(gateway: TheGateway) -> SetupState:
    """For the page that greets on a new installation."""
    return SetupState(needed=gateway.accounts.setup_needed())


@router.post("/setup", status_code=201, summary="Make the first administrator", responses=answers(409, 429))
def set_up(gateway: TheGateway, request: Request, response: Response, draft: SetupDraft) -> Me:
    """Once, with the token that `intakegateway serve` prints. Signs in."""
    return _welcomed(gateway, request, response, gateway.accounts.setup(draft, client(request)))


@router.post("/auth/login", summary="Sign in with a password", responses=answers(429))
def sign_in(gateway: TheGateway, request: Request, response: Response, draft: SignInDraft) -> Me:
    """Sets the session's cookie; send `csrf_token` as `X-CSRF-Token` in what changes something."""
    found = gateway.sessions.sign_in(draft.email, draft.password.get_secret_value(), client(request))
    return _welcomed(gateway, request, response, found)


@router.post("/auth/invitation", summary="Take an invitation", responses=answers(429))
def accept_invitation(
    gateway: TheGateway, request: Request, response: Response, answer: InvitationAnswer
) -> Me:
    """Choose the password; signs in."""
    return _welcomed(gateway, request, response, gateway.invitations.accept(answer, client(request)))


@router.post("/auth/logout", status_code=204, summary="Sign out", responses=answers(403))
def sign_out(gateway: TheGateway, request: Request, response: Response) -> None:
    """Ends this browser's session; without one, only the cookie goes."""
    try:
        found = cookies.signed_in(request, gateway)
    except GatewayError as error:
        if error.code != "unauthenticated":
            raise
        found = None
    if found is not None and found.actor.session_id is not None:
        gateway.sessions.end(found.actor, found.actor.session_id)
    cookies.forget(request, response, cookies.SESSION)


def _welcomed(gateway: Gateway, request: Request, response: Response, found: SignedIn) -> Me:
    assert found.cookie is not None
    old = request.cookies.get(cookies.SESSION)
    if old:
        gateway.sessions.drop(old)
    cookies.set_session(request, response, found, found.cookie)
    response.headers["Cache-Control"] = "no-store"
    return Me(
        user=gateway.accounts.get(found.actor, found.actor.user_id),
        memberships=gateway.sessions.memberships(found.actor),
        csrf_token=found.csrf_token,
        expires_at=found.expires_at,
    )
