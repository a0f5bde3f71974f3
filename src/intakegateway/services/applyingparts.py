"""The parts of a project file, one noun after the other, through the services of those nouns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct, field
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from intakegateway.connectors import catalog
from intakegateway.kit.masking import MASK
from intakegateway.model.actor import Actor
from intakegateway.model.errors import ConflictError, DefinitionError, GatewayError
from intakegateway.model.project import Defaults
from intakegateway.model.schedule import ScheduleSpec
from intakegateway.model.views.connections import ConnectionChange, ConnectionDraft
from intakegateway.model.views.notifications import NotificationChange, NotificationDraft
from intakegateway.model.views.projectdocs import Action, Change
from intakegateway.model.views.shelves import SchemaChange, SchemaDraft, TemplateChange, TemplateDraft
from intakegateway.services import connectionconfigs as configs
from intakegateway.services.applyingvalues import below, kind_of, valid
from intakegateway.services.connections import Connections
from intakegateway.services.connectionsecrets import opened_secrets
from intakegateway.services.context import Context
from intakegateway.services.explain import as_definition_error
from intakegateway.services.notifications import Notifications
from intakegateway.services.references import References, without_masks
from intakegateway.services.schedules import Schedules, spec_of
from intakegateway.services.shelves import Shelf
from intakegateway.services.tasks import Tasks
from intakegateway.services.yamlfiles import KeyPath
from intakegateway.store import connections as connection_store
from intakegateway.store import notifications as notification_store
from intakegateway.store import schedules as schedule_store
from intakegateway.store import shelves as shelf_store
from intakegateway.store import tasks as task_store
from intakegateway.store.tables.definitions import Connection, Notification, Schema, Task, Template

_SHELVES: dict[str, tuple[Any, Any, Any, str]] = {
    "schemas": (Schema, SchemaDraft, SchemaChange, "columns"),
    "templates": (Template, TemplateDraft, TemplateChange, "mappings"),
}


class Parts(Struct, frozen=True):
    """The services that the parts go through."""

    context: Context
    of_connections: Connections
    of_tasks: Tasks
    of_schedules: Schedules
    of_notifications: Notifications
    shelves: Mapping[str, Shelf[Any]]

    def work(
        self, session: Session, actor: Actor, project_id: str, references: References, changes: list[Change]
    ) -> Work:
        """Ready to apply the parts of one file."""
        return Work(self, session, actor, project_id, references, changes)


class Work(Struct):
    """One file being applied, in one transaction. Each step notes its changes."""

    services: Parts
    session: Session
    actor: Actor
    project_id: str
    references: References
    changes: list[Change]
    created_secrets: dict[str, str] = field(default_factory=dict)

    def connections(self, given: Mapping[str, Any]) -> None:
        """Connections, by name."""
        service = self.services.of_connections
        for name, written in given.items():
            at: KeyPath = ("connections", name)
            with self._located(at):
                row = connection_store.named(self.session, self.project_id, name)
                kept = configs.joined(row.config, dict.fromkeys(row.secrets, MASK)) if row else None
                value = self.references.filled(written, at, kept)
                config = {"url": value} if isinstance(value, str) else dict(value or {})
                about = str(config.pop("description", ""))
                kind = catalog.find(str(config.pop("kind", "") or kind_of(config))).kind
                if row is None:
                    draft = ConnectionDraft(name=name, kind=kind, description=about, config=config)
                    service.create(self.actor, self.project_id, draft)
                    self._note("connection", name, "create")
                    continue
                if kind != row.kind:
                    raise ConflictError(
                        f"the connection '{name}' is of the kind '{row.kind}', and here of '{kind}'.",
                        hint="Delete it first, or give this one another name.",
                    )
                differ = self._differing(row, about, config)
                if differ:
                    change = ConnectionChange(description=about, config=without_masks(config))
                    service.change(self.actor, self.project_id, row.id, change)
                self._note("connection", name, "update" if differ else "unchanged", differ)

    def activate(self, name: str | None) -> None:
        """The active destination; left out: as it was."""
        if name is None:
            return
        with self._located(("active_connection",)):
            found = self.services.of_connections.get(self.actor, self.project_id, name)
            if not found.is_active:
                self.services.of_connections.activate(self.actor, self.project_id, name)
                self._note("project", name, "update", ["active_connection"])

    def shelf(self, key: str, given: Mapping[str, Any]) -> None:
        """Schemas or templates, by name."""
        table, draft, change, content = _SHELVES[key]
        service, noun = self.services.shelves[key], key.removesuffix("s")
        for name, written in given.items():
            with self._located((key, name)):
                value = {"description": "", **self._mapping(written, (key, name)), "name": name}
                wanted = valid(draft, value)
                row = shelf_store.find(self.session, table, self.project_id, name)
                if row is None:
                    service.create(self.actor, self.project_id, wanted)
                    self._note(noun, name, "create")
                    continue
                before = service.get(self.actor, self.project_id, row.id)
                differ = [
                    one for one in ("description", content) if getattr(wanted, one) != getattr(before, one)
                ]
                if differ:
                    service.change(self.actor, self.project_id, row.id, valid(change, value))
                self._note(noun, name, "update" if differ else "unchanged", differ)

    def notifications(self, given: Mapping[str, Any]) -> None:
        """Places that are told, by name."""
        service = self.services.of_notifications
        for name, written in given.items():
            at: KeyPath = ("notifications", name)
            with self._located(at):
                row = notification_store.find(self.session, self.project_id, name)
                masks = {
                    "url": MASK, "headers": dict.fromkeys(row.config.get("headers", ()), MASK)
                } if row else None  # fmt: skip
                value = self.references.filled(self._mapping(written, at), at, masks)
                if row is None:
                    made = service.create(
                        self.actor, self.project_id, valid(NotificationDraft, {**value, "name": name})
                    )
                    if made.secret:
                        self.created_secrets[name] = made.secret
                    self._note("notification", name, "create")
                    continue
                if value.pop("kind", row.kind) != row.kind:
                    raise ConflictError(f"the notification '{name}' is of the kind '{row.kind}'.")
                if isinstance(value.get("headers"), Mapping):
                    value["headers"] = service.with_kept_headers(row, value["headers"], value.get("url"))
                differ = self._told_differently(row, value)
                if differ:
                    change = {"events": [], "enabled": True, **without_masks(value)}
                    service.change(self.actor, self.project_id, row.id, valid(NotificationChange, change))
                self._note("notification", name, "update" if differ else "unchanged", differ)

    def tasks(self, given: Any, defaults: Defaults) -> None:
        """Tasks with their schedules."""
        pairs = given.items() if isinstance(given, Mapping) else enumerate(given)
        for key, written in list(pairs):
            at: KeyPath = ("tasks", key)
            value = {**({"name": key} if isinstance(key, str) else {}), **self._mapping(written, at)}
            name = str(value.get("name", ""))
            with self._located(at):
                row = task_store.find(self.session, self.project_id, name)
                service = self.services.of_tasks
                kept = service.get(self.actor, self.project_id, row.id) if row else None
                value = below(value, defaults)
                schedule = value.pop("schedule", None)
                value = self.references.filled(value, at, kept.definition if kept else None)
                if kept is None:
                    made = service.create(self.actor, self.project_id, value, "From a project file")
                    action: Action = "create"
                    differ: list[str] = []
                else:
                    made = service.replace(
                        self.actor, self.project_id, kept.id, value, note="From a project file"
                    )
                    before, after = kept.definition, made.definition
                    differ = sorted(one for one in before | after if before.get(one) != after.get(one))
                    if made.current != kept.current and not differ:
                        differ = ["secrets"]
                    action = "update" if differ else "unchanged"
                if self._schedule(made.id, schedule, (*at, "schedule")) and action != "create":
                    action, differ = "update", [*differ, "schedule"]
                self._note("task", name, action, differ)

    def prune(self, top: Mapping[str, Any]) -> None:
        """Delete what the file does not have, what depends on others first."""
        written = top.get("tasks") or []
        tasks = set(written) if isinstance(written, Mapping) else {str(one.get("name")) for one in written}
        nouns: tuple[tuple[str, Any, set[str], Any], ...] = (
            ("task", Task, tasks, self.services.of_tasks),
            ("notification", Notification, set(top.get("notifications") or ()), self.services.of_notifications),
            ("template", Template, set(top.get("templates") or ()), self.services.shelves["templates"]),
            ("schema", Schema, set(top.get("schemas") or ()), self.services.shelves["schemas"]),
            ("connection", Connection, set(top.get("connections") or ()), self.services.of_connections),
        )  # fmt: skip
        for noun, table, names, service in nouns:
            rows = self.session.execute(
                select(table.id, table.name).where(table.project_id == self.project_id).order_by(table.name)
            )
            for found, name in rows.all():
                if name not in names:
                    service.delete(self.actor, self.project_id, found)
                    self._note(noun, name, "delete")

    def _schedule(self, task_id: str, written: Any, at: KeyPath) -> bool:
        """Give the task this schedule, or none; whether that changed something."""
        kept = schedule_store.of_task(self.session, task_id)
        service = self.services.of_schedules
        if written is None:
            if kept is not None:
                service.delete(self.actor, self.project_id, task_id)
            return kept is not None
        spec = valid(ScheduleSpec, self.references.filled(written, at))
        if kept is not None and spec_of(kept) == spec:
            return False
        service.put(self.actor, self.project_id, task_id, spec)
        return True

    def _differing(self, row: Connection, about: str, config: dict[str, Any]) -> list[str]:
        connector = catalog.find(row.kind)
        public, secrets = configs.split(connector, configs.expanded(connector, config))
        differ = [one for one in public.keys() | row.config.keys() if public.get(one) != row.config.get(one)]
        clear = opened_secrets(self.services.context.box(), row.id, row.secrets)
        differ += [
            path
            for path in secrets.keys() | clear.keys()
            if secrets.get(path, _at(config, path)) not in (MASK, clear.get(path))
        ]
        return sorted(differ + (["description"] if about != row.description else []))

    def _told_differently(self, row: Notification, value: Mapping[str, Any]) -> list[str]:
        before = {"to": list(row.config.get("to", [])), "events": row.events, "enabled": row.is_enabled}
        after = {
            "to": list(value.get("to", [])), "events": list(value.get("events", [])),
            "enabled": value.get("enabled", True),
        }  # fmt: skip
        differ = [key for key in before if before[key] != after[key]]
        differ += self.services.of_notifications.secrets_that_differ(row, without_masks(value))
        return sorted(differ)

    def _mapping(self, written: Any, at: KeyPath) -> dict[str, Any]:
        if not isinstance(written, Mapping):
            raise self.references.document.error("this must be keys with values.", at)
        return dict(written)

    def _note(self, noun: str, name: str, action: Action, fields: list[str] | None = None) -> None:
        self.changes.append(Change(noun=noun, name=name, action=action, fields=fields or []))

    @contextmanager
    def _located(self, at: KeyPath) -> Iterator[None]:
        """Errors get their line and column in the file."""
        try:
            yield
        except DefinitionError as error:
            if error.where is not None and error.where.startswith(f"{self.references.document.name}:"):
                raise
            path = error.path[1:] if error.path[:1] == ("config",) else error.path
            document = self.references.document
            raise document.error(error.message, (*at, *path), hint=error.hint) from None
        except ValidationError as error:
            said = as_definition_error(error, ConnectionDraft, {})
            raise self.references.document.error(said.message, at, hint=said.hint) from None
        except GatewayError as error:
            error.where = error.where or self.references.document.where(at)
            raise


def _at(config: Any, path: str) -> Any:
    for step in configs.steps(path):
        config = config.get(step) if isinstance(config, Mapping) else None
    return config
