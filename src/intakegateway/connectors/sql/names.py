"""Names of tables and columns: taken apart, and made to fit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from intakegateway.model.errors import DestinationError
from intakegateway.model.schema import TableName

_MARKS = {'"': '"', "`": "`", "[": "]"}


def parse_table_name(text: str) -> TableName:
    """Read ``orders``, ``sales.orders`` or ``"my schema"."order.items"``.

    A part in double quotes or backticks may hold dots; a doubled quote stands for one. Raises
    ``DestinationError`` when there are more than two parts, an empty one or an open quote.
    """
    parts, position = [""], 0
    while position < len(text):
        mark = text[position]
        if mark in _MARKS and not parts[-1]:
            part, position = _quoted(text, position + 1, _MARKS[mark])
            parts[-1] = part
            if position < len(text) and text[position] != ".":
                raise DestinationError(f"'{text}' is not a table name: a '.' or the end must follow a quote.")
        elif mark == ".":
            parts.append("")
            position += 1
        else:
            parts[-1] += mark
            position += 1
    if len(parts) > 2 or not all(parts):
        raise DestinationError(
            f"'{text}' is not a table name.",
            hint='Allowed: table or schema.table; put double quotes around a part that holds a dot: "a.b".',
        )
    return TableName(parts[-1], parts[0] if len(parts) == 2 else "")


def _quoted(text: str, start: int, end_mark: str) -> tuple[str, int]:
    read, position = "", start
    while (end := text.find(end_mark, position)) >= 0:
        read += text[position:end]
        if text[end + 1 : end + 2] != end_mark:
            return read, end + 1
        read, position = read + end_mark, end + 2
    raise DestinationError(f"'{text}' is not a table name: the quote is never closed.")


def fit_bmp_names(names: Iterable[str], max_bytes: int, folds_case: bool) -> dict[str, str]:
    """``fit_names`` for a system whose names end at the Basic Multilingual Plane.

    Other characters become an underscore, and the name gets six digits of its own hash.
    """
    wanted = list(dict.fromkeys(names))
    plain = {name: _within_bmp(name) for name in wanted}
    fitted = fit_names(plain.values(), max_bytes, folds_case)
    return {name: fitted[plain[name]] for name in wanted}


def _within_bmp(name: str) -> str:
    kept = "".join(character if character <= "\uffff" else "_" for character in name)
    return name if kept == name else f"{kept}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def fit_names(names: Iterable[str], max_bytes: int, folds_case: bool) -> dict[str, str]:
    """Names as a system takes them: each as it is where it fits, else cut, and all different.

    A name of more than ``max_bytes`` UTF-8 bytes is cut at a character and gets six digits of its
    own hash, so that it is called the same whatever stands beside it. ``folds_case``: names that
    differ by letter case alone are told apart by a number. Names that need no change keep theirs.
    """
    wanted = list(dict.fromkeys(names))
    plain = {name: _cut(name.replace("\0", "") or "column", max_bytes) for name in wanted}
    fold = _folded if folds_case else _exact
    taken: set[str] = set()
    fitted: dict[str, str] = {}
    for name in sorted(wanted, key=lambda name: plain[name] != name):
        candidate, number = plain[name], 1
        while not taken.isdisjoint(fold(candidate)):
            number += 1
            ending = f"_{number}"
            candidate = _shorten(plain[name], max_bytes - len(ending)) + ending
        taken.update(fold(candidate))
        fitted[name] = candidate
    return {name: fitted[name] for name in wanted}


def _exact(name: str) -> tuple[str, ...]:
    return (name,)


def _folded(name: str) -> tuple[str, ...]:
    """What a name is compared by, letter case aside: as Unicode says, and character by character."""
    return name.casefold(), "".join(character.lower()[:1] for character in name)


def _cut(name: str, max_bytes: int) -> str:
    if len(name.encode()) <= max_bytes:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{_shorten(name, max_bytes - 7)}_{digest}"


def _shorten(name: str, max_bytes: int) -> str:
    return name.encode()[:max_bytes].decode(errors="ignore")
