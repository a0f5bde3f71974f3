"""Values that stand in rules, made comparable with the columns that they are about."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal, InvalidOperation

import polars as pl

from intakegateway.model.errors import DefinitionError
from intakegateway.model.frames import polars_type
from intakegateway.model.schema import Column
from intakegateway.model.types import Kind

_INT64 = 2**63
_TEXTS = frozenset({Kind.TEXT, Kind.JSON, Kind.UUID, Kind.OTHER})
_EXAMPLES = {
    Kind.INTEGER: "a whole number",
    Kind.DECIMAL: "a number",
    Kind.FLOAT: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "a date like 2024-05-31",
    Kind.TIME: "a time like 13:45:00",
    Kind.TIMESTAMP: "a timestamp like 2024-05-31 13:45:00",
    Kind.TIMESTAMPTZ: "a timestamp like 2024-05-31T13:45:00Z",
}


def comparable(column: Column) -> pl.Expr:
    """The column as an expression that compares as its values do (numerals in text as numbers)."""
    value = pl.col(column.name)
    if column.type.kind is Kind.DECIMAL and polars_type(column.type) == pl.String:
        return value.cast(pl.Float64, strict=False)
    return value


def literal(value: object, column: Column, path: tuple[str | int, ...]) -> pl.Expr:
    """A value from a definition as a literal to compare with ``comparable(column)``.

    Raises ``DefinitionError`` when the value is of another type than the column.
    """
    made = _made(value, column.type.kind)
    if made is None:
        kind = column.type.kind
        wanted = "a text" if kind in _TEXTS else _EXAMPLES.get(kind, "nothing that a rule can say")
        raise DefinitionError(
            f"'{value}' does not fit the column '{column.name}', which is {column.type}.",
            hint=f"Give {wanted}." if kind is not Kind.BINARY else "Binary columns cannot be compared.",
            path=path,
        )
    if isinstance(made, int) and not isinstance(made, bool) and not -_INT64 <= made < _INT64:
        return pl.lit(made, dtype=pl.Int128) if abs(made) < 2**127 else pl.lit(float(made))
    if isinstance(made, Decimal) and polars_type(column.type) == pl.String:
        return pl.lit(float(made))
    if column.type.kind is Kind.TIMESTAMPTZ:
        return pl.lit(made, dtype=pl.Datetime("us", "UTC"))
    return pl.lit(made)


def plain_value(value: object, column: Column, path: tuple[str | int, ...]) -> pl.Series:
    """One value as the column keeps it, in its very frame type. Raises ``DefinitionError``."""
    fitting = literal(value, column, path)
    to = polars_type(column.type)
    if column.type.kind is Kind.DECIMAL and to == pl.String:
        return pl.Series([str(value)])
    try:
        made = pl.select(v=fitting.cast(to, strict=True), w=fitting)
        exact = column.type.kind is Kind.FLOAT or bool((made["v"] == made["w"]).all())
    except pl.exceptions.PolarsError:
        exact = False
    if not exact or (column.type.length and isinstance(value, str) and len(value) > column.type.length):
        raise DefinitionError(
            f"'{value}' does not fit the column '{column.name}', which is {column.type}.", path=path
        )
    return made["v"]


def _made(value: object, kind: Kind) -> object:
    """The value as Python has it for that kind, None where it is something else."""
    match kind:
        case Kind.INTEGER:
            number = _number(value)
            return int(number) if number is not None and number == number.to_integral_value() else number
        case Kind.DECIMAL:
            return _number(value)
        case Kind.FLOAT:
            number = _number(value)
            return float(number) if number is not None else None
        case Kind.BOOLEAN:
            return value if isinstance(value, bool) else None
        case Kind.DATE | Kind.TIMESTAMP | Kind.TIMESTAMPTZ | Kind.TIME:
            return _moment(value, kind)
        case Kind.BINARY:
            return None
        case Kind.UUID:
            return value.lower() if isinstance(value, str) else None
        case _:
            return value if isinstance(value, str) else None


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(value: object, kind: Kind) -> object:
    if kind is Kind.TIME:
        try:
            return value if isinstance(value, datetime.time) else datetime.time.fromisoformat(str(value))
        except ValueError:
            return None
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime.datetime):
        return None
    if kind is Kind.DATE:
        return value.date() if value.time() == datetime.time() and value.tzinfo is None else None
    if kind is Kind.TIMESTAMP:
        return value if value.tzinfo is None else None
    return value.astimezone(datetime.UTC) if value.tzinfo else value.replace(tzinfo=datetime.UTC)
