"""Work that a person waits for, bounded in number and in time, so that none of it can hang the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct, field

from intakegateway.model.errors import UnavailableError

if TYPE_CHECKING:
    from intakegateway.connectors.base import Chunk, Source

T = TypeVar("T")


class Deadline:
    """When work has to be done. ``expired`` is asked between its steps."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._ended = threading.Event()

    def expired(self) -> bool:
        """Whether nobody waits any more."""
        return self._ended.is_set() or time.monotonic() > self._end

    def end(self) -> None:
        """Nobody waits any more."""
        self._ended.set()

    def check(self) -> None:
        """Raises ``UnavailableError`` when the time is over."""
        if self.expired():
            raise too_slow(self.seconds)


class _Outcome(Struct, Generic[T]):
    value: T | None = None
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Workbench:
    """A few places where such work is done, each in a thread of its own.

    Work that goes on after its time (a server that does not answer) keeps its place until it ends by
    itself; it holds up nobody else but those who find all places taken.
    """

    def __init__(self, places: int = 8, wait_seconds: float = 5.0) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._wait = wait_seconds

    def run(self, work: Callable[[Deadline], T], seconds: float) -> T:
        """What ``work`` returns or raises. Raises ``UnavailableError`` after ``seconds``, or when all
        places are taken."""
        if not self._places.acquire(timeout=self._wait):
            raise UnavailableError(
                "as many previews run as this server takes at once.", hint="Try again in a moment."
            )
        deadline, outcome = Deadline(seconds), _Outcome[T]()
        context = copy_context()
        thread = threading.Thread(
            target=context.run, args=(self._do, work, deadline, outcome), name="preview", daemon=True
        )
        thread.start()
        if not outcome.done.wait(seconds):
            deadline.end()
            # Work that asks its deadline ends now, with the same sentence.
            outcome.done.wait(0.5)
        if not outcome.done.is_set():
            raise too_slow(seconds)
        thread.join()
        if outcome.error is not None:
            raise outcome.error
        return outcome.value  # type: ignore[return-value]

    def _do(self, work: Callable[[Deadline], T], deadline: Deadline, outcome: _Outcome[T]) -> None:
        try:
            outcome.value = work(deadline)
        except BaseException as error:  # noqa: BLE001
            # It belongs to the thread that waits.
            outcome.error = error
        finally:
            self._places.release()
            outcome.done.set()


class Watched:
    """A source that ends with an error when the time is over, or after so many rows without one."""

    def __init__(self, source: Source, deadline: Deadline, rows: int | None = None) -> None:
        self._source = source
        self._deadline = deadline
        self._rows = rows
        self.name = source.name
        self.rewindable = source.rewindable
        self.restartable = source.restartable
        self.fixed_fields = source.fixed_fields
        self.total_bytes = source.total_bytes
        self.warnings = source.warnings
        self.cut = False
        """Whether there were more rows than were wanted."""

    @property
    def detected(self) -> Any:
        """What was found out about a file's form."""
        return getattr(self._source, "detected", None)

    def chunks(self) -> Iterator[Chunk]:
        """The rows, as far as they are wanted."""
        seen = 0
        chunks = self._source.chunks()
        try:
            for chunk in chunks:
                self._deadline.check()
                if self._rows is not None and seen + chunk.frame.height > self._rows:
                    self.cut = True
                    yield _first_rows(chunk, self._rows - seen)
                    return
                seen += chunk.frame.height
                yield chunk
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def committed(self) -> None:
        """A preview moves no cursor."""


def too_slow(seconds: float) -> UnavailableError:
    """The error for work that took too long."""
    return UnavailableError(
        f"this was stopped after {seconds:g} seconds.",
        hint="Ask for fewer rows, or start it as a dry run, which has no such limit.",
    )


def _first_rows(chunk: Chunk, rows: int) -> Chunk:
    from intakegateway.connectors.base import Chunk, Locators

    where = chunk.locators
    b = where.b.head(rows) if where.b is not None else None
    return Chunk(
        chunk.frame.head(rows), Locators(where.template, where.a.head(rows), b), chunk.broken, chunk.bytes,
        chunk.nul,
    )  # fmt: skip
