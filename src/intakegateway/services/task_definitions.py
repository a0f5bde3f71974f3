"""The definitions of tasks as they are kept: checked, with their secrets sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from intakegateway.engine.matching import mapping_warnings, named_fields
from intakegateway.kit.masking import MASK
from intakegateway.kit.secretbox import SecretBox
from intakegateway.model.errors import DefinitionError
from intakegateway.model.load import LoadSpec, Mode
from intakegateway.model.sources import FileSource
from intakegateway.model.task import TaskSpec
from intakegateway.model.views.base import addressable
from intakegateway.services.definitions import validated
from intakegateway.services.documents import bounded, storable
from intakegateway.services.sealing import SEALED, opened, sealed
from intakegateway.services.secretplaces import check_source

Document = dict[str, Any]

LONGEST_NAME = 200


def place(task_id: str) -> tuple[str, str]:
    """What the secrets of a task's definitions are bound to, in all of its versions."""
    return ("task_versions", task_id)


def checked(given: Mapping[str, Any]) -> tuple[TaskSpec, Document]:
    """A definition in clear as a task, and as the document that is kept. Raises ``DefinitionError``."""
    bounded(given)
    storable(given)
    task = validated(given)
    name = task.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise DefinitionError(f"a task's name has 1 to {LONGEST_NAME} characters.", path=("name",))
    try:
        addressable(name)
    except ValueError as error:
        raise DefinitionError(f"{error}.", path=("name",)) from None
    if isinstance(task.source, FileSource) and task.source.path and task.source.file is not None:
        raise DefinitionError(
            "'path' and 'file' exclude one another: give one of them.", path=("source", "file")
        )
    if task.load.held_to is not None and task.load.columns:
        raise DefinitionError(
            "'schema' and 'columns' exclude one another: give one of them.", path=("load", "columns")
        )
    _check_expressions(task)
    return task, _document(given, task)


def unmasked(given: Mapping[str, Any], kept: Mapping[str, Any] | None, box: SecretBox, task_id: str) -> Any:
    """What a client sent, in clear, with the secrets of ``kept`` where it sent ``***`` back.

    Raises ``DefinitionError`` for a mask where no secret is kept, or where the address is another one.
    """
    bounded(given)
    storable(given)
    _check_masks(given, kept, ())
    check_source(given.get("source"), (kept or {}).get("source"))
    return opened(sealed(given, box, place(task_id), kept), box, place(task_id))


def columns_of(task: TaskSpec) -> dict[str, str]:
    """What lists filter by: the columns of ``tasks`` that a definition fills."""
    return {
        "name": task.name.strip(),
        "description": task.description,
        "source_kind": task.source.kind,
        "source_connection": (task.source.connection or "")[:100],
        "connection": (task.load.connection or "")[:100],
        "table": task.load.table[:300],
    }


def warnings_of(task: TaskSpec) -> list[str]:
    """What can be doubted about a task without looking at its source and its destination."""
    used = [(field, mapping.targets[0]) for mapping in task.mapping for field in named_fields(mapping)]
    warnings = mapping_warnings(used, (), ())
    filled: set[str] = set()
    for mapping in task.mapping:
        twice = [target for target in mapping.targets if target in filled]
        warnings += [f"The column '{target}' is filled twice." for target in twice]
        filled.update(mapping.targets)
    if task.mapping:
        lost = [key for key in task.load.keys if key not in filled]
        warnings += [f"The key '{key}' is not filled by any mapping." for key in lost]
    if task.load.mode is Mode.APPEND and task.load.keys:
        warnings.append("Mode 'append' does not look at 'keys': rows that are there already come twice.")
    return list(dict.fromkeys(warnings))


def files_of(document: Mapping[str, Any]) -> str | None:
    """The uploaded file that a kept definition reads, by id or name."""
    source = document.get("source")
    found = source.get("file") if isinstance(source, Mapping) else None
    return found if isinstance(found, str) else None


def ordered(document: Mapping[str, Any]) -> Document:
    """A kept definition with its keys in the order of the models, which not every database keeps."""
    from intakegateway.model.mapping import Mapping as FieldMapping

    shown = _in_order(document, TaskSpec)
    if isinstance(shown.get("load"), Mapping):
        shown["load"] = _in_order(shown["load"], LoadSpec)
    if isinstance(shown.get("source"), Mapping):
        shown["source"] = _in_order(shown["source"], FileSource)
    if "mapping" in shown:
        shown["mapping"] = [_in_order(one, FieldMapping) for one in shown["mapping"]]
    return shown


def _in_order(given: Mapping[str, Any], model: type[BaseModel]) -> Document:
    names = [field.alias or name for name, field in model.model_fields.items()]
    first = [key for key in ("kind", *names) if key in given]
    return {key: given[key] for key in dict.fromkeys((*first, *given))}


def _document(given: Mapping[str, Any], task: TaskSpec) -> Document:
    """The definition as it was written, with its keys in one order and its mappings in one form.

    Only so do two versions that mean the same look the same.
    """
    document: Document = {key: given[key] for key in TaskSpec.model_fields if key in given}
    document["name"] = task.name.strip()
    if task.mapping:
        document["mapping"] = [
            one.model_dump(mode="json", by_alias=True, exclude_unset=True) for one in task.mapping
        ]
    if isinstance(task.source, FileSource):
        document["source"] = {"kind": "file", **document["source"]}
    return document


def _check_masks(given: Any, kept: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(given, Mapping):
        old = kept if isinstance(kept, Mapping) else {}
        for key, item in given.items():
            _check_masks(item, old.get(key), (*path, str(key)))
    elif isinstance(given, list | tuple):
        was = kept if isinstance(kept, list | tuple) else []
        for number, item in enumerate(given):
            _check_masks(item, was[number] if number < len(was) else None, (*path, number))
    elif given == MASK and not (isinstance(kept, Mapping) and set(kept) == {SEALED}):
        raise DefinitionError(
            f"'{MASK}' stands for a secret, and there is none at this place.",
            hint="Enter the secret itself.",
            path=path,
        )


def _check_expressions(task: TaskSpec) -> None:
    """Expressions that cannot even be read are refused when they are saved."""
    if not any(one.expression is not None for one in task.mapping):
        return
    from intakegateway.engine.expressions import check_syntax

    for number, one in enumerate(task.mapping):
        if one.expression is not None:
            try:
                check_syntax(one.expression)
            except DefinitionError as error:
                path = ("mapping", number, "expression")
                raise DefinitionError(error.message, hint=error.hint, path=path) from None
