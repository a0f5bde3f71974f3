"""Nested records (as JSON has them) into frames: one column per dotted path, nothing lost on the way.

What becomes of a value:

- Objects become columns named ``parent.child``. A missing key, ``null`` and ``{}`` are all null.
- Arrays become JSON text, or their elements joined by a comma.
- A column is Int64, Float64 or Boolean when all its values in the chunk are; otherwise it is String: texts
  as they are, numbers and booleans as JSON writes them, arrays as JSON text.
- Where some records have an object and others a plain value or an array, the latter stay in a column of the
  parent's own name.
- A key that would give a name that is taken already (``{"a.b": 1, "a": {"b": 2}}``) gets a number.
- An element that is not an object is a broken record (``NOT_AN_OBJECT``), unless the first one is none:
  then all go to a column ``value``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from operator import itemgetter
from typing import Any, Literal

import polars as pl

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk, Locators
from intakegateway.connectors.json_parsing import dumps, number_text, parse_json, uncollected
from intakegateway.model.errors import SourceError

__all__ = ["FieldNames", "Flattener", "flatten", "joined", "parse_json"]

Arrays = Literal["json", "join"]
Record = dict[str, Any]

VALUE = "value"
"""The column of records that are not objects."""
MAX_DEPTH = 40
"""Objects nested deeper than this stay JSON text."""
MAX_KEYS = 1_000
"""A nested object with more different keys than this in one chunk holds data in its keys: JSON text."""
MAX_FIELDS = 10_000
"""Columns that a chunk may have."""

_NOTHING: Record = {}
_NUMBERS: dict[type, type[pl.DataType]] = {int: pl.Int64, float: pl.Float64, bool: pl.Boolean}


def flatten(
    records: list[Any], *, arrays: Arrays = "json", warnings: list[str] | None = None
) -> pl.DataFrame:
    """A frame with one row per record, in order, and one column per dotted path, first seen first.

    Records that are not objects stand in the column ``value``. Raises ``SourceError`` for text with half a
    surrogate pair and for more than 10,000 fields; ``Flattener`` makes broken records of the former.
    """
    flattener = Flattener(arrays=arrays, warnings=warnings)
    try:
        return flattener.frame([r if isinstance(r, dict) else {VALUE: r} for r in records])
    except UnicodeEncodeError:
        raise SourceError("A text holds half of a surrogate pair, which no text can.") from None


class Flattener:
    """Flattens the records of one source, chunk by chunk, with the same names throughout.

    ``keep`` names array fields that stay JSON text even when arrays are joined (the one to explode).
    ``warnings`` takes one sentence per field and oddity.
    """

    def __init__(
        self, *, arrays: Arrays = "json", keep: Iterable[str] = (), warnings: list[str] | None = None
    ) -> None:
        self._arrays: Arrays = arrays
        self._keep = frozenset(keep)
        self._names = FieldNames(warnings if warnings is not None else [])
        self._scalars: bool | None = None

    def chunk(
        self,
        records: list[Any],
        template: str,
        a: pl.Series,
        b: pl.Series | None = None,
        *,
        broken: list[tuple[str, str, str, str]] | None = None,
        bytes: int = 0,
        nul: bool = True,
    ) -> Chunk:
        """A chunk of records with their places.

        ``broken`` are records that the caller could not parse, as rows of ``BROKEN_SCHEMA``; those that
        are found here join them: elements that are not objects, text with half a surrogate pair.
        """
        places = Locators(template, a, b)
        lost = broken if broken is not None else []
        good = self._which_are_objects(records, places, lost)
        if good is not None:
            records, places = [records[i] for i in good], _take(places, good)
        rows = [{VALUE: record} for record in records] if self._scalars else records
        try:
            frame = self.frame(rows)
        except UnicodeEncodeError:
            whole = [i for i, row in enumerate(rows) if _is_text(row)]
            words = places.words()
            for i in sorted(set(range(len(rows))) - set(whole)):
                message = "A text holds half of a surrogate pair, which no text can."
                lost.append((words[i], _escaped(rows[i]), "INVALID_JSON", message))
            frame, places = self.frame([rows[i] for i in whole]), _take(places, whole)
        table = pl.DataFrame(lost, schema=BROKEN_SCHEMA, orient="row") if lost else None
        return Chunk(frame, places, table, bytes, nul)

    def frame(self, records: list[Record]) -> pl.DataFrame:
        """One row per object. Raises ``UnicodeEncodeError`` for text with half a surrogate pair."""
        columns: dict[str, pl.Series] = {}
        with uncollected():
            self._level((), records, _keys(records), columns)
        if not columns:
            return pl.DataFrame(height=len(records)) if records else pl.DataFrame()
        return pl.DataFrame(list(columns.values()))

    def _which_are_objects(
        self, records: list[Any], places: Locators, lost: list[tuple[str, str, str, str]]
    ) -> list[int] | None:
        """The positions of the records to keep, or None for all; the others are added to ``lost``."""
        if self._scalars is None and records:
            self._scalars = not isinstance(records[0], dict)
        if self._scalars or set(map(type, records)) <= {dict}:
            return None
        words = places.words()
        good = []
        for i, record in enumerate(records):
            if isinstance(record, dict):
                good.append(i)
                continue
            message = f"The record is {_a_kind(record)} where others are objects."
            lost.append((words[i], _escaped(record), "NOT_AN_OBJECT", message))
        return good

    def _level(
        self, path: tuple[str, ...], records: list[Record], keys: list[str], columns: dict[str, pl.Series]
    ) -> None:
        if len(columns) + len(keys) > MAX_FIELDS:
            raise SourceError(
                f"The records have more than {MAX_FIELDS:,} different fields.",
                hint="If their keys are data, pick the records below them by a JSONPath such as '$.items.*'.",
            )
        for key, values in zip(keys, _by_key(records, keys), strict=True):
            kinds = set(map(type, values))
            kinds.discard(type(None))
            here = (*path, key)
            if dict in kinds:
                self._objects(here, values, kinds, columns)
            else:
                self._leaf(here, values, kinds, columns)

    def _objects(
        self, path: tuple[str, ...], values: Sequence[Any], kinds: set[type], columns: dict[str, pl.Series]
    ) -> None:
        below = [value if type(value) is dict else _NOTHING for value in values]
        keys = _keys(below)
        if len(path) >= MAX_DEPTH or len(keys) > MAX_KEYS:
            why = (
                f"is more than {MAX_DEPTH} levels deep"
                if len(path) >= MAX_DEPTH
                else "holds data in its keys"
            )
            self._names.warn(f"The field '{self._names.name(path)}' {why}: it stays JSON text.")
            self._leaf(path, values, kinds, columns)
            return
        if len(kinds) > 1:
            rest = [None if type(value) is dict else value for value in values]
            self._leaf(path, rest, kinds - {dict}, columns)
            self._names.warn(
                f"The field '{self._names.name(path)}' is an object in some records, but not in all."
            )
        elif not keys:
            self._leaf(path, [None] * len(values), set(), columns)
        self._level(path, below, keys, columns)

    def _leaf(
        self, path: tuple[str, ...], values: Sequence[Any], kinds: set[type], columns: dict[str, pl.Series]
    ) -> None:
        name = self._names.name(path)
        if list in kinds and self._arrays == "join" and name not in self._keep:
            values = [joined(value) if type(value) is list else value for value in values]
            kinds = (kinds - {list}) | {str}
        columns[name] = pl.Series(name, *_typed(values, kinds))


class FieldNames:
    """A unique name for each path, the same one every time; ``warnings`` takes what is odd about it."""

    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings
        self._names: dict[tuple[str, ...], str] = {}
        self._taken: set[str] = set()

    def name(self, path: tuple[str, ...]) -> str:
        """The dotted name of ``path``, with a number where another path has that name already."""
        known = self._names.get(path)
        if known is not None:
            return known
        plain = ".".join(piece or "_" for piece in path)
        name, number = plain, 1
        while name in self._taken:
            number += 1
            name = f"{plain}_{number}"
        if name != plain:
            self.warn(f"Two fields are called '{plain}': the second one is '{name}'.")
        if "" in path:
            self.warn(f"A field without a name is called '{name}'.")
        self._names[path] = name
        self._taken.add(name)
        return name

    def warn(self, sentence: str) -> None:
        """Add a warning, once."""
        if sentence not in self._warnings:
            self._warnings.append(sentence)


def _keys(records: list[Record]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(records)))


def _by_key(records: list[Record], keys: list[str]) -> Iterator[Sequence[Any]]:
    """The values of each key, one a record."""
    if set(map(len, records)) == {len(keys)}:
        for key in keys:
            yield list(map(itemgetter(key), records))
        return
    for key in keys:
        yield [record.get(key) for record in records]


def _typed(values: Sequence[Any], kinds: set[type]) -> tuple[Sequence[Any], type[pl.DataType]]:
    if len(kinds) <= 1:
        kind = next(iter(kinds), str)
        if kind is str:
            return values, pl.String
        if kind in _NUMBERS and (kind is not int or _fits(values)):
            return values, _NUMBERS[kind]
    if kinds == {list}:
        return [None if value is None else dumps(value) for value in values], pl.String
    return [None if value is None else _TEXTS.get(type(value), dumps)(value) for value in values], pl.String


def _fits(values: Sequence[int | None]) -> bool:
    there = [value for value in values if value is not None]
    return min(there) >= -(1 << 63) and max(there) < 1 << 63


_TEXTS: dict[type, Callable[[Any], str]] = {str: str, int: str, float: number_text, Decimal: number_text}


def joined(array: list[Any]) -> str:
    """The elements of an array as texts, separated by commas; a null is empty."""
    return ",".join("" if value is None else _TEXTS.get(type(value), dumps)(value) for value in array)


def _take(places: Locators, rows: list[int]) -> Locators:
    at = pl.Series(rows, dtype=pl.Int64)
    return Locators(
        places.template, places.a.gather(at), places.b.gather(at) if places.b is not None else None
    )


def _is_text(record: Record) -> bool:
    try:
        dumps(record)
    except UnicodeEncodeError:
        return False
    return True


def _escaped(record: Any) -> str:
    try:
        return dumps(record)
    except UnicodeEncodeError:
        return repr(record)


def _a_kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {list: "an array", str: "a text", bool: "a boolean"}
    return names.get(type(value), "a number")
