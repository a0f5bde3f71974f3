"""Keys that stand twice in one JSON object, of which every parser keeps just one value.

Whether a text has any is found by counting: JSON that is made of what was parsed has one key fewer for each
that was lost. Only a text that does not come out even is read once more, object by object.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson

from intakegateway.connectors.json_parsing import decimal_unless_exact, dumps, int_within_64_bits, json_number

REPEATED_KEY = "REPEATED_KEY"
"""The code of a record that has one."""

Lost = tuple[int, str, str, str]
"""The position of a record that cannot be read, its text, a code and a sentence."""


class _Repeating(dict[str, Any]):
    """An object in which ``key`` has two different values; ``pairs`` are all its members."""

    __slots__ = ("key", "pairs")
    key: str
    pairs: list[tuple[str, Any]]


def may_repeat_keys(text: bytes, value: Any) -> bool:
    """Whether a key may stand twice in an object of ``text``, which was parsed to ``value``.

    False is certain but for text that has blanks before some of its colons, and in as many other places.
    """
    try:
        again = orjson.dumps(value, default=json_number)
    except orjson.JSONEncodeError:
        return True
    return _keys(text) != _keys(again)


def without_repeats(text: bytes, records: list[Any]) -> tuple[list[int] | None, list[Lost]]:
    """The positions of the ``records``, which are the elements of the list ``text``, that have no such key.

    None stands for all. The others follow as what is lost.
    """
    if not may_repeat_keys(text, records):
        return None, []
    return sifted(marked(text))


def marked(text: bytes) -> Any:
    """The value of a JSON text that was parsed before, such objects marked for ``sifted``."""
    return json.loads(
        text, object_pairs_hook=_object, parse_float=decimal_unless_exact, parse_int=int_within_64_bits
    )


def sifted(records: Sequence[Any]) -> tuple[list[int] | None, list[Lost]]:
    """As ``without_repeats``, for records that are marked."""
    lost: list[Lost] = []
    for position, record in enumerate(records):
        key = repeated_key(record)
        if key is not None:
            sentence = f"The key '{key}' stands twice in one object, with different values."
            lost.append((position, _text(record), REPEATED_KEY, sentence))
    if not lost:
        return None, []
    bad = {position for position, *_ in lost}
    return [position for position in range(len(records)) if position not in bad], lost


def repeated_key(value: Any) -> str | None:
    """The first key that stands twice in a marked value, at any depth."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, _Repeating):
            return here.key
        if isinstance(here, dict):
            waiting.extend(reversed(here.values()))
        elif isinstance(here, list):
            waiting.extend(reversed(here))
    return None


def repeats_on_the_way(value: Any, keys: Sequence[str]) -> str | None:
    """The one of ``keys``, followed from the root of a marked value, that stands there twice."""
    for key in keys:
        if isinstance(value, _Repeating) and value.key == key:
            return key
        value = value.get(key) if isinstance(value, dict) else None
    return None


def with_field(name: str, value: Any, record: dict[str, Any]) -> dict[str, Any]:
    """A record with one more field before the others, marked if it was."""
    members = {name: value, **record}
    if not isinstance(record, _Repeating):
        return members
    repeating = _Repeating(members)
    repeating.key, repeating.pairs = record.key, [(name, value), *record.pairs]
    return repeating


def _keys(text: bytes) -> int:
    # Within a text, both are preceded by a backslash, in what was read as in what is written.
    return text.count(b'":') + text.count(b'" :')


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    for key, value in pairs:
        kept = members[key]
        if value is not kept and (type(value) is not type(kept) or value != kept):
            repeating = _Repeating(members)
            repeating.key, repeating.pairs = key, pairs
            return repeating
    return members


def _text(value: Any) -> str:
    """A marked value as JSON with all its members."""
    if isinstance(value, _Repeating):
        return "{" + ",".join(f"{dumps(key)}:{_text(member)}" for key, member in value.pairs) + "}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{dumps(key)}:{_text(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    return dumps(value)
