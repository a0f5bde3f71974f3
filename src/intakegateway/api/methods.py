"""HEAD for whatever answers GET, and what an address allows when it is asked for something else."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ENDLESS = ("/events", "/stream")


class Heads:
    """Around the application: HEAD is GET without its body (RFC 9110), for monitors and download tools."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask for it, and keep the body back."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or _is_own(scope):
            await self.app(scope, receive, send)
            return

        async def headers_only(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, headers_only)


def _is_own(scope: Scope) -> bool:
    """Whether HEAD has a route of its own, or GET would never end."""
    path = str(scope["path"])
    return path.endswith(_ENDLESS) or "HEAD" in _declared(scope)


def allowed(request: Request) -> list[str]:
    """The methods that the request's address knows."""
    found = _declared(request.scope)
    if "GET" in found and not request.url.path.endswith(_ENDLESS):
        found.add("HEAD")
    return sorted(found)


def _declared(scope: Scope) -> set[str]:
    found: set[str] = set()
    for route in scope["app"].router.routes:
        if route.matches(scope)[0] is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return found
