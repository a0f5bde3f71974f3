"""One reader of events for all browsers of this process: it reads each event once and hands it to all.

A run writes its events into the store and knows nothing of who watches. The more clients there are, the less
often they are told: 500 hear of a run once a second. A client that is slow loses progress events that newer
ones have replaced; one that is slower still is cut off, and goes on from the last event that it has seen when
it comes back.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Collection
from typing import Any

import orjson
import structlog
from msgspec import Struct, field

from intakegateway.model.errors import GatewayError
from intakegateway.services.context import Context
from intakegateway.services.events import RUN_PROGRESS, TOPIC
from intakegateway.store import events as store
from intakegateway.store.tables.runs import Event

POLL_SECONDS = 0.2
"""How soon events of other processes are seen."""
EACH_SECONDS, MOST_SECONDS = 0.004, 2.0
"""How long events are gathered for each client, so that a crowd takes no more of the processor than a few do."""
_BATCH = 500
MOST_WAITING = 1000
"""Events that wait for one client."""

log = structlog.get_logger()


class Message(Struct, frozen=True):
    """An event as it is sent: made once, whoever it is sent to."""

    id: int
    kind: str
    project_id: str
    run_id: str | None
    body: bytes
    """JSON with id, kind, at, project_id, run_id, data."""

    @property
    def frame(self) -> bytes:
        """The event in the form of Server-Sent Events."""
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.id, self.kind.encode(), self.body)


def message_of(event: Event) -> Message:
    """The message for an event of the store."""
    content = {
        "id": event.id, "kind": event.kind, "at": event.at, "project_id": event.project_id,
        "run_id": event.run_id, "data": event.data,
    }  # fmt: skip
    return Message(event.id, event.kind, event.project_id, event.run_id, orjson.dumps(content))


class Subscription(Struct, eq=False):
    """What one client wants, and what waits for it. Used in the event loop only."""

    projects: Collection[str] | None
    """None: all."""
    run_ids: Collection[str] | None
    since: int
    """Events up to this number come from the store, later ones from here."""
    is_cut: bool = False
    _waiting: deque[Message] = field(default_factory=deque)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, message: Message) -> bool:
        """Whether this is for the client."""
        if self.projects is not None and message.project_id not in self.projects:
            return False
        return self.run_ids is None or message.run_id in self.run_ids

    def give(self, message: Message) -> None:
        """Let it wait for the client; a newer progress of a run replaces an older one that still waits."""
        if message.kind == RUN_PROGRESS and self._waiting:
            last = self._waiting[-1]
            if last.kind == RUN_PROGRESS and last.run_id == message.run_id:
                self._waiting.pop()
        self._waiting.append(message)
        if len(self._waiting) > MOST_WAITING:
            self.cut()
        self._ready.set()

    def cut(self) -> None:
        """End it."""
        self.is_cut = True
        self._waiting.clear()
        self._ready.set()

    async def take(self, timeout: float) -> list[Message]:
        """What waits, after at most ``timeout`` seconds; empty: nothing came."""
        if not self._waiting and not self.is_cut:
            self._ready.clear()
            try:
                await asyncio.wait_for(self._ready.wait(), timeout)
            except TimeoutError:
                return []
        found = list(self._waiting)
        self._waiting.clear()
        return found


class Hub(Struct):
    """Reads the store in a thread while anybody listens."""

    context: Context
    _subscriptions: set[Subscription] = field(default_factory=set)
    _last: int = 0
    _thread: threading.Thread | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)

    async def subscribe(
        self, projects: Collection[str] | None, run_ids: Collection[str] | None = None
    ) -> Subscription:
        """Listen from now on."""
        if self._thread is None:
            self._last = await asyncio.to_thread(self._newest)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._read, args=(asyncio.get_running_loop(),), name="events", daemon=True
            )
            self._thread.start()
        subscription = Subscription(projects, run_ids, self._last)
        self._subscriptions.add(subscription)
        if self._stopped.is_set():  # the client came while the application ends: nobody will cut it later
            subscription.cut()
        return subscription

    @property
    def listeners(self) -> int:
        """How many subscriptions there are."""
        return len(self._subscriptions)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Listen no more."""
        self._subscriptions.discard(subscription)

    async def history(self, subscription: Subscription, after: int) -> list[Message]:
        """The kept events between ``after`` and where the subscription begins, progress only the latest."""
        return await asyncio.to_thread(self._history, subscription, after)

    def _history(self, subscription: Subscription, after: int) -> list[Message]:
        found: list[Message] = []
        while True:
            with self.context.database.read() as session:
                batch = store.after(
                    session, after, _BATCH, until=subscription.since, projects=subscription.projects,
                    run_ids=subscription.run_ids,
                )  # fmt: skip
            found += [message_of(event) for event in batch]
            if len(batch) < _BATCH:
                return _without_old_progress(found)
            after = batch[-1].id

    def _newest(self) -> int:
        with self.context.database.read() as session:
            return store.last_id(session)

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        seen = self.context.bus.count(TOPIC)
        while not self._stopped.is_set():
            if not self._subscriptions:
                self._stopped.wait(POLL_SECONDS)
            try:
                with self.context.database.read() as session:
                    found = store.after(session, self._last, _BATCH)
            except GatewayError as error:
                log.warning("events_unreadable", error=str(error))
                self._stopped.wait(1.0)
                continue
            if found:
                loop.call_soon_threadsafe(self._hand_out, [message_of(event) for event in found])
                # The loop sets the number, so that a subscription is made before a batch or after it.
                self._wait_until(found[-1].id)
                self._stopped.wait(min(EACH_SECONDS * len(self._subscriptions), MOST_SECONDS))
            if len(found) < _BATCH:
                seen = self.context.bus.wait(TOPIC, seen, POLL_SECONDS)

    def _wait_until(self, number: int) -> None:
        while self._last < number and not self._stopped.wait(0.001):
            pass

    def _hand_out(self, messages: list[Message]) -> None:
        for message in messages:
            for subscription in self._subscriptions:
                if subscription.wants(message):
                    subscription.give(message)
        self._last = messages[-1].id

    def close(self) -> None:
        """End every subscription, and the thread as soon as it is through with what it reads."""
        self._stopped.set()
        for subscription in list(self._subscriptions):
            subscription.cut()
        self.context.bus.wake(TOPIC)

    def join(self) -> None:
        """Wait until the thread has ended, so that the store can be closed."""
        if self._thread is not None:
            self._thread.join(30.0)


def _without_old_progress(messages: list[Message]) -> list[Message]:
    newest: dict[Any, int] = {}
    for message in messages:
        if message.kind == RUN_PROGRESS:
            newest[message.run_id] = message.id
    return [one for one in messages if one.kind != RUN_PROGRESS or newest[one.run_id] == one.id]
