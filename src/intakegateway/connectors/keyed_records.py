"""Records that stand in an object under their keys (``{"17": {…}, "18": {…}}``): the key as one more field."""

from __future__ import annotations

import re
from typing import Any

from intakegateway.connectors.json_repeats import with_field
from intakegateway.connectors.record_columns import text_of
from intakegateway.model.errors import DefinitionError, SourceError

VALUE = "value"
"""The field of a record that is no object."""
_EVERYTHING = re.compile(r"(?:\.\*|\[\s*\*\s*\])\s*$")
_LOOKED_AT = 20
_SHOWN = 2


def compiled(text: str, where: tuple[str | int, ...] = ("source", "records")) -> Any:
    """A JSONPath, ready to be asked. Raises ``DefinitionError`` when it is none."""
    import jsonpath

    try:
        return jsonpath.compile(text if text.startswith("$") else f"$.{text}")
    except jsonpath.JSONPathError as error:
        raise DefinitionError(
            f"'{text}' is not a JSONPath: {str(error).splitlines()[0]}.",
            hint="Examples: $.data[*], $.result.items, $..orders[*].",
            path=where,
        ) from None


def keyed(document: Any, path: Any, name: str, where: str) -> list[Any]:
    """What the compiled ``path`` finds, each with a field ``name``: the key that it stands under.

    Of several keys on the way it is the last one that the path does not spell out: for ``$.days.*.orders[*]``
    the day. A record that is no object gets a field ``value``.

    Raises ``SourceError`` where records stand in a list only, or have a field of that name already.
    """
    spelled = {
        selector.name
        for segment in path.segments
        for selector in getattr(segment, "selectors", ())
        if hasattr(selector, "name") and isinstance(selector.name, str)
    }
    found: list[Any] = []
    for match in path.finditer(document):
        keys = [part for part in match.parts if isinstance(part, str)]
        key = next((part for part in reversed(keys) if part not in spelled), None)
        if key is None:
            raise SourceError(
                f"'key_field: {name}' finds no key: the records at '{path}' stand under none of their own.",
                where=where,
                hint='It is for records in an object, such as records: \'$.data.*\' with {"17": {…}, "18": {…}}.',
            )
        record = match.obj if isinstance(match.obj, dict) else {VALUE: match.obj}
        if name in record:
            raise SourceError(
                f"The records have a field '{name}' of their own (so does the one under '{key}').",
                where=where,
                hint="Give 'key_field' another name.",
            )
        found.append(with_field(name, key, record))
    return found


def is_empty(document: Any, text: str) -> bool:
    """Whether a path finds nothing only because the list or object whose elements it picks has none."""
    parent = _EVERYTHING.sub("", text.strip())
    return parent != text.strip() and compiled(parent or "$").findall(document)[:1] in ([[]], [{}])


def lost_keys(document: Any, text: str) -> str | None:
    """A sentence about the keys that records are picked from under by ``text``, when no field repeats them."""
    whole = text.strip()
    parent = _EVERYTHING.sub("", whole)
    if parent == whole:
        return None
    holder = next(iter(compiled(parent or "$").findall(document)), None)
    if not isinstance(holder, dict) or not holder:
        return None
    some = list(holder.items())[:_LOOKED_AT]
    if all(isinstance(record, dict) and key in map(text_of, record.values()) for key, record in some):
        return None
    shown = ", ".join(f"'{key}'" for key, _ in some[:_SHOWN]) + (", …" if len(holder) > _SHOWN else "")
    return f"The keys above the records ({shown}) are left out: 'key_field' names a field that gets them."
