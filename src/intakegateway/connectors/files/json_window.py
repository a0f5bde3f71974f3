"""A window on a JSON document that moves forward."""

from __future__ import annotations

from typing import BinaryIO

from intakegateway.connectors.files.json_stream import MAX_RECORD
from intakegateway.model.errors import SourceError

_STEP = 4 << 20


class JsonWindow:
    """The bytes at hand, with the line and column where they begin.

    ``text`` is the window, ``position`` where it begins, ``ended`` whether nothing follows it. ``head`` is
    what stood before the records. ``longest``: bytes that a record, or what is before the first, may have.
    """

    def __init__(self, stream: BinaryIO, name: str, longest: int = MAX_RECORD) -> None:
        self.name = name
        self.position = 0
        self.text = b""
        self.ended = False
        self.head = b""
        self._stream = stream
        self.longest = longest
        self._line = 1
        self._column = 0

    def fill(self, size: int) -> None:
        """Have at least ``size`` bytes in the window, unless the document ends."""
        pieces, there = [self.text], len(self.text)
        while there < size and not self.ended:
            piece = self._stream.read(size - there)
            self.ended = not piece
            pieces.append(piece)
            there += len(piece)
        self.text = b"".join(pieces)

    def grow(self) -> bool:
        """Double the window; false when there is no more."""
        if self.ended:
            return False
        if len(self.text) > self.longest:
            raise SourceError(
                f"A single record, or what stands before the first, is over {self.longest >> 20} MB.",
                where=self.name,
            )
        before = len(self.text)
        self.fill(min(max(2 * before, _STEP), self.longest + 1))
        return len(self.text) > before

    def consume(self, size: int) -> None:
        """Move the window's beginning forward."""
        gone, self.text = self.text[:size], self.text[size:]
        self.position += len(gone)
        newlines = gone.count(b"\n")
        if newlines:
            self._line += newlines
            self._column = 0
            gone = gone[gone.rfind(b"\n") + 1 :]
        self._column += len(gone.decode("utf-8", "replace"))

    def error(self, reason: str, at: int | None = None) -> SourceError:
        """An error about the byte at ``at`` of the window; left out: its end."""
        self.consume(len(self.text) if at is None else at)
        place = f"line {self._line}, column {self._column + 1}"
        return SourceError(f"This is not valid JSON at {place}: {reason}.", where=self.name)
