"""A load that is held to a list of columns: they are written, and no others."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from intakegateway.connectors.base import Capabilities
from intakegateway.engine.layout import Layout
from intakegateway.engine.naming import FitNames
from intakegateway.engine.resolve import resolve
from intakegateway.engine.targets import check_names
from intakegateway.engine.widening import holds
from intakegateway.model.errors import DefinitionError, DestinationError, nearest
from intakegateway.model.load import Mode
from intakegateway.model.schema import Column, Field, TableName, TableSchema
from intakegateway.model.task import TaskSpec
from intakegateway.model.types import Kind, parse_type

_PATH = ("load", "columns")


def held_table(task: TaskSpec, table: TableSchema | None, name: TableName) -> TableSchema:
    """The columns that the load may write, as a table: those of the definition, as the table has them.

    Raises ``DefinitionError`` for a column that the table lacks (and may not be given) or has with a type
    that does not hold the defined one: a type is never changed silently.
    """
    load = task.load
    wanted = [Column(one.name, parse_type(one.type), one.nullable) for one in load.columns]
    keys = tuple(one.name for one in load.columns if one.primary_key)
    if table is None:
        default = load.keys if load.mode in (Mode.INSERT, Mode.UPSERT) else ()
        primary = load.primary_key or keys or tuple(default)
        _check_known(primary, wanted)
        columns = tuple(replace(one, nullable=one.nullable and one.name not in primary) for one in wanted)
        return TableSchema(name, columns, primary_key=primary)
    folded = {one.name.casefold(): one for one in table.columns}
    found = []
    for one in wanted:
        there = folded.get(one.name.casefold())
        if there is not None:
            _check_type(one, there, table)
            found.append(there)
        elif load.drift == "evolve" and load.create != "never":
            # Rows that are there have no value for it.
            found.append(replace(one, nullable=True))
        else:
            raise DefinitionError(
                f"The table '{table.name}' has no column '{one.name}', which the load is held to.",
                hint="Say 'drift: evolve' to add it, or take it out of the columns.",
                path=_PATH,
            )
    return replace(table, columns=tuple(found))


def resolve_held(
    task: TaskSpec, fields: Sequence[Field], table: TableSchema | None, capabilities: Capabilities,
    fit_names: FitNames, *, name: TableName, fixed_fields: bool = True,
) -> Layout:  # fmt: skip
    """As ``engine.resolve.resolve``, for a load with ``columns``."""
    if table is None and (task.load.create == "never" or not capabilities.creates_tables):
        raise DestinationError(f"There is no table '{name}', and none may be made.")
    held = held_table(task, table, name)
    # Fields beyond the columns never become columns here; what is left is to keep them aside or to refuse them.
    drift = "reject" if task.load.drift == "reject" else "freeze"
    load = task.load.model_copy(update={"drift": drift})
    _check_targets(task, held)
    layout = resolve(
        task.model_copy(update={"load": load}), fields, _with_required(held, table), capabilities, fit_names,
        fixed_fields=fixed_fields,
    )  # fmt: skip
    before = table.column_names if table is not None else ()
    added = [one for one in held.columns if one.name not in before] if table is not None else []
    warnings = [f"The column '{one.name}' ({one.type}) is added to '{name}'." for one in added]
    extra = [one for one in layout.table.columns if one.name not in {*before, *held.column_names}]
    whole = table.with_columns(*added, *extra) if table is not None else layout.table
    made = replace(
        layout, table=whole, exists=table is not None,
        warnings=tuple(dict.fromkeys([*layout.warnings, *warnings])),
    )  # fmt: skip
    check_names(task.load, made)
    return made


def _with_required(held: TableSchema, table: TableSchema | None) -> TableSchema:
    """Together with the other columns that need a value, so that their lack is told as ever."""
    others = [] if table is None else [
        one for one in table.columns if one.required and one.name not in held.column_names
    ]  # fmt: skip
    return held.with_columns(*others)


def _check_type(wanted: Column, there: Column, table: TableSchema) -> None:
    mine, theirs = wanted.type, there.type
    if theirs.kind in (Kind.OTHER, Kind.TEXT) and not theirs.length:
        return
    if mine == theirs or holds(theirs, mine):
        return
    raise DefinitionError(
        f"The column '{there.name}' of '{table.name}' is {theirs}, and the load is held to {mine}.",
        hint="A type is never changed silently: change the table, or the definition.",
        path=_PATH,
    )


def _check_known(keys: Sequence[str], columns: Sequence[Column]) -> None:
    names = [one.name for one in columns]
    for key in keys:
        if key not in names:
            raise DefinitionError(
                f"The key '{key}' is not one of the columns that the load is held to.",
                hint=nearest(key, names), path=_PATH,
            )  # fmt: skip


def _check_targets(task: TaskSpec, held: TableSchema) -> None:
    folded = {name.casefold() for name in held.column_names}
    for number, mapping in enumerate(task.mapping):
        for target in mapping.targets:
            if target.casefold() not in folded:
                raise DefinitionError(
                    f"'{target}' is not one of the columns that the load is held to.",
                    hint=nearest(target, held.column_names), path=("mapping", number, "to"),
                )  # fmt: skip
