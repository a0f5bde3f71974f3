"""Inputs for the readers of formats, without the layers of compression and globs around them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO


@dataclass
class LocalInput:
    """An uncompressed file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        return self.path.open("rb")

    @contextmanager
    def spooled(self, suffix: str) -> Iterator[Path]:
        yield self.path


@dataclass
class StreamInput:
    """Bytes that come as from a decompressor: no path, and never more than ``most`` at once."""

    data: bytes
    folder: Path
    most: int = 7
    name: str = "stream"
    path: None = None

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        most = self.most

        class Trickle(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                return super().read(most if size is None or size < 0 else min(size, most))

        return Trickle(self.data)

    @contextmanager
    def spooled(self, suffix: str) -> Iterator[Path]:
        path = self.folder / f"spooled{suffix}"
        path.write_bytes(self.data)
        yield path


def rows(chunks: Any) -> list[dict[str, Any]]:
    """All good rows of chunks, as dictionaries."""
    return [row for chunk in chunks for row in chunk.frame.to_dicts()]


def places(chunks: Any) -> list[str]:
    """The places of all good rows, in words."""
    return [place for chunk in chunks for place in chunk.locators.words().to_list()]
