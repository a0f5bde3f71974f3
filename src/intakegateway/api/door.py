"""The first answers of a process: it lives, and the page's files, while the application is still being made.

To import a framework and an object mapper takes longer than to start everything else. Who asks for more than
what is here meanwhile waits for the application instead of being refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeVar

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from intakegateway import __version__
from intakegateway.api.headers import RootPath, SafetyHeaders
from intakegateway.api.request_ids import RequestIds
from intakegateway.api.web import WebPage, place
from intakegateway.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

T = TypeVar("T")
ALIVE = {"status": "ok", "version": __version__}
"""What ``/health`` answers."""


class Door:
    """An ASGI application that stands before another one, from before that is there."""

    def __init__(self, settings: Settings) -> None:
        self._page = WebPage()
        self._first = RequestIds(
            RootPath(SafetyHeaders(self._answer_or_wait, settings), settings.base_path)
        )  # fmt: skip
        self._application: ASGIApp | None = None
        self._is_decided = asyncio.Event()
        self._ends = AsyncExitStack()

    async def open(self, make: Callable[[], tuple[Starlette, T]]) -> T:
        """Make the application in a thread, begin its life and let requests through to it.

        Returns what ``make`` gives beside the application. Whatever it raises is raised here, and who waits is
        told that nobody comes.
        """
        try:
            made, beside = await asyncio.to_thread(make)
            await self._ends.enter_async_context(made.router.lifespan_context(made))
            self._application = made
        finally:
            self._is_decided.set()
        return beside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let through."""
        if self._application is not None and scope["type"] != "lifespan":
            await self._application(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["method"] == "GET":
            await self._first(scope, receive, send)
        else:
            await self._wait(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._is_decided.wait()
        await self._ends.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer_or_wait(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: Response | None
        if place(scope) == "health":
            answer = Response(orjson.dumps(ALIVE), media_type="application/json")
        else:
            try:
                answer = self._page.answer(scope)
            except HTTPException:
                answer = None
        if answer is None:
            await self._wait(scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def _wait(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._is_decided.wait()
        if self._application is not None:
            await self._application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1012, "reason": "the gateway cannot start"})
        else:
            from intakegateway.api.errors import problem

            hint = "What stands in its way is in its log."
            await problem(503, "unavailable", "the gateway cannot start.", hint=hint)(scope, receive, send)
