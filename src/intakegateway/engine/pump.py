"""The queue between the thread that reads and shapes and the thread that writes, bounded in bytes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType

import polars as pl

Send = Callable[[pl.DataFrame, pl.Series], None]


class Pump:
    """Hands batches to ``send`` in another thread, in order.

    ``put`` waits while more than ``budget`` bytes are on their way, and raises what ``send`` raised.
    Leaving the ``with`` block waits for the last batch, unless the block itself failed.
    """

    def __init__(self, send: Send, budget: int) -> None:
        self._send = send
        self._budget = budget
        self._waiting: deque[tuple[pl.DataFrame, pl.Series, int]] = deque()
        self._bytes = 0
        self._closed = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self.rows = 0

    def put(self, batch: pl.DataFrame, rows: pl.Series) -> None:
        """Queue a batch."""
        size = int(batch.estimated_size())
        with self._changed:
            while self._waiting and self._bytes + size > self._budget and self._error is None:
                self._changed.wait()
            if self._error is not None:
                raise self._error
            self._waiting.append((batch, rows, size))
            self._bytes += size
            self._changed.notify_all()

    def __enter__(self) -> Pump:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed = True
            if kind is not None:
                self._waiting.clear()
            self._changed.notify_all()
        self._thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if not self._waiting:
                    return
                batch, rows, size = self._waiting.popleft()
            try:
                self._send(batch, rows)
            except BaseException as error:  # noqa: BLE001 - carried to the other thread, raised by put
                with self._changed:
                    self._error = error
                    self._waiting.clear()
                    self._changed.notify_all()
                return
            with self._changed:
                self._bytes -= size
                self.rows += batch.height
                self._changed.notify_all()
