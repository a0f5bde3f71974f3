"""Typed values inside an expression: literals, common types, exact arithmetic.

Results of arithmetic: two integers give an integer, except for ``/``, which gives a decimal of six
digits after the point (1 / 2 is 0.5). A decimal with an integer or a decimal gives a decimal: exact for
``+``, ``-`` and ``*``, and with six digits (or those of its operands, if more) for ``/``. With a float
the result is a float. A result that does not fit is null and a problem (OUT_OF_RANGE), and so is a
division by zero (DIVISION_BY_ZERO): nothing wraps around and nothing becomes infinite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from msgspec import Struct

from intakegateway.engine.cast import make_cast
from intakegateway.model.errors import DefinitionError
from intakegateway.model.frames import polars_type
from intakegateway.model.types import BOOLEAN, FLOAT, INTEGER, TEXT, DataType, Kind

NULL = DataType(Kind.OTHER, native="null")
"""The type of a bare NULL, which fits with every other."""
NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
MOMENTS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
DIVISION_BY_ZERO = "DIVISION_BY_ZERO"
OUT_OF_RANGE = "OUT_OF_RANGE"
WORKING_DECIMAL = DataType(Kind.DECIMAL, precision=38, scale=12)
"""What a decimal without a precision is taken as inside an expression."""
_QUOTIENT_SCALE = 6
_DIGITS = {8: 3, 16: 5, 32: 10, 64: 19}

Report = Callable[[pl.Expr, str, str], None]
"""Says that rows where the expression is true fail, with a code and a sentence."""


class Value(Struct, frozen=True):
    """An expression with its type; ``literal`` is the value of a constant, where it is one."""

    expr: pl.Expr
    type: DataType
    literal: Any = None

    @property
    def kind(self) -> Kind:
        """The kind of value."""
        return self.type.kind

    @property
    def is_null(self) -> bool:
        """Whether it is a bare NULL."""
        return self.type == NULL


class Interval(Struct, frozen=True):
    """A span of time, in months and microseconds."""

    months: int
    days: int
    microseconds: int

    def times(self, sign: int) -> Interval:
        """The span forwards (1) or backwards (-1)."""
        return Interval(self.months * sign, self.days * sign, self.microseconds * sign)

    def offset(self) -> str:
        """The span as Polars writes it."""
        parts = [f"{self.months}mo", f"{self.days}d", f"{self.microseconds}us"]
        return next((p for p in parts if not p.startswith("0")), "0d")


def literal(value: Any, of: DataType) -> Value:
    """A constant."""
    return Value(pl.lit(value, dtype=polars_type(of)), of, value)


def null() -> Value:
    """A bare NULL."""
    return Value(pl.lit(None), NULL)


def as_type(value: Value, wanted: DataType, what: str) -> Value:
    """``value`` as ``wanted`` where no information can be lost; a text literal is read as that type.

    Raises ``DefinitionError``.
    """
    if value.type == wanted:
        return value
    if value.is_null:
        return Value(pl.lit(None, dtype=polars_type(wanted)), wanted)
    if value.kind is Kind.TEXT and isinstance(value.literal, str) and wanted.kind is not Kind.TEXT:
        cast = make_cast(pl.String(), wanted)
        if cast is not None:
            given = pl.Series([value.literal])
            read = cast.careful(given)
            if read["code"].null_count() == 0:
                raise DefinitionError(cast.messages(given, read["code"])[0])
            return Value(pl.lit(read["value"].first(), dtype=cast.to), wanted, read["value"].first())
    if value.kind is wanted.kind and wanted.kind is Kind.TEXT:
        return Value(value.expr, wanted)
    if value.kind in NUMBERS and wanted.kind in NUMBERS:
        return Value(value.expr.cast(polars_type(wanted), strict=False), wanted)
    if value.kind is Kind.DATE and wanted.kind is Kind.TIMESTAMP:
        return Value(value.expr.cast(pl.Datetime("us")), wanted)
    if value.kind is Kind.DATE and wanted.kind is Kind.TIMESTAMPTZ:
        return Value(value.expr.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), wanted)
    if value.kind is wanted.kind:
        return Value(value.expr, wanted)
    raise DefinitionError(
        f"{what}: {named(value.type)} does not fit with {named(wanted)}.",
        hint=f"Say how to convert it: CAST(… AS {wanted}).",
    )


def named(of: DataType) -> str:
    """A type in a sentence."""
    return "NULL" if of == NULL else str(of)


def common(values: list[Value], what: str) -> DataType:
    """The one type that all values fit. Raises ``DefinitionError``."""
    found = NULL
    # Literals of text take the type of what they are compared with, so they come last.
    for value in sorted(values, key=lambda v: isinstance(v.literal, str)):
        found = _wider(found, value, what)
    return found


def _wider(found: DataType, value: Value, what: str) -> DataType:
    other = value.type
    if found in (NULL, other):
        return other
    if other == NULL or (other.kind is Kind.TEXT and isinstance(value.literal, str)):
        return found
    if found.kind in NUMBERS and other.kind in NUMBERS:
        if Kind.FLOAT in (found.kind, other.kind):
            return FLOAT
        if found.kind is other.kind is Kind.INTEGER:
            return INTEGER
        first, second = _as_decimal(found), _as_decimal(other)
        scale = max(first.scale, second.scale)
        whole = max(first.precision - first.scale, second.precision - second.scale)
        return DataType(Kind.DECIMAL, precision=min(38, whole + scale), scale=scale)
    if found.kind is other.kind is Kind.TEXT:
        return TEXT
    if found.kind in MOMENTS and other.kind in MOMENTS:
        kinds = (found.kind, other.kind)
        return DataType(Kind.TIMESTAMPTZ if Kind.TIMESTAMPTZ in kinds else Kind.TIMESTAMP)
    raise DefinitionError(
        f"{what}: {named(found)} and {named(other)} do not fit together.",
        hint=f"Convert one of them: CAST(… AS {found}).",
    )


def _as_decimal(of: DataType) -> DataType:
    if of.kind is Kind.INTEGER:
        return DataType(Kind.DECIMAL, precision=_DIGITS[of.bits] + of.unsigned, scale=0)
    return of


def need(value: Value, kinds: tuple[Kind, ...], what: str) -> Value:
    """``value``, if it is of one of the kinds (or NULL). Raises ``DefinitionError``."""
    if value.is_null:
        return as_type(value, DataType(kinds[0], precision=38, scale=0), what)
    if value.kind in kinds:
        return value
    if value.kind is Kind.TEXT and isinstance(value.literal, str) and Kind.BOOLEAN not in kinds:
        for kind in kinds:
            if kind in MOMENTS:
                return as_type(value, DataType(Kind.TIMESTAMP), what)
    wanted = "a number" if kinds[0] in NUMBERS else " or ".join(kinds)
    hint = ""
    if value.kind is Kind.TEXT:
        hint = f"Convert it first: CAST(… AS {'decimal(12,2)' if kinds[0] in NUMBERS else kinds[0]})."
    raise DefinitionError(f"{what} needs {wanted}, not {named(value.type)}.", hint=hint or None)


def arithmetic(symbol: str, left: Value, right: Value, report: Report) -> Value:
    """``+``, ``-``, ``*``, ``/`` and ``%`` of two numbers."""
    what = f"'{symbol}'"
    left, right = need(left, NUMBERS, what), need(right, NUMBERS, what)
    if symbol in ("/", "%"):
        zero = (right.expr == 0) & left.expr.is_not_null()
        report(zero, DIVISION_BY_ZERO, "division by zero")
        right = Value(pl.when(right.expr != 0).then(right.expr), right.type, right.literal)
    if Kind.FLOAT in (left.kind, right.kind):
        return _float(symbol, left, right, report)
    if left.kind is right.kind is Kind.INTEGER and symbol != "/":
        return _integer(symbol, left, right, report)
    return _decimal(symbol, left, right, report)


def apply_symbol(symbol: str, a: pl.Expr, b: pl.Expr) -> pl.Expr:
    """The plain Polars operation; the remainder has the sign of the dividend, as in SQL."""
    match symbol:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b
        case _:
            remainder = a.abs() % b.abs()
            return pl.when(a < 0).then(-remainder).otherwise(remainder)


def _float(symbol: str, left: Value, right: Value, report: Report) -> Value:
    a, b = left.expr.cast(pl.Float64), right.expr.cast(pl.Float64)
    result = apply_symbol(symbol, a, b)
    report(result.is_infinite() & a.is_finite() & b.is_finite(), OUT_OF_RANGE, "the result is out of range")
    return Value(result, FLOAT)


def _integer(symbol: str, left: Value, right: Value, report: Report) -> Value:
    small = all(v.type.bits <= 32 and not v.type.unsigned for v in (left, right)) or symbol == "%"
    working = pl.Int64() if small and not (left.type.unsigned or right.type.unsigned) else pl.Int128()
    result = apply_symbol(symbol, left.expr.cast(working), right.expr.cast(working))
    if working == pl.Int64:
        return Value(result, INTEGER)
    fitting = result.cast(pl.Int64, strict=False)
    report(
        fitting.is_null() & result.is_not_null(), OUT_OF_RANGE, "the result is out of range for an integer"
    )
    return Value(fitting, INTEGER)


def _decimal(symbol: str, left: Value, right: Value, report: Report) -> Value:
    first, second = _as_decimal(left.type), _as_decimal(right.type)
    whole = max(first.precision - first.scale, second.precision - second.scale)
    match symbol:
        case "*":
            scale = min(first.scale + second.scale, 37)
            digits = first.precision + second.precision
        case "/":
            scale = max(first.scale, second.scale, _QUOTIENT_SCALE)
            digits = first.precision - first.scale + second.scale + scale
        case _:
            scale = max(first.scale, second.scale)
            digits = whole + scale + 1
    working = pl.Decimal(38, scale)
    a, b = left.expr.cast(working, strict=False), right.expr.cast(working, strict=False)
    if whole + scale > 38:
        lost = (a.is_null() & left.expr.is_not_null()) | (b.is_null() & right.expr.is_not_null())
        report(lost, OUT_OF_RANGE, f"a number is out of range for {scale} digits after the point")
    if digits > 38:
        # Polars ends the query when a decimal overflows, so what would overflow is set aside before.
        near = apply_symbol(symbol, a.cast(pl.Float64), b.cast(pl.Float64)).abs()
        room = near < 10.0 ** (38 - scale) * (1 - 1e-12)
        report(~room & a.is_not_null() & b.is_not_null(), OUT_OF_RANGE, "the result is out of range")
        a = pl.when(room).then(a)
    result = apply_symbol(symbol, a, b)
    return Value(result.cast(working), DataType(Kind.DECIMAL, precision=min(38, digits), scale=scale))


def truth(value: Value, what: str) -> Value:
    """``value`` as a condition. Raises ``DefinitionError``."""
    if value.is_null:
        return Value(pl.lit(None, dtype=pl.Boolean), BOOLEAN)
    if value.kind is not Kind.BOOLEAN:
        raise DefinitionError(
            f"{what} needs a condition, not {named(value.type)}.", hint="Compare it with something."
        )
    return value
