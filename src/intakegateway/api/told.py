"""The state of the store, asked once for all requests that wait for it."""

from __future__ import annotations

import asyncio
import threading

from msgspec import Struct, field

from intakegateway.store.standing import Standing, State

PATIENCE = 0.25
"""Seconds after which a request goes on without being told: a server that hangs must not make a queue."""


class Told(Struct):
    """Who comes while a question is under way waits for the next one.

    The question that answers somebody begins after they came: what was written before is seen.
    """

    standing: Standing
    _waiting: list[asyncio.Future[State | None]] = field(default_factory=list)
    _asking: asyncio.Task[None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def now(self) -> State | None:
        """As ``Standing.now``; None also where the store takes too long, or while another event loop asks."""
        at_once = self.standing.at_a_glance()
        if at_once is not None:
            return at_once
        loop = asyncio.get_running_loop()
        told: asyncio.Future[State | None] = loop.create_future()
        with self._lock:
            if self._asking is None:
                self._asking = loop.create_task(self._ask())
            elif self._asking.get_loop() is not loop:
                return None
            self._waiting.append(told)
        patience = loop.call_later(PATIENCE, _tell, told, None)
        try:
            return await told
        finally:
            patience.cancel()

    async def _ask(self) -> None:
        waiting: list[asyncio.Future[State | None]] = []
        try:
            while True:
                with self._lock:
                    waiting, self._waiting = self._waiting, []
                    if not waiting:
                        return
                state = await self.standing.now()
                for told in waiting:
                    _tell(told, state)
        finally:
            with self._lock:
                waiting += self._waiting
                self._waiting, self._asking = [], None
            for told in waiting:
                _tell(told, None)


def _tell(told: asyncio.Future[State | None], state: State | None) -> None:
    if not told.done():
        told.set_result(state)
