"""Bytes for the readers of formats, and what became of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO


class _Trickle(io.RawIOBase):
    def __init__(self, data: bytes, most: int) -> None:
        self._rest = memoryview(data)
        self._most = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._rest[: min(len(buffer), self._most)]
        buffer[: len(piece)] = piece
        self._rest = self._rest[len(piece) :]
        return len(piece)


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
        return io.BufferedReader(_Trickle(self.data, max(self.most, len(self.data) >> 8)), 16)

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
