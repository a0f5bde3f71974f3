"""``Idempotency-Key``: a POST that is sent again gets the answer that it got, and does nothing again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intakegateway.api import deps
from intakegateway.api.errors import answer_of, problem
from intakegateway.bootstrap import Gateway
from intakegateway.model.errors import ForbiddenError, GatewayError, UnauthenticatedError
from intakegateway.services import answers

LONGEST_KEY = 200
log = structlog.get_logger()

LARGEST_ANSWER = 1 << 20
"""Bytes; a larger answer is not kept, and the request may be sent again."""


@dataclass(slots=True)
class _Answer:
    status: int = 0
    body: list[bytes] = field(default_factory=list)
    is_json: bool = False
    size: int = 0


class Idempotency:
    """Around the application. Requests whose body is no JSON (uploads) are left alone."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self.app = app
        self.gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or let the application answer and remember."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        key = request.headers.get("idempotency-key", "").strip()
        kind = request.headers.get("content-type", "application/json")
        if not key or "json" not in kind:
            await self.app(scope, receive, send)
            return
        if len(key) > LONGEST_KEY or not key.isprintable():
            refusal = f"an 'Idempotency-Key' has up to {LONGEST_KEY} printable characters."
            await problem(422, "invalid", refusal)(scope, receive, send)
            return
        try:
            user = (await run_in_threadpool(deps.authenticate, request)).user_id
        except (UnauthenticatedError, ForbiddenError):
            # The application says so in its own way.
            await self.app(scope, receive, send)
            return
        except GatewayError as error:
            await answer_of(error)(scope, receive, send)
            return
        body = await _body(receive, self.gateway.context.settings.max_body_bytes)
        if body is None:
            await problem(413, "too_large", "the body is larger than this installation accepts.")(
                scope, receive, send
            )
            return
        await self._once(scope, send, request, answers.Question(key, user, _hash(request, body)), body)

    async def _once(
        self, scope: Scope, send: Send, request: Request, question: answers.Question, body: bytes
    ) -> None:
        context = self.gateway.context
        try:
            known = await run_in_threadpool(_begin, context, question)
        except GatewayError as error:
            await answer_of(error)(scope, _replay(b""), send)
            return
        if isinstance(known, answers.Known):
            await _known(known)(scope, _replay(b""), send)
            return
        answer = _Answer()

        async def remember(message: Message) -> None:
            _note(answer, message)
            await send(message)

        kept = False
        try:
            await self.app(scope, _replay(body), remember)
            # What failed may be tried again with the same key; so may what is too large to keep.
            if (
                200 <= answer.status < 300
                and (answer.is_json or not answer.size)
                and answer.size <= LARGEST_ANSWER
            ):
                # Should it fail, then the work is done all the same: it must not be done again.
                kept = True
                content = orjson.loads(b"".join(answer.body)) if answer.size else None
                await _patiently(answers.keep, context, question, answer.status, content)
        finally:
            if not kept:
                await _patiently(answers.forget, context, question)


async def _patiently(write: Callable[..., None], *arguments: Any) -> None:
    """The answer is out: a store that cannot note it changes nothing about it."""
    try:
        await run_in_threadpool(write, *arguments)
    except GatewayError as error:
        log.warning("answer_not_noted", reason=str(error))


def _begin(context: Any, question: answers.Question) -> answers.Known | None:
    try:
        return answers.begin(context, question)
    except IntegrityError:
        # Somebody was faster by a moment.
        return answers.begin(context, question)


def _known(known: answers.Known) -> Any:
    from starlette.responses import Response

    if known.differs:
        return problem(
            422, "idempotency_key_reused", "this 'Idempotency-Key' came before with another request.",
            hint="Take a new key for a new request.",
        )  # fmt: skip
    if known.status is None:
        return problem(
            409, "in_progress", "the first request with this 'Idempotency-Key' is still being answered.",
            hint="Try again in a moment.",
        )  # fmt: skip
    headers = {"Idempotency-Replayed": "true"}
    if known.body is None:
        return Response(status_code=known.status, headers=headers)
    return Response(orjson.dumps(known.body), known.status, headers, media_type="application/json")


def _hash(request: Request, body: bytes) -> str:
    project = request.headers.get("x-project", "")
    head = f"{request.method} {request.url.path}?{request.url.query} {project}\n"
    return hashlib.sha256(head.encode() + body).hexdigest()


def _note(answer: _Answer, message: Message) -> None:
    if message["type"] == "http.response.start":
        answer.status = message["status"]
        kinds = [value for name, value in message["headers"] if name.lower() == b"content-type"]
        answer.is_json = any(value.startswith(b"application/json") for value in kinds)
    elif message["type"] == "http.response.body":
        piece = message.get("body", b"")
        answer.size += len(piece)
        if answer.size <= LARGEST_ANSWER:
            answer.body.append(piece)


async def _body(receive: Receive, most: int) -> bytes | None:
    """The whole body; None when it is larger than ``most`` bytes."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(pieces)
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > most:
            return None
        if not message.get("more_body", False):
            return b"".join(pieces)


def _replay(body: bytes) -> Receive:
    """A body that has been read already, for the application to read."""
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
