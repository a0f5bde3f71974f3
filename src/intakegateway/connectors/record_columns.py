"""The values that records have at one path, as Python objects, into one column of the narrowest type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from operator import itemgetter
from typing import Any

import orjson
import polars as pl

from intakegateway.connectors.json_parsing import dumps, json_number, number_text

Record = dict[str, Any]

_PLAIN: dict[type, type[pl.DataType]] = {
    str: pl.String,
    int: pl.Int64,
    float: pl.Float64,
    bool: pl.Boolean,
}
_LINE = orjson.Fragment(b"\n")
_TEXTS: dict[type, Callable[[Any], str]] = {str: str, int: str, float: number_text, Decimal: number_text}


def kinds_of(values: Iterable[Any]) -> set[type]:
    """The types of all values but the nulls."""
    kinds = set(map(type, values))
    kinds.discard(type(None))
    return kinds


def keys_of(records: Iterable[Record]) -> list[str]:
    """All keys, in the order in which they are first seen."""
    return list(dict.fromkeys(chain.from_iterable(records)))


def values_by_key(records: Sequence[Record], keys: Sequence[str]) -> Iterator[list[Any]]:
    """The values of each of ``keys``, which are all that the records have, one value a record."""
    if set(map(len, records)) == {len(keys)}:
        for key in keys:
            yield list(map(itemgetter(key), records))
        return
    for key in keys:
        yield [record.get(key) for record in records]


def if_text(values: Sequence[Any]) -> pl.Series | None:
    """A column of texts and nulls, or None when there are other values (or only nulls).

    As ``typed`` after ``kinds_of``, but with one look at the values. Raises as ``typed`` does.
    """
    if type(next(filter(None, values), None)) is not str:
        return None
    try:
        return pl.Series(values, dtype=pl.String)
    except TypeError:
        return None


def typed(values: Sequence[Any], kinds: set[type]) -> pl.Series:
    """A column of values of these kinds (nulls apart).

    Int64, Float64 or Boolean when all values are; else String: texts as they are, anything else as JSON
    writes it. Raises ``UnicodeEncodeError`` for text with half a surrogate pair.
    """
    if len(kinds) <= 1:
        kind = next(iter(kinds), str)
        if kind is list:
            return _json_texts(values)
        if kind in _PLAIN:
            try:
                return pl.Series(values, dtype=_PLAIN[kind])
            except TypeError:  # integers beyond 64 bits
                pass
    return pl.Series([None if value is None else text_of(value) for value in values], dtype=pl.String)


def _json_texts(values: Sequence[Any]) -> pl.Series:
    """Arrays (one at least) as JSON text, each as ``dumps`` writes it; nulls stay null."""
    # All at once, with newlines between, which compact JSON does not have: a call for each costs 30 times as much.
    spaced: list[Any] = [_LINE] * (2 * len(values) - 1)
    spaced[::2] = values
    try:
        text = orjson.dumps(spaced, default=json_number).decode()
    except orjson.JSONEncodeError:
        return pl.Series([None if value is None else dumps(value) for value in values], dtype=pl.String)
    parts = text[1:-1].split(",\n,")
    if "null" in parts:
        return pl.Series([None if part == "null" else part for part in parts], dtype=pl.String)
    return pl.Series(parts, dtype=pl.String)


def text_of(value: Any) -> str:
    """One value as text."""
    return _TEXTS.get(type(value), dumps)(value)


def joined(array: list[Any]) -> str:
    """The elements of an array as texts, separated by commas; a null is empty."""
    return ",".join("" if value is None else text_of(value) for value in array)


def united(parts: Sequence[pl.Series | None], heights: Sequence[int]) -> pl.Series:
    """Columns of ``typed`` below each other, as if ``typed`` had seen all their values at once.

    None stands for as many nulls as its height.
    """
    full = [part is not None and part.null_count() < part.len() for part in parts]
    types = {part.dtype for part, has in zip(parts, full, strict=True) if has and part is not None}
    dtype = types.pop() if len(types) == 1 else pl.String()
    whole = [
        (part if part.dtype == dtype else _as_texts(part))
        if has and part is not None
        else pl.repeat(None, height, dtype=dtype, eager=True)
        for part, has, height in zip(parts, full, heights, strict=True)
    ]
    return whole[0] if len(whole) == 1 else pl.concat(whole, rechunk=True)


def _as_texts(numbers: pl.Series) -> pl.Series:
    if numbers.dtype == pl.Float64:
        return pl.Series(
            [None if value is None else number_text(value) for value in numbers.to_list()], dtype=pl.String
        )
    return numbers.cast(pl.String)
