"""What a cast is: a fast way that is exact or gives up, and a careful way for what is left.

The fast way is one Polars expression over a whole column. Whatever it does not understand at first
sight becomes null, so comparing null counts is enough to know that all is well. Only values that it
gave up on go the careful way, which reads every spelling that is allowed and gives a reason for the
rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import polars as pl
from msgspec import Struct, field

INVALID_TYPE = "INVALID_TYPE"
REPEATED_KEY = "REPEATED_KEY"
OUT_OF_RANGE = "OUT_OF_RANGE"
TOO_LONG = "TOO_LONG"
LOSSY = "LOSSY"
NUL_CHARACTER = "NUL_CHARACTER"
UNMATCHED = "UNMATCHED"

ROUNDED = "ROUNDED"
"""Note: digits after the point were rounded, half away from zero."""
ASSUMED_UTC = "ASSUMED_UTC"
"""Note: a moment without a zone was taken as UTC, or one with a zone was written as UTC."""

SHOWN_CHARACTERS = 60
"""How much of an offending value a message shows."""


class Shortcut(Struct, frozen=True):
    """A cheaper fast way for chunks of ordinary values.

    ``holds`` asks a whole chunk at once, in one Boolean; where that is true, ``value`` is what ``fast`` gives.
    """

    holds: Callable[[pl.Expr], pl.Expr]
    value: Callable[[pl.Expr], pl.Expr]


class Cast(Struct, frozen=True):
    """One change of type.

    ``to`` is the frame type that it makes. ``fast(expr, example)`` gives the value or null; ``example``
    is the first value of the column in this chunk (only if ``by_example``), whose shape may choose
    between spellings. ``careful(values)`` takes non-null values and answers a frame with one row each:
    ``value`` (of type ``to``), ``code`` (String, null: nothing is wrong; a null value with a null code
    is a text that stands for null) and ``note`` (String, null: nothing to say).
    ``reasons`` completes ``'12,5' …`` for each code, ``notes`` says each note for a person.
    ``hints`` adds a sentence where the offending value matches a pattern. ``assumes`` is a note that
    holds for all values that the fast way reads.
    """

    to: pl.DataType
    fast: Callable[[pl.Expr, str], pl.Expr]
    careful: Callable[[pl.Series], pl.DataFrame]
    reasons: Mapping[str, str]
    notes: Mapping[str, str] = field(default_factory=dict)
    hints: tuple[tuple[str, str], ...] = ()
    by_example: bool = False
    assumes: Callable[[str], str | None] = lambda _example: None
    shortcut: Shortcut | None = None

    def messages(self, values: pl.Series, codes: pl.Series) -> pl.Series:
        """A sentence for each offending value."""
        frame = pl.DataFrame({"shown": shown(values), "code": codes})
        known = pl.col("code").replace_strict(dict(self.reasons), default="is not allowed here")
        sentence = pl.format("'{}' {}.", "shown", known)
        for pattern, hint in self.hints:
            more = (
                pl.when(pl.col("shown").str.contains(pattern)).then(pl.lit(" " + hint)).otherwise(pl.lit(""))
            )
            sentence = sentence + more
        return frame.select(sentence.alias("message"))["message"]


def outcome(
    frame: pl.DataFrame, *, value: pl.Expr, code: pl.Expr | None = None, note: pl.Expr | None = None
) -> pl.DataFrame:
    """The careful way's answer, from expressions over ``frame``; a value with a code becomes null."""
    nothing = pl.lit(None, dtype=pl.String)
    said = frame.select(
        value.alias("value"),
        (code if code is not None else nothing).alias("code"),
        (note if note is not None else nothing).alias("note"),
    )
    fine = pl.col("code").is_null()
    return said.select(pl.when(fine).then(pl.col("value")), "code", pl.when(fine).then(pl.col("note")))


