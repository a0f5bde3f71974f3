"""Where sources keep how far they have read: a store of one small value for each key."""

from __future__ import annotations

from intakegateway.connectors.http_api.stores import CursorStore, FileCursors, MemoryCursors, SavedCursor

__all__ = ["CursorStore", "FileCursors", "MemoryCursors", "SavedCursor"]
