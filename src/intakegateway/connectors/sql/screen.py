"""What can be told of rows before a database sees them: null keys, and values that it cannot keep."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

import polars as pl

from intakegateway.connectors.base import REFUSED_SCHEMA
from intakegateway.connectors.sql.dialect import Dialect
from intakegateway.connectors.sql.facts import FactColumn
from intakegateway.connectors.sql.nested_texts import as_written, kept_of
from intakegateway.connectors.sql.refusals import Refusals
from intakegateway.connectors.sql.statements import ROW
from intakegateway.connectors.sql.types import SQLITE_EXACT_DIGITS
from intakegateway.model.frames import polars_type
from intakegateway.model.types import Kind

_BIT = re.compile(r"bit\((\d+)\)")
_MEMBER = re.compile(r"'((?:[^']|'')*)'")
FIRST_DAY, LAST_DAY = date(1, 1, 1), date(9999, 12, 31)


def screen(
    frame: pl.DataFrame, columns: Sequence[FactColumn], required: Sequence[str], dialect: Dialect
) -> tuple[pl.DataFrame, Refusals]:
    """The rows that may be sent, in the types of ``columns``, and those that may not.

    ``frame`` has ``_ig_row`` and the columns; ``required`` must not be null (keys).
    """
    refusals, bad = Refusals(), pl.repeat(False, frame.height, eager=True)
    for name in required:
        if frame[name].null_count():
            bad |= _refuse(
                refusals, frame, name, frame[name].is_null(), "NOT_NULL", "a key must have a value"
            )
    for column in columns:
        series, wanted = frame[column.name], polars_type(column.column.type)
        if series.dtype != wanted:
            cast = series.cast(wanted, strict=False)
            lost = cast.is_null() & series.is_not_null()
            if lost.any():
                why = f"it does not fit type {column.native}"
                bad |= _refuse(refusals, frame, column.name, lost, "OUT_OF_RANGE", why)
            frame = frame.with_columns(cast)
        if column.column.type.kind is Kind.OTHER and frame[column.name].dtype == pl.String:
            frame = frame.with_columns(as_written(frame[column.name], column.native, dialect))
        found = _unstorable(frame[column.name], column, dialect)
        if found is not None:
            mask, code, why = found
            bad |= _refuse(refusals, frame, column.name, mask, code, why)
    return (frame.filter(~bad) if refusals.rows else frame), refusals


def with_nul(frame: pl.DataFrame) -> Refusals:
    """The rows of ``frame`` with a NUL character in a text."""
    refusals = Refusals()
    for name, of in frame.schema.items():
        if of == pl.String:
            mask = frame[name].str.contains("\0", literal=True).fill_null(False)
            if mask.any():
                _refuse(refusals, frame, name, mask, "INVALID_VALUE", "a text may not hold the NUL character")
    return refusals


def _unstorable(series: pl.Series, column: FactColumn, dialect: Dialect) -> tuple[pl.Series, str, str] | None:
    """The rows whose value the database cannot keep, with a code and why; None where there are none."""
    match series.dtype:
        case pl.Date():
            low, high, years = FIRST_DAY, LAST_DAY, "a date is between the years 1 and 9999"
            outside = (series < low) | (series > high)
            return (outside.fill_null(False), "OUT_OF_RANGE", years) if outside.any() else None
        case pl.Datetime(time_zone=zone):
            plain = series.dt.replace_time_zone(None) if zone else series
            outside = (plain < datetime(1, 1, 1)) | (plain > datetime(9999, 12, 31, 23, 59, 59, 999999))
            why = "a moment is between the years 1 and 9999"
            return (outside.fill_null(False), "OUT_OF_RANGE", why) if outside.any() else None
        case pl.Float64() | pl.Float32():
            wrong = None
            if not dialect.stores_nan:
                wrong = series.is_nan()
            if not dialect.stores_infinity:
                wrong = series.is_nan() | series.is_infinite()
            if wrong is not None and wrong.any():
                return wrong.fill_null(False), "INVALID_VALUE", f"{dialect.title} cannot keep it"
        case pl.Decimal() | pl.String() if (
            column.column.type.kind is Kind.DECIMAL and dialect.name == "sqlite"
        ):
            return _more_digits_than_a_float(series, column)
        case pl.String() if column.most_bytes:
            long = series.str.len_bytes() > column.most_bytes
            why = f"a column of type {column.native} keeps {column.most_bytes:,} bytes"
            return (long.fill_null(False), "TOO_LONG", why) if long.any() else None
        case pl.String() if (members := _members(column.native)) and dialect.name == "mysql":
            other = _none_of(series, members, several=column.native.lower().startswith("set("))
            why = f"it is none of {', '.join(members)}"
            return (other.fill_null(False), "INVALID_VALUE", why) if other.any() else None
        case pl.String() if found := kept_of(column.native):
            pattern, why = found
            more = series.str.contains(pattern).fill_null(False)
            return (more, "LOSSY", why) if more.any() else None
        case pl.UInt64() if bit := _BIT.fullmatch(column.native):
            outside = series > 2 ** int(bit[1]) - 1
            why = f"the largest value of {column.native} is {2 ** int(bit[1]) - 1}"
            return (outside.fill_null(False), "OUT_OF_RANGE", why) if outside.any() else None
        case pl.UInt16() if column.native.startswith("year"):
            outside = (series != 0) & ~series.is_between(1901, 2155)
            why = "a year is 0, or between 1901 and 2155"
            return (outside.fill_null(False), "OUT_OF_RANGE", why) if outside.any() else None
        case pl.UInt64() if dialect.name in ("sqlite", "postgresql"):
            outside = series > 2**63 - 1
            if outside.any() and "int" in column.native.lower():
                return outside.fill_null(False), "OUT_OF_RANGE", "the largest integer is 9223372036854775807"
    return None


def _members(native: str) -> list[str]:
    """The words of an ``enum`` or a ``set``; none for other types."""
    if not native.lower().startswith(("enum(", "set(")):
        return []
    return [word.replace("''", "'") for word in _MEMBER.findall(native)]


def _none_of(series: pl.Series, members: list[str], several: bool) -> pl.Series:
    """The texts that are certainly none of the words.

    What letters are the same is the collation's affair, except for plain ones. A number that is none of the
    words would be taken for the place of one.
    """
    if not all(word.isascii() for word in members):
        return series.str.contains(r"^\s*[0-9]+\s*$") & ~series.str.strip_chars().is_in(members)
    known = [word.lower() for word in members] + ([""] if several else [])
    parts = series.str.split(",") if several else series.reshape((-1, 1)).arr.to_list()
    word = pl.element().str.strip_chars_end(" ").str.to_lowercase()
    inside = parts.list.eval(word.is_in(known)).list.all()
    return ~inside & ~series.str.contains(r"[^\x00-\x7f]")


def _more_digits_than_a_float(series: pl.Series, column: FactColumn) -> tuple[pl.Series, str, str] | None:
    of = column.column.type
    if "text" in column.native.lower() or "char" in column.native.lower():
        return None
    if isinstance(series.dtype, pl.Decimal) and 0 < of.precision <= SQLITE_EXACT_DIGITS:
        return None
    digits = series.cast(pl.String).str.replace_all("[-+.]", "").str.strip_chars_start("0")
    long = digits.str.strip_chars_end("0").str.len_chars() > SQLITE_EXACT_DIGITS
    if not long.any():
        return None
    why = f"a column of type {column.native} keeps {SQLITE_EXACT_DIGITS} digits in SQLite"
    return long.fill_null(False), "OUT_OF_RANGE", why


def _refuse(
    refusals: Refusals, frame: pl.DataFrame, name: str, mask: pl.Series, code: str, why: str
) -> pl.Series:
    hit = frame.filter(mask)
    value = hit[name]
    words = value.cast(pl.Binary).bin.encode("hex") if value.dtype == pl.Binary else _words(value)
    sentence = pl.concat_str(
        pl.lit(f"column '{name}': "), words.fill_null("null").str.slice(0, 80), pl.lit(f": {why}")
    )
    refusals.add_frame(
        pl.select(
            row=hit[ROW],
            code=pl.lit(code, dtype=REFUSED_SCHEMA["code"]),
            column=pl.lit(name),
            message=sentence,
        )
    )
    return mask


def _words(value: pl.Series) -> pl.Series:
    if isinstance(value.dtype, (pl.Date, pl.Datetime)):
        # Years before 1 cannot be put in words by every calendar: the year stands for the value.
        return pl.select(pl.lit("year ") + value.dt.year().cast(pl.String)).to_series()
    return value.cast(pl.String)
