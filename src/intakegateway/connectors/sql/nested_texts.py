"""Texts for columns that only the database understands: in its own words, and what it would round away."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
import polars as pl

from intakegateway.connectors.json_parsing import dumps, loads
from intakegateway.connectors.sql.dialect import Dialect
from intakegateway.connectors.sql.nested_duckdb import is_nested

_ESCAPED = r"\\[bfnrtu/]"
_A_LIST = r"^\s*\[\s*([^-+\d\s]|[-+\d.eE]+\s*[,\]])"
"""A list of JSON; an array of PostgreSQL may begin with its bounds (``[0:2]={…}``)."""
_JSON_ELEMENTS = re.compile(r"jsonb?(\[\])+")
_SPECIAL = str.maketrans({"\\": "\\\\", '"': '\\"'})


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
    if dialect.name == "postgresql" and native.endswith("[]"):
        return postgresql_arrays(texts, native)
    if dialect.rounds_inside and is_nested(native) and "MAP(" not in native:
        return duckdb_nested(texts)
    return texts


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


def postgresql_arrays(texts: pl.Series, native: str) -> pl.Series:
    """Lists in JSON as PostgreSQL writes arrays: ``["a", null]`` as ``{"a",NULL}``. The rest as it is."""
    element = _json_element if _JSON_ELEMENTS.fullmatch(native) else _array
    return _rewritten(texts, texts.str.contains(_A_LIST), element)


def duckdb_nested(texts: pl.Series) -> pl.Series:
    """JSON without those escapes that DuckDB would take for the letter behind the backslash."""
    return _rewritten(texts, texts.str.contains(_ESCAPED), _without_escapes)


def _rewritten(texts: pl.Series, mask: pl.Series, write: Callable[[Any], str]) -> pl.Series:
    if not mask.any():
        return texts
    given = texts.filter(mask).unique()
    made = pl.Series(given.name, [_written(text, write) for text in given.to_list()], dtype=pl.String)
    return texts.replace(given, made)


def _written(text: str, write: Callable[[Any], str]) -> str:
    try:
        return write(loads(text.encode()))
    except orjson.JSONDecodeError:
        return text


def _array(value: Any) -> str:
    if type(value) is list:
        return f"{{{','.join(_array(element) for element in value)}}}"
    if value is None:
        return "NULL"
    text = value if type(value) is str else dumps(value)
    return f'"{text.translate(_SPECIAL)}"'


def _json_element(value: list[Any]) -> str:
    texts = ["NULL" if element is None else f'"{dumps(element).translate(_SPECIAL)}"' for element in value]
    return f"{{{','.join(texts)}}}"


def _without_escapes(value: Any) -> str:
    match value:
        case list():
            return f"[{', '.join(map(_without_escapes, value))}]"
        case dict():
            inside = (f'"{key.translate(_SPECIAL)}": {_without_escapes(of)}' for key, of in value.items())
            return f"{{{', '.join(inside)}}}"
        case str():
            return f'"{value.translate(_SPECIAL)}"'
        case _:
            return dumps(value)
