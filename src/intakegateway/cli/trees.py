"""Nested fields and column profiles as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from intakegateway.cli.tables import cell
from intakegateway.model.types import DataType

if TYPE_CHECKING:
    from intakegateway.engine.nested import FieldNode
    from intakegateway.engine.profile import ColumnProfile


def as_object(value: Any) -> Any:
    """Structs and their contents as plain values; types by their names."""
    if isinstance(value, DataType):
        return str(value)
    if isinstance(value, Struct):
        return {name: as_object(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {str(key): as_object(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_object(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return str(value)


def tree_lines(tree: Sequence[FieldNode]) -> Iterator[str]:
    """Nested fields, each under its parent: name, type, share of nulls, samples."""
    rows = list(_rows(tree, 0))
    names = max((len(name) for name, *_ in rows), default=0)
    types = max((len(type_) for _, type_, *_ in rows), default=0)
    for name, type_, nulls, samples in rows:
        yield f"{name:<{names}}  {type_:<{types}}  {nulls:>9}  {samples}".rstrip()


def _rows(nodes: Sequence[FieldNode], depth: int) -> Iterator[tuple[str, str, str, str]]:
    for node in nodes:
        nulls = f"{node.null_share:.0%} null" if node.null_share else ""
        yield "  " * depth + cell(node.name), node.type, nulls, cell(", ".join(node.samples[:3]), 60)
        yield from _rows(node.children, depth + 1)


def profile_lines(profile: Sequence[ColumnProfile]) -> Iterator[str]:
    """One line for each field, and one for its most frequent values."""
    names = max((len(cell(one.field.name)) for one in profile), default=0)
    for one in profile:
        facts = [f"{one.distinct:,}{'' if one.exact else ' or so'} distinct", f"{one.field.nulls:,} null"]
        if one.minimum is not None:
            facts.append(f"{cell(one.minimum)} to {cell(one.maximum)}")
        if one.max_length:
            facts.append(f"{one.min_length} to {one.max_length} characters")
        yield f"{cell(one.field.name):<{names}}  {', '.join(facts)}"
        frequent = ", ".join(f"{cell(value)} ({count:,})" for value, count in one.top[:5])
        if frequent:
            yield f"{'':<{names}}  most frequent: {frequent}"
