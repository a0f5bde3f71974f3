"""Whether a file stayed what it was while it was read."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from intakegateway.model.errors import SourceError


class Facts(Struct, frozen=True):
    """A file at one moment."""

    path: Path
    size: int
    changed_ns: int
    number: int

    @classmethod
    def of(cls, path: Path) -> Facts:
        """The file as it is now. Raises ``OSError``."""
        found = os.stat(path)
        return cls(path, found.st_size, found.st_mtime_ns, found.st_ino)

    def compared(self, name: str) -> str:
        """A sentence about what has become of the file since then; empty for nothing.

        Raises ``SourceError`` where it has become shorter: some of its rows were not seen.
        """
        try:
            now = Facts.of(self.path)
        except OSError:
            return ""  # Whoever has it open reads on in a file that was removed.
        if now == self:
            return ""
        if now.size < self.size:
            raise SourceError(
                f"became shorter while it was read: {self.size:,} bytes at first, {now.size:,} now.",
                where=name,
                hint="Run the load again when nobody writes to the file.",
            )
        what = "was replaced" if now.number != self.number else "was changed"
        if now.number == self.number and now.size > self.size:
            what = f"grew by {now.size - self.size:,} bytes"
        return f"{name} {what} while it was read: it may be there in part."
