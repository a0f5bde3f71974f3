"""Answers that were just given, for the next who asks the same while nothing in the store has changed.

Many pages look at the same lists, again and again. An answer is given a second time only to somebody who may
see the same, to the same question, if the store says that a query would find what it found then, and for some
seconds at most, as a few of them also depend on the time. One that was read again and was the same is kept for
twice as long as before.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from fastapi import Response

from intakegateway.store.standing import Standing

C = TypeVar("C", bound=Callable[..., Any])

FRESH = 5.0
"""Seconds for which an answer is kept that was read once."""
LONGEST = 60.0
"""Seconds for which one is kept that is always the same."""
MOST_BYTES = 8 << 20
_MARK = "answers_from_the_store"


def from_the_store(endpoint: C) -> C:
    """Marks an endpoint whose answer depends on nothing but its arguments, the store and the time.

    It makes a body and sets no headers.
    """
    setattr(endpoint, _MARK, True)
    return endpoint


def is_from_the_store(endpoint: Callable[..., object]) -> bool:
    """Whether an endpoint is marked so."""
    return getattr(endpoint, _MARK, False)


class _Kept(NamedTuple):
    """``state``: of the store; ``until``: on the clock that only goes forward, ``seconds`` after it was read."""

    state: object
    until: float
    seconds: float
    body: bytes


@dataclass(slots=True)
class KeptAnswers:
    """Bodies of answers by question, as many as fit. Safe between threads."""

    standing: Standing
    _kept: OrderedDict[Hashable, _Kept] = field(default_factory=OrderedDict)
    _making: dict[Hashable, Future[bytes]] = field(default_factory=dict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at_hand(self, question: Hashable) -> bytes | None:
        """The body of a moment ago, if that can be told on the event loop without waiting for anything."""
        state = self.standing.at_a_glance()
        if state is None:
            return None
        with self._lock:
            return self._held(question, state)

    def body(self, question: Hashable, make: Callable[[], Response]) -> bytes:
        """The body of a moment ago if it still holds, else that of what ``make`` makes.

        Who asks what somebody is just being answered waits for that answer: one reading serves them all.
        """
        # Asked for first: an answer may be newer than its state says, which is never wrong later.
        state = self.standing.now()
        if state is None:
            return bytes(make().body)
        with self._lock:
            known = self._held(question, state)
            if known is not None:
                return known
            others = self._making.get((question, state))
            if others is None:
                mine = self._making[question, state] = Future[bytes]()
        if others is not None:
            # What went wrong for the other may go well here, and if not, it is said here in its own words.
            return others.result() if others.exception() is None else bytes(make().body)
        return self._made(question, state, make, mine)

    def _held(self, question: Hashable, state: object) -> bytes | None:
        known = self._kept.get(question)
        fits = known is not None and known.state == state and time.monotonic() < known.until
        return known.body if known is not None and fits else None

    def _made(
        self, question: Hashable, state: object, make: Callable[[], Response], mine: Future[bytes]
    ) -> bytes:
        try:
            body = bytes(make().body)
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(body)
            self._keep(question, state, body)
            return body
        finally:
            with self._lock:
                del self._making[question, state]

    def _keep(self, question: Hashable, state: object, body: bytes) -> None:
        with self._lock:
            old = self._kept.pop(question, None)
            if old is not None:
                self._bytes -= len(old.body)
            seconds = FRESH
            if old is not None and (old.state, old.body) == (state, body):
                seconds = min(2 * old.seconds, LONGEST)
            self._kept[question] = _Kept(state, time.monotonic() + seconds, seconds, body)
            self._bytes += len(body)
            while self._bytes > MOST_BYTES:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.body)
