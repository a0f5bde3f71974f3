"""``Idempotency-Key`` of uploads: they are compared by what has arrived, since no body is held in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Depends, Header
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from intakegateway.api.idempotency import LONGEST_KEY, answered, asked, begin, patiently
from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor
from intakegateway.model.errors import DefinitionError
from intakegateway.services import answers
from intakegateway.services.incoming import Incoming

M = TypeVar("M", bound=BaseModel)


async def _key(
    idempotency_key: Annotated[
        str,
        Header(
            max_length=LONGEST_KEY,
            description="The same files sent again with the same key make no second ones, and get the answer"
            " that they got: for a day. 409 while the first are being kept, 422 with other files.",
        ),
    ] = "",
) -> str:
    key = idempotency_key.strip()
    if not key.isprintable():
        raise DefinitionError(f"an 'Idempotency-Key' has up to {LONGEST_KEY} printable characters.")
    return key


UploadKey = Annotated[str, Depends(_key)]
"""What tells two uploads with the same content apart, or not; empty: each is one of its own."""


async def once(
    request: Request, gateway: Gateway, actor: Actor, key: str, taken: Sequence[Incoming], keep: Callable[[], M]
) -> M | Response:  # fmt: skip
    """What ``keep`` makes of what has been taken; or the answer to the upload with this key that came before.

    In that case what has been taken is discarded. Raises what ``keep`` does.
    """
    if not key:
        return await run_in_threadpool(keep)
    context = gateway.context
    try:
        content = await run_in_threadpool(lambda: "\n".join(f"{one.digest()} {one.name}" for one in taken))
        question = answers.Question(key, actor.user_id, asked(request, actor, content.encode()))
        known = await run_in_threadpool(begin, context, question)
    except BaseException:
        await run_in_threadpool(_discard, taken)
        raise
    if known is not None:
        await run_in_threadpool(_discard, taken)
        answer: Response = answered(known)
        return answer
    try:
        made = await run_in_threadpool(keep)
    except BaseException:
        await patiently(answers.forget, context, question)
        raise
    await patiently(answers.keep, context, question, 201, made.model_dump(mode="json", by_alias=True))
    return made


def _discard(taken: Sequence[Incoming]) -> None:
    for one in taken:
        one.discard()
