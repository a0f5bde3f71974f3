"""The cookies of signed-in browsers, and who a connection speaks for."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from intakegateway.api.clients import client_ip, is_secure, origin
from intakegateway.bootstrap import Gateway
from intakegateway.model.errors import ForbiddenError, UnauthenticatedError
from intakegateway.services.sessions import SignedIn, require_csrf

SESSION = "intakegateway_session"
SIGN_IN = "intakegateway_sign_in"
"""Binds a single sign-on to the browser that started it."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGN_IN_SECONDS = 600


def set_session(connection: HTTPConnection, response: Response, signed_in: SignedIn, cookie: str) -> None:
    """Give the browser its session."""
    left = signed_in.expires_at - _now(connection)
    _set(connection, response, SESSION, cookie, max(int(left.total_seconds()), 0))


def set_sign_in(connection: HTTPConnection, response: Response, binding: str) -> None:
    """Let the browser remember that it has started a single sign-on."""
    _set(connection, response, SIGN_IN, binding, _SIGN_IN_SECONDS)


def forget(connection: HTTPConnection, response: Response, name: str) -> None:
    """Take a cookie away."""
    _set(connection, response, name, "", 0)


def signed_in(connection: HTTPConnection, gateway: Gateway) -> SignedIn | None:
    """The session of the browser's cookie, None without one.

    What changes something must prove that our own page sent it: requests by the session's CSRF token,
    web sockets by their origin. Raises ``UnauthenticatedError`` and ``ForbiddenError``.
    """
    cookie = connection.cookies.get(SESSION)
    if not cookie:
        return None
    found = gateway.sessions.find(cookie, client_ip(connection))
    if connection.scope["type"] == "websocket":
        if not _is_ours(connection):
            raise ForbiddenError("this web socket was opened by another site's page.")
    elif connection.scope["method"] not in SAFE:
        require_csrf(found, connection.headers.get("x-csrf-token"))
    return found


def bearer(connection: HTTPConnection) -> str | None:
    """The API token of the connection. Raises ``UnauthenticatedError`` for anything but ``Bearer``."""
    given = connection.headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthenticatedError("'Authorization' must be 'Bearer' and a token.", hint="Send: Bearer igw_…")
    return token.strip()


def _is_ours(connection: HTTPConnection) -> bool:
    said = urlsplit(connection.headers.get("origin", ""))
    return bool(said.netloc) and said.netloc in (connection.url.netloc, urlsplit(origin(connection)).netloc)


def _set(connection: HTTPConnection, response: Response, name: str, value: str, seconds: int) -> None:
    path = connection.app.state.gateway.context.settings.base_path or "/"
    response.set_cookie(
        name, value, max_age=seconds, path=path, secure=is_secure(connection), httponly=True, samesite="lax"
    )


def _now(connection: HTTPConnection) -> datetime:
    now: datetime = connection.app.state.gateway.context.now()
    return now.astimezone(UTC)
