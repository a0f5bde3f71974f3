"""Text into numbers: exact, or with a reason."""

from __future__ import annotations

import polars as pl

from intakegateway.engine.candidate import all_match
from intakegateway.engine.cast_step import (
    INVALID_TYPE,
    LOSSY,
    OUT_OF_RANGE,
    ROUNDED,
    Cast,
    Shortcut,
    outcome,
)
from intakegateway.model.frames import polars_type
from intakegateway.model.types import DataType

_NUMERAL = r"^([+-]?)([0-9]*)(\.[0-9]*)?(?:[eE]([+-]?[0-9]{1,9}))?$"
_WIDEST_SHIFT = 400
_HINTS = (
    (r"^\s*[+-]?[0-9.]*,[0-9]+\s*$",
     "A decimal comma is read with the transform parse_number, or with decimal_comma: true."),
)  # fmt: skip
_WHOLE_HINTS = ((r"^\s*[+-]?[0-9.]*[0-9.],0{1,2}\s*$", _HINTS[0][1]),)
_AMBIGUOUS = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"


def text_to_integer(target: DataType, *, decimal_comma: bool = False) -> Cast:
    """``12``, ``+12``, `` 12 ``, ``12.0``; not ``12.5``, ``1e3`` or ``1,000``."""
    to = polars_type(target)

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = _numerals(values, decimal_comma=decimal_comma)
        digits = pl.col("whole").str.strip_chars_start("0")
        fits = digits.str.len_bytes() <= 20
        number = (
            pl.concat_str("sign", pl.when(fits).then(pl.col("whole").str.tail(21)))
            .cast(pl.Int128, strict=False)
            .cast(to, strict=False)
        )
        whole_number = pl.col("numeral") & pl.col("exponent").is_null()
        code = (
            pl.when(pl.col("blank")).then(None)
            .when(~whole_number).then(pl.lit(INVALID_TYPE))
            .when(pl.col("part").str.strip_chars("0") != "").then(pl.lit(LOSSY))
            .when(number.is_null()).then(pl.lit(OUT_OF_RANGE))
        )  # fmt: skip
        return outcome(frame, value=pl.when(whole_number & ~pl.col("blank")).then(number), code=code)

    low, high = integer_range(target)
    return Cast(
        to=to,
        fast=lambda expr, _example: expr.cast(to, strict=False),
        careful=careful,
        hints=() if decimal_comma else _WHOLE_HINTS,
        reasons={
            INVALID_TYPE: "is not a whole number",
            LOSSY: "has digits after the point, which a whole number would lose",
            OUT_OF_RANGE: f"is out of range: {low} to {high} is allowed",
        },
    )


def integer_range(target: DataType) -> tuple[int, int]:
    """The smallest and the largest value of an integer type."""
    if target.unsigned:
        return 0, 2**target.bits - 1
    return -(2 ** (target.bits - 1)), 2 ** (target.bits - 1) - 1


