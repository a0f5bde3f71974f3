"""Named pipes and devices: what can be read once only, as another program writes it."""

from __future__ import annotations

import logging
import os
import select
import stat
import time
import weakref
from pathlib import Path

from intakegateway.connectors.files.streams import Readable
from intakegateway.connectors.guard import current
from intakegateway.model.errors import SourceError

PATIENCE = 2.0
"""Seconds of waiting for the first byte before it is said what is waited for."""
_PIECE = 1 << 16
_STEP_MS = 200
"""How long one wait lasts: a request to stop is seen between two."""


def is_pipe(path: Path) -> bool:
    """Whether there is something else than a file or a folder: a named pipe, ``/dev/fd/63``, a terminal."""
    mode = path.stat().st_mode
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


class Pipe:
    """The bytes that come out of a pipe. It is opened without a writer, and waits for one when it is read."""

    def __init__(self, path: Path, name: str) -> None:
        if current() is not None:
            raise SourceError(
                "is a pipe or a device, not a file.",
                where=name,
                hint="Write what it gives into a file first.",
            )
        try:
            self._number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror}.", where=name) from error
        self._name = name
        self._started = False
        self._finish = weakref.finalize(self, os.close, self._number)

    def read(self, size: int = -1, /) -> bytes:
        """What is there, up to ``size`` bytes, waiting until there is something; none at the end."""
        while True:
            self._wait()
            try:
                data = os.read(self._number, size if size >= 0 else _PIECE)
            except BlockingIOError:
                continue
            self._started = True
            return data

    def close(self) -> None:
        """Give the pipe back; its writer then gets an error."""
        self._finish()

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._number, select.POLLIN)
        until = None if self._started else time.monotonic() + PATIENCE
        while not poll.poll(_STEP_MS):
            if until is not None and time.monotonic() > until:
                until = None
                logging.getLogger(__name__).warning(
                    "%s: waiting for a program that writes into this pipe. Ctrl-C ends it.", self._name
                )


def read_up_to(stream: Readable, size: int) -> bytes:
    """That many bytes, fewer only at the end: a pipe gives what it has."""
    pieces: list[bytes] = []
    while size > 0 and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
