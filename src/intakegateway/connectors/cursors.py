"""Where sources keep how far they have read: a store of one small value for each key.

The destination's commit and the saving of a cursor are two steps, and a process may die between them. So the
new cursor is kept as *pending* before the commit, together with the load's id; the next run asks the
destination's ledger whether that load was committed, and if it was, takes the pending cursor for saved.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from intakegateway.connectors.kept_files import kept_file, read_kept, remove_kept, write_kept


class SavedCursor(Struct, frozen=True):
    """The greatest value so far, as the source wrote it, and what it is: timestamp, number or text."""

    value: str
    kind: str


class PendingCursor(Struct, frozen=True):
    """A cursor that counts once the load ``load_id`` (its ``part``) is committed."""

    cursor: SavedCursor
    load_id: str
    part: int = 0


class CursorStore(Protocol):
    """Keeps one cursor for each key, and at most one pending one. Raises ``SourceError`` when it cannot.

    Whatever a method has kept survives a crash once it has returned.
    """

    def load(self, key: str) -> SavedCursor | None:
        """The cursor that was saved last, or None."""
        ...

    def save(self, key: str, cursor: SavedCursor) -> None:
        """Keep it and forget the pending one; if there is a crash between the two, either may remain."""
        ...

    def pending(self, key: str) -> PendingCursor | None:
        """The cursor that waits for its load's commit, or None."""
        ...

    def keep_pending(self, key: str, pending: PendingCursor | None) -> None:
        """Replace the pending one; None: there is none. The saved cursor stays as it is."""
        ...


class MemoryCursors(Struct, frozen=True):
    """Cursors that last as long as the process."""

    kept: dict[str, SavedCursor] = field(default_factory=dict)
    waiting: dict[str, PendingCursor] = field(default_factory=dict)

    def load(self, key: str) -> SavedCursor | None:
        """The cursor of ``key``."""
        return self.kept.get(key)

    def save(self, key: str, cursor: SavedCursor) -> None:
        """Keep it."""
        self.kept[key] = cursor
        self.waiting.pop(key, None)

    def pending(self, key: str) -> PendingCursor | None:
        """The pending cursor of ``key``."""
        return self.waiting.get(key)

    def keep_pending(self, key: str, pending: PendingCursor | None) -> None:
        """Replace it."""
        if pending is None:
            self.waiting.pop(key, None)
        else:
            self.waiting[key] = pending


class FileCursors(Struct, frozen=True):
    """Small JSON files named after a hash of the key: one for the cursor, one beside it while one is pending."""

    folder: Path

    def load(self, key: str) -> SavedCursor | None:
        """The cursor of ``key``."""
        found = read_kept(kept_file(self.folder, key))
        return None if found is None else SavedCursor(str(found["value"]), str(found["kind"]))

    def save(self, key: str, cursor: SavedCursor) -> None:
        """Write it whole or not at all."""
        write_kept(kept_file(self.folder, key), {"key": key, "value": cursor.value, "kind": cursor.kind})
        self.keep_pending(key, None)

    def pending(self, key: str) -> PendingCursor | None:
        """The pending cursor of ``key``."""
        found = read_kept(self._waiting(key))
        if found is None:
            return None
        cursor = SavedCursor(str(found["value"]), str(found["kind"]))
        return PendingCursor(cursor, str(found["load_id"]), int(found["part"]))

    def keep_pending(self, key: str, pending: PendingCursor | None) -> None:
        """Write it whole or not at all; None removes it."""
        if pending is None:
            remove_kept(self._waiting(key))
            return
        cursor = pending.cursor
        content = {"key": key, "value": cursor.value, "kind": cursor.kind}
        write_kept(self._waiting(key), {**content, "load_id": pending.load_id, "part": pending.part})

    def _waiting(self, key: str) -> Path:
        return kept_file(self.folder, key, ".pending.json")


def recover(cursors: CursorStore, key: str, was_committed: Callable[[str, int], bool]) -> None:
    """Take the pending cursor of ``key`` for saved, if its load was committed.

    One whose load is not known is no good, but it is left in its place: its load may be about to commit in
    another process. The next load of this key replaces it.
    """
    pending = cursors.pending(key)
    if pending is not None and was_committed(pending.load_id, pending.part):
        cursors.save(key, pending.cursor)
