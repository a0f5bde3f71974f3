"""The state of the store, asked once for all requests that wait for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable

from msgspec import Struct, field

from intakegateway.store.standing import Standing

PATIENCE = 0.05
"""Seconds after which a request goes on without being told: a server that hangs must not make a queue."""

State = tuple[int, str]
_Waiting = tuple[asyncio.AbstractEventLoop, "asyncio.Future[State | None]"]


class Told(Struct):
    """Asks in a thread of its own. Who comes while a question is under way waits for the next one.

    The question that answers somebody begins after they came: what was written before is seen.
    """

    standing: Standing
    _waiting: list[_Waiting] = field(default_factory=list)
    _is_asking: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def now(self) -> State | None:
        """As ``Standing.now``; None also where the store takes too long."""
        at_once = self.standing.at_a_glance()
        if at_once is not None:
            return at_once
        loop = asyncio.get_running_loop()
        told: asyncio.Future[State | None] = loop.create_future()
        with self._lock:
            self._waiting.append((loop, told))
            begins = not self._is_asking
            self._is_asking = True
        if begins:
            threading.Thread(target=self._ask, name="state of the store", daemon=True).start()
        patience = loop.call_later(PATIENCE, _tell, (told,), None)
        try:
            return await told
        finally:
            patience.cancel()

    def _ask(self) -> None:
        while True:
            with self._lock:
                waiting, self._waiting = self._waiting, []
                if not waiting:
                    self._is_asking = False
                    return
            state = self.standing.now()
            for loop in {loop for loop, _ in waiting}:
                futures = [told for of, told in waiting if of is loop]
                try:
                    loop.call_soon_threadsafe(_tell, futures, state)
                except RuntimeError:
                    # That loop has ended, and who waited on it too.
                    continue


def _tell(waiting: Iterable[asyncio.Future[State | None]], state: State | None) -> None:
    for told in waiting:
        if not told.done():
            told.set_result(state)
