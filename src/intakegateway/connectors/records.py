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

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import polars as pl

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk, Locators
from intakegateway.connectors.field_names import FieldNames
from intakegateway.connectors.gathering import (
    MAX_DEPTH,
    MAX_FIELDS,
    MAX_KEYS,
    Gathered,
    Seen,
    Unfit,
    check_width,
    gather,
)
from intakegateway.connectors.json_parsing import dumps_or_repr, is_text, parse_json, uncollected
from intakegateway.connectors.record_columns import (
    Record,
    joined,
    keys_of,
    kinds_of,
    typed,
    united,
    values_by_key,
)
from intakegateway.model.errors import SourceError

__all__ = ["MAX_FIELDS", "MAX_KEYS", "SLICE", "FieldNames", "Flattener", "flatten", "joined", "parse_json"]

Arrays = Literal["json", "join"]

VALUE = "value"
"""The column of records that are not objects."""
SLICE = 1_000
"""Records that are taken apart at once."""

_NOTHING: Record = {}


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
        self._unfit = False

    def chunk(
        self,
        records: list[Any] | Callable[[], list[Any]],
        template: str,
        a: pl.Series,
        b: pl.Series | None = None,
        *,
        broken: list[tuple[str, str, str, str]] | None = None,
        bytes: int = 0,
        nul: bool = True,
        gathered: Sequence[Gathered | None] = (),
    ) -> Chunk:
        """A chunk of records with their places.

        ``broken`` are records that the caller could not parse, as rows of ``BROKEN_SCHEMA``; those that
        are found here join them: elements that are not objects, text with half a surrogate pair.
        ``gathered`` are the columns of all the records by ``gather``, so that these are only asked for
        where that was not possible.
        """
        places = Locators(template, a, b)
        lost = broken if broken is not None else []
        frame = self._joined(gathered) if gathered else None
        if frame is None:
            frame, places = self._careful(records() if callable(records) else records, places, lost)
        table = pl.DataFrame(lost, schema=BROKEN_SCHEMA, orient="row") if lost else None
        return Chunk(frame, places, table, bytes, nul)

    def _careful(
        self, records: list[Any], places: Locators, lost: list[tuple[str, str, str, str]]
    ) -> tuple[pl.DataFrame, Locators]:
        """The frame of the good records and their places; the others are added to ``lost``."""
        good = self._which_are_objects(records, places, lost)
        if good is not None:
            records, places = [records[i] for i in good], _take(places, good)
        rows = [{VALUE: record} for record in records] if self._scalars else records
        try:
            return self.frame(rows), places
        except UnicodeEncodeError:
            whole = [i for i, row in enumerate(rows) if is_text(row)]
            words = places.words()
            for i in sorted(set(range(len(rows))) - set(whole)):
                message = "A text holds half of a surrogate pair, which no text can."
                lost.append((words[i], dumps_or_repr(rows[i]), "INVALID_JSON", message))
            return self.frame([rows[i] for i in whole]), _take(places, whole)

    def gather(self, records: list[Any]) -> Gathered | None:
        """The columns of some records of a chunk, for ``chunk`` or ``join``; None where that cannot be.

        It may be called in another thread than the other methods.
        """
        if self._unfit or self._scalars or self._arrays == "join":
            return None
        try:
            return gather(records)
        except Unfit:
            self._unfit = True
            return None

    def frame(self, records: list[Record]) -> pl.DataFrame:
        """One row per object. Raises ``UnicodeEncodeError`` for text with half a surrogate pair."""
        parts = []
        for at in range(0, len(records), SLICE):
            parts.append(self.gather(records[at : at + SLICE]))
            if parts[-1] is None:
                break
        frame = self._joined(parts) if parts else None
        if frame is not None:
            return frame
        columns: dict[str, pl.Series] = {}
        with uncollected():
            self._level((), records, keys_of(records), columns)
        return _framed(columns, len(records))

    def _joined(self, gathered: Sequence[Gathered | None]) -> pl.DataFrame | None:
        """The frame of records that were gathered; None when they must be seen all together."""
        parts = [part for part in gathered if part is not None]
        if len(parts) < len(gathered) or self._scalars:
            return None
        columns: dict[str, pl.Series] = {}
        heights = [part.height for part in parts]
        if self._scalars is None and any(heights):
            self._scalars = False
        try:
            self._join((), [part.fields for part in parts], heights, columns)
        except Unfit:
            self._unfit = True
            return None
        return _framed(columns, sum(heights))

    def _join(
        self,
        path: tuple[str, ...],
        levels: Sequence[dict[str, Seen] | None],
        heights: Sequence[int],
        columns: dict[str, pl.Series],
    ) -> None:
        """As ``_level``, for levels that were gathered apart."""
        keys = keys_of(level for level in levels if level)
        if path and len(keys) > MAX_KEYS:
            raise Unfit
        check_width(len(columns) + len(keys))
        for key in keys:
            here = (*path, key)
            seen = [level.get(key) if level else None for level in levels]
            plain = [one.plain if one else None for one in seen]
            below = [one.below if one else None for one in seen]
            is_object = any(level is not None for level in below)
            is_plain = any(part is not None and part.null_count() < part.len() for part in plain)
            if is_plain or not any(below):
                name = self._names.name(here)
                columns[name] = united(plain, heights).alias(name)
                if is_plain and is_object:
                    self._warn_of_both(name)
            if is_object:
                self._join(here, below, heights, columns)

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
            lost.append((words[i], dumps_or_repr(record), "NOT_AN_OBJECT", message))
        return good

    def _level(
        self, path: tuple[str, ...], records: list[Record], keys: list[str], columns: dict[str, pl.Series]
    ) -> None:
        check_width(len(columns) + len(keys))
        for key, values in zip(keys, values_by_key(records, keys), strict=True):
            kinds = kinds_of(values)
            here = (*path, key)
            if dict in kinds:
                self._objects(here, values, kinds, columns)
            else:
                self._leaf(here, values, kinds, columns)

    def _objects(
        self, path: tuple[str, ...], values: Sequence[Any], kinds: set[type], columns: dict[str, pl.Series]
    ) -> None:
        below = [value if type(value) is dict else _NOTHING for value in values]
        keys = keys_of(below)
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
            self._warn_of_both(self._names.name(path))
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
        columns[name] = typed(values, kinds).alias(name)

    def _warn_of_both(self, name: str) -> None:
        self._names.warn(f"The field '{name}' is an object in some records, but not in all.")


def _framed(columns: dict[str, pl.Series], height: int) -> pl.DataFrame:
    if not columns:
        return pl.DataFrame(height=height) if height else pl.DataFrame()
    return pl.DataFrame(list(columns.values()))


def _take(places: Locators, rows: list[int]) -> Locators:
    at = pl.Series(rows, dtype=pl.Int64)
    return Locators(
        places.template, places.a.gather(at), places.b.gather(at) if places.b is not None else None
    )


def _a_kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {list: "an array", str: "a text", bool: "a boolean"}
    return names.get(type(value), "a number")
