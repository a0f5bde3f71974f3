"""A worker's end of the pipe to its pool."""

from __future__ import annotations

import os
import signal
import sys
import threading
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from msgspec import Struct, field

PARENT_LOST = 75
_PR_SET_PDEATHSIG = 1


class Channel(Struct):
    """What a worker hears from its pool, and tells it."""

    connection: Connection
    _woken: threading.Event = field(default_factory=threading.Event)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_stopping(self) -> bool:
        """Whether the pool takes no more runs."""
        return self._stopping.is_set()

    def wait(self, seconds: float) -> None:
        """Return when woken, or after ``seconds``."""
        self._woken.wait(seconds)
        self._woken.clear()

    def ready(self) -> None:
        """Say that everything is imported."""
        self._send("ready", None)

    def tell(self, run_id: str | None) -> None:
        """Say which run this worker is at; None: none."""
        self._send("run", run_id)

    def listen(self) -> None:
        """Hear the pool until it is gone; this process goes with it."""
        try:
            while True:
                word = self.connection.recv()
                if word == "stop":
                    self._stopping.set()
                self._woken.set()
        except (EOFError, OSError):
            if not self.is_stopping:
                os._exit(PARENT_LOST)
            self._woken.set()

    def _send(self, kind: str, value: str | None) -> None:
        try:
            with self._lock:
                self.connection.send((kind, value))
        except OSError:
            os._exit(PARENT_LOST)


def attend(entry: str, connection: Connection, name: str, argument: Any) -> None:
    """The life of a worker: call ``entry`` (``module:function``) with a channel, its name and ``argument``."""
    # Ctrl-C goes to the whole group; the parent decides what becomes of its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _die_with_parent()
    channel = Channel(connection)
    threading.Thread(target=channel.listen, name="pool", daemon=True).start()
    module, _, function = entry.partition(":")
    getattr(import_module(module), function)(channel, name, argument)


def _die_with_parent() -> None:
    """Where the system offers it, it ends this process together with the one that made it."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
