"""Nested fields and column profiles as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from intakegateway.cli.tables import cell


def as_object(value: Any) -> Any:
    """Dataclasses and their contents as plain values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_object(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): as_object(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_object(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def tree_lines(tree: Any) -> Iterator[str]:
    """Nested fields, each under its parent."""
    yield from _nodes(as_object(tree), 0)


def _nodes(nodes: list[dict[str, Any]], depth: int) -> Iterator[str]:
    for node in nodes:
        yield f"{'  ' * depth}{cell(node.get('name'))}"
        yield from _nodes(node.get("children") or [], depth + 1)


def profile_lines(profile: Any) -> Iterator[str]:
    """One paragraph for each column."""
    for column in as_object(profile):
        facts = "  ".join(f"{key} {cell(value)}" for key, value in column.items() if key != "name")
        yield f"{cell(column.get('name'))}: {facts}"
