"""Filters of lists whose words are known: a misspelt one would find nothing, and look like an empty list."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from intakegateway.connectors import catalog
from intakegateway.model.errors import DefinitionError


def check_word(
    value: str, allowed: Iterable[str] | Callable[[], Iterable[str]], what: str, name: str
) -> None:
    """Refuse a word that ``allowed`` does not have; none at all filters nothing. Raises ``DefinitionError``."""
    if not value:
        return
    known = list(allowed() if callable(allowed) else allowed)
    if value not in known:
        raise DefinitionError(f"'{value}' is not {what}.", hint=f"Allowed: {', '.join(known)}.", path=(name,))


def source_kinds() -> list[str]:
    """The kinds of sources that tasks may have, those of other packages included."""
    of_connections = (one.source_kind for one in catalog.kinds() if one.source)
    return list(dict.fromkeys(["file", "http", "sql", "push", *filter(None, of_connections)]))
