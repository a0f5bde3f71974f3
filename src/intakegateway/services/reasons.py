"""Why rows were rejected, found again in a file of rejects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from intakegateway.model.run import Reason

if TYPE_CHECKING:
    import polars as pl


def rows_of(path: Path) -> int:
    """How many rejects a Parquet file has; -1 when it is not whole."""
    import polars as pl

    try:
        found: int = pl.scan_parquet(path).select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError):
        return -1
    return found


def reasons_of(path: Path) -> tuple[Reason, ...]:
    """Rows per code and column, most first."""
    import polars as pl

    frame = pl.scan_parquet(path).select("_codes", "_columns", "_message").with_row_index("row").collect()
    split = frame.with_columns(_parts("_codes"), _parts("_columns"))
    even = split.filter(pl.col("_codes").list.len() == pl.col("_columns").list.len())
    exploded = even.explode("_codes", "_columns").unique(["row", "_codes", "_columns"], maintain_order=True)
    groups = exploded.group_by("_codes", "_columns", maintain_order=True).agg(
        pl.len().alias("n"), pl.col("_message").first()
    )
    found = [Reason(code, column, count, message) for code, column, count, message in groups.iter_rows()]
    return tuple(sorted(found, key=lambda one: (-one.count, one.code, one.column)))


def _parts(name: str) -> pl.Expr:
    import polars as pl

    return pl.col(name).fill_null("").str.split("; ")
