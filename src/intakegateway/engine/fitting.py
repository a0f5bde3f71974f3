"""Which fields of texts go into columns that are there without a question left."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from intakegateway.engine.cast import make_cast
from intakegateway.model.types import DataType, Kind


def fitting(frame: pl.DataFrame, into: Mapping[str, DataType], *, decimal_comma: bool) -> dict[str, DataType]:
    """The fields of texts whose every value the column of the same name in ``into`` takes, with its type.

    A text column takes any text. A field whose values the fast cast does not all read is left out, and so
    is one without a value: it says nothing.
    """
    found: dict[str, DataType] = {}
    asked: dict[str, pl.Expr] = {}
    for name, of in frame.schema.items():
        wanted = into.get(name)
        if wanted is None or not isinstance(of, pl.String):
            continue
        if wanted.kind is Kind.TEXT:
            found[name] = wanted
            continue
        cast = make_cast(of, wanted, decimal_comma=decimal_comma, check_nul=False)
        if cast is None:
            continue
        value = pl.col(name)
        example = first_text(frame[name]) if cast.by_example else ""
        asked[name] = cast.fast(value, example).count() == value.count()
        found[name] = wanted
    if not asked or not frame.height:
        return {}
    fits = frame.select(expr.alias(name) for name, expr in asked.items()).row(0, named=True)
    return {
        name: of
        for name, of in found.items()
        if fits.get(name, True) and frame[name].null_count() < frame.height
    }


def first_text(values: pl.Series) -> str:
    """The first value of a text column, for its shape; none in one that has no texts."""
    if values.dtype != pl.String or values.null_count() == values.len():
        return ""
    place = values.is_not_null().arg_max() if values.null_count() else 0
    return str(values[place or 0])
