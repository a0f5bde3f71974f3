"""The JSON schema of task and project files, for editors and for other programs."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from intakegateway.model.errors import DefinitionError, nearest

NAMES = ("task", "project")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(name: str = "task") -> dict[str, Any]:
    """The schema of a ``task`` or a ``project`` file. Raises ``DefinitionError`` for another name."""
    if name not in NAMES:
        raise DefinitionError(f"there is no schema '{name}'.", hint=nearest(name, NAMES))
    from intakegateway.model.task import TaskSpec

    task = TaskSpec.model_json_schema(by_alias=True)
    if name == "task":
        task["title"] = "IntakeGateway task"
        task["required"] = [key for key in task["required"] if key != "name"]
        return {"$schema": DIALECT, **task}
    return _project(task)


def _project(task: dict[str, Any]) -> dict[str, Any]:
    """A project's schema, in which defaults and overrides hold parts of tasks."""
    from intakegateway.model.project import ProjectSpec

    schema = ProjectSpec.model_json_schema(by_alias=True)
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


def _partial(definition: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in definition.items() if key not in ("required", "title")}
