"""Answers to requests that came with a key, so that the same request does not do its work twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from msgspec import Struct

from intakegateway.kit.secretbox import SealError
from intakegateway.services.context import Context
from intakegateway.store.tables.service import Answer

GIVEN_UP = timedelta(minutes=10)
"""A request that has not been answered for so long never will be: its process died."""


class Question(Struct, frozen=True):
    """A request: the key that its sender gave it, who that is, and what it asks (as a hash)."""

    key: str
    user_id: str
    request_hash: str


class Known(Struct, frozen=True):
    """A request that came before. ``status``: None while it is being answered."""

    status: int | None
    body: Any
    differs: bool
    is_lost: bool = False
    """The answer was sealed with a key that is gone."""


def begin(context: Context, question: Question) -> Known | None:
    """None: it is new, and whoever asked answers it. Raises ``IntegrityError`` when two ask at once."""
    with context.database.write() as session:
        found = session.get(Answer, (question.key, question.user_id))
        if found is not None and found.status is None and found.created_at < context.now() - GIVEN_UP:
            session.delete(found)
            session.flush()
            found = None
        if found is not None:
            differs = found.request_hash != question.request_hash
            try:
                return Known(found.status, _opened(context, question, found.body), differs)
            except SealError:
                return Known(found.status, None, differs, is_lost=True)
        session.add(
            Answer(
                key=question.key, user_id=question.user_id, request_hash=question.request_hash,
                created_at=context.now(),
            )
        )  # fmt: skip
    return None


def keep(context: Context, question: Question, status: int, body: Any) -> None:
    """The answer, for the next time; sealed, since it may show a token that is shown only once.

    A rotation of keys does not seal it again: it is worth nothing after a day.
    """
    sealed = None
    if body is not None:
        sealed = {"sealed": context.box().seal(orjson.dumps(body).decode(), *_place(question))}
    with context.database.write() as session:
        found = session.get(Answer, (question.key, question.user_id))
        if found is not None:
            found.status, found.body = status, sealed


def forget(context: Context, question: Question) -> None:
    """It was not answered well: it may be asked again."""
    with context.database.write() as session:
        found = session.get(Answer, (question.key, question.user_id))
        if found is not None and found.status is None:
            session.delete(found)


def _opened(context: Context, question: Question, body: dict[str, Any] | None) -> Any:
    if body is None:
        return None
    return orjson.loads(context.box().open(str(body.get("sealed", "")), *_place(question)))


def _place(question: Question) -> tuple[str, str, str]:
    return "answers", question.user_id, question.key
