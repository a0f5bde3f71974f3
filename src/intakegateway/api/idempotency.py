"""``Idempotency-Key``: a POST that is sent again gets the answer that it got, and does nothing again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
import structlog
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intakegateway.api import deps, security
from intakegateway.api.errors import answer_of, misconfigured, problem
from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor
from intakegateway.model.errors import ForbiddenError, GatewayError, UnauthenticatedError
from intakegateway.services import answers
from intakegateway.settings import SettingsError

LONGEST_KEY = 200
log = structlog.get_logger()

LARGEST_ANSWER = 1 << 20
"""Bytes; a larger answer is not kept, and the request may be sent again."""


class _Held:
    """An answer on its way, held back until it is whole if it is to be kept."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._messages: list[Message] = []
        self._body: list[bytes] = []
        self._size = 0
        self._is_json = False
        self.status = 0
        self.is_whole = False

    @property
    def may_be_kept(self) -> bool:
        return 200 <= self.status < 300 and self._size <= LARGEST_ANSWER

    @property
    def is_kept(self) -> bool:
        return self.may_be_kept and (self._is_json or not self._size)

    def take(self, message: Message) -> None:
        self._messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            kinds = [value for name, value in message["headers"] if name.lower() == b"content-type"]
            self._is_json = any(value.startswith(b"application/json") for value in kinds)
        elif message["type"] == "http.response.body":
            piece = message.get("body", b"")
            self._size += len(piece)
            if self.may_be_kept:
                self._body.append(piece)
            self.is_whole = not message.get("more_body", False)

    def content(self) -> Any:
        return orjson.loads(b"".join(self._body)) if self._size else None

    async def give(self) -> None:
        messages, self._messages = self._messages, []
        for message in messages:
            await self._send(message)


class Idempotency:
    """Around the application. Uploads are left alone: their routes look at what has arrived (``uploaded_once``)."""

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
        if not key or "json" not in kind or security.takes_files(scope, self.gateway.context.settings):
            await self.app(scope, receive, send)
            return
        if len(key) > LONGEST_KEY or not key.isprintable():
            refusal = f"an 'Idempotency-Key' has up to {LONGEST_KEY} printable characters."
            await problem(422, "invalid", refusal)(scope, receive, send)
            return
        try:
            actor = await run_in_threadpool(deps.authenticate, request)
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
        question = answers.Question(key, actor.user_id, asked(request, actor, body))
        await self._once(scope, send, request, question, body)

    async def _once(
        self, scope: Scope, send: Send, request: Request, question: answers.Question, body: bytes
    ) -> None:
        context = self.gateway.context
        try:
            known = await run_in_threadpool(begin, context, question)
        except GatewayError as error:
            await answer_of(error)(scope, _replay(b""), send)
            return
        except SettingsError as error:
            await misconfigured(request, error)(scope, _replay(b""), send)
            return
        if isinstance(known, answers.Known):
            await answered(known)(scope, _replay(b""), send)
            return
        held = _Held(send)
        settled = False

        async def settle(message: Message) -> None:
            # First noted, then sent: who has the answer may ask again at once, and gets the same one.
            nonlocal settled
            held.take(message)
            if held.is_whole:
                settled = True
                if held.is_kept:
                    await patiently(answers.keep, context, question, held.status, held.content())
                else:
                    # What failed may be tried again with the same key; so may what is too large to keep.
                    await patiently(answers.forget, context, question)
            if held.is_whole or not held.may_be_kept:
                await held.give()

        try:
            await self.app(scope, _replay(body), settle)
        finally:
            if not settled:
                await patiently(answers.forget, context, question)


async def patiently(write: Callable[..., None], *arguments: Any) -> None:
    """The work is done: a store or a key that cannot note it changes nothing about its answer."""
    try:
        await run_in_threadpool(write, *arguments)
    except (GatewayError, SettingsError) as error:
        log.warning("answer_not_noted", reason=str(error))


def begin(context: Any, question: answers.Question) -> answers.Known | None:
    """None: it is new, and whoever asked answers it."""
    try:
        return answers.begin(context, question)
    except IntegrityError:
        # Somebody was faster by a moment.
        return answers.begin(context, question)


def answered(known: answers.Known) -> Any:
    """The answer to a request that came before."""
    from starlette.responses import Response

    if known.differs:
        return problem(
            422, "idempotency_key_reused", "this 'Idempotency-Key' came before with another request.",
            hint="Take a new key for a new request.",
        )  # fmt: skip
    if known.status is None:
        return problem(
            409, "in_progress", "the first request with this 'Idempotency-Key' is still being answered.",
            hint="Try again in a moment.", headers={"Retry-After": "1"},
        )  # fmt: skip
    if known.is_lost:
        return problem(
            409, "answer_lost", "the request with this 'Idempotency-Key' was done, but its answer was sealed"
            " with a key that is gone.", hint="Look at what it made; take a new key to do it again.",
        )  # fmt: skip
    headers = {"Idempotency-Replayed": "true"}
    if known.body is None:
        return Response(status_code=known.status, headers=headers)
    return Response(orjson.dumps(known.body), known.status, headers, media_type="application/json")


def asked(request: Request, actor: Actor, body: bytes) -> str:
    """What a request asks, with this ``body`` (or what stands for it), as a hash.

    What a token with less rights asks is not what its owner asked: it is not shown that answer.
    """
    project, rights = request.headers.get("x-project", ""), (actor.limit, actor.only_project)
    head = f"{request.method} {request.url.path}?{request.url.query} {project} {rights}\n"
    return hashlib.sha256(head.encode() + body).hexdigest()


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
