"""What routes are given: the gateway, who asks, in which project, which page of a list."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from intakegateway.api import cookies
from intakegateway.api.clients import client_ip
from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor
from intakegateway.model.errors import UnauthenticatedError
from intakegateway.model.views.base import PageRequest
from intakegateway.services.projects import DEFAULT


async def _given_gateway(connection: HTTPConnection) -> Gateway:
    return _gateway(connection)


def _gateway(connection: HTTPConnection) -> Gateway:
    found: Gateway = connection.app.state.gateway
    return found


def authenticate(connection: HTTPConnection, token: str | None = None) -> Actor:
    """Who a request or socket speaks for. ``token``: instead of the one in its headers.

    Raises ``UnauthenticatedError``, and ``ForbiddenError`` for what another site's page has sent. It reads the
    store: not for the event loop.
    """
    return _who(connection, None, token)


def _who(connection: HTTPConnection, response: Response | None, token: str | None = None) -> Actor:
    gateway = _gateway(connection)
    token = token or cookies.bearer(connection)
    if token is not None:
        return gateway.tokens.actor(token, client_ip(connection))
    found = cookies.signed_in(connection, gateway)
    if found is None:
        raise UnauthenticatedError("nobody is signed in.", hint="Sign in, or send a token.")
    if found.moved and response is not None:
        cookies.set_session(connection, response, found, connection.cookies[cookies.SESSION])
    return found.actor


async def _actor(connection: HTTPConnection, response: Response) -> Actor:
    # Each step in a thread costs more than what most of these steps do: only what reads the store goes there.
    token = cookies.bearer(connection)
    if token is not None:
        known = _gateway(connection).tokens.remembered(token, client_ip(connection))
        if known is not None:
            return known
    return await run_in_threadpool(_who, connection, response, token)


async def _page(
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
    sort: Annotated[str, Query(max_length=50, description="A field; `-field` for falling order.")] = "",
) -> PageRequest:
    return PageRequest(limit=limit, offset=offset, sort=sort)


NO_VERSION = -1
"""What an ETag that is none of ours stands for: nothing ever had it."""


async def _version(
    if_match: Annotated[str | None, Header(description="The ETag that was read.")] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    # Weak ones count: proxies that compress make them so. Of several, only the latest can be true still.
    tags = (one.strip().removeprefix("W/").strip('"') for one in if_match.split(","))
    return max((int(tag) for tag in tags if tag.isdecimal() and len(tag) < 10), default=NO_VERSION)


TheGateway = Annotated[Gateway, Depends(_given_gateway)]
CurrentActor = Annotated[Actor, Depends(_actor)]
Paging = Annotated[PageRequest, Depends(_page)]
Version = Annotated[int | None, Depends(_version)]


async def _project(
    gateway: TheGateway,
    actor: CurrentActor,
    project: Annotated[str | None, Query(max_length=100, description="Name or id; else `X-Project`.")] = None,
    x_project: Annotated[str | None, Header(max_length=100)] = None,
) -> str:
    reference = project or x_project or DEFAULT
    known = gateway.projects.remembered_id(actor, reference)
    if known is not None:
        return known
    found: str = await run_in_threadpool(gateway.projects.id_of, actor, reference)
    return found


CurrentProject = Annotated[str, Depends(_project)]
"""The id of the project that a request is about."""


def etag(response: Response, version: int) -> None:
    """Say which version this is; clients send it back in ``If-Match``."""
    response.headers["ETag"] = f'"{version}"'
