"""The mappings of a task, one by one and many at once. Each change is a version of the task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, NotFoundError
from intakegateway.model.views.tasks import (
    BulkTransform,
    MappingsDraft,
    MappingsView,
    MappingView,
    TaskView,
    TemplateUse,
)
from intakegateway.services.definitions import as_json, as_yaml
from intakegateway.services.shelves import plain_mappings
from intakegateway.services.task_definitions import Document
from intakegateway.services.tasks import Tasks
from intakegateway.store import shelves
from intakegateway.store.tables.definitions import Template


class Mappings(Struct, frozen=True):
    """A mapping's id is its task's id, a point and its position from 0; it holds for one version."""

    tasks: Tasks

    def find_all(self, actor: Actor, project_id: str, reference: str) -> MappingsView:
        """In their order."""
        return _shown(self.tasks.get(actor, project_id, reference))

    def add(
        self, actor: Actor, project_id: str, reference: str, draft: MappingsDraft, version: int | None = None
    ) -> MappingsView:
        """Add mappings after those that are there, or in place of them."""
        given = plain_mappings(draft.mappings)

        def edit(document: Document) -> Document:
            before = [] if draft.replace else list(document.get("mapping", ()))
            return _with(document, [*before, *given])

        return _shown(self.tasks.edit(actor, project_id, reference, edit, version, "Mappings added"))

    def put(
        self, actor: Actor, project_id: str, mapping_id: str, mapping: dict[str, Any],
        version: int | None = None,
    ) -> MappingsView:  # fmt: skip
        """Change one. Raises ``NotFoundError`` for a position that is none."""
        [given] = plain_mappings([mapping])
        return self._one(actor, project_id, mapping_id, [given], version)

    def delete(
        self, actor: Actor, project_id: str, mapping_id: str, version: int | None = None
    ) -> MappingsView:
        """Take one out; those after it move up."""
        return self._one(actor, project_id, mapping_id, [], version)

    def clear(
        self, actor: Actor, project_id: str, reference: str, version: int | None = None
    ) -> MappingsView:
        """Take all out: fields then go to the columns of the same name."""
        edit = self.tasks.edit
        return _shown(edit(actor, project_id, reference, lambda d: _with(d, []), version, "Mappings cleared"))

    def transform(
        self, actor: Actor, project_id: str, reference: str, draft: BulkTransform, version: int | None = None
    ) -> MappingsView:
        """Apply one transform to many mappings. Raises ``DefinitionError`` for one that is none."""

        def edit(document: Document) -> Document:
            items = [dict(one) for one in document.get("mapping", ())]
            _check_positions(draft.positions, len(items))
            wanted = range(len(items)) if draft.positions is None else sorted(set(draft.positions))
            for position in wanted:
                steps = list(items[position].get("transforms", ()))
                items[position]["transforms"] = (
                    [draft.transform, *steps] if draft.first else [*steps, draft.transform]
                )
            return _with(document, plain_mappings(items))

        return _shown(self.tasks.edit(actor, project_id, reference, edit, version, "Transform applied"))

    def apply(
        self, actor: Actor, project_id: str, reference: str, use: TemplateUse, version: int | None = None
    ) -> MappingsView:
        """Apply a template of the project. Raises ``NotFoundError``."""
        actor.require(project_id, Role.EDITOR)
        with self.tasks.context.database.read() as session:
            template = shelves.find(session, Template, project_id, use.template)
        if template is None:
            raise NotFoundError("template", use.template)

        def edit(document: Document) -> Document:
            before = [] if use.replace else list(document.get("mapping", ()))
            filled = {column for one in before for column in _targets(one)}
            fresh = [one for one in template.mappings if not filled & set(_targets(one))]
            return _with(document, [*before, *fresh])

        note = f"Template '{template.name}' applied"
        return _shown(self.tasks.edit(actor, project_id, reference, edit, version, note))

    def exported(self, actor: Actor, project_id: str, reference: str, *, as_yaml_text: bool) -> str:
        """The mappings as the text of a file."""
        task = self.tasks.get(actor, project_id, reference)
        document = {"mapping": task.definition.get("mapping", [])}
        return as_yaml(document) if as_yaml_text else as_json(document)

    def imported(
        self, actor: Actor, project_id: str, reference: str, text: str, version: int | None = None
    ) -> MappingsView:
        """Put the mappings of a file in place of those that are there.

        Raises ``DefinitionError`` for a text that is no YAML or JSON, or that holds no mappings.
        """
        draft = MappingsDraft(mappings=read_mappings(text), replace=True)
        return self.add(actor, project_id, reference, draft, version)

    def _one(
        self, actor: Actor, project_id: str, mapping_id: str, instead: Sequence[dict[str, Any]],
        version: int | None,
    ) -> MappingsView:  # fmt: skip
        task_id, _, text = mapping_id.rpartition(".")
        if not task_id or not text.isdecimal() or len(text) > 6:
            raise NotFoundError("mapping", mapping_id)
        position = int(text)

        def edit(document: Document) -> Document:
            items = list(document.get("mapping", ()))
            if position >= len(items):
                raise NotFoundError("mapping", mapping_id, hint=f"The task has {len(items)} mappings.")
            return _with(document, [*items[:position], *instead, *items[position + 1 :]])

        note = "Mapping changed" if instead else "Mapping deleted"
        return _shown(self.tasks.edit(actor, project_id, task_id, edit, version, note))


def _shown(task: TaskView) -> MappingsView:
    items = [
        MappingView(id=f"{task.id}.{position}", position=position, mapping=one)
        for position, one in enumerate(task.definition.get("mapping", ()))
    ]
    return MappingsView(items=items, version=task.version, warnings=task.warnings)


def _with(document: Document, mapping: Sequence[Any]) -> Document:
    rest = {key: value for key, value in document.items() if key != "mapping"}
    return {**rest, "mapping": list(mapping)} if mapping else rest


def _targets(mapping: dict[str, Any]) -> list[str]:
    to = mapping["to"]
    return list(to) if isinstance(to, list | tuple) else [to]


def _check_positions(positions: Sequence[int] | None, count: int) -> None:
    for position in positions or ():
        if not 0 <= position < count:
            raise DefinitionError(
                f"there is no mapping at position {position}.", hint=f"The task has {count}, counted from 0.",
                path=("positions",),
            )  # fmt: skip


def read_mappings(text: str) -> list[Any]:
    """The mappings in the text of a file. Raises ``DefinitionError`` for a text that is none."""
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        why = getattr(error, "problem", None) or "it cannot be read"
        raise DefinitionError(f"this is neither YAML nor JSON{place}: {why}.") from None
    except RecursionError:
        raise DefinitionError("this file is nested too deep.") from None
    if isinstance(value, dict) and "mapping" in value:
        value = value["mapping"]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise DefinitionError(
            "this file holds no list of mappings.", hint="Write 'mapping:' and a list below it."
        )
    if len(value) > 5000:
        raise ConflictError("a task has at most 5,000 mappings.")
    return value
