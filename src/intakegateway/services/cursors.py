"""How far incremental sources have been read, kept in the store: any process may run the next load."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from intakegateway.connectors.cursors import PendingCursor, SavedCursor
from intakegateway.services.context import Context
from intakegateway.store.tables.definitions import Cursor

_LONGEST = 300


class StoredCursors(Struct, frozen=True):
    """The cursors of one project. Raises ``UnavailableError`` when the store does not answer."""

    context: Context
    project_id: str

    def load(self, key: str) -> SavedCursor | None:
        """The cursor that was saved last, or None."""
        with self.context.database.read() as session:
            row = session.get(Cursor, self.place(key))
        return SavedCursor(**row.value) if row is not None and row.value else None

    def save(self, key: str, cursor: SavedCursor) -> None:
        """Keep it and forget the pending one, in one transaction."""
        self._write(key, value=asdict(cursor), pending=None, load_id=None)

    def pending(self, key: str) -> PendingCursor | None:
        """The cursor that waits for its load's commit, or None."""
        with self.context.database.read() as session:
            row = session.get(Cursor, self.place(key))
        if row is None or not row.pending:
            return None
        return PendingCursor(
            SavedCursor(**row.pending["cursor"]), row.pending["load_id"], row.pending["part"]
        )

    def keep_pending(self, key: str, pending: PendingCursor | None) -> None:
        """Replace the pending one; None: there is none."""
        kept = {**asdict(pending), "cursor": asdict(pending.cursor)} if pending is not None else None
        self._write(key, pending=kept, load_id=pending.load_id[:36] if pending is not None else None)

    def _write(self, key: str, **values: Any) -> None:
        with self.context.database.write() as session:
            row = session.get(Cursor, self.place(key))
            if row is None:
                row = Cursor(key=self.place(key), project_id=self.project_id)
                session.add(row)
            for name, value in values.items():
                setattr(row, name, value)

    def place(self, key: str) -> str:
        """The key of the row that keeps it."""
        whole = f"{self.project_id}|{key}"
        if len(whole) <= _LONGEST:
            return whole
        return f"{whole[: _LONGEST - 65]}|{hashlib.sha256(whole.encode()).hexdigest()}"
