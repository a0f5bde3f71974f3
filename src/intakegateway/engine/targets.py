"""Whether the names in a definition exist, and whether each column is filled once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Lookup

from intakegateway.connectors.base import Capabilities
from intakegateway.engine.drift import refuse_unused
from intakegateway.engine.layout import Layout
from intakegateway.engine.matching import named_fields
from intakegateway.engine.source_types import expression_names
from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.load import LoadSpec
from intakegateway.model.mapping import Mapping
from intakegateway.model.schema import Field, TableSchema
from intakegateway.model.task import TaskSpec
from intakegateway.model.types import Kind


def check_sources(
    mapping: Sequence[Mapping], fields: Lookup[str, Field], fixed_fields: bool, warnings: list[str]
) -> None:
    """Every field that is named exists; in records whose fields may vary, one that does not is a warning.

    ``user.city`` and ``tags.0`` may reach into a field ``user`` or ``tags`` that holds JSON.
    """
    for place, each in enumerate(mapping):
        for name in named_fields(each):
            if name in fields or _reaches_into_json(name, fields):
                continue
            if fixed_fields:
                raise DefinitionError(
                    f"The source has no field '{name}'.",
                    hint=nearest(name, fields),
                    path=("mapping", place, "split" if each.split else "join" if each.join else "from"),
                )
            warnings.append(f"No record so far has the field '{name}'. {nearest(name, fields)}".rstrip())


def tell_unused(task: TaskSpec, fields: Lookup[str, Field], warnings: list[str]) -> list[str]:
    """The fields that no mapping uses, which are told; ``drift: reject`` refuses them."""
    used = {name for each in task.mapping for name in (*named_fields(each), *expression_names(each))}
    folded = {name.casefold() for name in used}
    heads = {".".join(name.split(".")[:end]) for name in used for end in range(1, name.count(".") + 1)}
    unused = [name for name in fields if name.casefold() not in folded and name not in heads]
    if unused and task.load.drift == "reject":
        raise refuse_unused(unused)
    if unused:
        shown = ", ".join(unused[:20]) + (", …" if len(unused) > 20 else "")
        warnings.append(f"Fields that the mapping does not use: {shown}.")
    return unused


def check_targets(mapping: Sequence[Mapping]) -> None:
    """No column is filled twice."""
    filled: set[str] = set()
    for place, each in enumerate(mapping):
        for target in each.targets:
            if target in filled:
                raise DefinitionError(
                    f"The column '{target}' is filled twice.",
                    hint="Join the fields, or leave one mapping out.",
                    path=("mapping", place, "to"),
                )
            filled.add(target)


def spelled(mapping: Mapping, spelling: Lookup[str, str]) -> Mapping:
    """The mapping with its columns spelled as the table spells them."""
    targets = tuple(spelling[target] for target in mapping.targets)
    if targets == mapping.targets:
        return mapping
    return mapping.model_copy(update={"to": targets if isinstance(mapping.to, tuple) else targets[0]})


def no_such_column(target: str, table: TableSchema, writable: list[str], place: int) -> DefinitionError:
    """The error for a mapping to a column that is not there, or that fills itself."""
    if target in table.column_names:
        message, hint = (
            f"Column '{target}' of '{table.name}' fills itself and cannot be written.",
            "Leave it out.",
        )
    else:
        message, hint = f"The table '{table.name}' has no column '{target}'.", nearest(target, writable)
    return DefinitionError(message, hint=hint, path=("mapping", place, "to"))


def check_required(table: TableSchema, filled: Collection[str], audit: Collection[str]) -> None:
    """Every column that refuses null is filled by the rows, by a default or by the load."""
    missing = [c.name for c in table.columns if c.required and c.name not in filled and c.name not in audit]
    if missing:
        names = ", ".join(f"'{name}'" for name in missing)
        raise DefinitionError(
            f"The table '{table.name}' requires {names}, which no field fills.",
            hint="Map a field, a constant or an expression to it.",
            path=("mapping",),
        )


def check_names(load: LoadSpec, layout: Layout) -> None:
    """Keys, primary key, indexes and skip condition name columns that are there."""
    written = [column.name for column in layout.columns]
    known = list(layout.table.column_names)
    for key in load.keys:
        if key not in written:
            why = (
                "is not filled by any field" if key in known else f"is not a column of '{layout.table.name}'"
            )
            raise DefinitionError(
                f"The key '{key}' {why}.", hint=nearest(key, written), path=("load", "keys")
            )
    if load.skip_when is not None and load.skip_when.column not in known:
        raise _unknown(load.skip_when.column, layout, ("load", "skip_when", "column"))
    if layout.exists:
        return
    for key in load.primary_key:
        if key not in known:
            raise _unknown(key, layout, ("load", "primary_key"))
    for place, index in enumerate(load.indexes):
        for name in index:
            if name not in known:
                raise _unknown(name, layout, ("load", "indexes", place))


def check_table_name(name: str, able: Capabilities, *, exists: bool) -> None:
    """A table that is to be made has a name that the destination takes as it is: it must be found again.

    Raises ``DefinitionError``.
    """
    path = ("load", "table")
    if not able.names_beyond_bmp and any(character > "\uffff" for character in name):
        raise DefinitionError(
            f"The table's name '{name}' has a character that this destination does not allow in names.",
            hint="Leave out emoji and other characters beyond U+FFFF.",
            path=path,
        )
    size = len(name.encode())
    if not exists and size > able.max_identifier_bytes:
        raise DefinitionError(
            f"The table's name '{name[:40]}…' is too long: {size} bytes.",
            hint=f"Allowed: {able.max_identifier_bytes} bytes.",
            path=path,
        )


def _unknown(name: str, layout: Layout, path: tuple[str | int, ...]) -> DefinitionError:
    hint = nearest(name, layout.table.column_names)
    return DefinitionError(f"'{layout.table.name}' has no column '{name}'.", hint=hint, path=path)


def _reaches_into_json(name: str, fields: Lookup[str, Field]) -> bool:
    parts = name.split(".")
    heads = (".".join(parts[:end]) for end in range(1, len(parts)))
    return any(head in fields and fields[head].type.kind in (Kind.JSON, Kind.TEXT) for head in heads)
