"""Which part of a JSON document holds the records: by a JSONPath, or found by looking."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from intakegateway.connectors.keyed_records import compiled, is_empty, keyed, lost_keys
from intakegateway.model.errors import SourceError, nearest

_STEP = re.compile(r"""\.?([^\s.\[\]'"*?@$()]+)|\[\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*\]""")
_USUAL = ("data", "items", "results", "records", "rows", "value", "values", "entries", "hits", "content")
_SEARCH_DEPTH = 5


class RecordsPath(Struct):
    """A JSONPath to records.

    ``keys`` are the object keys to follow when the path is as plain as ``$.data.items[*]``, else None.
    A list at its end stands for its elements, with or without ``[*]``; an object only with it for its values.
    ``key_field`` is a field that gets the key that each record stands under; without one, ``warnings`` takes
    a sentence about keys that are left out.
    """

    text: str
    keys: tuple[str, ...] | None
    key_field: str | None = None
    warnings: list[str] | None = None

    def pick(self, document: Any, what: str) -> list[Any]:
        """The records in a loaded document. Raises ``SourceError`` when the path leads nowhere."""
        if self.keys is None:
            return self._search(document, what)
        value = document
        for key in self.keys:
            if not isinstance(value, dict) or key not in value:
                known = list(value) if isinstance(value, dict) else []
                raise self.missing(key, known, what)
            value = value[key]
        if isinstance(value, dict) and self.text.endswith("*]"):
            self._say_what_is_lost(document)
            return list(value.values())
        return value if isinstance(value, list) else [value]

    def missing(self, key: str, known: list[str], what: str) -> SourceError:
        """The error for a path that leads nowhere: ``known`` are the keys that are there instead."""
        there = nearest(key, known) if known else "There are no keys at that place."
        return SourceError(f"'{self.text}' finds no records: there is no '{key}'.", where=what, hint=there)

    def _search(self, document: Any, what: str) -> list[Any]:
        path = compiled(self.text)
        if self.key_field is not None:
            found = keyed(document, path, self.key_field, what)
        else:
            found = path.findall(document)
            self._say_what_is_lost(document)
        if not found and not is_empty(document, self.text):
            known = ", ".join(list(document)[:20]) if isinstance(document, dict) else "a list"
            raise SourceError(
                f"'{self.text}' finds no records.", where=what, hint=f"The document has: {known}."
            )
        return found[0] if len(found) == 1 and isinstance(found[0], list) else found

    def _say_what_is_lost(self, document: Any) -> None:
        """Once, of the first document."""
        if self.warnings is not None:
            sentence = lost_keys(document, self.text)
            if sentence and sentence not in self.warnings:
                self.warnings.append(sentence)
            self.warnings = None


def parse_path(text: str, key_field: str | None = None, warnings: list[str] | None = None) -> RecordsPath:
    """Read ``$``, ``$.data[*]``, ``data.items`` or any JSONPath.

    Raises ``DefinitionError`` when it is none.
    """
    rest = text.strip()
    if key_field is not None:
        compiled(rest)
        return RecordsPath(rest, None, key_field)
    plain = rest.removeprefix("$").removesuffix("[*]").removesuffix(".")
    keys, at = [], 0
    while at < len(plain):
        step = _STEP.match(plain, at)
        if step is None:
            rest = rest if rest.startswith("$") else f"$.{rest}"
            compiled(rest)
            return RecordsPath(rest, None, warnings=warnings)
        keys.append(step[1] or step[2] or step[3] or "")
        at = step.end()
    return RecordsPath(rest or "$", tuple(keys), warnings=warnings)


def find_records(document: Any) -> tuple[str, ...] | None:
    """The keys that lead to the records of a loaded document; None when it is itself one record.

    A list is its own records. Inside an object: the list with the most objects, the outermost and first
    of several; failing that, an empty list under a usual name such as ``data`` or ``results``.
    """
    if not isinstance(document, dict):
        return ()
    best: tuple[int, tuple[str, ...]] | None = None
    level: list[tuple[tuple[str, ...], dict[str, Any]]] = [((), document)]
    for _ in range(_SEARCH_DEPTH):
        below = []
        for path, members in level:
            for key, value in members.items():
                if isinstance(value, dict):
                    below.append(((*path, key), value))
                elif isinstance(value, list) and value and isinstance(value[0], dict):
                    size = sum(1 for element in value if isinstance(element, dict))
                    if best is None or size > best[0]:
                        best = (size, (*path, key))
        level = below
    if best is not None:
        return best[1]
    for key in _USUAL:
        if document.get(key) == []:
            return (key,)
    return None


def spell(keys: tuple[str, ...]) -> str:
    """The JSONPath of ``keys``, as ``parse_path`` reads it."""
    plain = re.compile(r"[A-Za-z_][\w-]*")
    steps = [
        f".{key}" if plain.fullmatch(key) else f"[{key!r}]" if "'" not in key else f'["{key}"]'
        for key in keys
    ]
    return "$" + "".join(steps) + "[*]"
