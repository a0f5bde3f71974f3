"""Rows of frames as plain JSON values, losing nothing that a browser would lose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_SAFE = 2**53
"""Beyond it a browser's numbers are not exact."""
SHOWN_CHARACTERS = 10_000
"""Longer texts are cut where they are only looked at."""


def plain_rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """One object for each row: numbers, booleans and nulls as they are, all else as text."""
    return frame.select(_plain(column) for column in frame.iter_columns()).to_dicts()


def plain(value: Any) -> Any:
    """The same for any value, objects and lists included."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _SAFE else str(value)
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, bytes):
        return f"\\x{value[:SHOWN_CHARACTERS].hex()}"
    text = (
        value if isinstance(value, str) else value.isoformat() if hasattr(value, "isoformat") else str(value)
    )
    return _cut(text)


def _plain(column: pl.Series) -> pl.Series:
    import polars as pl

    kind = column.dtype
    if kind in (pl.Boolean, pl.Null):
        return column
    if kind.is_integer():
        wide = column.cast(pl.Int128).abs() > _SAFE
        return column.cast(pl.String) if wide.any() else column
    if kind.is_float():
        odd = column.is_nan() | column.is_infinite()
        return column.cast(pl.String) if odd.any() else column
    if kind == pl.String:
        return column.str.head(SHOWN_CHARACTERS)
    if kind == pl.Binary:
        return ("\\x" + column.bin.head(SHOWN_CHARACTERS).bin.encode("hex")).alias(column.name)
    if isinstance(kind, pl.Datetime):
        return column.dt.to_string("iso")
    if kind.is_nested():
        return pl.Series(column.name, [str(one) if one is not None else None for one in column.to_list()])
    return column.cast(pl.String)


def _cut(text: str) -> str:
    safe = text.encode("utf-8", "replace").decode()
    return safe if len(safe) <= SHOWN_CHARACTERS else f"{safe[:SHOWN_CHARACTERS]}…"
