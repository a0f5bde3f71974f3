"""How a load is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from intakegateway.model.run import Progress


class RunOptions(Struct, frozen=True):
    """How to run, as opposed to what.

    ``load_id`` names the load for ever: a second run with the same one does nothing but read the counts
    back. ``rejects``: a ``.csv``, ``.jsonl`` or ``.parquet`` file; None: ``<home>/rejects/<run_id>.csv``,
    made only when there are rejects. ``scratch``: a folder for what does not fit in memory; None: a
    temporary one. ``memory_budget``: bytes for rows in flight.
    """

    load_id: str
    run_id: str
    fence: int = 1
    part: int = 0
    rejects: Path | None = None
    scratch: Path | None = None
    progress: Callable[[Progress], None] | None = None
    cancelled: Callable[[], bool] | None = None
    dry_run: bool = False
    memory_budget: int = 64 << 20
