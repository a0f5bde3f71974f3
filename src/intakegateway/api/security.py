"""What stands around the application: headers for safety, and how large a request may be."""

from __future__ import annotations

import re

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from intakegateway.api.errors import problem
from intakegateway.api.headers import AroundHttp, RootPath, SafetyHeaders
from intakegateway.settings import Settings

UPLOADS = (
    re.compile(r"/api/v1/files"),
    re.compile(r"/api/v1/tasks/[^/]+/push"),
    re.compile(r"/api/v1/runs/[^/]+/rejects/import"),
)
"""The addresses that take whole files; ``max_upload_bytes`` holds for them instead of ``max_body_bytes``."""


def install(app: FastAPI, settings: Settings) -> None:
    """Put the guards around the application."""
    app.add_middleware(SafetyHeaders, settings=settings)
    app.add_middleware(_Acceptable, settings=settings)
    app.add_middleware(RootPath, path=settings.base_path)


class _Acceptable(AroundHttp):
    """Refuses NUL characters in addresses, and a body that is too large: at once when it is announced."""

    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = _limit(scope, self.settings)
        if b"%00" in scope.get("query_string", b"") or "\x00" in scope["path"]:
            # PostgreSQL keeps no such text, so nothing that it names can exist.
            await problem(422, "invalid", "an address has no NUL characters.")(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            answer = problem(413, "too_large", _too_large(limit), hint="Files go to '/api/v1/files'.")
            await answer(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413, _too_large(limit))
            return message

        await self.app(scope, counted, send)


def takes_files(scope: Scope, settings: Settings) -> bool:
    """Whether a request is to an address of ``UPLOADS``."""
    path = str(scope["path"]).removeprefix(settings.base_path).rstrip("/")
    return any(pattern.fullmatch(path) for pattern in UPLOADS)


def _limit(scope: Scope, settings: Settings) -> int:
    return settings.max_upload_bytes if takes_files(scope, settings) else settings.max_body_bytes


def _too_large(limit: int) -> str:
    return f"the body of this request is too large; {limit} bytes are allowed."
