"""What a task means for the fields of one source and one table: which columns are filled, from what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, field

from intakegateway.connectors.base import Capabilities
from intakegateway.engine.drift import evolve, misfits, refuse_unknown
from intakegateway.engine.layout import Layout
from intakegateway.engine.naming import FitNames, new_names, pair_names
from intakegateway.engine.source_types import column_types, expression_names, roomy
from intakegateway.engine.targets import (
    check_names,
    check_required,
    check_sources,
    check_targets,
    no_such_column,
    spelled,
    tell_unused,
)
from intakegateway.model.errors import DefinitionError, DestinationError, SourceError, nearest
from intakegateway.model.load import LoadSpec, Mode
from intakegateway.model.mapping import Mapping
from intakegateway.model.schema import Column, Field, TableName, TableSchema
from intakegateway.model.sources import FileSource
from intakegateway.model.task import TaskSpec
from intakegateway.model.types import TEXT, TIMESTAMPTZ, DataType, Kind

DECIMAL_COMMA: Any = "parse_number"
"""The transform that reads a number with a decimal comma."""
_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)


def needs_survey(task: TaskSpec, table: TableSchema | None, fixed_fields: bool) -> bool:
    """Whether all values have to be seen before the first row is written.

    They have to where types of new columns come from the values, where an expression works with fields
    that no column gives a type, and where fields may come up later than in the first rows. Otherwise the
    first rows are enough.
    """
    load = task.load
    targets = {target for mapping in task.mapping for target in mapping.targets}
    if any(expression_names(mapping) - targets for mapping in task.mapping):
        return True
    if table is None and load.create != "text":
        return not all(_type_is_known(mapping) for mapping in task.mapping) or not task.mapping
    if load.drift == "evolve" and table is not None:
        return True
    return not fixed_fields and (not task.mapping or load.drift == "reject")


def resolve(
    task: TaskSpec,
    fields: Sequence[Field],
    table: TableSchema | None,
    capabilities: Capabilities,
    fit_names: FitNames,
    *,
    name: TableName | None = None,
    fixed_fields: bool = True,
    near_tables: Sequence[str] = (),
    empty: bool = False,
) -> Layout:
    """Decide the layout of a load.

    ``fields`` are those of the source, surveyed (all values, where ``needs_survey`` says so); ``table``
    is the table as it is, None where there is none. ``name`` is the table's name for a new one.
    ``fixed_fields``: a field that is not in ``fields`` does not exist. ``near_tables``: names to
    suggest when the table is missing and may not be made. ``empty``: there was no row. Raises
    ``DefinitionError`` for names that are wrong or not clear and for fields that ``drift: reject``
    forbids, ``DestinationError`` for a table that is missing and may not be made.
    """
    draft = _Draft(task, {each.name: each for each in fields}, capabilities, fit_names)
    if table is None:
        _refuse_missing_table(task.load, capabilities, near_tables)
        layout = _new_table(draft, name or _plain_name(task.load.table), fixed_fields)
    else:
        layout = _existing_table(draft, table, fixed_fields, empty=empty)
    check_names(task.load, layout)
    return layout


class _Draft(Struct):
    task: TaskSpec
    fields: dict[str, Field]
    capabilities: Capabilities
    fit_names: FitNames
    warnings: list[str] = field(default_factory=list)

    @property
    def audit(self) -> list[str]:
        """The columns that the load fills with its own time."""
        audit = self.task.load.audit
        return [name for name in dict.fromkeys((audit.created_at, audit.updated_at)) if name]

    def fit(self, names: Sequence[str]) -> dict[str, str]:
        """Names of new columns as the destination takes them."""
        fitted = self.fitted(names)
        other = [name for name in names if fitted[name] != name.strip()]
        self.warnings += [f"The name '{name[:120]}' became '{fitted[name]}'." for name in other]
        return fitted

    def fitted(self, names: Sequence[str]) -> dict[str, str]:
        """The same, with nothing said about it."""
        able = self.capabilities
        return new_names(
            names, able.max_identifier_bytes, able.folds_case, self.fit_names, able.reserved_names
        )

    def types_for(self, mapping: Sequence[Mapping], known: Sequence[Column] = ()) -> list[DataType]:
        """The types of new columns; ``known`` are columns that are there."""
        if self.task.load.create == "text":
            return [each.data_type or TEXT for each in mapping]
        return column_types(mapping, self.fields, {column.name: column.type for column in known})

    def direct(self, name: str, column: str, into: DataType | None = None) -> Mapping:
        """A field into a column (that is there with the type ``into``): a found decimal comma becomes a number."""
        field = self.fields[name]
        wanted: dict[str, Any] = {"from": name, "to": column}
        number = self.task.load.create != "text" if into is None else into.kind in _NUMBERS
        if field.decimal_comma and not self.decimal_comma and number:
            wanted |= {"transforms": [DECIMAL_COMMA], "type": str(roomy(field))}
        return Mapping.model_validate(wanted)

    def read_as(self, field: Field) -> DataType:
        """The type in which expressions see a field."""
        return TEXT if field.decimal_comma and not self.decimal_comma else field.type

    @property
    def decimal_comma(self) -> bool:
        """Whether the task says that numbers have a decimal comma."""
        source = self.task.source
        return isinstance(source, FileSource) and bool(source.decimal_comma)

    def layout(self, table: TableSchema, exists: bool, columns: list[Column], mapping: list[Mapping],
               aside: Sequence[str] = ()) -> Layout:  # fmt: skip
        """Put together what was decided."""
        return Layout(
            table=table,
            exists=exists,
            columns=tuple(columns),
            mapping=tuple(mapping),
            date_formats={each.name: each.date_format for each in self.fields.values() if each.date_format},
            field_types={each.name: self.read_as(each) for each in self.fields.values()},
            decimal_comma=self.decimal_comma,
            aside=tuple(aside),
            warnings=tuple(dict.fromkeys(self.warnings)),
        )


def _new_table(draft: _Draft, name: TableName, fixed_fields: bool) -> Layout:
    load, aside = draft.task.load, list[str]()
    mapping = list(draft.task.mapping)
    if mapping:
        check_sources(mapping, draft.fields, fixed_fields, draft.warnings)
        aside = tell_unused(draft.task, draft.fields, draft.warnings)
        targets = [target for each in mapping for target in each.targets]
        fitted = draft.fit(list(dict.fromkeys(targets)))
        mapping = [spelled(each, fitted) for each in mapping]
    else:
        if not draft.fields:
            hint = "Load it into a table that is there, or give a mapping."
            raise SourceError("The source has no fields, so no table can be made from it.", hint=hint)
        wanted = [each for each in draft.fields if each.strip() not in draft.audit]
        fitted = draft.fit(wanted)
        mapping = [draft.direct(each, fitted[each]) for each in wanted]
    check_targets(mapping)
    keys = load.primary_key or (load.keys if load.mode in (Mode.INSERT, Mode.UPSERT) else ())
    columns = []
    for each, of in zip(mapping, draft.types_for(mapping), strict=True):
        columns += [Column(target, of, nullable=target not in keys) for target in each.targets]
    columns = [column for column in columns if column.name not in draft.audit]
    if load.create == "typed":
        _tell_notes(draft, mapping, {column.name: column.type for column in columns})
    extra = [Column(name, TIMESTAMPTZ) for name in draft.audit]
    table = TableSchema(name, (*columns, *extra), primary_key=tuple(keys))
    return draft.layout(table, False, columns, mapping, aside)


def _existing_table(draft: _Draft, table: TableSchema, fixed_fields: bool, *, empty: bool) -> Layout:
    load = draft.task.load
    writable = [c.name for c in table.columns if not c.generated and c.name not in draft.audit]
    aside: list[str] = []
    if draft.task.mapping:
        check_sources(draft.task.mapping, draft.fields, fixed_fields, draft.warnings)
        aside = tell_unused(draft.task, draft.fields, draft.warnings)
        mapping, added = _explicit(draft, table, writable)
    elif empty and not draft.fields and not fixed_fields:
        # Nothing new at an API is no fault: the load goes on as it would with rows for every column.
        mapping, added = [Mapping.model_validate({"from": name, "to": name}) for name in writable], []
    else:
        pairs = pair_names(list(draft.fields), writable, draft.fitted(list(draft.fields)))
        unknown = [name for name in draft.fields if name not in pairs]
        closed = pair_names(unknown, [c.name for c in table.columns if c.name not in writable])
        for name, column in closed.items():
            draft.warnings.append(f"The field '{name}' is not written: column '{column}' fills itself.")
        unknown = [name for name in unknown if name not in closed]
        mapping = [draft.direct(name, to, table.column(to).type) for name, to in pairs.items()]
        added = []
        if unknown and load.drift == "reject":
            raise refuse_unknown(unknown, table)
        if unknown and load.drift == "evolve":
            taken = list(table.column_names)
            fitted = draft.fit([*taken, *unknown])
            news = [draft.direct(name, fitted[name]) for name in unknown]
            types = draft.types_for(news)
            added = [Column(each.targets[0], of) for each, of in zip(news, types, strict=True)]
            mapping += news
        elif unknown:
            aside = unknown
            draft.warnings.append(
                f"Fields without a column in '{table.name}', not loaded: {', '.join(aside)}. "
                "Map them, or say 'drift: evolve' to add columns."
            )
    if not mapping:
        raise DefinitionError(
            f"No field of the source has the name of a column of '{table.name}'. "
            f"Fields: {_shown(draft.fields)}. Columns: {_shown(table.column_names)}.",
            hint="Say in a mapping which field goes where.",
            path=("mapping",),
        )
    table = table.with_columns(
        *added, *(Column(n, TIMESTAMPTZ) for n in draft.audit if n not in table.column_names)
    )
    draft.warnings += [f"The column '{c.name}' ({c.type}) is added to '{table.name}'." for c in added]
    if load.drift == "evolve":
        table = evolve(table, mapping, draft.fields, draft.warnings)
    filled = {target for each in mapping for target in each.targets}
    check_required(table, filled, draft.audit)
    columns = [column for column in table.columns if column.name in filled]
    draft.warnings += misfits(mapping, draft.fields, {c.name: c.type for c in columns}, draft.decimal_comma)
    return draft.layout(table, True, columns, mapping, aside)


def _explicit(draft: _Draft, table: TableSchema, writable: list[str]) -> tuple[list[Mapping], list[Column]]:
    folded = {name.casefold(): name for name in writable} if draft.capabilities.folds_case else {}
    fitted = draft.fitted([target for each in draft.task.mapping for target in each.targets])
    evolving = draft.task.load.drift == "evolve"
    missing: dict[str, None] = {}
    mapping: list[Mapping] = []
    for place, each in enumerate(draft.task.mapping):
        spelling: dict[str, str] = {}
        for target in each.targets:
            known = target if target in writable else folded.get(target.casefold())
            if known is None and fitted[target] in writable:
                known = fitted[target]
            if known is None and (target in table.column_names or not evolving):
                raise no_such_column(target, table, writable, place)
            if known is None:
                known = draft.fit([*table.column_names, target])[target]
                missing[known] = None
            spelling[target] = known
        mapping.append(spelled(each, spelling))
    check_targets(mapping)
    present = {name: table.column(name) for each in mapping for name in each.targets if name not in missing}
    known_types = list(present.values())
    news = [each for each in mapping if not present.keys() >= set(each.targets)]
    added = [
        Column(target, of)
        for each, of in zip(news, draft.types_for(news, known_types), strict=True)
        for target in each.targets
        if target in missing
    ]
    return mapping, added


def _refuse_missing_table(load: LoadSpec, capabilities: Capabilities, near: Sequence[str]) -> None:
    if load.create != "never" and capabilities.creates_tables:
        return
    why = (
        "'create: never' forbids making it" if load.create == "never" else "this destination makes no tables"
    )
    raise DestinationError(
        f"There is no table '{load.table}', and {why}.", hint=nearest(load.table, near) or None
    )


def _tell_notes(draft: _Draft, mapping: Sequence[Mapping], types: dict[str, DataType]) -> None:
    for each in mapping:
        if each.source in draft.fields and types.get(each.targets[0]) == TEXT and not each.transforms:
            found = draft.fields[each.source]
            draft.warnings += [f"Field '{found.name}': {note}" for note in found.notes]


def _type_is_known(mapping: Mapping) -> bool:
    told = {"split", "join", "constant", "expression"} & mapping.model_fields_set
    return bool(told) or mapping.type is not None


def _plain_name(text: str) -> TableName:
    schema, _, name = text.rpartition(".")
    return TableName(name, schema)


def _shown(names: Sequence[str] | dict[str, Field]) -> str:
    return ", ".join(list(names)[:20]) + (", …" if len(names) > 20 else "")
