"""The functions that an expression may call."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import polars as pl
from msgspec import Struct

from intakegateway.engine.cast_step import canonical_text
from intakegateway.engine.expression_moments import extracted
from intakegateway.engine.expression_values import (
    MOMENTS,
    NUMBERS,
    OUT_OF_RANGE,
    Report,
    Value,
    arithmetic,
    as_type,
    common,
    literal,
    need,
)
from intakegateway.model.errors import DefinitionError
from intakegateway.model.frames import polars_type
from intakegateway.model.transform_step import check_pattern
from intakegateway.model.types import BOOLEAN, DATE, FLOAT, INTEGER, TEXT, DataType, Kind


class Function(Struct, frozen=True):
    """A function: how it is called (for people), and what it does with its arguments."""

    signature: str
    least: int
    most: int
    make: Callable[[list[Value], Report], Value]


def _text(value: Value, what: str) -> pl.Expr:
    return need(value, (Kind.TEXT,), what).expr


def _constant(value: Value, what: str) -> str:
    if not isinstance(value.literal, str):
        raise DefinitionError(f"{what} has to be written as a text, not calculated.")
    return value.literal


def _whole(value: Value, what: str) -> int:
    if not isinstance(value.literal, int):
        raise DefinitionError(f"{what} has to be written as a whole number, not calculated.")
    return value.literal


def on_text(name: str, change: Callable[[pl.Expr], pl.Expr]) -> Callable[[list[Value], Report], Value]:
    """A function from text to text."""
    return lambda values, _report: Value(change(_text(values[0], name)), TEXT)


def _strip(name: str, side: str) -> Callable[[list[Value], Report], Value]:
    def make(values: list[Value], _report: Report) -> Value:
        characters = _constant(values[1], f"what {name} strips") if len(values) > 1 else None
        text = _text(values[0], name)
        match side:
            case "LEADING":
                return Value(text.str.strip_chars_start(characters), TEXT)
            case "TRAILING":
                return Value(text.str.strip_chars_end(characters), TEXT)
            case _:
                return Value(text.str.strip_chars(characters), TEXT)

    return make


def _substring(values: list[Value], _report: Report) -> Value:
    text = _text(values[0], "SUBSTRING")
    start = need(values[1], (Kind.INTEGER,), "the start of SUBSTRING").expr.cast(pl.Int64)
    begin = pl.max_horizontal(start, pl.lit(1, dtype=pl.Int64)) - 1
    if len(values) == 2:
        return Value(text.str.slice(begin), TEXT)
    length = need(values[2], (Kind.INTEGER,), "the length of SUBSTRING").expr.cast(pl.Int64)
    end = start + length - 1
    return Value(text.str.slice(begin, (end - begin).clip(0)), TEXT)


def _replace(values: list[Value], _report: Report) -> Value:
    old = _constant(values[1], "what REPLACE looks for")
    new = _constant(values[2], "what REPLACE puts in")
    text = _text(values[0], "REPLACE")
    return Value(text.str.replace_all(old, new, literal=True) if old else text, TEXT)


def _position(values: list[Value], _report: Report) -> Value:
    part = _constant(values[1], "what POSITION looks for")
    text = _text(values[0], "POSITION")
    if not part:
        return Value(pl.when(text.is_not_null()).then(pl.lit(1, dtype=pl.Int64)), INTEGER)
    before = text.str.splitn(part, 2).struct[0].str.len_chars().cast(pl.Int64)
    found = text.str.contains(part, literal=True)
    return Value(pl.when(found).then(before + 1).when(~found).then(pl.lit(0, dtype=pl.Int64)), INTEGER)


def _split_part(values: list[Value], _report: Report) -> Value:
    by = _constant(values[1], "the delimiter of SPLIT_PART")
    number = _whole(values[2], "the part of SPLIT_PART")
    if not by or not number:
        raise DefinitionError(
            "SPLIT_PART needs a delimiter, and parts are counted from 1 (or -1 at the end)."
        )
    parts = _text(values[0], "SPLIT_PART").str.split(by)
    part = parts.list.get(number - 1 if number > 0 else number, null_on_oob=True)
    return Value(pl.when(parts.is_not_null()).then(part.fill_null("")), TEXT)


def _as_text(value: Value) -> pl.Expr:
    return value.expr if value.kind is Kind.TEXT else canonical_text(polars_type(value.type))(value.expr)


def join_texts(values: list[Value], *, skip_nulls: bool, separator: str = "") -> Value:
    """Texts in a row; other values are written canonically."""
    texts = [as_type(v, TEXT, "CONCAT").expr if v.is_null else _as_text(v) for v in values]
    return Value(pl.concat_str(texts, separator=separator, ignore_nulls=skip_nulls), TEXT)


def _concat_ws(values: list[Value], _report: Report) -> Value:
    return join_texts(
        values[1:], skip_nulls=True, separator=_constant(values[0], "the separator of CONCAT_WS")
    )


def _regexp_like(values: list[Value], _report: Report) -> Value:
    pattern = _pattern(values[1], "REGEXP_LIKE")
    return Value(_text(values[0], "REGEXP_LIKE").str.contains(pattern), BOOLEAN)


def _regexp_replace(values: list[Value], _report: Report) -> Value:
    flags = _constant(values[3], "the flags of REGEXP_REPLACE") if len(values) > 3 else ""
    if set(flags) - set("gi"):
        raise DefinitionError(f"'{flags}': the flags of REGEXP_REPLACE are g (all matches) and i (any case).")
    pattern = ("(?i)" if "i" in flags else "") + _pattern(values[1], "REGEXP_REPLACE")
    new = re.sub(r"\\([0-9])", r"${\1}", _constant(values[2], "what REGEXP_REPLACE puts in"))
    text = _text(values[0], "REGEXP_REPLACE")
    return Value(text.str.replace_all(pattern, new) if "g" in flags else text.str.replace(pattern, new), TEXT)


def _pattern(value: Value, what: str) -> str:
    try:
        return check_pattern(_constant(value, f"the pattern of {what}"))
    except ValueError as wrong:
        raise DefinitionError(str(wrong)) from None


def _abs(values: list[Value], report: Report) -> Value:
    value = need(values[0], NUMBERS, "ABS")
    if value.kind is Kind.INTEGER:
        negative = arithmetic("-", literal(0, INTEGER), value, report)
        return Value(
            pl.when(value.expr < 0).then(negative.expr).otherwise(value.expr.cast(pl.Int64)), INTEGER
        )
    return Value(value.expr.abs(), value.type)


def _round(values: list[Value], _report: Report) -> Value:
    value = need(values[0], NUMBERS, "ROUND")
    digits = _whole(values[1], "the digits of ROUND") if len(values) > 1 else 0
    if digits < 0 or digits > 30:
        raise DefinitionError("ROUND takes 0 to 30 digits.")
    if value.kind is Kind.INTEGER:
        return value
    if value.kind is Kind.FLOAT:
        return Value(value.expr.round(digits, mode="half_away_from_zero"), value.type)
    return _to_scale(value, value.expr.round(digits, mode="half_away_from_zero"), digits)


def _to_scale(value: Value, expr: pl.Expr, digits: int) -> Value:
    scale = min(digits, value.type.scale)
    precision = min(38, value.type.precision - value.type.scale + scale + 1)
    return Value(expr.cast(pl.Decimal(38, scale)), DataType(Kind.DECIMAL, precision=precision, scale=scale))


def _floor(name: str) -> Callable[[list[Value], Report], Value]:
    def make(values: list[Value], _report: Report) -> Value:
        value = need(values[0], NUMBERS, name)
        if value.kind is Kind.INTEGER:
            return value
        changed = value.expr.floor() if name == "FLOOR" else value.expr.ceil()
        return Value(changed, value.type) if value.kind is Kind.FLOAT else _to_scale(value, changed, 0)

    return make


def _as_float(name: str, make: Callable[[pl.Expr], pl.Expr]) -> Callable[[list[Value], Report], Value]:
    """A function over floats; where numbers give something that is none, that is a problem."""

    def made(values: list[Value], report: Report) -> Value:
        floats = [need(value, NUMBERS, name).expr.cast(pl.Float64) for value in values]
        result = make(floats[0]) if len(floats) == 1 else floats[0].pow(floats[1])
        finite = pl.all_horizontal([f.is_finite() for f in floats])
        report(finite & ~result.is_finite(), OUT_OF_RANGE, f"{name} has no value here")
        return Value(pl.when(~(finite & ~result.is_finite())).then(result), FLOAT)

    return made


def _extreme(name: str) -> Callable[[list[Value], Report], Value]:
    def make(values: list[Value], _report: Report) -> Value:
        kind = common(values, name)
        exprs = [as_type(value, kind, name).expr for value in values]
        best = pl.max_horizontal(exprs) if name == "GREATEST" else pl.min_horizontal(exprs)
        return Value(best.cast(polars_type(kind)), kind)

    return make


def _part(name: str) -> Callable[[list[Value], Report], Value]:
    return lambda values, _report: extracted(values[0], name)


def _md5(values: list[Value], _report: Report) -> Value:
    from intakegateway.engine.transform_texts import digest
    from intakegateway.model.transforms import Hash

    return Value(digest(_text(values[0], "MD5"), Hash(algorithm="md5")), TEXT)


def _date(values: list[Value], _report: Report) -> Value:
    moment = need(values[0], MOMENTS, "DATE")
    return Value(moment.expr.cast(pl.Date), DATE)


def _sided(name: str, take: Callable[[pl.Expr, Any], pl.Expr]) -> Callable[[list[Value], Report], Value]:
    def make(values: list[Value], _report: Report) -> Value:
        count = need(values[1], (Kind.INTEGER,), f"the number of {name}").expr.cast(pl.Int64)
        return Value(take(_text(values[0], name), count), TEXT)

    return make


FUNCTIONS: dict[str, Function] = {
    "UPPER": Function("UPPER(text)", 1, 1, on_text("UPPER", lambda e: e.str.to_uppercase())),
    "LOWER": Function("LOWER(text)", 1, 1, on_text("LOWER", lambda e: e.str.to_lowercase())),
    "INITCAP": Function("INITCAP(text)", 1, 1, on_text("INITCAP", lambda e: e.str.to_titlecase())),
    "REVERSE": Function("REVERSE(text)", 1, 1, on_text("REVERSE", lambda e: e.str.reverse())),
    "TRIM": Function("TRIM(text [, characters])", 1, 2, _strip("TRIM", "BOTH")),
    "LTRIM": Function("LTRIM(text [, characters])", 1, 2, _strip("LTRIM", "LEADING")),
    "RTRIM": Function("RTRIM(text [, characters])", 1, 2, _strip("RTRIM", "TRAILING")),
    "LENGTH": Function(
        "LENGTH(text)", 1, 1,
        lambda v, _r: Value(_text(v[0], "LENGTH").str.len_chars().cast(pl.Int64), INTEGER),
    ),
    "SUBSTRING": Function("SUBSTRING(text, start [, length])", 2, 3, _substring),
    "REPLACE": Function("REPLACE(text, old, new)", 3, 3, _replace),
    "LEFT": Function("LEFT(text, count)", 2, 2, _sided("LEFT", lambda e, n: e.str.head(n))),
    "RIGHT": Function("RIGHT(text, count)", 2, 2, _sided("RIGHT", lambda e, n: e.str.tail(n))),
    "POSITION": Function("POSITION(part IN text)", 2, 2, _position),
    "SPLIT_PART": Function("SPLIT_PART(text, delimiter, number)", 3, 3, _split_part),
    "STARTS_WITH": Function(
        "STARTS_WITH(text, start)", 2, 2,
        lambda v, _r: Value(_text(v[0], "STARTS_WITH").str.starts_with(_text(v[1], "STARTS_WITH")), BOOLEAN),
    ),
    "CONCAT": Function("CONCAT(value, …)", 1, 99, lambda v, _r: join_texts(v, skip_nulls=True)),
    "CONCAT_WS": Function("CONCAT_WS(separator, value, …)", 2, 99, _concat_ws),
    "REGEXP_LIKE": Function("REGEXP_LIKE(text, pattern)", 2, 2, _regexp_like),
    "REGEXP_REPLACE": Function("REGEXP_REPLACE(text, pattern, new [, flags])", 3, 4, _regexp_replace),
    "MD5": Function("MD5(text)", 1, 1, _md5),
    "ABS": Function("ABS(number)", 1, 1, _abs),
    "ROUND": Function("ROUND(number [, digits])", 1, 2, _round),
    "FLOOR": Function("FLOOR(number)", 1, 1, _floor("FLOOR")),
    "CEIL": Function("CEIL(number)", 1, 1, _floor("CEIL")),
    "MOD": Function("MOD(number, number)", 2, 2, lambda v, r: arithmetic("%", v[0], v[1], r)),
    "POWER": Function("POWER(number, number)", 2, 2, _as_float("POWER", lambda e: e)),
    "SQRT": Function("SQRT(number)", 1, 1, _as_float("SQRT", lambda e: e.sqrt())),
    "LN": Function("LN(number)", 1, 1, _as_float("LN", lambda e: e.log())),
    "EXP": Function("EXP(number)", 1, 1, _as_float("EXP", lambda e: e.exp())),
    "SIGN": Function(
        "SIGN(number)", 1, 1,
        lambda v, _r: Value(need(v[0], NUMBERS, "SIGN").expr.sign().cast(pl.Int64), INTEGER),
    ),
    "GREATEST": Function("GREATEST(value, …)", 1, 99, _extreme("GREATEST")),
    "LEAST": Function("LEAST(value, …)", 1, 99, _extreme("LEAST")),
    "YEAR": Function("YEAR(date)", 1, 1, _part("YEAR")),
    "QUARTER": Function("QUARTER(date)", 1, 1, _part("QUARTER")),
    "MONTH": Function("MONTH(date)", 1, 1, _part("MONTH")),
    "DAY": Function("DAY(date)", 1, 1, _part("DAY")),
    "HOUR": Function("HOUR(timestamp)", 1, 1, _part("HOUR")),
    "MINUTE": Function("MINUTE(timestamp)", 1, 1, _part("MINUTE")),
    "SECOND": Function("SECOND(timestamp)", 1, 1, _part("SECOND")),
    "DATE": Function("DATE(timestamp)", 1, 1, _date),
}  # fmt: skip
"""Functions with ordinary arguments; those with a syntax of their own stand in ``engine.expressions``."""
