"""Rejects that are read again: a Parquet file of rows with the places that they once had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk, Locators
from intakegateway.model.rejects import ABOUT, field_of

CHUNK_ROWS = 50_000


class ReplaySource:
    """The rows of ``path``, with their fields, types and places as they are stored.

    The fields vary (``fixed_fields`` is false): a field that only other rows of the first source had is not
    an error.
    """

    rewindable = restartable = True
    fixed_fields = False

    def __init__(self, path: Path, name: str = "rejected rows") -> None:
        self.name = name
        self.warnings: list[str] = []
        self.total_bytes: int | None = path.stat().st_size
        self._path = path

    def chunks(self) -> Iterator[Chunk]:
        """``CHUNK_ROWS`` at a time, in the order of the file; one without rows when there are none."""
        rows = pl.scan_parquet(self._path)
        total = rows.select(pl.len()).collect().item()
        share = (self.total_bytes or 0) / max(total, 1)
        for start in range(0, max(total, 1), CHUNK_ROWS):
            part = rows.slice(start, CHUNK_ROWS).collect()
            broken = part.filter(pl.col("_raw").is_not_null())
            whole = part.filter(pl.col("_raw").is_null())
            places = whole["_locator"].fill_null("")
            numbers = pl.int_range(1, 1 + whole.height, dtype=pl.Int64, eager=True)
            fields = [name for name in whole.columns if name not in ABOUT]
            yield Chunk(
                whole.select(pl.col(name).alias(field_of(name)) for name in fields),
                Locators("reject {a}", numbers, text=places),
                _broken(broken) if broken.height else None,
                bytes=int(share * part.height),
            )

    def committed(self) -> None:
        """There is nothing to remember."""


def _broken(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        pl.col("_locator"),
        pl.col("_raw"),
        pl.col("_codes").alias("code"),
        pl.col("_message").alias("message"),
    ).cast(pl.Schema(BROKEN_SCHEMA))
