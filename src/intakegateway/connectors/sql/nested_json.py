"""JSON rewritten as databases read the lists and objects of their own types."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
import polars as pl

from intakegateway.connectors.json_parsing import dumps, loads

_ESCAPED = r"\\[bfnrtu/]"
_A_LIST = r"^\s*\[\s*([^-+\d\s]|[-+\d.eE]+\s*[,\]])"
"""A list of JSON; an array of PostgreSQL may begin with its bounds (``[0:2]={…}``)."""
_JSON_ELEMENTS = re.compile(r"jsonb?(\[\])+")
_SPECIAL = str.maketrans({"\\": "\\\\", '"': '\\"'})


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
