"""Text into dates, times and moments."""

from __future__ import annotations

from datetime import date

import polars as pl

from intakegateway.engine.cast_step import ASSUMED_UTC, INVALID_TYPE, LOSSY, ROUNDED, Cast, outcome
from intakegateway.model.types import Kind

_DATE = r"[0-9]{4}-[01][0-9]-[0-3][0-9]"
_TIME = r"[0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
_MOMENT = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ Tt]([0-9]{2}:[0-9]{2})(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?)?"
    r" ?([Zz]|UTC|GMT|[+-][01][0-9](?::?[0-5][0-9])?)?$"
)
_CLOCK = r"^([0-9]{2}:[0-9]{2})(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?$"
_TAILS = {
    "": r"$",
    "Z": r"Z$",
    ".": r"\.[0-9]{1,6}$",
    ".Z": r"\.[0-9]{1,6}Z$",
    "+": r"[+-][01][0-9]:[0-5][0-9]$",
}
_FIRST, _LAST = date(1, 1, 1), date(9999, 12, 31)
_UTC_SPELLINGS = ["Z", "z", "UTC", "GMT", "+00", "+0000", "+00:00", "-00", "-0000", "-00:00"]
_FORMAT_HINT = "another format is read with the transform {0}, as in {0}: '%d.%m.%Y'"


def text_to_date(date_format: str = "") -> Cast:
    """``2024-05-01``, strictly; a timestamp only at midnight (without a zone, or in UTC)."""
    if date_format:
        return _with_format(pl.Date(), date_format)

    def fast(expr: pl.Expr, _example: str) -> pl.Expr:
        iso = expr.str.contains(rf"^{_DATE}$") & (expr >= "0001")
        return pl.when(iso).then(expr.str.to_date("%Y-%m-%d", strict=False, cache=False))

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = _moments(values)
        midnight = pl.col("moment").dt.truncate("1d") == pl.col("moment")
        plain = pl.col("zone").is_null() | pl.col("zone").is_in(_UTC_SPELLINGS)
        code = (
            pl.when(pl.col("blank")).then(None)
            .when(pl.col("moment").is_null()).then(pl.lit(INVALID_TYPE))
            .when(~(midnight & plain & ~pl.col("finer"))).then(pl.lit(LOSSY))
        )  # fmt: skip
        return outcome(frame, value=pl.col("moment").cast(pl.Date), code=code)

    return Cast(
        to=pl.Date(),
        fast=fast,
        careful=careful,
        reasons={
            INVALID_TYPE: "is not a date like 2024-05-31; " + _FORMAT_HINT.format("to_date"),
            LOSSY: "has a time of day, which a date would lose",
        },
    )


