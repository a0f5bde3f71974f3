"""Texts for columns that only the database understands: in its own words, and what it would round away."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from intakegateway.connectors.sql.dialect import Dialect
from intakegateway.connectors.sql.nested_duckdb import is_nested

_WHOLE = (r"\.[0-9]*[1-9]", "it is no whole number")
_NANOSECONDS = (r"\.[0-9]{9}[0-9]*[1-9]", "it is finer than a nanosecond")
_MICROSECONDS = (r"\.[0-9]{6}[0-9]*[1-9]", "it is finer than a microsecond")
_KEEP = {
    "hugeint": _WHOLE, "uhugeint": _WHOLE, "bignum": _WHOLE,
    "timestamp_ns": _NANOSECONDS, "time_ns": _NANOSECONDS,
    "time with time zone": _MICROSECONDS, "interval": _MICROSECONDS,
    '"char"': (r"(?s)^..", "it keeps one character"),
}  # fmt: skip
_NUMERIC = re.compile(r"numeric\(\d+,(\d+)\)(\[\])+")
_SECONDS = re.compile(r"(timestamp|time|interval)(?:\((\d)\))?(?: (with|without) time zone)?((?:\[\])*)")
_RANGES = {"tsrange": "timestamp without time zone[]", "tsmultirange": "timestamp without time zone[]"}
_DAYS = re.compile(r"date(\[\])+|date(multi)?range")
_TIME_OF_DAY = r"[T ][0-9:.]*[1-9]"
_OFFSET = r":[0-9.]+ ?[-+](?:0[1-9]|1[0-9]|00:?(?:0[1-9]|[1-9]))"


def as_written(texts: pl.Series, native: str, dialect: Dialect) -> pl.Series:
    """JSON as the database writes a type that has values inside."""
    is_array = dialect.name == "postgresql" and native.endswith("[]")
    if not is_array and not (dialect.rounds_inside and is_nested(native) and "MAP(" not in native):
        return texts
    # Few tables have such columns, and reading JSON takes its time to import.
    from intakegateway.connectors.sql import nested_json

    return nested_json.postgresql_arrays(texts, native) if is_array else nested_json.duckdb_nested(texts)


@cache
def kept_of(native: str) -> tuple[str, str] | None:
    """A pattern of texts of which that type would round or cut something without a word, and why."""
    word = native.lower()
    if word in _KEEP:
        return _KEEP[word]
    if found := _NUMERIC.fullmatch(word):
        return rf"\.[0-9]{{{found[1]}}}[0-9]*[1-9]|[eE]-", f"it keeps {found[1]} digits after the point"
    if _DAYS.fullmatch(word):
        return _TIME_OF_DAY, "a date would lose the time of day"
    found = _SECONDS.fullmatch(_RANGES.get(word, word))
    if found is None or not (found[4] or found[1] == "interval"):
        return None
    digits = int(found[2] or 6)
    pattern, why = rf"\.[0-9]{{{digits}}}[0-9]*[1-9]", f"it keeps {digits} digits of a second"
    if found[1] == "timestamp" and found[3] == "without":
        return f"{pattern}|{_OFFSET}", f"{why}, and no offset"
    return pattern, why
