"""A text file line-wise from its start: pieces of UTF-8, lines skipped, the number of the current line."""

from __future__ import annotations

from intakegateway.connectors.files.encodings import Utf8Pieces
from intakegateway.model.errors import SourceError

BLOCK = 4 << 20
"""Bytes that are read and parsed at once."""
LONGEST = 16 << 20
"""Bytes that one record may have."""


class Feed:
    """What was read and is not yet parsed (``text``), and the physical line (from 1) that it starts on."""

    def __init__(self, pieces: Utf8Pieces, eol: bytes, size: int = BLOCK) -> None:
        self.text = b""
        self.line = 1
        self.ended = False
        self._pieces = pieces
        self._eol = eol
        self._size = size
        self._back: list[bytes] = []

    def more(self) -> bool:
        """Read on; False at the end. The last line gets its line end if it has none.

        Raises ``SourceError`` where no line ends for too long.
        """
        if len(self.text) > LONGEST + self._size and self._eol not in self.text:
            raise SourceError(
                f"has no line end in {LONGEST >> 20} MB after line {self.line - 1}: it is no text of lines.",
                hint="Check the format, or state it with 'format'.",
            )
        piece = self._back.pop() if self._back else self._pieces.read(self._size)
        if piece:
            self.text = self.text + piece if self.text else piece
            return True
        if not self.ended and self.text and not self.text.endswith(self._eol):
            self.text += self._eol
        self.ended = True
        return False

    def drop(self, size: int, lines: int | None = None) -> None:
        """Take that many bytes off the beginning; whole lines, counted here if that was not done yet."""
        self.line += self.text.count(self._eol, 0, size) if lines is None else lines
        self.text = self.text[size:]

    def postpone(self) -> None:
        """Keep only the first part of a long text; the rest is read again in pieces."""
        size = self._size
        if len(self.text) > size:
            self._back += [self.text[at : at + size] for at in range(size, len(self.text), size)][::-1]
            self.text = self.text[:size]
            self.ended = False

    def skip_lines(self, count: int) -> None:
        """Leave out lines."""
        while count:
            end = self.text.find(self._eol)
            if end >= 0:
                self.drop(end + 1)
                count -= 1
            elif not self.more() and not self.text:
                return

    def skip_blank(self) -> None:
        """Leave out lines that hold nothing."""
        while True:
            end = self.text.find(self._eol)
            if end < 0:
                if not self.more() and not self.text:
                    return
            elif self.text[:end].strip(b" \r"):
                return
            else:
                self.drop(end + 1)
