"""JSONPath, with a fast way for the simple ones, and where the records are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from intakegateway.connectors.keyed_records import compiled, is_empty, keyed, lost_keys
from intakegateway.model.errors import SourceError

_SIMPLE = re.compile(r"\$?\.?[\w@-]+(\.[\w@-]+)*|\$")
_PLAIN = re.compile(r"\$(\.[\w@-]+|\['[^'\\]*'\])*")
_STEPS = re.compile(r"\.([\w@-]+)|\['([^'\\]*)'\]")
ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT"})()
"""Nothing is at the path; told apart from a null."""

Find = Callable[[Any], Any]

LIST_NAMES = (
    "data", "results", "items", "records", "value", "values", "rows", "entries", "list", "result", "content",
    "objects", "elements", "documents", "docs", "hits", "nodes", "edges", "resources", "entities", "features",
)  # fmt: skip
"""Where APIs usually keep their records, the usual ones first."""
_DEPTH = 3


def finder(path: str, where: tuple[str | int, ...]) -> Find:
    """A function from a body to the value at ``path`` (a JSONPath, or a dotted path), or ``ABSENT``.

    Several matches come as a list. Raises ``DefinitionError`` at ``where`` for a bad path.
    """
    text = path.strip()
    if _SIMPLE.fullmatch(text) or text.startswith("@odata."):
        keys = [text] if text.startswith("@odata.") else text.removeprefix("$").strip(".").split(".")
        return lambda body: _walk(body, [key for key in keys if key])
    path_to = compiled(text, where)

    def find(body: Any) -> Any:
        if not isinstance(body, (dict, list)):
            return ABSENT
        found = path_to.findall(body)
        if not found:
            return ABSENT
        return found[0] if len(found) == 1 else found

    return find


class Records:
    """Finds the records in each page's body.

    With a path: the list there, or each match; an object is one record. Without: the list that is found
    in the first body is used for all. ``key_field``: a field for the key that each record stands under.
    """

    def __init__(self, path: str | None, warnings: list[str], key_field: str | None = None) -> None:
        self._warnings = warnings
        self._path = path
        self._key_field = key_field
        self._looked_for_keys = key_field is not None or path is None
        self._find: Find | None = None if path is None else _records_finder(path, key_field)

    def keys(self, body: Any, where: str) -> tuple[str, ...] | None:
        """The keys that lead to the records, None where the path is not as plain as that."""
        self._settle(body, where)
        return plain_keys(self._path or "$") if self._key_field is None else None

    def of(self, body: Any, page: int, where: str) -> list[Any]:
        """The records of one page. Raises ``SourceError`` with the keys that are there instead."""
        found = self._settle(body, where)(body)
        if found is ABSENT:
            return self._nothing(body, page, where)
        if found is None:
            return []
        if not self._looked_for_keys:
            self._looked_for_keys = True
            sentence = lost_keys(body, self._path or "$")
            if sentence:
                self._warn(sentence)
        return found if isinstance(found, list) else [found]

    def _settle(self, body: Any, where: str) -> Find:
        """The way to the records; where none was given, the one that suits the first body."""
        if self._find is None:
            self._path = _locate(body, where)
            self._find = _records_finder(self._path)
            if self._path != "$":
                self._warn(f"The records are taken from '{self._path}'.")
        return self._find

    def _nothing(self, body: Any, page: int, where: str) -> list[Any]:
        path = self._path or "$"
        if path.rstrip().endswith("]") and _is_empty_list(body, path):
            return []
        if is_empty(body, path) and not _complaint(body):
            return []
        said = _complaint(body)
        if page == 1 or said:
            keys = ", ".join(_paths(body)[:20])
            there = f"There are: {keys}." if keys else f"The answer is {_a_kind(body)}."
            raise SourceError(
                f"Page {page} has no records at '{self._path}'."
                + (f" The API says: {said}." if said else ""),
                where=where,
                hint=there,
            )
        self._warn(f"Page {page} has nothing at '{self._path}': taken as empty.")
        return []

    def _warn(self, sentence: str) -> None:
        if sentence not in self._warnings:
            self._warnings.append(sentence)


def plain_keys(path: str) -> tuple[str, ...] | None:
    """The object keys that a path such as ``$.data['a b'][*]`` follows; None for any other JSONPath."""
    whole = path.strip().removesuffix("[*]")
    if whole.startswith("@odata."):
        return (whole,)
    if whole == "" or _SIMPLE.fullmatch(whole):
        return tuple(key for key in whole.removeprefix("$").split(".") if key)
    if not _PLAIN.fullmatch(whole):
        return None
    return tuple(dotted or quoted for dotted, quoted in _STEPS.findall(whole))


def _records_finder(path: str, key_field: str | None = None) -> Find:
    text = path.strip()
    if key_field is not None:
        jsonpath = compiled(text)
        return lambda body: keyed(body, jsonpath, key_field, "") or ABSENT
    whole = text.removesuffix("[*]")
    if whole != text and (whole in ("$", "") or _SIMPLE.fullmatch(whole)):
        find = finder(whole or "$", ("source", "records"))

        def elements(body: Any) -> Any:
            found = find(body)
            if isinstance(found, dict):
                return list(found.values())
            return found

        return elements
    if whole in ("$", "") or _SIMPLE.fullmatch(whole):
        return finder(text, ("source", "records"))
    find = finder(text, ("source", "records"))
    if not text.endswith("]") or re.search(r"\[-?\d+\]$", text):
        return find

    def matches(body: Any) -> Any:
        # A single match of a wildcard or filter is one record, be it a list itself or not.
        found = find(body)
        return found if found is ABSENT or isinstance(found, list) else [found]

    return matches


def _is_empty_list(body: Any, path: str) -> bool:
    """Whether ``path`` has no match only because the list that it goes through is empty."""
    outer = re.sub(r"\[[^\[\]]*\]$", "", path.strip())
    found = finder(outer or "$", ("source", "records"))(body)
    return isinstance(found, (list, dict)) and not _complaint(body)


def _walk(body: Any, keys: list[str]) -> Any:
    for key in keys:
        if not isinstance(body, dict) or key not in body:
            return ABSENT
        body = body[key]
    return body


def _locate(body: Any, where: str) -> str:
    if not isinstance(body, dict):
        return "$"
    level: list[tuple[str, dict[str, Any]]] = [("$", body)]
    for _ in range(_DEPTH):
        lists = [
            (f"{path}.{key}" if re.fullmatch(r"[\w@-]+", key) else f"{path}['{key}']", key, value)
            for path, inside in level
            for key, value in inside.items()
            if isinstance(value, list) and (not value or isinstance(value[0], dict))
        ]
        usual = sorted((LIST_NAMES.index(key), path) for path, key, value in lists if key in LIST_NAMES)
        if usual:
            return usual[0][1]
        full = [path for path, _, value in lists if value] or [path for path, _, value in lists]
        if len(full) == 1:
            return full[0]
        if full:
            raise SourceError(
                f"The answer has several lists: {', '.join(full[:10])}.",
                where=where,
                hint=f"Say which one has the records, such as records: '{full[0]}[*]'.",
            )
        level = [
            (f"{path}.{key}", value)
            for path, inside in level
            for key, value in inside.items()
            if isinstance(value, dict) and re.fullmatch(r"[\w@-]+", key)
        ]
    said = _complaint(body)
    if said:
        raise SourceError(f"The API answers with an error: {said}.", where=where)
    return "$"


def _complaint(body: Any) -> str:
    """What an answer says in ``error`` or ``errors``, or nothing."""
    if not isinstance(body, dict):
        return ""
    for key in ("error", "errors"):
        said = body.get(key)
        if said:
            while isinstance(said, list) and said:
                said = said[0]
            if isinstance(said, dict):
                said = said.get("message") or said.get("detail") or said
            return str(said)[:200].rstrip(".")
    return ""


def _paths(body: Any) -> list[str]:
    """The keys of a body, those of its objects included."""
    if not isinstance(body, dict):
        return []
    below = [f"$.{key}.{inner}" for key, value in body.items() if isinstance(value, dict) for inner in value]
    return [f"$.{key}" for key in body] + below


def _a_kind(body: Any) -> str:
    return f"a list of {len(body)}" if isinstance(body, list) else "a single value"
