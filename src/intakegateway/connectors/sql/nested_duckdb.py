"""What DuckDB would round or cut inside of its lists, objects and maps, as SQL that finds it.

Its casts take ``[1.5]`` for an ``INTEGER[]`` and make a 2 of it. So a text is cast a second time, with every
type inside replaced by ``VARCHAR``, and what is seen then is asked whether its own type keeps all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

_FINER = {"timestamp_s": 0, "timestamp_ms": 3, "timestamp_ns": 9}
_INTEGERS = frozenset({
    "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint",
    "uhugeint", "bignum",
})  # fmt: skip
_MOMENTS = ("timestamp", "time")
_LIST = re.compile(r"\[\d*\]$")
_DECIMAL = re.compile(r"decimal\(\d+,\s*(\d+)\)", re.IGNORECASE)
_PART = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|[(),]|[^"\'(),]+')
_MEMBER = re.compile(r'("(?:[^"]|"")*"|\S+)\s+(.+)', re.DOTALL)


class _Type(Struct, frozen=True):
    """``word`` is ``list``, ``map`` (key, value), ``struct`` (a member for each name) or a plain type."""

    word: str
    inside: tuple[_Type, ...] = ()
    names: tuple[str, ...] = ()


def is_nested(native: str) -> bool:
    """Whether values of that type have others inside."""
    return bool(_LIST.search(native)) or native.startswith(("STRUCT(", "MAP("))


def loses(native: str, cast: Callable[[str], str]) -> str:
    """SQL that is true for a text of which a nested type would keep less; empty: it keeps all or refuses.

    ``cast`` gives SQL that turns the text into a value of a type.
    """
    of = _read(native)
    condition = _loses(of, "v", 0)
    if not condition:
        return ""
    seen = f"TRY({cast(_texts(of))})"
    return f"len(list_filter([{seen}], lambda v: COALESCE({condition}, FALSE))) > 0"


def _read(native: str) -> _Type:
    native = native.strip()
    if found := _LIST.search(native):
        return _Type("list", (_read(native[: found.start()]),))
    if native.startswith("MAP(") and native.endswith(")"):
        return _Type("map", tuple(_read(part) for part in _parts(native[4:-1])))
    if native.startswith("STRUCT(") and native.endswith(")"):
        members = [found for part in _parts(native[7:-1]) if (found := _MEMBER.fullmatch(part))]
        return _Type("struct", tuple(_read(one[2]) for one in members), tuple(one[1] for one in members))
    return _Type(native)


def _parts(text: str) -> list[str]:
    """The pieces between commas that stand in no brackets and no quotes."""
    parts, depth = [""], 0
    for piece in _PART.findall(text):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and not depth:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _texts(of: _Type) -> str:
    """The type with texts in place of all plain types."""
    inside = [_texts(one) for one in of.inside]
    match of.word:
        case "list":
            return f"{inside[0]}[]"
        case "map":
            return f"MAP({', '.join(inside)})"
        case "struct":
            members = (f"{name} {one}" for name, one in zip(of.names, inside, strict=True))
            return f"STRUCT({', '.join(members)})"
        case _:
            return "VARCHAR"


def _loses(of: _Type, value: str, depth: int) -> str:
    match of.word:
        case "list":
            return _any_loses(of.inside[0], value, depth)
        case "map":
            sides = (f"map_keys({value})", f"map_values({value})")
            found = [_any_loses(one, side, depth) for one, side in zip(of.inside, sides, strict=True)]
        case "struct":
            found = [
                _loses(one, f"{value}.{name}", depth) for name, one in zip(of.names, of.inside, strict=True)
            ]
        case plain:
            return _plain_loses(plain.lower(), value)
    # One that is null must not hide the others.
    return " OR ".join(f"COALESCE({one}, FALSE)" for one in found if one)


def _any_loses(of: _Type, values: str, depth: int) -> str:
    name = f"v{depth}"
    condition = _loses(of, name, depth + 1)
    return condition and f"len(list_filter({values}, lambda {name}: COALESCE({condition}, FALSE))) > 0"


def _plain_loses(word: str, value: str) -> str:
    if word in _INTEGERS:
        return _has(value, r"\.[0-9_]*[1-9]|[eE]-")
    if found := _DECIMAL.fullmatch(word):
        return _has(value, rf"\.[0-9_]{{{found[1]}}}[0-9_]*[1-9]|[eE]-")
    if word == "date":
        midnight = r"[T ]00:00(:00(\.0*)?)?(Z|[+-]00(:?00)?)?\s*$"
        return f"({_has(value, '[0-9]:[0-9]')} AND NOT {_has(value, midnight)})"
    if word in ("float", "double"):
        return f"(isinf(TRY_CAST({value} AS {word})) AND NOT {_has(value, '[iI][nN][fF]')})"
    if word == "interval":
        return _has(value, r"\.[0-9]{6}[0-9]*[1-9]")
    if word.startswith(_MOMENTS):
        digits = _FINER.get(word, 6)
        finer = rf":[0-9]+\.[0-9]{{{digits}}}[0-9]*[1-9]"
        if word.endswith("with time zone"):
            return _has(value, finer)
        return _has(value, rf"{finer}|:[0-9.]+\s*[-+](0[1-9]|1[0-9]|00:?(0[1-9]|[1-9]))")
    return ""


def _has(value: str, pattern: str) -> str:
    return f"regexp_matches({value}, '{pattern}')"
