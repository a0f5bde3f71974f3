"""Help with mappings, transforms, expressions and rules: pure questions, asked of what the client knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from intakegateway.engine import matching
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import DefinitionError
from intakegateway.model.load import LoadSpec
from intakegateway.model.mapping import Mapping as FieldMapping
from intakegateway.model.rules import KINDS
from intakegateway.model.schema import Column, Field, TableSchema
from intakegateway.model.schema import TableName as Name
from intakegateway.model.task import TaskSpec
from intakegateway.model.transform_forms import known_transforms
from intakegateway.model.types import shown_type
from intakegateway.model.views.helpers import (
    ColumnDraft,
    ExpressionDraft,
    ExpressionView,
    FieldDraft,
    MappingCheck,
    MappingText,
    MatchDraft,
    MatchView,
    RuleTemplate,
    SuggestionDraft,
    SuggestionView,
    TransformDraft,
    TransformView,
)
from intakegateway.model.views.previews import TrialView
from intakegateway.services.context import Context
from intakegateway.services.definitions import validated
from intakegateway.services.limited import Workbench
from intakegateway.services.rows_json import plain_rows
from intakegateway.services.task_previews import trial_view
from intakegateway.services.trials import try_rows
from intakegateway.store import tasks

TRY_SECONDS = 20.0
_EXAMPLES: dict[str, dict[str, Any]] = {
    "not_null": {"not_null": ["id"]},
    "range": {"range": {"column": "total", "min": 0}},
    "regex": {"regex": {"column": "email", "pattern": "^[^@ ]+@[^@ ]+$"}},
    "length": {"length": {"column": "name", "max": 100}},
    "in": {"in": {"column": "status", "values": ["open", "paid"]}},
    "unique": {"unique": ["id"]},
    "dedupe": {"dedupe": {"keys": ["id"], "keep": "last"}},
    "expression": {"expression": "total >= 0"},
    "reference": {"reference": {"column": "customer_id", "table": "customers", "to": "id"}},
}
_TRANSFORM_EXAMPLES: dict[str, Any] = {
    "replace": {"replace": {"old": "a", "new": "b"}},
    "regex_replace": {"regex_replace": {"pattern": "[^0-9]", "new": ""}},
    "substring": {"substring": {"start": 1, "length": 10}},
    "pad": {"pad": 8},
    "format_date": {"format_date": "%d.%m.%Y"},
    "null_if": {"null_if": "N/A"},
    "default": {"default": "unknown"},
    "lookup": {"lookup": {"A": "active", "C": "closed"}},
}


class MappingHelp(Struct, frozen=True):
    """What the mapping editor asks."""

    context: Context
    bench: Workbench

    def auto_match(self, actor: Actor, project_id: str, draft: MatchDraft) -> list[MatchView]:
        """The best field for each column, best first."""
        actor.require(project_id, Role.VIEWER)
        history = self._history(project_id) if draft.history else None
        found = matching.auto_match(draft.fields, draft.columns, history)
        return [MatchView.model_validate(one) for one in found]

    def suggest(self, drafts: Sequence[SuggestionDraft]) -> list[SuggestionView]:
        """Transforms that make fields fit their columns."""
        suggestions = []
        for one in drafts:
            field, column = _field(one.field), _column(one.column)
            suggestions.append(
                SuggestionView(
                    field=field.name,
                    column=column.name,
                    transforms=matching.suggest_transforms(field, column),
                    lossy=matching.lossy(field.type, column.type),
                )
            )
        return suggestions

    def check(self, draft: MappingCheck) -> list[str]:
        """What works but may not be what was meant, and required columns that nothing fills."""
        from intakegateway.engine.source_types import expression_names
        from intakegateway.engine.targets import tell_unused

        task = _task(draft.mapping, [])
        fields = {one.name: _field(one) for one in draft.fields}
        columns = [_column(one) for one in draft.columns]
        used = [
            (field, one.targets[0]) for one in task.mapping for field in matching.named_fields(one)
        ]  # fmt: skip
        direct = [pair for pair, one in zip(used, _direct(task.mapping), strict=True) if not one.transforms]
        warnings = matching.mapping_warnings(direct, list(fields.values()), columns)
        warnings += matching.mapping_warnings(used, (), ())
        names = {one.name for one in columns}
        filled = {target for one in task.mapping for target in one.targets}
        if columns:
            warnings += [f"There is no column '{one}'." for one in sorted(filled - names)]
        missing = [one.name for one in columns if one.required and one.name not in filled]
        warnings += [f"The column '{one}' needs a value, and no mapping fills it." for one in missing]
        if fields:
            asked = {
                name for one in task.mapping for name in (*matching.named_fields(one), *expression_names(one))
            }
            lost = [name for name in sorted(asked - fields.keys() - filled) if not _reaches(name, fields)]
            warnings += [f"No field '{name}' was seen in the source." for name in lost]
            tell_unused(task, fields, warnings)
        return list(dict.fromkeys(warnings))

    def expression(self, draft: ExpressionDraft) -> ExpressionView:
        """The type of an expression's result, or what is wrong and where."""
        from intakegateway.engine.expressions import compile_condition, compile_expression

        types = {name: shown_type(of) for name, of in draft.fields.items()}
        compiled = compile_condition if draft.condition else compile_expression
        try:
            program = compiled(draft.expression, types)
        except DefinitionError as error:
            return ExpressionView(
                valid=False, error=error.message, hint=error.hint, position=_position(error, draft.expression)
            )
        return ExpressionView(valid=True, type=str(program.type), names=sorted(program.names))

    def try_mapping(self, draft: TransformDraft) -> TrialView:
        """Rows before and after mappings and rules, each with its problems."""
        from intakegateway.connectors.memory import MemoryDestination, MemorySource

        task = _task(draft.mapping, draft.rules)
        destination = None
        if draft.columns:
            destination = MemoryDestination()
            columns = tuple(_column(one) for one in draft.columns)
            destination.prepare(TableSchema(Name(task.load.table), columns))

        def work(_deadline: object) -> TrialView:
            frame = next(iter(MemorySource(draft.rows).chunks())).frame
            trial = try_rows(task, frame, destination, fixed_fields=False)
            places = [f"row {number}" for number in range(1, frame.height + 1)]
            return trial_view(trial, plain_rows(frame), places)

        return self.bench.run(work, TRY_SECONDS)

    def written(self, draft: MappingText) -> str:
        """Mappings as the text of a file."""
        from intakegateway.services.definitions import as_json, as_yaml

        document = {"mapping": draft.mapping}
        return as_yaml(document) if draft.format == "yaml" else as_json(document)

    def read(self, text: str) -> list[dict[str, Any]]:
        """The mappings of a file's text. Raises ``DefinitionError`` for what are none."""
        from intakegateway.services.mappings import read_mappings

        found = read_mappings(text)
        _task(found, [])
        return found

    def transforms(self) -> list[TransformView]:
        """Every transform with its options."""
        return [_transform(name) for name in known_transforms()]

    def rule_templates(self) -> list[RuleTemplate]:
        """Every kind of rule with an example to start from."""
        return [
            RuleTemplate(
                kind=kind, description=" ".join((model.__doc__ or "").split()), actions=list(model.actions),
                example=_EXAMPLES[kind], options=model.model_json_schema(by_alias=True),
            )
            for kind, model in KINDS.items()
        ]  # fmt: skip

    def _history(self, project_id: str) -> dict[str, str]:
        """Field to column, as the tasks of the project connect them."""
        with self.context.database.read() as session:
            specs = tasks.current_specs(session, project_id)
        pairs = (one for _, _, spec in specs for one in spec.get("mapping", ()))
        return {one["from"]: one["to"] for one in pairs if "from" in one and isinstance(one.get("to"), str)}