def text_to_timestamp(kind: Kind, date_format: str = "") -> Cast:
    """ISO 8601 with a blank or a T; seconds and a fraction are optional, a date alone is midnight.

    Without a zone in the column, a value may be in UTC but not at another offset. With one, a value
    without a zone is taken as UTC and noted. More than six digits of a second are rounded and noted.
    """
    zoned = kind is Kind.TIMESTAMPTZ
    to = pl.Datetime("us", "UTC") if zoned else pl.Datetime("us")
    if date_format:
        return _with_format(to, date_format)

    def fast(expr: pl.Expr, example: str) -> pl.Expr:
        separator, tail = _shape(example)
        moment = expr.str.head(19).str.to_datetime(
            f"%Y-%m-%d{separator}%H:%M:%S", strict=False, time_unit="us", cache=False
        )
        if "." in tail:
            digits = expr.str.slice(20).str.strip_chars_end("Z").str.pad_end(6, "0")
            moment = moment + digits.cast(pl.Int64, strict=False).cast(pl.Duration("us"))
        fits = expr.str.contains(rf"^{_DATE}{separator}{_TIME}{_TAILS[tail]}") & (expr >= "0001")
        if tail == "+":
            offset = _offset(expr.str.tail(6))
            if zoned:
                moment = moment - offset
            else:
                fits = fits & (offset == pl.duration(microseconds=0))
        return pl.when(fits).then(moment.dt.replace_time_zone("UTC") if zoned else moment)

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = _moments(values)
        utc = pl.col("zone").is_in(_UTC_SPELLINGS)
        shifted = pl.col("moment") - _offset(pl.col("zone")).fill_null(pl.duration(microseconds=0))
        value = shifted.dt.replace_time_zone("UTC") if zoned else pl.col("moment")
        in_years = shifted.dt.year().is_between(1, 9999)
        code: pl.Expr = (
            pl.when(pl.col("blank")).then(None)
            .when(pl.col("moment").is_null() | ~in_years).then(pl.lit(INVALID_TYPE))
        )  # fmt: skip
        if not zoned:
            code = pl.coalesce(code, pl.when(pl.col("zone").is_not_null() & ~utc).then(pl.lit(LOSSY)))
        notes = [pl.when(pl.col("finer")).then(pl.lit(ROUNDED))]
        if zoned:
            notes.append(pl.when(pl.col("zone").is_null() & ~pl.col("blank")).then(pl.lit(ASSUMED_UTC)))
        return outcome(frame, value=value, code=code, note=pl.coalesce(notes))

    name = "to_timestamp"
    return Cast(
        to=to,
        fast=fast,
        careful=careful,
        reasons={
            INVALID_TYPE: "is not a timestamp like 2024-05-31 13:45:00; " + _FORMAT_HINT.format(name),
            LOSSY: "has an offset from UTC, which a column without a time zone would lose",
        },
        notes={
            ROUNDED: "rounded to microseconds",
            ASSUMED_UTC: "without a time zone, taken as UTC",
        },
        by_example=True,
        assumes=lambda example: ASSUMED_UTC if zoned and _shape(example)[1] in ("", ".") else None,
    )


