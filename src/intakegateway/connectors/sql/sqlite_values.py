"""SQLite's values into columns: a declared type is a wish there, any row may hold anything."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import polars as pl

from intakegateway.connectors.sql.reading import typed
from intakegateway.model.types import BINARY, BOOLEAN, DATE, FLOAT, INTEGER, TEXT, TIMESTAMP, DataType, Kind


def declared(text: str) -> DataType:
    """What a declared type means, by SQLite's own rules of affinity and the common names."""
    name = text.upper().partition("(")[0].strip()
    size = re.search(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", text)
    if name in ("BOOLEAN", "BOOL"):
        return BOOLEAN
    if name == "DATE":
        return DATE
    if name in ("DATETIME", "TIMESTAMP"):
        return TIMESTAMP
    if name in ("DECIMAL", "NUMERIC", "NUMBER", "DEC"):
        precision, scale = (int(size[1]), int(size[2] or 0)) if size else (0, 0)
        return (
            DataType(Kind.DECIMAL, precision=precision, scale=scale)
            if scale <= precision
            else DataType(Kind.DECIMAL)
        )
    if "INT" in name:
        return INTEGER
    if any(word in name for word in ("CHAR", "CLOB", "TEXT")):
        return DataType(Kind.TEXT, length=int(size[1])) if size else TEXT
    if "BLOB" in name:
        return BINARY
    if any(word in name for word in ("REAL", "FLOA", "DOUB")):
        return FLOAT
    return DataType(Kind.OTHER, native=text)


def series(name: str, values: list[Any], of: DataType) -> pl.Series:
    """One column of a chunk: by the types that its values have, then by the declared one if all survive."""
    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return pl.Series(name, values, dtype=_EMPTY.get(of.kind, pl.String()))
    if kinds == {int}:
        whole = pl.Series(name, values, dtype=pl.Int64)
        if of.kind is Kind.BOOLEAN and whole.is_in([0, 1]).all():
            return whole.cast(pl.Boolean)
        if of.kind not in (Kind.DECIMAL, Kind.FLOAT):
            return whole
    if kinds == {float} and of.kind is not Kind.DECIMAL:
        return pl.Series(name, values, dtype=pl.Float64)
    if kinds == {bytes}:
        return pl.Series(name, values, dtype=pl.Binary)
    if bytes in kinds:
        return pl.Series(
            name, [None if v is None else v if isinstance(v, bytes) else _text(v).encode() for v in values]
        )
    if (
        of.kind is Kind.FLOAT
        and kinds <= {int, float}
        and all(v is None or int(float(v)) == v for v in values if isinstance(v, int))
    ):
        return pl.Series(name, [None if v is None else float(v) for v in values], dtype=pl.Float64)
    texts = pl.Series(name, [None if v is None else _text(v) for v in values], dtype=pl.String)
    return _as_declared(texts, of)


_EMPTY: dict[Kind, pl.DataType] = {
    Kind.INTEGER: pl.Int64(), Kind.FLOAT: pl.Float64(), Kind.BOOLEAN: pl.Boolean(), Kind.DATE: pl.Date(),
    Kind.TIMESTAMP: pl.Datetime("us"), Kind.BINARY: pl.Binary(),
}  # fmt: skip


def _text(value: object) -> str:
    """A value as text that says the same: floats as the shortest numeral that is read back as them."""
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}" if value == value and abs(value) != float("inf") else repr(value)
    return str(value)


def _as_declared(texts: pl.Series, of: DataType) -> pl.Series:
    """Texts as dates, timestamps or decimals, if each is written as that type is written."""
    pattern = _WRITTEN.get(of.kind)
    if of.kind is Kind.DECIMAL and of.precision:
        pattern = (
            rf"^-?\d{{1,{of.precision - of.scale or 1}}}(\.\d{{1,{of.scale}}})?$" if of.scale else r"^-?\d+$"
        )
    if pattern is None or not texts.str.contains(pattern).all():
        return texts
    return typed(texts, of)


_WRITTEN = {
    Kind.DATE: r"^\d{4}-\d\d-\d\d$",
    Kind.TIMESTAMP: r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$",
}