def refuse(to: pl.DataType, why: str) -> Cast:
    """A cast that does not exist: every value is INVALID_TYPE."""

    def careful(values: pl.Series) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "value": pl.Series([None], dtype=to).new_from_index(0, values.len()),
                "code": pl.Series([INVALID_TYPE]).new_from_index(0, values.len()),
                "note": pl.Series([None], dtype=pl.String).new_from_index(0, values.len()),
            }
        )

    return Cast(
        to=to,
        fast=lambda expr, _example: pl.when(expr.is_null()).then(pl.lit(None, dtype=to)),
        careful=careful,
        reasons={INVALID_TYPE: why},
    )


def shown(values: pl.Series) -> pl.Series:
    """Values as text for a message: shortened, control characters made visible."""
    text = as_words(values)
    short = pl.col("v").str.head(SHOWN_CHARACTERS)
    cut = pl.when(pl.col("v").str.len_chars() > SHOWN_CHARACTERS).then(short + "…").otherwise(short)
    visible = cut.str.replace_many(["\n", "\r", "\t", "\0"], ["\\n", "\\r", "\\t", "\\0"])
    return text.to_frame("v").select(visible)["v"]


def as_words(values: pl.Series) -> pl.Series:
    """Any value as text, for messages only."""
    if values.dtype == pl.String:
        return values
    if values.dtype == pl.Binary:
        return "\\x" + values.bin.encode("hex")
    return values.to_frame("v").select(canonical_text(values.dtype)(pl.col("v")).alias("v"))["v"]


def without_bytes(value: pl.Expr, of: pl.DataType) -> pl.Expr:
    """The value with all bytes in it as texts, ``\\x`` and hexadecimal digits: JSON has none."""
    match of:
        case pl.Binary():
            return pl.concat_str(pl.lit("\\x"), value.bin.encode("hex"))
        case pl.Array():
            return without_bytes(value.arr.to_list(), pl.List(of.inner)) if holds_bytes(of) else value
        case pl.List():
            inner = cast("pl.DataType", of.inner)
            return value.list.eval(without_bytes(pl.element(), inner)) if holds_bytes(inner) else value
        case pl.Struct():
            fields = [(field.name, cast("pl.DataType", field.dtype)) for field in of.fields]
            inside = [
                without_bytes(pl.field(name), one).alias(name) for name, one in fields if holds_bytes(one)
            ]
            return value.struct.with_fields(inside) if inside else value
        case _:
            return value


def holds_bytes(of: pl.DataType) -> bool:
    """Whether a value of that type is bytes, or has some inside."""
    match of:
        case pl.List() | pl.Array():
            return holds_bytes(cast("pl.DataType", of.inner))
        case pl.Struct():
            return any(holds_bytes(cast("pl.DataType", field.dtype)) for field in of.fields)
        case _:
            return of == pl.Binary


def canonical_text(source: pl.DataType) -> Callable[[pl.Expr], pl.Expr]:
    """How a typed value is written as text: ISO 8601, shortest round-trip floats, ``true``/``false``."""
    match source:
        case pl.Datetime():
            form = "%Y-%m-%dT%H:%M:%S%.f" + ("%:z" if source.time_zone else "")
            if source.time_zone:
                return lambda e: e.dt.convert_time_zone("UTC").dt.strftime(form)
            return lambda e: e.dt.strftime(form)
        case pl.Time():
            return lambda e: e.dt.to_string("%H:%M:%S%.f")
        case pl.Duration():
            return lambda e: e.dt.to_string("iso")
        case pl.Struct():
            return lambda e: pl.when(e.is_not_null()).then(without_bytes(e, source).struct.json_encode())
        case pl.List() | pl.Array():
            wrapped = '{"v":'

            def encode(e: pl.Expr) -> pl.Expr:
                inside = pl.struct(without_bytes(e, source).alias("v")).struct.json_encode()
                return pl.when(e.is_not_null()).then(inside.str.slice(len(wrapped)).str.head(-1))

            return encode
        case _:
            return lambda e: e.cast(pl.String)
