"""An end for calls whose other side gives a byte now and then: time limits of sockets begin anew with each."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any


class Cutter:
    """Cuts the connections of a call when it takes longer than ``seconds`` in all.

    Give ``trace`` to an HTTP call as its extension of that name, other connections to ``watch``. The call then
    fails as if the other side had hung up; ``has_cut`` tells why.
    """

    def __init__(self, seconds: float) -> None:
        self.has_cut = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Cutter:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def trace(self, event: str, facts: dict[str, Any]) -> None:
        """Notes each connection as it is made."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self.watch(facts["return_value"].get_extra_info("socket"))

    def watch(self, found: socket.socket | None) -> None:
        """Notes a connection."""
        if found is not None and found not in self._sockets:
            self._sockets.append(found)
        if self.has_cut:
            self._cut()

    def _cut(self) -> None:
        self.has_cut = True
        for one in self._sockets:
            # Not closed: its number could be another file's by the time that the other thread looks again. And
            # not by its own method, which a connection with TLS has made one that forgets its state.
            with suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)
