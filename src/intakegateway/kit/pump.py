"""A queue between two threads that is bounded in bytes: one makes, the other takes away."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Pump(Generic[T]):
    """Hands items to ``send`` in another thread, in order.

    ``put`` waits while more than ``budget`` bytes are on their way, and raises what ``send`` raised.
    Leaving the ``with`` block waits for the last item, unless the block itself failed.
    """

    def __init__(self, send: Callable[[T], None], budget: int, name: str = "writer") -> None:
        self._send = send
        self._budget = budget
        self._waiting: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._closed = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def put(self, item: T, size: int) -> None:
        """Queue an item of so many bytes."""
        with self._changed:
            while self._waiting and self._bytes + size > self._budget and self._error is None:
                self._changed.wait()
            if self._error is not None:
                raise self._error
            self._waiting.append((item, size))
            self._bytes += size
            self._changed.notify_all()

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def finish(self) -> None:
        """Wait until all is sent. Raises what ``send`` raised."""
        self._end()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Forget what waits, and wait for what is just being sent."""
        with self._changed:
            self._waiting.clear()
        self._end()

    def __enter__(self) -> Pump[T]:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.stop()

    def _end(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if not self._waiting:
                    return
                item, size = self._waiting.popleft()
            try:
                self._send(item)
            except BaseException as error:  # noqa: BLE001 - carried to the other thread, raised by put
                with self._changed:
                    self._error = error
                    self._waiting.clear()
                    self._changed.notify_all()
                return
            del item
            with self._changed:
                self._bytes -= size
                self._changed.notify_all()
