"""JSON bodies that could be read, but not kept: they are refused before any route sees them."""

from __future__ import annotations

import json
import re

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intakegateway.api.errors import is_json, problem

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The escape itself; after an escaped backslash it is text about it."""


_SMALL = 64 << 10
"""Bytes that are looked through while other requests wait."""
_COMPARED = 1 << 20
"""Bytes of the largest body whose keys are compared, which takes a tenth of a second then. Larger ones are data."""


class JsonBodies:
    """Around the application: holds each JSON body to what the store and JSON itself can keep.

    No NUL, no half of a surrogate pair, no NaN or Infinity, no bottomless nesting, no key
    twice. ``uploads``: addresses whose bodies are files; they go by.
    """

    def __init__(self, app: ASGIApp, uploads: tuple[re.Pattern[str], ...], base_path: str = "") -> None:
        self.app, self.uploads, self.base_path = app, uploads, base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the body, and hand it on whole."""
        if scope["type"] != "http" or not is_json(Headers(scope=scope).get("content-type", "")):
            await self.app(scope, receive, send)
            return
        path = str(scope["path"]).removeprefix(self.base_path).rstrip("/")
        if any(pattern.fullmatch(path) for pattern in self.uploads):
            await self.app(scope, receive, send)
            return
        try:
            body = await _whole(receive)
        except HTTPException as error:
            await problem(error.status_code, "too_large", str(error.detail))(scope, receive, send)
            return
        if body is None:
            return
        wrong = _fault(body) if len(body) <= _SMALL else await run_in_threadpool(_fault, body)
        if wrong:
            await problem(422, "invalid", wrong)(scope, receive, send)
            return
        await self.app(scope, _again(body, receive), send)


async def _whole(receive: Receive) -> bytes | None:
    """None: the client went away before its end."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _fault(body: bytes) -> str:
    """What is wrong with a body, in a sentence; empty: nothing, or it is empty."""
    if not body:
        return ""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return f"the body is not JSON: {error}."
    if _NUL.search(body):
        return "the body has a NUL character (\\u0000); no text that is kept has one."
    return _repeated(body) if len(body) <= _COMPARED else ""


def _repeated(body: bytes) -> str:
    """Whether an object has a key twice: one of the two values would be lost without a word."""
    found: list[str] = []

    def members(pairs: list[tuple[str, object]]) -> None:
        if len(dict(pairs)) != len(pairs):
            names = [name for name, _ in pairs]
            found.append(next(name for at, name in enumerate(names) if name in names[:at]))

    try:
        json.loads(body, object_pairs_hook=members)
    except RecursionError:
        return "the body is nested too deeply."
    except ValueError:
        # A number with thousands of digits: whoever reads the body says so.
        return ""
    return f"the body has the key '{found[0][:100]}' twice in one object." if found else ""
