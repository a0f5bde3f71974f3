"""The JSON schema of task and project files, for editors and for other programs."""

from __future__ import annotations

import ast
import inspect
import sys
from copy import deepcopy
from functools import lru_cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.services.explain import models_in

NAMES = ("task", "project")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


_SHORTHANDS: dict[tuple[str, str], dict[str, Any]] = {
    ("LoadSpec", "keys"): {"type": "string"},
    ("LoadSpec", "primary_key"): {"type": "string"},
    ("LoadSpec", "indexes"): {"type": "array", "items": {"type": "string"}},
    ("LoadSpec", "max_rejects"): {"type": ["integer", "string"], "pattern": r"^\d+$|^\d+(\.\d+)?\s*%$"},
    ("TableNaming", "strip_prefix"): {"type": "string"},
    ("TableNaming", "strip_suffix"): {"type": "string"},
    ("Defaults", "files"): {"type": "string"},
}
"""Shorter ways to write a field, which validators take but a model's schema does not know."""


def json_schema(name: str = "task") -> dict[str, Any]:
    """The schema of a ``task`` or a ``project`` file. Raises ``DefinitionError`` for another name."""
    if name not in NAMES:
        raise DefinitionError(f"there is no schema '{name}'.", hint=nearest(name, NAMES))
    from intakegateway.model.task import TaskSpec

    task = _described(TaskSpec)
    if name == "task":
        task["title"] = "IntakeGateway task"
        task["required"] = [key for key in task["required"] if key != "name"]
        return {"$schema": DIALECT, **task}
    return _project(task)


def _project(task: dict[str, Any]) -> dict[str, Any]:
    """A project's schema, in which defaults and overrides hold parts of tasks."""
    from intakegateway.model.project import ProjectSpec

    schema = _described(ProjectSpec)
    definitions: dict[str, Any] = {**task.pop("$defs", {}), **schema.pop("$defs", {})}
    load = _partial(definitions["LoadSpec"])
    source = _partial(definitions["FileSource"])
    task["properties"] = {**task["properties"], "load": load}
    task["required"] = ["name", "source"]
    definitions["Task"] = task
    lists = {key: task["properties"][key] for key in ("mapping", "rules")}
    for holder in ("Defaults", "TableEntry"):
        properties = definitions[holder]["properties"]
        for key, part in (("load", load), ("source", source), *lists.items()):
            properties[key] = {**part, "description": properties[key].get("description", key)}
    named = deepcopy(task)
    named["required"] = ["source"]
    schema["properties"]["tasks"] = {
        "description": "Tasks written out: a list, or keys that are their names.",
        "anyOf": [
            {"type": "array", "items": {"$ref": "#/$defs/Task"}},
            {"type": "object", "additionalProperties": named},
        ],
    }
    schema["title"] = "IntakeGateway project"
    return {"$schema": DIALECT, **schema, "$defs": definitions}


def _described(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model in which the sentence under each field is its description."""
    schema = model.model_json_schema(by_alias=True)
    classes: dict[str, type[BaseModel]] = {}
    _collect(model, classes)
    for name, definition in {model.__name__: schema, **schema.get("$defs", {})}.items():
        if name not in classes:
            continue
        sentences = _sentences(classes[name])
        for field, info in classes[name].model_fields.items():
            short = _SHORTHANDS.get((name, field))
            if short is not None:
                whole = definition["properties"][info.alias or field]
                definition["properties"][info.alias or field] = {
                    **{key: whole.pop(key) for key in ("title", "default") if key in whole},
                    "anyOf": [short, whole],
                }
            described = definition.get("properties", {}).get(info.alias or field)
            if described is not None and field in sentences:
                described.setdefault("description", sentences[field])
    return schema


def _collect(model: type[BaseModel], found: dict[str, type[BaseModel]]) -> None:
    if model.__name__ in found:
        return
    found[model.__name__] = model
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            _collect(inner, found)


def _sentences(model: type[BaseModel]) -> dict[str, str]:
    """The strings that stand under a model's fields (and under those of the models it comes from)."""
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if not issubclass(owner, BaseModel) or owner is BaseModel:
            continue
        for line, below in pairwise(_class_bodies(owner.__module__).get(owner.__name__, [])):
            if (
                isinstance(line, ast.AnnAssign)
                and isinstance(line.target, ast.Name)
                and isinstance(below, ast.Expr)
                and isinstance(below.value, ast.Constant)
                and isinstance(below.value.value, str)
            ):
                found[line.target.id] = inspect.cleandoc(below.value.value).replace("\n", " ")
    return found


@lru_cache(maxsize=64)
def _class_bodies(module: str) -> dict[str, list[ast.stmt]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}


def _partial(definition: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in definition.items() if key not in ("required", "title")}
