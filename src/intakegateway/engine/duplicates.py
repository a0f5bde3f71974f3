"""Rows with equal keys within one load, found in bounded memory.

Which row of several wins can only be known when all have been seen, and only good rows may win. So a
load with a UNIQUE or DEDUPE rule makes a pass before the one that writes: it shapes and checks all rows
without these rules and hands the good ones to ``find_losers``. What is kept of a row is a 128-bit hash of
its key, its number and the value that orders it; beyond a few megabytes that goes to disk. Two different
keys of a billion rows share a hash with a probability below 10^-20.

A key with a null in it is equal to no other key, as in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import polars as pl
from msgspec import Struct

from intakegateway.engine.spool import Spool

Keep = Literal["first", "last"]

_AT_ONCE = 3_000_000
"""Rows that are compared in memory together, about 100 MB."""
_H1, _H2, _ROW, _ORDER = "h1", "h2", "row", "order"


class Losers(Struct, frozen=True):
    """The numbers of the rows that another row with the same key has beaten, in rising order (Int64)."""

    rows: pl.Series

    def mask(self, rows: pl.Series) -> pl.Series:
        """For each of these row numbers (rising), whether the row lost."""
        if not rows.len() or not self.rows.len():
            return pl.repeat(value=False, n=rows.len(), eager=True, dtype=pl.Boolean)
        low, high = rows[0], rows[-1]
        start = int(self.rows.search_sorted(low, side="left"))
        stop = int(self.rows.search_sorted(high, side="right"))
        return rows.is_in(self.rows.slice(start, stop - start).implode())


def find_losers(
    frames: Iterable[tuple[pl.DataFrame, pl.Series]],
    keys: Sequence[str],
    scratch: Path,
    *,
    keep: Keep = "first",
    order_by: str | None = None,
) -> Losers:
    """Which rows lose among those with equal ``keys``.

    ``frames``: typed rows and their numbers (Int64), in order. Of rows with equal keys the first or the
    last wins, by the value of ``order_by`` if given (nulls come first), then by their number.
    """
    spool = Spool(scratch, "keys")
    key = pl.struct(list(keys))
    complete = pl.all_horizontal(pl.col(name).is_not_null() for name in keys)
    for frame, rows in frames:
        wanted = [key.hash(seed=1).alias(_H1), key.hash(seed=2).alias(_H2)]
        if order_by is not None:
            wanted.append(pl.col(order_by).alias(_ORDER))
        spool.add(
            frame.with_columns(rows.alias("\x1frow"))
            .filter(complete)
            .select(*wanted, pl.col("\x1frow").alias(_ROW))
        )
    stored = spool.lazy()
    if stored is None:
        return Losers(pl.Series([], dtype=pl.Int64))
    shares = -(-spool.rows // _AT_ONCE)
    found = [
        _losers_of(stored.filter(pl.col(_H1) % shares == share) if shares > 1 else stored, keep, order_by)
        for share in range(shares)
    ]
    return Losers(pl.concat(found).sort())


def _losers_of(stored: pl.LazyFrame, keep: Keep, order_by: str | None) -> pl.Series:
    pair = [_H1, _H2]
    order = ([_ORDER] if order_by is not None else []) + [_ROW]
    doubled = (
        stored.filter(pl.len().over(pair) > 1).sort(order, nulls_last=False, maintain_order=True).collect()
    )
    wins = pl.int_range(pl.len()) == (0 if keep == "first" else pl.len() - 1)
    return doubled.filter(~wins.over(pair))[_ROW].cast(pl.Int64)
