"""A source that can be played again: for a survey of all values, a second pass, or one rejected row.

What fits the memory budget stays in memory. Beyond it, a source that can be read again is read
again, and one that cannot (standard input, an API, a query) is spooled to disk as it flows by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
from msgspec.structs import replace

from intakegateway.connectors.base import Chunk, Locators, Source

_A, _B = "\x1fa", "\x1fb"
"""Names of the locator columns in a spooled chunk; no real field starts with a control character."""


class Tape:
    """Chunks of one source with stable row numbers, as often as they are asked for.

    ``explode`` is applied to each chunk before its rows are numbered. Rows of ``Chunk.frame`` are
    numbered from 0; broken records have no number.
    """

    def __init__(
        self, source: Source, scratch: Path, budget: int, explode: Callable[[Chunk], Chunk] | None = None
    ) -> None:
        self._source = source
        self._scratch = scratch
        self._budget = budget
        self._explode = explode
        self._prefix: list[Chunk | _Spooled] = []
        self._held_bytes = 0
        self._live: Iterator[Chunk] | None = None
        self._ended = False
        self._dropped = False

    @property
    def whole(self) -> bool:
        """Whether every chunk is at hand without asking the source again."""
        return self._ended and not self._dropped

    def peek(self) -> Chunk | None:
        """The first chunk, or None when the source has none."""
        return next(self._stream(), None)

    def fill(self) -> None:
        """Read a source that cannot be read again to its end, so that it lets go of what it reads from."""
        if not self._source.rewindable:
            for _ in self._stream():
                pass

    def chunks(self) -> Iterator[tuple[int, Chunk]]:
        """All chunks from the beginning, each with the number of its first row."""
        first = 0
        for chunk in self._stream():
            yield first, chunk
            first += chunk.frame.height

    def rows(self, numbers: pl.Series) -> Iterator[tuple[pl.Series, pl.DataFrame, Locators]]:
        """The rows of these numbers as they were read: numbers, frame and places, chunk by chunk."""
        if not numbers.len():
            return
        wanted = numbers.unique().sort()
        last = wanted[-1]
        for first, chunk in self.chunks():
            if first > last:
                return
            index = pl.int_range(first, first + chunk.frame.height, eager=True)
            here = wanted.filter(wanted.is_between(first, first + chunk.frame.height - 1))
            if here.len():
                mask = index.is_in(here.implode())
                yield index.filter(mask), chunk.frame.filter(mask), chunk.locators.filter(mask)

    def _stream(self) -> Iterator[Chunk]:
        if self._dropped:
            yield from self._opened()
            return
        position = 0
        while True:
            if position < len(self._prefix):
                item = self._prefix[position]
                position += 1
                yield item.load() if isinstance(item, _Spooled) else item
                continue
            if self._ended:
                return
            live = self._live = self._live or self._opened()
            chunk = next(live, None)
            if chunk is None:
                self._ended, self._live = True, None
                return
            self._keep(chunk)
            yield chunk
            if self._dropped:
                # This pass owns what is left of the first reading; others read again.
                yield from live
                return
            position += 1

    def _opened(self) -> Iterator[Chunk]:
        chunks = self._source.chunks()
        return map(self._explode, chunks) if self._explode else chunks

    def _keep(self, chunk: Chunk) -> None:
        """Hold the chunk; over the budget, trust the source to read it again or go to disk."""
        size = int(chunk.frame.estimated_size())
        if self._held_bytes + size <= self._budget:
            self._held_bytes += size
            self._prefix.append(chunk)
        elif self._source.rewindable:
            self._dropped, self._live, self._prefix = True, None, []
        else:
            self._prefix.append(_Spooled.save(chunk, self._scratch, len(self._prefix)))


class _Spooled:
    """One chunk on disk."""

    def __init__(self, path: Path, template: str, paired: bool, rest: Chunk) -> None:
        self._path = path
        self._template = template
        self._paired = paired
        self._rest = rest

    @classmethod
    def save(cls, chunk: Chunk, folder: Path, number: int) -> _Spooled:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"tape-{number:06}.arrow"
        places = [chunk.locators.a.alias(_A)]
        if chunk.locators.b is not None:
            places.append(chunk.locators.b.alias(_B))
        chunk.frame.with_columns(places).write_ipc(path, compression="lz4")
        empty = Chunk(
            pl.DataFrame(),
            Locators("", chunk.locators.a[:0]),
            chunk.broken,
            chunk.bytes,
            chunk.nul,
            chunk.typed,
        )
        return cls(path, chunk.locators.template, chunk.locators.b is not None, empty)

    def load(self) -> Chunk:
        frame = pl.read_ipc(self._path)
        locators = Locators(self._template, frame[_A], frame[_B] if self._paired else None)
        rest = self._rest
        return replace(rest, frame=frame.drop(_A, _B, strict=False), locators=locators)