def text_to_time() -> Cast:
    """``13:45``, ``13:45:00``, ``13:45:00.123456``."""

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = _pieces(values.to_frame("v"), _CLOCK, ["clock", "second", "fraction"])
        clock = (pl.col("clock") + ":" + pl.col("second").fill_null("00")).str.to_time(
            "%H:%M:%S", strict=False
        )
        # Rounding up at the last microsecond of the day would wrap to midnight: cut there instead.
        nanoseconds = (clock.cast(pl.Int64) + _nanoseconds().cast(pl.Int64)).clip(None, 86_399_999_999_000)
        value = ((nanoseconds + 500) // 1000 * 1000).cast(pl.Time)
        code = (
            pl.when(pl.col("text") == "").then(None)
            .when(clock.is_null()).then(pl.lit(INVALID_TYPE))
        )  # fmt: skip
        return outcome(frame, value=value, code=code, note=pl.when(_finer()).then(pl.lit(ROUNDED)))

    def fast(expr: pl.Expr, _example: str) -> pl.Expr:
        return pl.when(expr.str.contains(rf"^{_TIME}$")).then(expr.str.to_time("%H:%M:%S", strict=False))

    return Cast(
        to=pl.Time(),
        fast=fast,
        careful=careful,
        reasons={INVALID_TYPE: "is not a time of day like 13:45:00"},
        notes={ROUNDED: "rounded to microseconds"},
    )


def _with_format(to: pl.DataType, date_format: str) -> Cast:
    """Dates and moments in one given ``strptime`` format; a year needs its four digits for ``%Y``."""
    four_digits = "%Y" in date_format or "%F" in date_format
    shape = rf"(?:^|[^0-9]){'[0-9]' * 4}"
    zoned = to == pl.Datetime("us", "UTC")

    def read(expr: pl.Expr) -> pl.Expr:
        moment = expr.str.to_datetime(date_format, strict=False, time_unit="us", cache=False)
        if any(directive in date_format for directive in ("%z", "%:z", "%#z", "%+")):
            return moment
        return moment.dt.replace_time_zone("UTC")

    def sane(moment: pl.Expr, expr: pl.Expr) -> pl.Expr:
        right = moment.dt.year().is_between(1000, _LAST.year)
        early = moment.dt.year().is_between(_FIRST.year, 999) & expr.str.contains(shape)
        return (right | early) if four_digits else right

    def shape_to(moment: pl.Expr) -> pl.Expr:
        if to == pl.Date:
            return moment.cast(pl.Date)
        return moment if zoned else moment.dt.replace_time_zone(None)

    def fast(expr: pl.Expr, _example: str) -> pl.Expr:
        moment = read(expr)
        fine = moment.dt.year().is_between(1000, _LAST.year)
        if to == pl.Date and _has_time(date_format):
            fine = fine & (moment.dt.truncate("1d") == moment)
        return pl.when(fine).then(shape_to(moment))

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = values.to_frame("v").select(pl.col("v").str.strip_chars().alias("text"))
        moment = read(pl.col("text"))
        frame = frame.with_columns(pl.when(sane(moment, pl.col("text"))).then(moment).alias("moment"))
        code: pl.Expr = (
            pl.when(pl.col("text") == "").then(None)
            .when(pl.col("moment").is_null()).then(pl.lit(INVALID_TYPE))
        )  # fmt: skip
        if to == pl.Date:
            timed = pl.col("moment").dt.truncate("1d") != pl.col("moment")
            code = pl.coalesce(code, pl.when(timed).then(pl.lit(LOSSY)))
        return outcome(frame, value=shape_to(pl.col("moment")), code=code)

    what = "date" if to == pl.Date else "timestamp"
    says_zone = any(directive in date_format for directive in ("%z", "%:z", "%#z", "%+"))
    return Cast(
        to=to,
        fast=fast,
        careful=careful,
        reasons={
            INVALID_TYPE: f"is not a {what} in the format {date_format}",
            LOSSY: "has a time of day, which a date would lose",
        },
        notes={ASSUMED_UTC: "without a time zone, taken as UTC"},
        assumes=lambda _example: ASSUMED_UTC if zoned and not says_zone else None,
    )


def _has_time(date_format: str) -> bool:
    return any(directive in date_format for directive in ("%H", "%I", "%T", "%R", "%s", "%k", "%l", "%+"))


def _shape(example: str) -> tuple[str, str]:
    """The separator and the tail of a moment's text: ``T`` and ``.Z`` for ``2024-05-01T12:00:00.5Z``."""
    separator = "T" if example[10:11] == "T" else " "
    rest = example[19:]
    zulu = "Z" if rest.endswith("Z") else ""
    if rest.startswith("."):
        return separator, "." + zulu
    return separator, zulu or ("+" if rest[:1] in ("+", "-") else "")


def _moments(values: pl.Series) -> pl.DataFrame:
    """``text``, ``blank``, ``moment`` (as written, rounded to microseconds), ``zone``, ``finer``."""
    names = ["day", "clock", "second", "fraction", "zone"]
    frame = _pieces(values.to_frame("v"), _MOMENT, names)
    clock = pl.col("clock").fill_null("00:00") + ":" + pl.col("second").fill_null("00")
    moment = (pl.col("day") + " " + clock).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    fraction = ((_nanoseconds() + 500) // 1000).cast(pl.Duration("us"))
    # A zone needs a time to belong to.
    whole = pl.col("zone").is_null() | pl.col("clock").is_not_null()
    return frame.with_columns(
        (pl.col("text") == "").alias("blank"),
        pl.when(whole & (pl.col("day") >= "0001")).then(moment + fraction).alias("moment"),
        _finer().fill_null(False).alias("finer"),
    )


def _pieces(frame: pl.DataFrame, pattern: str, names: list[str]) -> pl.DataFrame:
    text = frame.select(pl.col("v").str.strip_chars().alias("text"))
    groups = text.select(pl.col("text").str.extract_groups(pattern).alias("g"))["g"].struct.unnest()
    groups.columns = names
    return pl.concat([text, groups], how="horizontal")


def _nanoseconds() -> pl.Expr:
    return pl.col("fraction").fill_null("0").str.pad_end(9, "0").cast(pl.Int64)


def _finer() -> pl.Expr:
    return pl.col("fraction").str.slice(6).str.strip_chars("0") != ""


def _offset(zone: pl.Expr) -> pl.Expr:
    """``+02:00``, ``-0330``, ``+02`` as a duration; null for ``Z``."""
    digits = zone.str.replace(":", "", literal=True)
    minutes = digits.str.slice(1, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(3, 2).replace(
        "", "0"
    ).cast(pl.Int64, strict=False)
    sign = pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    return (sign * minutes * 60_000_000).cast(pl.Duration("us"))