def text_to_decimal(target: DataType, *, decimal_comma: bool = False) -> Cast:
    """Exact; further digits are rounded half away from zero (as PostgreSQL does) and noted as ROUNDED.

    A decimal of more than 38 digits, or without a precision, stays a numeral in text.
    """
    to = polars_type(target)
    if to == pl.String:
        return _text_to_numeral(target, decimal_comma=decimal_comma)
    scale = target.scale
    point = "," if decimal_comma else r"\."
    part = rf"(?:{point}[0-9]{{1,{scale}}})?" if scale else ""
    plain = rf"[+-]?[0-9]+{part}"

    def read(expr: pl.Expr) -> pl.Expr:
        dotted = expr.str.replace(",", ".", literal=True) if decimal_comma else expr
        return dotted.cast(to, strict=False)

    def fast(expr: pl.Expr, _example: str) -> pl.Expr:
        return pl.when(expr.str.contains(f"^{plain}$")).then(read(expr))

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = _expanded(_numerals(values, decimal_comma=decimal_comma))
        digits = pl.col("whole").str.strip_chars_start("0")
        room = digits.str.len_bytes() <= target.precision - scale
        kept = pl.col("part").str.head(scale).str.pad_end(scale, "0")
        rest = pl.col("part").str.slice(scale)
        unscaled = pl.when(room).then(digits + kept).replace("", "0").cast(pl.Int128, strict=False)
        rounded = (unscaled + (rest >= "5").cast(pl.Int128)).cast(pl.String).str.pad_start(scale + 1, "0")
        pointed = rounded.str.head(-scale) + "." + rounded.str.tail(scale) if scale else rounded
        number = (pl.col("sign") + pointed).cast(to, strict=False)
        code = (
            pl.when(pl.col("blank")).then(None)
            .when(~pl.col("numeral")).then(pl.lit(INVALID_TYPE))
            .when(pl.col("far") | number.is_null()).then(pl.lit(OUT_OF_RANGE))
        )  # fmt: skip
        note = pl.when(rest.str.strip_chars("0") != "").then(pl.lit(ROUNDED))
        good = pl.col("numeral") & ~pl.col("blank")
        return outcome(frame, value=pl.when(good).then(number), code=code, note=pl.when(good).then(note))

    return Cast(
        to=to,
        fast=fast,
        careful=careful,
        hints=() if decimal_comma else _HINTS,
        reasons={
            INVALID_TYPE: _not_a_number(decimal_comma),
            OUT_OF_RANGE: f"is out of range: at most {target.precision - scale} digits before the point",
        },
        notes={ROUNDED: f"rounded to {scale} decimals"},
        shortcut=Shortcut(lambda expr: all_match(expr, plain), read),
    )


def _text_to_numeral(target: DataType, *, decimal_comma: bool) -> Cast:
    def careful(values: pl.Series) -> pl.DataFrame:
        frame = _expanded(_numerals(values, decimal_comma=decimal_comma))
        digits = pl.col("whole").str.strip_chars_start("0")
        trimmed = pl.col("part").str.strip_chars_end("0") if target.precision else pl.col("part")
        sign = pl.col("sign").replace("+", "")
        whole = pl.when(digits == "").then(pl.lit("0")).otherwise(digits)
        numeral = pl.when(trimmed == "").then(sign + whole).otherwise(sign + whole + "." + trimmed)
        wide = digits.str.len_bytes() > target.precision - target.scale if target.precision else pl.lit(False)
        long = trimmed.str.len_bytes() > target.scale if target.precision else pl.lit(False)
        code = (
            pl.when(pl.col("blank")).then(None)
            .when(~pl.col("numeral")).then(pl.lit(INVALID_TYPE))
            .when(pl.col("far") | wide).then(pl.lit(OUT_OF_RANGE))
            .when(long).then(pl.lit(LOSSY))
        )  # fmt: skip
        good = pl.col("numeral") & ~pl.col("blank")
        return outcome(frame, value=pl.when(good).then(numeral), code=code)

    whole = f"{{1,{target.precision - target.scale}}}" if target.precision else "+"
    part = f"{{1,{target.scale}}}" if target.precision else "+"
    plain = rf"^-?[0-9]{whole}(?:\.[0-9]{part})?$"
    return Cast(
        to=pl.String(),
        fast=lambda expr, _example: pl.when(expr.str.contains(plain)).then(expr),
        careful=careful,
        hints=() if decimal_comma else _HINTS,
        reasons={
            INVALID_TYPE: _not_a_number(decimal_comma),
            OUT_OF_RANGE: f"is out of range for {target}",
            LOSSY: f"has more than {target.scale} digits after the point",
        },
    )


