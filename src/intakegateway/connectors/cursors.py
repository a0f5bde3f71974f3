"""Where sources keep how far they have read: a store of one small value for each key."""

from __future__ import annotations

import os
from pathlib import Path

from intakegateway.connectors.http_api.stores import CursorStore, FileCursors, MemoryCursors, SavedCursor

__all__ = ["CursorStore", "FileCursors", "MemoryCursors", "SavedCursor", "data_folder"]


def data_folder() -> Path:
    """Where this installation keeps its data."""
    given = os.environ.get("INTAKEGATEWAY_HOME", "").strip()
    return Path(given).expanduser() if given else Path.home() / ".local" / "share" / "intakegateway"
