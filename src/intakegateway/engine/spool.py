"""Frames set aside on disk in the order they came, in bounded memory.

Parts are Arrow IPC files with LZ4, which Polars writes and maps back at memory speed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

_FLUSH_BYTES = 8 << 20


class Spool:
    """An append-only pile of frames with any schemas; a few megabytes stay in memory."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._waiting: list[pl.DataFrame] = []
        self._waiting_bytes = 0
        self._parts: list[Path] = []
        self.rows = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Append a frame. An empty one is left out."""
        if not frame.height:
            return
        self.rows += frame.height
        self._waiting.append(frame)
        self._waiting_bytes += int(frame.estimated_size())
        if self._waiting_bytes > _FLUSH_BYTES:
            self._flush()

    def lazy(self) -> pl.LazyFrame | None:
        """All frames below each other, columns united by name, types widened; None when empty."""
        frames = [pl.scan_ipc(path) for path in self._parts] + [frame.lazy() for frame in self._waiting]
        return pl.concat(frames, how="diagonal_relaxed") if frames else None

    def frames(self) -> Iterator[pl.DataFrame]:
        """The frames in their order, a part at a time."""
        for path in self._parts:
            yield pl.read_ipc(path)
        yield from self._waiting

    def _flush(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        frame = pl.concat(self._waiting, how="diagonal_relaxed")
        path = self._folder / f"{self._name}-{len(self._parts):06}.arrow"
        frame.write_ipc(path, compression="lz4")
        self._parts.append(path)
        self._waiting, self._waiting_bytes = [], 0


def compact(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows without the memory of the frame that they were picked from.

    Picked texts keep the buffers of the whole frame alive, thousands of times their own size.
    """
    copy = io.BytesIO()
    frame.write_ipc(copy)
    copy.seek(0)
    return pl.read_ipc(copy)
