"""DuckDB's own library, so that it leaves in silence."""

from __future__ import annotations

import atexit
import gc
from functools import cache
from typing import Any

from intakegateway.model.errors import MissingDriverError


@cache
def library() -> Any:
    """The package ``duckdb``. Raises ``MissingDriverError`` where it is not installed.

    At the very end it counts what is left of its objects, and complains aloud about any. A command that
    froze its memory, so as not to search it for rubbish, has to thaw it for that.
    """
    try:
        import duckdb
    except ImportError:
        raise MissingDriverError("DuckDB", "duckdb") from None
    atexit.register(gc.unfreeze)
    return duckdb
