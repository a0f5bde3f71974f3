"""Answers that were just given, for the next who asks the same while nothing in the store has changed.

Many pages look at the same lists, again and again. An answer is given a second time only to somebody who may
see the same, to the same question, if the store says that a query would find what it found then, and for some
seconds at most, as a few of them also depend on the time. One that was read again and was the same is kept for
twice as long as before.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from fastapi import Response
from msgspec import Struct, field
from starlette.concurrency import run_in_threadpool

from intakegateway.api.told import Told
from intakegateway.store.database import Database

C = TypeVar("C", bound=Callable[..., Any])

FRESH = 5.0
"""Seconds for which an answer is kept that was read once."""
LONGEST = 60.0
"""Seconds for which one is kept that is always the same."""
MOST_BYTES = 8 << 20
PLACES = 2
"""Answers that are read at once: threads that all compute take turns so often that each takes longer, and so
does the event loop, which has many more answers to give meanwhile."""
PLACES_BESIDE_A_SERVER = 8
"""As many where a server is asked: such threads wait for it most of the time."""
PATIENCE = 0.1
"""Seconds after which one is read beside them: what takes long must not hold up the others."""
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


class KeptAnswers(Struct):
    """Bodies of answers by question, as many as fit. Its methods are for event loops, several may use it."""

    told: Told
    _kept: OrderedDict[Hashable, _Kept] = field(default_factory=OrderedDict)
    _making: dict[Hashable, Future[bytes | None]] = field(default_factory=dict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(PLACES))
    _ahead: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "answers ahead"))
    _soon: set[Hashable] = field(default_factory=set)

    @classmethod
    def of(cls, database: Database) -> KeptAnswers:
        """For answers that are read from this database."""
        places = PLACES_BESIDE_A_SERVER if database.is_shared else PLACES
        return cls(Told(database.standing), _places=threading.Semaphore(places))

    async def body(self, question: Hashable, make: Callable[[], Response]) -> bytes:
        """The body of a moment ago if it still holds, else that of what ``make`` makes in a thread.

        Who asks what somebody is just being answered waits for that answer: one reading serves them all.
        """
        # Asked for first: an answer may be newer than its state says, which is never wrong later.
        state = await self.told.now()
        if state is None:
            return await run_in_threadpool(self._read, make)
        with self._lock:
            known, now = self._kept.get(question), time.monotonic()
            if known is not None and known.state == state and now < known.until:
                if now > known.until - known.seconds / 2 and question not in self._soon:
                    self._soon.add(question)
                    self._ahead.submit(self._again, question, state, make)
                return known.body
            others = self._making.get((question, state))
            if others is None:
                mine = self._making[question, state] = Future[bytes | None]()
                # Nobody who waits for it and goes away takes it from the others.
                mine.set_running_or_notify_cancel()
        if others is None:
            return await self._made(question, state, make, mine)
        made = await asyncio.wrap_future(others)
        # What went wrong for the other may go well here, and if not, it is said here in its own words.
        return made if made is not None else await run_in_threadpool(_body, make)

    async def _made(
        self, question: Hashable, state: object, make: Callable[[], Response], mine: Future[bytes | None]
    ) -> bytes:
        made = None
        try:
            made = await run_in_threadpool(self._read, make)
            self._keep(question, state, made)
            return made
        finally:
            with self._lock:
                del self._making[question, state]
            mine.set_result(made)

    def _again(self, question: Hashable, state: object, make: Callable[[], Response]) -> None:
        """What goes wrong here is met, and told, by the next who asks after the time of what is kept."""
        try:
            self._keep(question, state, _body(make))
        finally:
            with self._lock:
                self._soon.discard(question)

    def _read(self, make: Callable[[], Response]) -> bytes:
        has_place = self._places.acquire(timeout=PATIENCE)
        try:
            return _body(make)
        finally:
            if has_place:
                self._places.release()

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


def _body(make: Callable[[], Response]) -> bytes:
    return bytes(make().body)
