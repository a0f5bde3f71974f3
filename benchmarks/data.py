"""Seeded input for the benchmarks, made once under ``benchmarks/.data``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

FOLDER = Path(__file__).parent / ".data"
SEED = 20_240_501
BATCH = 250_000

ORDERS_DDL = """
CREATE TABLE {table} (
  id bigint NOT NULL, customer_id integer, name text, city text, email text, qty integer,
  price numeric(14,2), discount double precision, ordered_on date, updated_at timestamp,
  active boolean, note text)
"""

_NAMES = ["Anna Schmidt", "Bob Miller", "Chen Wei", "Dora Kovács", "Émile Zola", "Fatima Noor", "Göran Åk"]
_CITIES = ["Berlin", "Paris", "New York", "München", "Łódź", "São Paulo", "Tokyo", "Reykjavík"]
_WORDS = [
    "fast",
    "late",
    "gift wrapped",
    "call before delivery",
    "fragile, handle with care",
    "left at the door",
]


def orders(start: int, rows: int) -> pl.DataFrame:
    """Rows ``start`` to ``start + rows`` of the orders table, the same for ever."""
    rng = np.random.default_rng((SEED, start))
    ids = np.arange(start, start + rows)
    pick = lambda words: pl.Series(words)[rng.integers(0, len(words), rows).tolist()]  # noqa: E731
    seconds = rng.integers(1_577_836_800, 1_735_689_600, rows)
    frame = pl.DataFrame(
        {
            "id": ids,
            "customer_id": rng.integers(1, 500_000, rows),
            "name": pick(_NAMES),
            "city": pick(_CITIES),
            "number": rng.integers(1, 99_999, rows),
            "qty": rng.integers(1, 200, rows),
            "cents": rng.integers(100, 9_999_999, rows),
            "discount": np.round(rng.random(rows), 6),
            "seconds": seconds,
            "active": rng.random(rows) < 0.7,
            "note": pick(_WORDS),
            "filler": rng.integers(10**11, 10**12, rows),
        }
    )
    return frame.select(
        "id",
        "customer_id",
        pl.format("{} {}", "name", "number").alias("name"),
        "city",
        pl.format("user{}@mail{}.example.com", "customer_id", pl.col("number") % 50).alias("email"),
        "qty",
        pl.format(
            "{}.{}", pl.col("cents") // 100, (pl.col("cents") % 100).cast(pl.String).str.zfill(2)
        ).alias("price"),
        "discount",
        pl.from_epoch("seconds").dt.strftime("%Y-%m-%d").alias("ordered_on"),
        pl.from_epoch("seconds").dt.strftime("%Y-%m-%d %H:%M:%S").alias("updated_at"),
        pl.col("active").replace_strict({True: "true", False: "false"}).alias("active"),
        pl.format("{} #{}", "note", pl.col("filler") % 1_000_000).alias("note"),
    )


def batches(rows: int, start: int = 0) -> Iterator[pl.DataFrame]:
    """``rows`` orders, a quarter of a million at a time."""
    for first in range(start, start + rows, BATCH):
        yield orders(first, min(BATCH, start + rows - first))


def orders_csv(rows: int = 2_000_000, start: int = 0, *, name: str | None = None) -> Path:
    """Clean orders as CSV; 2,000,000 rows are about 290 MB."""
    path = FOLDER / (name or f"orders-{start}-{rows}.csv")
    return _write(path, (frame for frame in batches(rows, start)))


def dirty_csv(rows: int = 2_000_000) -> Path:
    """The same with 0.6 % bad rows: text in numbers, impossible dates, negative quantities."""

    def spoiled() -> Iterator[pl.DataFrame]:
        for frame in batches(rows):
            yield frame.with_columns(
                pl.when(pl.col("id") % 500 == 17)
                .then(pl.lit("n/a"))
                .otherwise(pl.col("qty").cast(pl.String))
                .alias("qty"),
                pl.when(pl.col("id") % 500 == 117)
                .then(pl.lit("2024-02-31"))
                .otherwise("ordered_on")
                .alias("ordered_on"),
                pl.when(pl.col("id") % 500 == 217).then(pl.lit("-5.00")).otherwise("price").alias("price"),
                pl.format("  {} ", "name").alias("name"),
            )

    return _write(FOLDER / f"dirty-{rows}.csv", spoiled())


WIDE_COLUMNS = 120


def wide_ddl(table: str) -> str:
    """40 integers, 40 decimals, 40 texts."""
    kinds = ["integer", "numeric(12,3)", "text"]
    return f"CREATE TABLE {table} ({', '.join(f'c{i} {kinds[i % 3]}' for i in range(WIDE_COLUMNS))})"


def wide_csv(rows: int = 65_000) -> Path:
    """120 columns, Latin-1, delimited by a pipe."""
    path = FOLDER / f"wide-{rows}.csv"
    if path.exists():
        return path
    rng = np.random.default_rng(SEED)
    columns: dict[str, pl.Series] = {}
    for i in range(WIDE_COLUMNS):
        numbers = pl.Series(rng.integers(0, 10**9, rows))
        if i % 3 == 0:
            columns[f"c{i}"] = numbers.cast(pl.String)
        elif i % 3 == 1:
            frame = pl.DataFrame({"n": numbers})
            columns[f"c{i}"] = frame.select(
                pl.format("{}.{}", pl.col("n") // 1000, (pl.col("n") % 1000).cast(pl.String).str.zfill(3))
            ).to_series()
        else:
            columns[f"c{i}"] = pl.DataFrame({"n": numbers}).select(pl.format("Größe {} été", "n")).to_series()
    text = pl.DataFrame(columns).write_csv(separator="|")
    FOLDER.mkdir(exist_ok=True)
    path.write_bytes(text.encode("latin-1"))
    return path


def _write(path: Path, frames: Iterator[pl.DataFrame]) -> Path:
    if path.exists():
        return path
    FOLDER.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as out:
        for number, frame in enumerate(frames):
            frame.write_csv(out, include_header=number == 0)
    unfinished.replace(path)
    return path
