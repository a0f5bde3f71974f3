"""How the native libraries of this process keep memory. To be set before Polars is imported."""

from __future__ import annotations

import ctypes
import os

_JEMALLOC = "narenas:2,dirty_decay_ms:500,muzzy_decay_ms:0"
"""Two arenas, not four for each processor, and pages that were freed go back after half a second."""
_THREADS = 4
"""One chunk is shaped at a time: more threads would gain little, and each keeps memory of its own."""


_BLOCKS_OF_OWN = 32 << 20
"""Bytes from which the C library asks the system for a block alone, to give it back as soon as it is free."""
_SPARE = 32 << 20
"""Free bytes at the end of its memory that the C library keeps."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def keep_little() -> None:
    """Make memory depend on the work, not on the number of processors. What the user set stays."""
    _reuse_blocks()
    os.environ.setdefault("_RJEM_MALLOC_CONF", _JEMALLOC)
    # Its own pool of memory keeps what it had once.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("POLARS_MAX_THREADS", str(min(_THREADS, os.cpu_count() or 1)))


def _reuse_blocks() -> None:
    """Read every block of a file into the memory of the one before.

    By itself the C library of Linux gives such blocks back, and the system clears each page of the next one.
    """
    if any(name.startswith("MALLOC_") for name in os.environ):
        return
    # Other C libraries have no such settings.
    setting = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if setting is not None:
        setting(_M_MMAP_THRESHOLD, _BLOCKS_OF_OWN)
        setting(_M_TRIM_THRESHOLD, _SPARE)
