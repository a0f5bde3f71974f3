"""A source that has changed since the table was made: columns grow, nothing changes silently."""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from collections.abc import Sequence

from msgspec.structs import replace

from intakegateway.engine.source_types import roomy
from intakegateway.engine.widening import common_type, holds
from intakegateway.model.errors import DefinitionError
from intakegateway.model.mapping import Mapping
from intakegateway.model.schema import Column, Field, TableSchema
from intakegateway.model.types import TEXT, DataType, Kind

_LENGTHS = (255, 1000, 4000)
"""A text column that grows gets the next of these lengths, or none."""


def evolve(
    table: TableSchema, mapping: Sequence[Mapping], fields: Lookup[str, Field], warnings: list[str]
) -> TableSchema:
    """The table with columns as wide as their fields' values, each change told in ``warnings``.

    Only sizes grow (``int32`` to ``int64``, ``text(40)`` to ``text(255)``, more decimal digits); a
    column never becomes another kind.
    """
    grown: dict[str, Column] = {}
    for each in mapping:
        source = fields.get(each.source or "")
        if source is None or each.transforms:
            continue
        column = table.column(each.targets[0])
        wider = _wider(column.type, source)
        if wider is not None:
            grown[column.name] = replace(column, type=wider)
            warnings.append(f"The column '{column.name}' is widened from {column.type} to {wider}.")
    return replace(table, columns=tuple(grown.get(column.name, column) for column in table.columns))


def refuse_unknown(unknown: Sequence[str], table: TableSchema) -> DefinitionError:
    """The error of ``drift: reject``: fields that the table does not know."""
    return DefinitionError(
        f"The source has {_named(unknown)}, which '{table.name}' has no column for.",
        hint="Nothing was written. Map the fields, or say 'drift: evolve' or 'drift: freeze'.",
        path=("load", "drift"),
    )


def refuse_unused(unused: Sequence[str]) -> DefinitionError:
    """The error of ``drift: reject``: fields that a task's mapping does not know."""
    return DefinitionError(
        f"The source has {_named(unused)}, which the mapping does not use.",
        hint="Nothing was written. Map the fields, or say 'drift: freeze' to leave them out.",
        path=("load", "drift"),
    )


def _named(fields: Sequence[str]) -> str:
    names = ", ".join(f"'{name}'" for name in fields[:20]) + (", …" if len(fields) > 20 else "")
    return f"the field{'s' if len(fields) > 1 else ''} {names}"


def misfits(
    mapping: Sequence[Mapping], fields: Lookup[str, Field], types: Lookup[str, DataType], decimal_comma: bool
) -> list[str]:
    """Sentences about fields whose values do not all fit their column, as far as they were seen."""
    found = []
    for each in mapping:
        source, target = fields.get(each.source or ""), types[each.targets[0]]
        if source is None or each.transforms or not source.values or not _surely_unfit(source, target):
            continue
        why = f" {source.notes[0]}" if source.notes and not decimal_comma else ""
        found.append(
            f"Field '{source.name}' is {source.type}, the column '{each.targets[0]}' is {target}: "
            f"rows whose value does not fit are rejected.{why}"
        )
    return found


def _surely_unfit(source: Field, target: DataType) -> bool:
    if target.kind in (Kind.TEXT, Kind.OTHER, Kind.JSON, Kind.BINARY) or holds(target, source.type):
        return False
    numbers = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
    if target.kind in numbers and source.type.kind in numbers:
        return target.kind is Kind.INTEGER and source.type.kind is not Kind.INTEGER
    times = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
    if target.kind in times and source.type.kind in times:
        return False
    return target.kind is not source.type.kind and target.kind is not Kind.BOOLEAN


def _wider(column: DataType, field: Field) -> DataType | None:
    """A larger size of the column's kind that holds all values, or None where none is needed or exists."""
    if column.kind is Kind.TEXT:
        if not column.length or field.max_length <= column.length:
            return None
        return replace(TEXT, length=next((n for n in _LENGTHS if n >= field.max_length), 0))
    if column.kind is Kind.DECIMAL and not column.precision:
        return None
    values = field.type
    if column.kind is Kind.INTEGER and values.kind is Kind.INTEGER and field.max_length:
        return _wider_integer(column, field)
    if values.kind is Kind.TEXT or holds(column, values):
        return None
    wider = common_type(column, roomy(field)) or common_type(column, values)
    return wider if wider is not None and wider.kind is column.kind and wider != column else None


def _wider_integer(column: DataType, field: Field) -> DataType | None:
    """Texts say by their length how large the numbers are: 64 bits only where they are needed."""
    digits = {8: 2, 16: 4, 32: 9}.get(column.bits, 19)
    if column.unsigned or field.max_length <= digits:
        return None
    return replace(column, bits=64) if column.bits < 64 else None
