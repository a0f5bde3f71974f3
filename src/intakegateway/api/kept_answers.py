"""Answers that were just given, for the next who asks the same while nothing in the store has changed.

Many pages look at the same lists, again and again. An answer is given a second time only to somebody who may
see the same, to the same question, if the store says that a query would find what it found then, and for some
seconds at most, as a few of them also depend on the time.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Response

from intakegateway.store.standing import Standing

C = TypeVar("C", bound=Callable[..., Any])

FRESH = 5.0
"""Seconds."""
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


@dataclass(slots=True)
class KeptAnswers:
    """Bodies of answers by question, as many as fit. Safe between threads."""

    standing: Standing
    _kept: OrderedDict[Hashable, tuple[object, float, bytes]] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def body(self, question: Hashable, make: Callable[[], Response]) -> bytes:
        """The body of a moment ago if it still holds, else that of what ``make`` makes."""
        # Asked for first: an answer may be newer than its state says, which is never wrong later.
        state = self.standing.now()
        with self._lock:
            known = self._kept.get(question)
        if known is not None and known[0] == state and time.monotonic() < known[1]:
            return known[2]
        body = bytes(make().body)
        if state is not None:
            self._keep(question, (state, time.monotonic() + FRESH, body))
        return body

    def _keep(self, question: Hashable, answer: tuple[object, float, bytes]) -> None:
        with self._lock:
            old = self._kept.pop(question, None)
            if old is not None:
                self._bytes -= len(old[2])
            self._kept[question] = answer
            self._bytes += len(answer[2])
            while self._bytes > MOST_BYTES:
                _, (_, _, oldest) = self._kept.popitem(last=False)
                self._bytes -= len(oldest)
