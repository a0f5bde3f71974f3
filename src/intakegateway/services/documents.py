"""Definitions as plain JSON: what may be kept, and how two of them differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from intakegateway.model.errors import DefinitionError

Path = tuple[str | int, ...]

DEEPEST = 40
"""Levels of nesting that a definition may have."""
MOST_PARTS = 10_000
"""Entries of a list whose entries have keys of their own, such as mappings and rules."""
MOST_VALUES = 100_000
"""Entries of any other list."""


def bounded(value: Any, path: Path = ()) -> None:
    """Refuse lists that nobody wrote and that take minutes to look through. Raises ``DefinitionError``."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            bounded(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        most = MOST_PARTS if value and isinstance(value[0], Mapping | list | tuple) else MOST_VALUES
        if len(value) > most:
            raise DefinitionError(f"this list has {len(value):,} entries; {most:,} are allowed.", path=path)
        for number, item in enumerate(value):
            if not isinstance(item, str):
                bounded(item, (*path, number))


def storable(value: Any, path: Path = ()) -> None:
    """Refuse what no database keeps as JSON. Raises ``DefinitionError`` with the key's path."""
    if len(path) > DEEPEST:
        raise DefinitionError(f"this is nested deeper than {DEEPEST} levels.", path=path[:3])
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, float) and not math.isfinite(value):
        raise DefinitionError("this number is not finite, which JSON does not know.", path=path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _check_text(str(key), path)
            storable(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            storable(item, (*path, number))


def _check_text(text: str, path: Path) -> None:
    if "\x00" in text:
        raise DefinitionError("a text in a definition cannot hold the NUL character.", path=path)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise DefinitionError("this text holds half of a character (a lone surrogate).", path=path) from None


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Each place where two documents differ: its path, the value before (None: not there) and after."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from differences(before.get(key), after.get(key), (*path, str(key)))
    elif isinstance(before, list) and isinstance(after, list):
        for number in range(max(len(before), len(after))):
            yield from differences(_at(before, number), _at(after, number), (*path, number))
    elif before != after or type(before) is not type(after):
        yield path, before, after


def _at(items: list[Any], number: int) -> Any:
    return items[number] if number < len(items) else None
