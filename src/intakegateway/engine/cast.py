"""Casts: what becomes of a value that is not yet of its column's type.

Nothing is changed in silence: a value arrives whole, arrives changed with a note, or is refused with
a code and a sentence.

======================  =====================================  ==========================================
from text to            accepted                               refused, or accepted with a note
======================  =====================================  ==========================================
any but text            blank text is null
integer                 ``12``, ``+12``, `` 12 ``, ``12.0``    ``12.5`` LOSSY; ``1e3`` INVALID_TYPE;
                                                               too large for its bits OUT_OF_RANGE
decimal(p,s)            ``12.3``, ``.5``, ``5.``, ``1.2e3``    more digits after the point: rounded half
                                                               away from zero, note ROUNDED; too many
                                                               before it OUT_OF_RANGE
decimal                 any numeral, kept as text              over 38 digits: LOSSY instead of rounded
float                   the same; ``inf``, ``nan`` as words    ``1e400``, ``1e-400`` OUT_OF_RANGE
boolean                 true t yes y 1 on, false f no n 0 off  anything else INVALID_TYPE
date                    ``2024-05-01``; a timestamp at         ``2021-2-3`` INVALID_TYPE; a time of day,
                        midnight, without a zone or in UTC     or midnight elsewhere, LOSSY
timestamp               ``2024-05-01 12:00``, with ``T``,      an offset other than UTC LOSSY; more than
                        seconds, fraction, ``Z``; a date       six digits rounded, note ROUNDED
timestamptz             the same, with any offset              no zone: taken as UTC, note ASSUMED_UTC
time                    ``13:45``, ``13:45:00.5``              ``24:00`` INVALID_TYPE
uuid                    with or without dashes and braces      made lower case with dashes
json                    a document, kept as written            anything else INVALID_TYPE
binary                  ``\\x`` or ``0x`` and hex digits         anything else (also base64) INVALID_TYPE
text(n), other          up to n characters                     TOO_LONG; NUL_CHARACTER
======================  =====================================  ==========================================

Typed values: integers between sizes, and whole floats and decimals to integers, in range (else
OUT_OF_RANGE, LOSSY); integers to floats if the float keeps every digit (LOSSY); floats to decimals by
their shortest spelling, then as from text; decimals to decimals as from text; 0 and 1 to booleans and
back; timestamps to dates at midnight (LOSSY); dates to timestamps at midnight; moments with a zone to
columns without one are written as UTC and the other way round taken as UTC, note ASSUMED_UTC;
nanoseconds are rounded to microseconds, note ROUNDED; anything to text in its canonical spelling (ISO
8601, shortest round-trip floats, ``true``/``false``, bytes as UTF-8, lists and structs as JSON).
Every other pair is INVALID_TYPE. A float column holds the nearest number that it can: the digits
beyond are not reported, since no decimal text with a fraction would be exact.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from msgspec.structs import replace

from intakegateway.engine.cast_numbers import (
    integer_range,
    text_to_decimal,
    text_to_float,
    text_to_integer,
)
from intakegateway.engine.cast_step import (
    INVALID_TYPE,
    OUT_OF_RANGE,
    TOO_LONG,
    Cast,
    canonical_text,
    outcome,
    refuse,
)
from intakegateway.engine.cast_texts import (
    text_to_binary,
    text_to_boolean,
    text_to_json,
    text_to_text,
    text_to_uuid,
)
from intakegateway.engine.cast_times import text_to_date, text_to_time, text_to_timestamp
from intakegateway.engine.cast_typed import (
    checked,
    decimal_to,
    float_to,
    integer_to,
    never,
    temporal_to,
)
from intakegateway.model.frames import data_type, polars_type
from intakegateway.model.types import DataType, Kind

_AS_TEXT = (Kind.TEXT, Kind.OTHER)


def make_cast(
    source: pl.DataType,
    target: DataType,
    *,
    date_format: str = "",
    decimal_comma: bool = False,
    check_nul: bool = True,
) -> Cast | None:
    """The cast from a frame type to a column type, None when values are right as they are.

    ``date_format`` is a ``strptime`` format for text into dates and moments. ``check_nul`` says that a
    NUL character in a text is to be refused.
    """
    if source == pl.Null:
        return _from_null(polars_type(target))
    if isinstance(source, (pl.Categorical, pl.Enum)):
        return through_text(source, pl.String(), make_cast(pl.String(), target, check_nul=check_nul))
    if source == pl.String:
        return _from_text(target, date_format, decimal_comma=decimal_comma, check_nul=check_nul)
    if source == polars_type(target) and not (source == pl.Binary and target.length):
        return None
    if target.kind in (*_AS_TEXT, Kind.JSON) or polars_type(target) == pl.String:
        return _to_text(source, target, check_nul=check_nul)
    return _typed(source, target) or refuse(
        polars_type(target), f"is {_article(data_type(source))}, which cannot become {_article(target)}"
    )


def _from_text(target: DataType, date_format: str, *, decimal_comma: bool, check_nul: bool) -> Cast | None:
    match target.kind:
        case Kind.INTEGER:
            return text_to_integer(target, decimal_comma=decimal_comma)
        case Kind.DECIMAL:
            return text_to_decimal(target, decimal_comma=decimal_comma)
        case Kind.FLOAT:
            return text_to_float(target, decimal_comma=decimal_comma)
        case Kind.BOOLEAN:
            return text_to_boolean()
        case Kind.DATE:
            return text_to_date(date_format)
        case Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
            return text_to_timestamp(target.kind, date_format)
        case Kind.TIME:
            return text_to_time()
        case Kind.UUID:
            return text_to_uuid()
        case Kind.JSON:
            return text_to_json(check_nul=check_nul)
        case Kind.BINARY:
            return text_to_binary(target)
        case _:
            return text_to_text(target, check_nul=check_nul)


def _to_text(source: pl.DataType, target: DataType, *, check_nul: bool) -> Cast:
    if source == pl.Binary:
        then = make_cast(pl.String(), target, check_nul=check_nul)
        if target.kind is Kind.UUID:
            return through_text(source, pl.String(), then, spell=lambda e: e.bin.encode("hex"))
        return _chained(_utf8(), then)
    nested = isinstance(source, (pl.List, pl.Struct, pl.Array))
    if target.kind is Kind.UUID:
        return refuse(pl.String(), f"is {_article(data_type(source))}, which cannot become a uuid")
    if target.kind is Kind.JSON and not (nested or source.is_numeric() or source == pl.Boolean):
        return through_text(source, pl.String(), None, spell=lambda e: '"' + canonical_text(source)(e) + '"')
    then = make_cast(pl.String(), target, check_nul=check_nul and nested)
    if target.kind is Kind.JSON and source.is_float():
        return replace(through_text(source, pl.String(), then), reasons={INVALID_TYPE: "is not JSON"})
    return through_text(source, pl.String(), then)


def _typed(source: pl.DataType, target: DataType) -> Cast | None:
    low, high = integer_range(target) if target.kind is Kind.INTEGER else (0, 0)
    to = polars_type(target)
    if source == pl.Boolean:
        if target.kind in (Kind.INTEGER, Kind.FLOAT):
            return checked(to, lambda e: e.cast(to), {INVALID_TYPE: (never, "is not a number")})
        if target.kind is Kind.DECIMAL:
            return checked(
                to,
                lambda e: e.cast(pl.Int8).cast(to, strict=False),
                {OUT_OF_RANGE: (never, "is out of range")},
            )
        return None
    if source.is_integer():
        return integer_to(target, low, high)
    if source.is_float():
        if target.kind is Kind.DECIMAL:
            return through_text(source, to, text_to_decimal(target))
        return float_to(target, low, high)
    if source.is_decimal():
        if target.kind is Kind.DECIMAL:
            return _between_decimals(source, target)
        return decimal_to(target, low, high)
    if source == pl.Binary and target.kind is Kind.BINARY:
        return _limited_bytes(target.length)
    if source.is_temporal():
        return temporal_to(source, target)
    return None


def _between_decimals(source: pl.DataType, target: DataType) -> Cast:
    to = polars_type(target)
    by_text = through_text(source, to, text_to_decimal(target))

    def fast(expr: pl.Expr, _example: str) -> pl.Expr:
        value = expr.cast(to, strict=False)
        return pl.when(value.cast(source, strict=False) == expr).then(value)

    return replace(by_text, fast=fast, shortcut=None)


def through_text(
    source: pl.DataType,
    to: pl.DataType,
    then: Cast | None,
    *,
    spell: Callable[[pl.Expr], pl.Expr] | None = None,
) -> Cast:
    """Write the value canonically, then read that text."""
    write = spell or canonical_text(source)
    if then is None:
        return checked(to, write, {INVALID_TYPE: (never, "cannot be written as text")})
    return replace(
        then,
        fast=lambda expr, example: then.fast(write(expr), example),
        careful=lambda values: then.careful(values.to_frame("v").select(write(pl.col("v")).alias("v"))["v"]),
        by_example=False,
        shortcut=None,
    )


def _chained(first: Cast, then: Cast | None) -> Cast:
    """One cast after another, where the first reads bytes as text."""
    if then is None:
        return first

    def careful(values: pl.Series) -> pl.DataFrame:
        read = first.careful(values)
        texts = read["value"]
        second = then.careful(texts.drop_nulls())
        places = texts.is_not_null().arg_true()
        empty = pl.Series([None], dtype=then.to).new_from_index(0, values.len())
        return pl.DataFrame(
            {
                "value": empty.scatter(places, second["value"]),
                "code": read["code"].scatter(places, second["code"]),
                "note": read["note"].scatter(places, second["note"]),
            }
        )

    return Cast(
        to=then.to,
        fast=lambda expr, example: then.fast(first.fast(expr, example), example),
        careful=careful,
        reasons={**first.reasons, **then.reasons},
        notes=then.notes,
    )


def _utf8() -> Cast:
    def decode(values: pl.Series) -> pl.Series:
        try:
            return values.cast(pl.String)
        except pl.exceptions.ComputeError:
            # Polars has no cast that leaves out the broken ones, so each is tried.
            return pl.Series(values.name, [_decoded(value) for value in values], dtype=pl.String)

    def read(expr: pl.Expr) -> pl.Expr:
        return expr.map_batches(decode, return_dtype=pl.String)

    return Cast(
        to=pl.String(),
        fast=lambda expr, _example: read(expr),
        careful=lambda values: outcome(
            values.to_frame("v").with_columns(read(pl.col("v")).alias("text")),
            value=pl.col("text"),
            code=pl.when(pl.col("text").is_null()).then(pl.lit(INVALID_TYPE)),
        ),
        reasons={INVALID_TYPE: "is binary data that is not UTF-8 text"},
    )


def _decoded(value: bytes | None) -> str | None:
    try:
        return value.decode() if value is not None else None
    except UnicodeDecodeError:
        return None


def _limited_bytes(length: int) -> Cast:
    return checked(
        pl.Binary(),
        lambda e: e,
        {
            TOO_LONG: (
                lambda e: e.bin.size("b") > length,
                f"is too long: at most {length} bytes are allowed",
            )
        },
    )


def _from_null(to: pl.DataType) -> Cast:
    return replace(refuse(to, "is not null"), fast=lambda expr, _example: expr.cast(to))


def _article(of: DataType) -> str:
    return f"{'an' if str(of)[0] in 'aeiou' and not str(of).startswith('u') else 'a'} {of}"
