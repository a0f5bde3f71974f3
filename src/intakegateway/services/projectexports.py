"""A project as a file: everything that was defined in it, secrets as ``${NAME}`` references."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from intakegateway.kit.masking import MASK
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import NotFoundError
from intakegateway.services import connectionconfigs as configs
from intakegateway.services.applyingvalues import kept_settings
from intakegateway.services.context import Context
from intakegateway.services.definitions import as_yaml
from intakegateway.services.schedules import spec_of
from intakegateway.services.sealing import masked
from intakegateway.services.task_definitions import ordered
from intakegateway.store import projects, tasks
from intakegateway.store import schedules as schedule_store
from intakegateway.store.tables.definitions import Connection, Notification, Project, Schema, Task, Template


class ProjectExports(Struct, frozen=True):
    """Projects go out."""

    context: Context

    def export(self, actor: Actor, reference: str, only: Sequence[str] = ()) -> dict[str, Any]:
        """The project as plain values. What it refers to as ``${NAME}`` is in no export.

        ``only``: names or ids of tasks; then these, with the connections and schemas that they use.
        """
        with self.context.database.read() as session:
            project = projects.find(session, reference)
            if project is None or actor.role_in(project.id) is None:
                raise NotFoundError("project", reference)
            actor.require(project.id, Role.VIEWER)
            found = _document(session, project)
            return _narrowed(found, _named(session, project, only)) if only else found

    def as_text(self, actor: Actor, reference: str, only: Sequence[str] = ()) -> str:
        """The project, or ``only`` these tasks of it, as YAML."""
        return as_yaml(self.export(actor, reference, only))


def variable(*parts: str) -> str:
    """The reference that stands for a secret: ``${WAREHOUSE_PASSWORD}``."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", "_".join(parts)).strip("_").upper()
    return "${" + (f"_{name}" if name[:1].isdigit() else name or "SECRET") + "}"


def _document(session: Session, project: Project) -> dict[str, Any]:
    settings = kept_settings(project.settings)
    found: dict[str, Any] = {
        "project": project.name,
        "title": project.title,
        "description": project.description,
        "active_connection": _active(session, project),
        "connections": {one.name: _connection(one) for one in _all(session, Connection, project)},
        **{key: settings[key] for key in ("defaults", "table_naming", "tables") if settings.get(key)},
        "schemas": {one.name: _plain(one, "columns") for one in _all(session, Schema, project)},
        "templates": {one.name: _plain(one, "mappings") for one in _all(session, Template, project)},
        "notifications": {one.name: _notification(one) for one in _all(session, Notification, project)},
        "tasks": [_task(session, one) for one in _all(session, Task, project)],
    }
    return {key: value for key, value in found.items() if value not in (None, "", {}, [])}


def _named(session: Session, project: Project, references: Sequence[str]) -> set[str]:
    names: set[str] = set()
    for reference in references:
        task = tasks.find(session, project.id, reference)
        if task is None:
            raise NotFoundError("task", reference)
        names.add(task.name)
    return names


def _narrowed(document: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The tasks with these names, and of the rest what they use."""
    chosen = [task for task in document["tasks"] if task["name"] in names]
    ends = [
        task[side] for task in chosen for side in ("source", "load") if isinstance(task.get(side), Mapping)
    ]
    used = {end["connection"] for end in ends if end.get("connection")}
    implied = any(not task["load"].get("connection") and not task["load"].get("to") for task in chosen)
    active = document.get("active_connection") if implied else None
    held = {end["schema"] for end in ends if isinstance(end.get("schema"), str)}
    told = {str(value) for task in chosen for one in task.get("notify", ()) for value in one.values()}
    connections = document.get("connections", {})
    kept: dict[str, Any] = {
        "project": document["project"],
        "active_connection": active,
        "connections": {name: one for name, one in connections.items() if name in used | {active}},
        "schemas": {name: one for name, one in document.get("schemas", {}).items() if name in held},
        "notifications": {
            name: one for name, one in document.get("notifications", {}).items() if name in told
        },
        "tasks": chosen,
    }
    return {key: value for key, value in kept.items() if value}


def _all(session: Session, table: Any, project: Project) -> list[Any]:
    return list(session.scalars(select(table).where(table.project_id == project.id).order_by(table.name)))


def _active(session: Session, project: Project) -> str | None:
    found = session.get(Connection, project.active_connection_id) if project.active_connection_id else None
    return found.name if found is not None else None


def _connection(row: Connection) -> dict[str, Any]:
    secrets = {path: variable(row.name, path) for path in row.secrets}
    about = {"description": row.description} if row.description else {}
    return {"kind": row.kind, **about, **configs.joined(row.config, secrets)}


def _plain(row: Any, content: str) -> dict[str, Any]:
    about = {"description": row.description} if row.description else {}
    return {**about, content: getattr(row, content)}


def _notification(row: Notification) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": row.kind}
    if "url" in row.secrets:
        made["url"] = variable(row.name, "url")
    if row.config.get("to"):
        made["to"] = row.config["to"]
    if row.config.get("headers"):
        made["headers"] = {name: variable(row.name, name) for name in row.config["headers"]}
    if row.events:
        made["events"] = row.events
    return made if row.is_enabled else {**made, "enabled": False}


def _task(session: Session, task: Task) -> dict[str, Any]:
    version = tasks.version(session, task)
    assert version is not None
    document = _referring(masked(ordered(version.spec)), (task.name,))
    schedule = schedule_store.of_task(session, task.id)
    if schedule is not None:
        document["schedule"] = spec_of(schedule).plain()
    return dict(document)


def _referring(value: Any, path: tuple[str, ...]) -> Any:
    """A masked definition with references in place of the masks."""
    if isinstance(value, Mapping):
        return {key: _referring(item, (*path, str(key))) for key, item in value.items()}
    if isinstance(value, list):
        return [_referring(item, (*path, str(number))) for number, item in enumerate(value)]
    return variable(*path) if value == MASK else value