def _transform(name: str) -> TransformView:
    step = known_transforms()[name]
    schema = step.model_json_schema()
    required = [key for key, one in step.model_fields.items() if one.is_required()]
    return TransformView(
        name=name, description=" ".join((step.__doc__ or "").split()), takes=step.takes, gives=step.gives,
        main=step.main, options={key: item for key, item in schema.items() if key != "title"},
        example=_TRANSFORM_EXAMPLES.get(name, name if not required else {name: {}}),
    )  # fmt: skip


def _task(mapping: Sequence[Mapping[str, Any]], rules: Sequence[Mapping[str, Any]]) -> TaskSpec:
    load = LoadSpec(to="-", table="preview").model_dump(exclude_unset=True)
    source = {"kind": "file", "path": "rows"}
    return validated({"name": "preview", "source": source, "mapping": mapping, "rules": rules, "load": load})


def _direct(mapping: Sequence[FieldMapping]) -> list[FieldMapping]:
    return [one for one in mapping for _ in matching.named_fields(one)]


def _reaches(name: str, fields: Mapping[str, Field]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:end]) in fields for end in range(1, len(parts)))


def _field(draft: FieldDraft) -> Field:
    return Field(
        draft.name, shown_type(draft.type), nulls=draft.nulls, values=draft.values,
        max_length=draft.max_length, date_format=draft.date_format, decimal_comma=draft.decimal_comma,
        samples=tuple(draft.samples),
    )  # fmt: skip


def _column(draft: ColumnDraft) -> Column:
    return Column(draft.name, shown_type(draft.type), draft.nullable, draft.has_default, draft.generated)


def _position(error: DefinitionError, text: str) -> int | None:
    """Where an expression is wrong, as its error says it."""
    match = re.search(r"character (\d+)(?!.*character \d)", f"{error.where or ''} {error.message}", re.DOTALL)
    return min(max(int(match[1]), 1), len(text) + 1) if match else None
