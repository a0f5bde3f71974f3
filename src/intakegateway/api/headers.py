"""Below which path browsers see us, and what every answer carries for their safety.

The first answers of a process need this before the framework is there: nothing heavy is imported.
"""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intakegateway.api.clients import is_secure
from intakegateway.settings import Settings

CONTENT_POLICY = (
    "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
"""For every answer that brings no policy of its own."""
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_STRICT_TRANSPORT = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
_RAW = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
_RAW_SECURE = [
    *_RAW,
    *((name.lower().encode(), value.encode()) for name, value in _STRICT_TRANSPORT.items()),
]


class RootPath:
    """Below which path browsers see us, whether the proxy leaves it in the address or takes it away."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app, self.path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, with the path."""
        if self.path and scope["type"] in ("http", "websocket"):
            scope = {**scope, "root_path": self.path}
        await self.app(scope, receive, send)


class AroundHttp:
    """Middleware that has to do with HTTP only, as the settings say; everything else passes."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or look at it first."""
        await (self.around if scope["type"] == "http" else self.app)(scope, receive, send)

    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is done with a request."""
        raise NotImplementedError


class SafetyHeaders(AroundHttp):
    """Adds the headers that an answer does not bring itself."""

    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, and add to its answer."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                given = {name.lower() for name, _ in headers}
                wanted = _RAW_SECURE if is_secure(HTTPConnection(scope), self.settings) else _RAW
                message["headers"] = [*headers, *(pair for pair in wanted if pair[0] not in given)]
            await send(message)

        await self.app(scope, receive, with_headers)
