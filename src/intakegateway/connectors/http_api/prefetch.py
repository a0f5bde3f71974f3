"""Fetching the next page while the last one is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

T = TypeVar("T")

_PATIENCE = 1.0
"""Seconds that a consumer who stops early waits for the thread; it ends by itself after its call."""


def ahead(
    source: Generator[T, None, None], stop: Callable[[], None], depth: int = 1
) -> Generator[T, None, None]:
    """The items of ``source``; from the second one on they are made by a thread, ``depth`` ahead.

    Whoever takes only the first item (a preview) causes no more work. An error of ``source`` comes
    after the items before it. ``stop`` is called when the consumer ends early, to end waits in ``source``.
    """
    try:
        first = next(source)
    except StopIteration:
        return
    try:
        yield first
    except GeneratorExit:
        source.close()
        raise
    items: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(depth)
    unwanted = threading.Event()

    def put(item: tuple[T] | BaseException | None) -> bool:
        while not unwanted.is_set():
            try:
                items.put(item, timeout=0.05)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        last: BaseException | None = None
        try:
            for item in source:
                if not put((item,)):
                    break
        except BaseException as error:  # noqa: BLE001 - raised again where the items are taken
            last = error
        finally:
            source.close()
        put(last)

    thread = threading.Thread(target=work, name="next-page", daemon=True)
    thread.start()
    try:
        while (item := items.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
        thread.join()
    finally:
        unwanted.set()
        if thread.is_alive():
            stop()
            thread.join(_PATIENCE)
