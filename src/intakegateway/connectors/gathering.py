"""The records of one page into columns while they are at hand, to be put below those of other pages later.

Records are many small objects all over the memory: to take their values right after they were parsed, and
to let go of them before the next ones come, takes half of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import polars as pl
from msgspec import Struct

from intakegateway.connectors.json_parsing import uncollected
from intakegateway.connectors.record_columns import Record, if_text, keys_of, kinds_of, typed, values_by_key
from intakegateway.model.errors import SourceError

MAX_DEPTH = 40
"""Objects nested deeper than this stay JSON text."""
MAX_KEYS = 1_000
"""A nested object with more different keys than this in one chunk holds data in its keys: JSON text."""
MAX_FIELDS = 10_000
"""Columns that a chunk may have."""

_NOTHING: Record = {}


class Unfit(Exception):
    """Records that have to be seen all together: what is inside stays text."""


class Seen(Struct, frozen=True):
    """What records have at one path: plain values and arrays (None: no column of them), and objects."""

    plain: pl.Series | None
    below: dict[str, Seen] | None


class Gathered(Struct, frozen=True):
    """The columns of some records."""

    height: int
    fields: dict[str, Seen]


def gather(records: Sequence[Any]) -> Gathered | None:
    """The columns of ``records``, or None when some are no objects or have a text that is none.

    Raises ``Unfit`` where objects are nested too deep or have too many keys.
    """
    if not set(map(type, records)) <= {dict}:
        return None
    try:
        with uncollected():
            return Gathered(len(records), _level(records, 1, MAX_FIELDS))
    except UnicodeEncodeError:
        return None


def check_width(fields: int) -> None:
    """Raise ``SourceError`` for more fields than a chunk may have."""
    if fields > MAX_FIELDS:
        raise SourceError(
            f"The records have more than {MAX_FIELDS:,} different fields.",
            hint="If their keys are data, pick the records below them by a JSONPath such as '$.items.*',"
            " with 'key_field' for the keys.",
        )


def _level(records: Sequence[Record], depth: int, most: int) -> dict[str, Seen]:
    fields: dict[str, Seen] = {}
    for key, values in _columns(records, most):
        texts = if_text(values)
        if texts is not None:
            fields[key] = Seen(texts, None)
            continue
        kinds = kinds_of(values)
        fields[key] = _seen(values, kinds, depth) if dict in kinds else Seen(typed(values, kinds), None)
    return fields


def _columns(records: Sequence[Record], most: int) -> Iterable[tuple[str, list[Any]]]:
    first = records[0] if records else _NOTHING
    if len(first) <= most and set(map(len, records)) == {len(first)}:
        # The usual case: all have the keys of the first one, which shows when they are used.
        try:
            return [(key, list(map(itemgetter(key), records))) for key in first]
        except KeyError:
            pass
    keys = keys_of(records)
    if len(keys) > most:
        raise Unfit
    return zip(keys, values_by_key(records, keys), strict=True)


def _seen(values: list[Any], kinds: set[type], depth: int) -> Seen:
    if depth >= MAX_DEPTH:
        raise Unfit
    others = kinds - {dict}
    plain = typed([None if type(v) is dict else v for v in values], others) if others else None
    objects = [value if type(value) is dict else _NOTHING for value in values]
    return Seen(plain, _level(objects, depth + 1, MAX_KEYS))