def text_to_float(target: DataType, *, decimal_comma: bool = False) -> Cast:
    """The nearest floating-point number; ``inf`` and ``nan`` only where they are spelled so."""
    to = polars_type(target)

    def fast(expr: pl.Expr, _example: str) -> pl.Expr:
        number = expr.cast(to, strict=False)
        # A text shorter than '1e-46' cannot be a number so small that it reads as zero.
        nonzero = (number != 0) | (expr.str.len_bytes() < 5)
        fine = number.is_finite() & nonzero
        if decimal_comma:
            fine = fine & ~expr.str.contains(".", literal=True)
        return pl.when(fine).then(number)

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = _numerals(values, decimal_comma=decimal_comma)
        word = pl.col("text").str.contains(r"(?i)^[+-]?(?:inf|infinity|nan)$")
        number = pl.col("text").cast(to, strict=False)
        tiny = (number == 0) & (pl.concat_str("whole", "part").str.strip_chars("0") != "")
        code = (
            pl.when(pl.col("blank") | word).then(None)
            .when(~pl.col("numeral")).then(pl.lit(INVALID_TYPE))
            .when(number.is_infinite() | tiny).then(pl.lit(OUT_OF_RANGE))
            .when(number.is_null()).then(pl.lit(INVALID_TYPE))
        )  # fmt: skip
        return outcome(frame, value=number, code=code)

    return Cast(
        to=to,
        fast=fast,
        careful=careful,
        hints=() if decimal_comma else _HINTS,
        reasons={
            INVALID_TYPE: _not_a_number(decimal_comma),
            OUT_OF_RANGE: f"is out of range: a {target.bits}-bit float cannot hold it",
        },
    )


def _not_a_number(decimal_comma: bool) -> str:
    if decimal_comma:
        return "is not a number, or could be read in two ways, with a comma before the decimals"
    return "is not a number"


def _numerals(values: pl.Series, *, decimal_comma: bool) -> pl.DataFrame:
    """The pieces of numerals.

    ``text`` (blanks stripped, the decimal comma made a point), ``blank``, ``numeral`` (whether it is
    one), ``sign``, ``whole``, ``part`` (digits after the point), ``exponent`` (Int64 or null).
    """
    stripped = pl.col("v").str.strip_chars()
    if decimal_comma:
        grouped = stripped.str.contains(r"^[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})$")
        single = stripped.str.contains(r"^[^.,]*,[^.,]*$")
        text = (
            pl.when(stripped.str.contains(_AMBIGUOUS)).then(pl.lit("?"))
            .when(grouped).then(stripped.str.replace_many([".", ","], ["", "."]))
            .when(single).then(stripped.str.replace(",", ".", literal=True))
            .otherwise(stripped)
        )  # fmt: skip
    else:
        text = stripped
    frame = values.to_frame("v").select(text.alias("text"))
    groups = frame.select(pl.col("text").str.extract_groups(_NUMERAL).alias("g"))["g"].struct.unnest()
    groups.columns = ["sign", "whole", "part", "exponent"]
    return pl.concat([frame, groups], how="horizontal").with_columns(
        (pl.col("text") == "").alias("blank"),
        pl.col("sign").fill_null(""),
        pl.col("whole").fill_null(""),
        pl.col("part").str.slice(1).fill_null(""),
        pl.col("exponent").cast(pl.Int64, strict=False),
    ).with_columns(
        (pl.col("text").str.contains(_NUMERAL) & (pl.concat_str("whole", "part") != "")).alias("numeral")
    )  # fmt: skip


def _expanded(frame: pl.DataFrame) -> pl.DataFrame:
    """Move the point by the exponent. Adds ``far``: the exponent is beyond what any decimal holds."""
    far = (pl.col("exponent").abs() > _WIDEST_SHIFT) & (
        pl.concat_str("whole", "part").str.strip_chars("0") != ""
    )
    frame = frame.with_columns(far.fill_null(False).alias("far"))
    if frame["exponent"].null_count() == frame.height:
        return frame
    zeros = "0" * _WIDEST_SHIFT
    shifted = pl.col("exponent").is_not_null()
    shift = pl.col("exponent").fill_null(0).clip(-_WIDEST_SHIFT, _WIDEST_SHIFT)
    digits = pl.concat_str(pl.lit(zeros), "whole", "part", pl.lit(zeros))
    split = pl.lit(_WIDEST_SHIFT) + pl.col("whole").str.len_bytes().cast(pl.Int64) + shift
    return frame.with_columns(digits.alias("digits"), split.alias("split")).with_columns(
        pl.when(shifted).then(pl.col("digits").str.slice(0, pl.col("split")).str.strip_chars_start("0"))
        .otherwise(pl.col("whole")).alias("whole"),
        pl.when(shifted).then(pl.col("digits").str.slice(pl.col("split")).str.strip_chars_end("0"))
        .otherwise(pl.col("part")).alias("part"),
    ).drop("digits", "split")  # fmt: skip
