"""How the native libraries of this process keep memory. To be set before Polars is imported."""

from __future__ import annotations

import os

_JEMALLOC = "narenas:2,dirty_decay_ms:500,muzzy_decay_ms:0"
"""Two arenas, not four for each processor, and pages that were freed go back after half a second."""
_THREADS = 4
"""One chunk is shaped at a time: more threads would gain little, and each keeps memory of its own."""


def keep_little() -> None:
    """Make memory depend on the work, not on the number of processors. What the user set stays."""
    os.environ.setdefault("_RJEM_MALLOC_CONF", _JEMALLOC)
    os.environ.setdefault("POLARS_MAX_THREADS", str(min(_THREADS, os.cpu_count() or 1)))
