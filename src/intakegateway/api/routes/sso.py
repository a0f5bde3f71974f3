"""``/auth/oidc`` and ``/auth/saml``: browsers go to a provider and come back."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Annotated

from fastapi import Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from intakegateway.api import cookies
from intakegateway.api.clients import client, origin
from intakegateway.api.deps import TheGateway
from intakegateway.api.errors import STATUS, answers
from intakegateway.api.queries import takes_any_query
from intakegateway.api.routing import nouns
from intakegateway.bootstrap import Gateway
from intakegateway.model.errors import GatewayError
from intakegateway.model.views.accounts import ProviderView
from intakegateway.services.sessions import SignedIn

router = nouns("/auth", tags=["single sign-on"])
_MOVED = {303: {"description": "See Other"}, **answers(403, 404, 429, 503)}
_Goal = Annotated[str, Query(max_length=2000, description="A path of ours to go to afterwards.")]
_Text = Annotated[str | None, Query(max_length=8000)]


@router.get("/providers", summary="Ways to sign in without a password here")
def find_providers(gateway: TheGateway, request: Request) -> list[ProviderView]:
    """For the page where people sign in."""
    return gateway.sso.providers(origin(request))


@router.get(
    "/oidc/{provider}/login", status_code=303, summary="Go to a provider of OpenID Connect", responses=_MOVED,
    response_class=RedirectResponse,
)  # fmt: skip
@takes_any_query
def go_to_oidc(gateway: TheGateway, request: Request, provider: str, next: _Goal = "/") -> Response:
    """The browser comes back to `callback`."""
    return _shown(
        request,
        lambda: _sent(request, *gateway.sso.start_oidc(provider, origin(request), next, client(request))),
    )


@router.get(
    "/oidc/{provider}/callback", status_code=303, summary="Come back from OpenID Connect", responses=_MOVED,
    response_class=RedirectResponse,
)  # fmt: skip
@takes_any_query
def come_from_oidc(
    gateway: TheGateway, request: Request, provider: str, state: _Text = None, code: _Text = None,
    error: _Text = None, iss: _Text = None,
) -> Response:  # fmt: skip
    """Signs in, and goes on to where `login` was told."""
    answer = {"state": state, "code": code, "error": error, "iss": iss}
    binding = request.cookies.get(cookies.SIGN_IN, "")
    return _shown(
        request,
        lambda: _arrived(
            gateway, request,
            *gateway.sso.finish_oidc(provider, origin(request), binding, client(request), answer),
        ),
    )  # fmt: skip


@router.get(
    "/saml/{provider}/login", status_code=303, summary="Go to a provider of SAML", responses=_MOVED,
    response_class=RedirectResponse,
)  # fmt: skip
@takes_any_query
def go_to_saml(gateway: TheGateway, request: Request, provider: str, next: _Goal = "/") -> Response:
    """The browser comes back to `acs`."""
    return _shown(
        request,
        lambda: _sent(request, *gateway.sso.start_saml(provider, origin(request), next, client(request))),
    )


@router.post(
    "/saml/{provider}/acs", status_code=303, summary="Take an assertion of SAML", responses=_MOVED,
    response_class=RedirectResponse,
)  # fmt: skip
@takes_any_query
def take_assertion(
    gateway: TheGateway, request: Request, provider: str, response: Annotated[str, Form(alias="SAMLResponse")],
    state: Annotated[str, Form(alias="RelayState", max_length=200)] = "",
) -> Response:  # fmt: skip
    """The provider's page posts it; the browser goes on to `complete`."""

    def taken() -> Response:
        ticket = gateway.sso.assert_saml(provider, origin(request), response, state)
        base = gateway.context.settings.base_path
        return RedirectResponse(f"{base}/api/v1/auth/saml/{provider}/complete?ticket={ticket}", 303)

    return _shown(request, taken)


@router.get(
    "/saml/{provider}/complete", status_code=303, summary="Come back from SAML", responses=_MOVED,
    response_class=RedirectResponse,
)  # fmt: skip
@takes_any_query
def come_from_saml(
    gateway: TheGateway, request: Request, provider: str, ticket: Annotated[str, Query(max_length=200)]
) -> Response:
    """Signs in, and goes on to where `login` was told."""
    binding = request.cookies.get(cookies.SIGN_IN, "")
    return _shown(
        request,
        lambda: _arrived(
            gateway, request, *gateway.sso.finish_saml(provider, ticket, binding, client(request))
        ),
    )  # fmt: skip


@router.get(
    "/saml/{provider}/metadata", summary="What an identity provider must know of us",
    responses={200: {"content": {"application/samlmetadata+xml": {}}}, **answers(404)}, response_class=Response,
)  # fmt: skip
@takes_any_query
def get_saml_metadata(gateway: TheGateway, request: Request, provider: str) -> Response:
    """To be given to the identity provider."""
    xml = gateway.sso.saml_metadata(provider, origin(request))
    return Response(xml, media_type="application/samlmetadata+xml")


def _sent(request: Request, url: str, binding: str) -> Response:
    response = RedirectResponse(url, 303, {"Cache-Control": "no-store"})
    cookies.set_sign_in(request, response, binding)
    return response


def _arrived(gateway: Gateway, request: Request, found: SignedIn, goal: str) -> Response:
    assert found.cookie is not None
    old = request.cookies.get(cookies.SESSION)
    if old:
        gateway.sessions.drop(old)
    response = RedirectResponse(
        f"{gateway.context.settings.base_path}{goal}", 303, {"Cache-Control": "no-store"}
    )
    cookies.set_session(request, response, found, found.cookie)
    cookies.forget(request, response, cookies.SIGN_IN)
    return response


def _shown(request: Request, step: Callable[[], Response]) -> Response:
    """What goes wrong stands on a page: a person sits before it. Programs get the problem as everywhere."""
    try:
        return step()
    except GatewayError as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        home = html.escape(f"{request.app.state.gateway.context.settings.base_path}/")
        said = html.escape(f"{error.message[:1].upper()}{error.message[1:]} {error.hint or ''}")
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign-in failed</title>'
            f'<h1>Sign-in failed</h1><p>{said}</p><p><a href="{home}">Back</a></p></html>'
        )
        return HTMLResponse(page, STATUS.get(error.code, 500), {"Cache-Control": "no-store"})
