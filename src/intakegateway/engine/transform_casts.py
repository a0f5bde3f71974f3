"""Transforms that read a value in their own way, and may fail at it."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl
from msgspec.structs import replace

from intakegateway.engine.cast import make_cast
from intakegateway.engine.cast_numbers import text_to_decimal
from intakegateway.engine.cast_step import (
    INVALID_TYPE,
    OUT_OF_RANGE,
    UNMATCHED,
    Cast,
    canonical_text,
    outcome,
    refuse,
)
from intakegateway.engine.cast_times import text_to_timestamp
from intakegateway.model import transforms as t
from intakegateway.model.types import FLOAT, INTEGER, DataType, Kind

Pure = Callable[[pl.Expr], pl.Expr]
_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_LAST = 253_402_300_800_000_000  # microseconds from 1970 to the year 10000
_FIRST = -62_135_596_800_000_000  # and back to the year 1


def plain_cast(to: pl.DataType, read: Pure, reasons: dict[str, str]) -> Cast:
    """A cast with one way only: what ``read`` makes null, blanks apart, has the first code."""
    code = next(iter(reasons))

    def careful(values: pl.Series) -> pl.DataFrame:
        blank = pl.col("v").str.strip_chars() == "" if values.dtype == pl.String else pl.lit(False)
        frame = values.to_frame("v").with_columns(read(pl.col("v")).alias("value"), blank.alias("blank"))
        wrong = pl.col("value").is_null() & ~pl.col("blank")
        return outcome(frame, value=pl.col("value"), code=pl.when(wrong).then(pl.lit(code)))

    return Cast(to=to, fast=lambda expr, _example: read(expr), careful=careful, reasons=reasons)


def boolean_words(spell: Pure, step: t.ToBool) -> Cast:
    """True and false by the given words."""
    words = {w.strip().lower(): True for w in step.true} | {w.strip().lower(): False for w in step.false}

    def read(expr: pl.Expr) -> pl.Expr:
        text = spell(expr).str.strip_chars().str.to_lowercase()
        return text.replace_strict(words, default=None, return_dtype=pl.Boolean)

    why = f"is neither true ({', '.join(step.true)}) nor false ({', '.join(step.false)})"
    return plain_cast(pl.Boolean(), read, {INVALID_TYPE: why})


def epoch_to_timestamp(dtype: pl.DataType, unit: str) -> Cast:
    """A number of seconds (or parts of them) since 1970 in UTC."""
    to = pl.Datetime("us", "UTC")
    factor = _UNITS[unit]
    numeric = dtype.is_numeric()
    # Whole numbers stay exact; a fraction of a unit is read as a float and rounded to microseconds.
    whole = make_cast(dtype, INTEGER)
    part = make_cast(dtype, FLOAT)

    def read(expr: pl.Expr) -> pl.Expr:
        text = expr if numeric else expr.str.strip_chars()
        exact = (whole.fast(text, "") if whole else text).cast(pl.Int128) * factor
        near = ((part.fast(text, "") if part else text) * factor).round().cast(pl.Int128, strict=False)
        count = pl.coalesce(exact, near)
        fits = count.is_between(_FIRST, _LAST, closed="left")
        return pl.when(fits).then(count).cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")

    unit_name = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}[unit]
    return plain_cast(to, read, {INVALID_TYPE: f"is not a number of {unit_name} since 1970"})


def local_to_timestamp(zone: str, date_format: str) -> Cast:
    """Text without a zone as local time of ``zone``; the hour that summer time skips is refused.

    In the hour that is passed twice, the first passage is meant.
    """
    local = text_to_timestamp(Kind.TIMESTAMP, date_format)
    zoned = text_to_timestamp(Kind.TIMESTAMPTZ, date_format)
    to = pl.Datetime("us", "UTC")

    def place(expr: pl.Expr) -> pl.Expr:
        there = expr.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        return there.dt.convert_time_zone("UTC")

    def careful(values: pl.Series) -> pl.DataFrame:
        named = values.to_frame("v").select(
            pl.col("v")
            .str.strip_chars()
            .str.contains(r"(?i)[0-9](?: ?(?:z|utc|gmt)| ?[+-][0-9]{2}(?::?[0-9]{2})?)$")
            & pl.col("v").str.contains(":", literal=True)
        )["v"]
        here, everywhere = local.careful(values), zoned.careful(values)
        moment = here.select(place(pl.col("value")).alias("value"))["value"]
        frame = pl.DataFrame(
            {
                "named": named,
                "here": moment,
                "gap": moment.is_null() & here["value"].is_not_null(),
                "there": everywhere["value"],
                "here_code": here["code"],
                "there_code": everywhere["code"],
            }
        )
        return outcome(
            frame,
            value=pl.when("named").then("there").otherwise("here"),
            code=pl.when("named").then("there_code")
            .when("gap").then(pl.lit(OUT_OF_RANGE))
            .otherwise("here_code"),
        )  # fmt: skip

    def fast(expr: pl.Expr, example: str) -> pl.Expr:
        return place(
            pl.when(~expr.str.contains(r"(?:[Zz]|[+-][0-9:]{2,6})$|^.{11,}[+-]")).then(
                local.fast(expr, example)
            )
        )

    return Cast(
        to=to,
        fast=fast,
        careful=careful,
        reasons={**local.reasons, OUT_OF_RANGE: f"does not exist in {zone}: the clocks skip that hour"},
        notes=local.notes,
        by_example=True,
    )


def number_to_numeral(spell: Pure, step: t.ParseNumber) -> Cast:
    """A number as people write it, as a plain numeral in text."""
    point = re.escape(step.decimal)
    group = re.escape(step.thousands or ("." if step.decimal == "," else ","))
    groups = rf"[{group}'’ \u00a0\u202f]"
    number = rf"(?:[0-9]{{1,3}}(?:{groups}[0-9]{{3}})+|[0-9]+)(?:{point}[0-9]*)?|{point}[0-9]+"
    money = r"\p{Sc}?\s*"
    amount = rf"(?:{number})\s*{money}"
    pattern = rf"^(?:[+-]?\s*{money}{amount}-?|{money}[+-]?{amount}|\({money}{amount}\))$"
    signs = r"^[^0-9]*-|-$|^\("

    def read(expr: pl.Expr) -> pl.Expr:
        text = spell(expr).str.strip_chars().str.replace("−", "-", literal=True)
        good = text.str.contains(pattern) & (text.str.count_matches("-", literal=True) <= 1)
        digits = text.str.replace_all(rf"[^0-9{point}]", "").str.replace(step.decimal, ".", literal=True)
        filled = digits.str.strip_chars_end(".").str.replace(r"^\.", "0.")
        sign = pl.when(text.str.contains(signs)).then(pl.lit("-")).otherwise(pl.lit(""))
        return pl.when(good).then(sign + filled)

    example = "1.234,50" if step.decimal == "," else "1,234.50"
    return plain_cast(pl.String(), read, {INVALID_TYPE: f"is not a number like {example}"})


def round_cast(dtype: pl.DataType, digits: int, *, decimal_comma: bool) -> Cast:
    """Decimals and numerals in text, rounded on purpose: exact, half away from zero, not noted."""
    target = DataType(Kind.DECIMAL, precision=38, scale=digits)
    cast = text_to_decimal(target, decimal_comma=decimal_comma)
    spell = canonical_text(dtype)
    if not dtype.is_decimal() and dtype != pl.String:
        return refuse(cast.to, "is not a number")

    def careful(values: pl.Series) -> pl.DataFrame:
        texts = values.to_frame("v").select(spell(pl.col("v")).alias("v"))["v"]
        return cast.careful(texts).with_columns(note=pl.lit(None, dtype=pl.String))

    def fast(expr: pl.Expr, _example: str) -> pl.Expr:
        if dtype.is_decimal():
            exact = expr
        else:
            point = "," if decimal_comma else r"\."
            plain = expr.str.contains(rf"^[+-]?[0-9]{{1,20}}(?:{point}[0-9]{{1,18}})?$")
            dotted = expr.str.replace(",", ".", literal=True) if decimal_comma else expr
            exact = pl.when(plain).then(dotted.cast(pl.Decimal(38, 18), strict=False))
        return exact.round(digits, mode="half_away_from_zero").cast(cast.to, strict=False)

    return replace(cast, fast=fast, careful=careful, shortcut=None)


def known_values(lookup: tuple[Pure, pl.DataType]) -> Cast:
    """A map in which every value has to be found."""
    read, to = lookup
    return plain_cast(to, read, {UNMATCHED: "is not among the values that the lookup knows"})
