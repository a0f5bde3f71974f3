"""A name for each request: in its answer, in problems and in what is logged meanwhile."""

from __future__ import annotations

import re
from contextvars import ContextVar

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intakegateway.kit.ids import uuid7

HEADER = "X-Request-Id"
_RAW = HEADER.lower().encode()
_VALID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:@=+/-]{0,127}")
"""What proxies make: nothing that could end a line of a log."""
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current() -> str | None:
    """The id of the request that is answered here; None: there is none."""
    return _current.get()


class RequestIds:
    """Around everything else, so that no answer is without one. An id that the client or a proxy gave is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request and let it through."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _RAW), b"")
        request_id = given.decode() if _VALID.fullmatch(given) else uuid7()

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (_RAW, request_id.encode())]
            await send(message)

        kept = _current.set(request_id)
        try:
            with structlog.contextvars.bound_contextvars(request_id=request_id):
                await self.app(scope, receive, named)
        finally:
            _current.reset(kept)
