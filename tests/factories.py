"""Small values that several tests need."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from intakegateway.connectors.base import Chunk, Locators


def chunk_of(
    first: int, rows: int, *, template: str = "line {a}", broken: pl.DataFrame | None = None
) -> Chunk:
    """Rows ``first`` to ``first + rows`` of a table with a number and a text."""
    numbers = pl.int_range(first, first + rows, eager=True)
    frame = pl.DataFrame(
        {"id": numbers.cast(pl.String), "name": pl.select(pl.format("name {}", numbers)).to_series()}
    )
    return Chunk(frame, Locators(template, numbers + 2), broken, bytes=rows * 10)


class CountedSource:
    """A source of ``chunks`` chunks of ``rows`` rows that counts how often it was opened."""

    name = "counted"
    fixed_fields = True
    total_bytes = None

    def __init__(self, chunks: int, rows: int, *, rewindable: bool) -> None:
        self.rewindable = rewindable
        self.restartable = rewindable
        self.warnings: list[str] = []
        self.opened = 0
        self._chunks = chunks
        self._rows = rows

    def chunks(self) -> Iterator[Chunk]:
        self.opened += 1
        if self.opened > 1 and not self.rewindable:
            raise AssertionError("a stream was opened twice")
        for number in range(self._chunks):
            yield chunk_of(number * self._rows, self._rows)

    def committed(self) -> None:
        """Nothing to remember."""
