"""What routes are given: the gateway, who asks, in which project, which page of a list."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response
from starlette.requests import HTTPConnection

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor
from intakegateway.model.errors import DefinitionError, UnauthenticatedError
from intakegateway.model.views.base import PageRequest
from intakegateway.services.projects import DEFAULT


def _gateway(request: Request) -> Gateway:
    found: Gateway = request.app.state.gateway
    return found


def client_ip(request: HTTPConnection) -> str:
    """The address of who asks."""
    return request.client.host if request.client else ""


def authenticate(connection: HTTPConnection, token: str | None = None) -> Actor:
    """Who a request or socket speaks for. ``token``: instead of the one in its headers.

    Raises ``UnauthenticatedError``. It reads the store: not for the event loop.
    """
    gateway: Gateway = connection.app.state.gateway
    if token is None:
        scheme, _, rest = connection.headers.get("authorization", "").partition(" ")
        token = rest.strip() if scheme.lower() == "bearer" else None
    if token:
        return gateway.tokens.actor(token, client_ip(connection))
    raise UnauthenticatedError("nobody is signed in.", hint="Sign in, or send a token.")


def _actor(request: Request) -> Actor:
    return authenticate(request)


def _page(
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
    sort: Annotated[str, Query(max_length=50, description="A field; `-field` for falling order.")] = "",
) -> PageRequest:
    return PageRequest(limit=limit, offset=offset, sort=sort)


def _version(
    if_match: Annotated[str | None, Header(description="The ETag that was read.")] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > 9:
        raise DefinitionError("'If-Match' is not an ETag of this API.", hint="Send the ETag as it came.")
    return int(text)


TheGateway = Annotated[Gateway, Depends(_gateway)]
CurrentActor = Annotated[Actor, Depends(_actor)]
Paging = Annotated[PageRequest, Depends(_page)]
Version = Annotated[int | None, Depends(_version)]


def _project(
    gateway: TheGateway,
    actor: CurrentActor,
    project: Annotated[str | None, Query(max_length=100, description="Name or id; else `X-Project`.")] = None,
    x_project: Annotated[str | None, Header(max_length=100)] = None,
) -> str:
    return gateway.projects.id_of(actor, project or x_project or DEFAULT)


CurrentProject = Annotated[str, Depends(_project)]
"""The id of the project that a request is about."""


def etag(response: Response, version: int) -> None:
    """Say which version this is; clients send it back in ``If-Match``."""
    response.headers["ETag"] = f'"{version}"'
