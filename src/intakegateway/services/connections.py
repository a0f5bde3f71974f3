"""Connections: named ways to reach systems, whose secrets are sealed one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.connectors import catalog
from intakegateway.connectors.catalog import Connector
from intakegateway.kit.masking import MASK, public_url
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, NotFoundError, StaleEditError
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.connections import (
    ConnectionChange,
    ConnectionClone,
    ConnectionDraft,
    ConnectionView,
    ConnectorView,
    TestView,
)
from intakegateway.services import connectionconfigs as configs
from intakegateway.services.audit import record
from intakegateway.services.connectionsecrets import opened_secrets, sealed_secrets
from intakegateway.services.context import Context
from intakegateway.services.secretplaces import check_connection
from intakegateway.services.variables import with_variables
from intakegateway.store import connections as store
from intakegateway.store.paging import part
from intakegateway.store.rows import listing, made
from intakegateway.store.tables.definitions import Connection, Project

_FIELDS = tuple(ConnectionView.model_fields)
_LIST = listing(
    Connection, ConnectionView,
    but=("title", "secrets", "address", "source", "destination", "is_active", "test"),
    secrets=Connection.secrets, test=Connection.test,
)  # fmt: skip


def connectors() -> list[ConnectorView]:
    """The kinds of connections."""
    return [
        ConnectorView(
            **{name: getattr(one, name) for name in (
                "kind", "title", "description", "group", "source", "destination", "source_kind", "is_installed",
            )},
            modes=list(one.modes), has_tables=one.look is not None, can_be_tested=one.probe is not None,
            install=f"pip install 'intakegateway[{one.extra}]'" if one.extra else "",
        )
        for one in catalog.kinds()
    ]  # fmt: skip


def connector_schema(kind: str) -> dict[str, Any]:
    """The JSON schema of a kind's settings. Raises ``NotFoundError``."""
    return configs.json_schema(catalog.named(kind))


class Connections(Struct, frozen=True):
    """The connections of projects."""

    context: Context

    def find_all(
        self, actor: Actor, project_id: str, request: PageRequest, kind: str | None = None,
        search: str | None = None,
    ) -> Page[ConnectionView]:  # fmt: skip
        """The project's connections."""
        actor.require(project_id, Role.VIEWER)
        with self.context.database.read() as session:
            wanted = (project_id, catalog.find(kind).kind if kind else None, search)
            found, total = part(
                session, _LIST, wanted, lambda: store.matching(*wanted), request, store.SORTABLE, "name"
            )
            active = store.active_id(session, project_id)
        items = [_shown(one, active) for one in found]
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def get(self, actor: Actor, project_id: str, reference: str) -> ConnectionView:
        """One connection, by id or name. Raises ``NotFoundError``."""
        with self.context.database.read() as session:
            found = require(session, actor, project_id, reference, Role.VIEWER)
            return _view(found, store.active_id(session, project_id))

    def create(self, actor: Actor, project_id: str, draft: ConnectionDraft) -> ConnectionView:
        """Make a connection. Raises ``DefinitionError`` for settings, ``ConflictError`` for a taken name."""
        actor.require(project_id, Role.EDITOR)
        connector = catalog.find(draft.kind)
        config = configs.expanded(connector, draft.config)
        public, secrets = configs.split(connector, config)
        configs.check(connector, configs.joined(public, {k: v for k, v in secrets.items() if v is not None}))
        with self.context.database.write() as session:
            _free(session, project_id, draft.name)
            made = Connection(
                project_id=project_id, name=draft.name, kind=connector.kind, description=draft.description,
                config=public, created_by=actor.user_id or None,
            )  # fmt: skip
            session.add(made)
            session.flush()
            made.secrets = sealed_secrets(self.context.box(), made.id, {}, secrets)
            record(
                session, actor, "created", "connection", project_id=project_id, noun_id=made.id, name=made.name,
                after=_facts(made),
            )  # fmt: skip
            return _view(made, store.active_id(session, project_id))

    def change(
        self,
        actor: Actor,
        project_id: str,
        reference: str,
        change: ConnectionChange,
        version: int | None = None,
    ) -> ConnectionView:
        """Change it. ``version``: the one that was read; raises ``StaleEditError`` when old.

        A name that tasks use stays: raises ``ConflictError`` with their names. So do secrets, unless the
        address changes: raises ``DefinitionError`` for one that has to be entered again.
        """
        with self.context.database.write() as session:
            found = require(session, actor, project_id, reference, Role.EDITOR)
            if version is not None and version != found.version:
                raise StaleEditError("connection")
            before = _facts(found)
            if change.name is not None and change.name != found.name:
                _free(session, project_id, change.name)
                _unused(store.tasks_naming(session, project_id, found.name), found.name, "renamed")
                found.name = change.name
            if change.description is not None:
                found.description = change.description
            if change.config is not None:
                self._configure(found, change.config)
            found.version += 1
            record(
                session, actor, "updated", "connection", project_id=project_id, noun_id=found.id,
                name=found.name, before=before, after=_facts(found),
            )  # fmt: skip
            return _view(found, store.active_id(session, project_id))

    def clone(self, actor: Actor, project_id: str, reference: str, draft: ConnectionClone) -> ConnectionView:
        """Copy it with its secrets, under another name."""
        with self.context.database.write() as session:
            found = require(session, actor, project_id, reference, Role.EDITOR)
            _free(session, project_id, draft.name)
            made = Connection(
                project_id=project_id, name=draft.name, kind=found.kind, description=found.description,
                config=dict(found.config), created_by=actor.user_id or None,
            )  # fmt: skip
            session.add(made)
            session.flush()
            clear = opened_secrets(self.context.box(), found.id, found.secrets)
            made.secrets = sealed_secrets(self.context.box(), made.id, {}, clear)
            record(
                session, actor, "cloned", "connection", project_id=project_id, noun_id=made.id, name=made.name,
                before={"name": found.name}, after=_facts(made),
            )  # fmt: skip
            return _view(made, store.active_id(session, project_id))

    def activate(self, actor: Actor, project_id: str, reference: str) -> ConnectionView:
        """Make it the destination of tasks that name none. Raises ``DefinitionError`` if it is only a source."""
        with self.context.database.write() as session:
            found = require(session, actor, project_id, reference, Role.EDITOR)
            if not catalog.find(found.kind).destination:
                raise DefinitionError(
                    f"'{found.name}' can only be read from.",
                    hint="Choose a connection that can be loaded into.",
                )
            project = session.get_one(Project, project_id)
            before = project.active_connection_id
            project.active_connection_id = found.id
            record(
                session, actor, "activated", "connection", project_id=project_id, noun_id=found.id,
                name=found.name, before={"active_connection_id": before}, after={"active_connection_id": found.id},
            )  # fmt: skip
            return _view(found, found.id)

    def delete(self, actor: Actor, project_id: str, reference: str, *, force: bool = False) -> None:
        """Delete it. Unless ``force``, raises ``ConflictError`` with the names of the tasks that use it."""
        with self.context.database.write() as session:
            found = require(session, actor, project_id, reference, Role.EDITOR)
            is_active = store.active_id(session, project_id) == found.id
            used = store.tasks_naming(session, project_id, found.name)
            if is_active:
                used = sorted({*used, *store.tasks_without_destination(session, project_id)})
            if not force:
                _unused(used, found.name, "deleted")
            if is_active:
                session.get_one(Project, project_id).active_connection_id = None
            record(
                session, actor, "deleted", "connection", project_id=project_id, noun_id=found.id,
                name=found.name, before={**_facts(found), "tasks": used},
            )  # fmt: skip
            session.delete(found)

    def _configure(self, found: Connection, config: Mapping[str, Any]) -> None:
        connector = catalog.find(found.kind)
        public, secrets = configs.split(connector, configs.expanded(connector, config))
        box = self.context.box()
        kept = {
            path: text for path, text in found.secrets.items() if configs.belongs(path, found.config, public)
        }
        check_connection(connector, found.config, public, kept, secrets)
        made = sealed_secrets(box, found.id, kept, secrets)
        # What stays sealed need not be opened to be checked: its place is enough.
        known = {path: secrets.get(path) or MASK for path in made}
        configs.check(connector, configs.joined(public, known))
        found.config, found.secrets, found.test = public, made, None


def require(session: Session, actor: Actor, project_id: str, reference: str, role: Role) -> Connection:
    """The connection, for who has ``role`` in the project. Raises ``NotFoundError``, ``ForbiddenError``."""
    actor.require(project_id, role)
    found = store.find(session, project_id, reference)
    if found is None:
        raise NotFoundError("connection", reference)
    return found


def configured(context: Context, found: Connection) -> tuple[Connector, dict[str, Any]]:
    """The kind of a connection and its settings, with secrets in clear. Raises ``DefinitionError``."""
    clear = opened_secrets(context.box(), found.id, found.secrets)
    return catalog.find(found.kind), configs.joined(with_variables(found.config, ("config",)), clear)


def _free(session: Session, project_id: str, name: str) -> None:
    if store.named(session, project_id, name) is not None:
        raise ConflictError(f"the name '{name}' is taken by another connection of the project.")


def _unused(tasks: list[str], name: str, what: str) -> None:
    if tasks:
        shown = ", ".join(f"'{task}'" for task in tasks[:20]) + (", …" if len(tasks) > 20 else "")
        noun = "task uses" if len(tasks) == 1 else "tasks use"
        hint = (
            "Change them first, or delete it with force."
            if what == "deleted"
            else "Change them first, or clone it."
        )
        raise ConflictError(f"'{name}' cannot be {what}: {len(tasks)} {noun} it ({shown}).", hint=hint)


def _facts(found: Connection) -> dict[str, Any]:
    return {
        "name": found.name, "kind": found.kind, "description": found.description, "config": found.config,
        "secrets_set": sorted(found.secrets),
    }  # fmt: skip


def _view(found: Connection, active: str | None) -> ConnectionView:
    return _shown({name: getattr(found, name) for name in _LIST.names}, active)


def _shown(found: Mapping[str, Any], active: str | None) -> ConnectionView:
    kind, config, test = found["kind"], found["config"], found["test"]
    try:
        connector = catalog.find(kind)
    except DefinitionError:
        # A kind of a package that is gone: it can still be seen and deleted.
        connector = Connector(kind, kind, "", "", (), source=False, destination=False)
    own = {
        "title": connector.title, "secrets": sorted(found["secrets"]), "source": connector.source,
        "destination": connector.destination, "is_active": found["id"] == active,
        "address": _address(connector.address(config)),
        "test": TestView.model_validate(test) if test else None,
    }  # fmt: skip
    return made(ConnectionView, [{name: (own if name in own else found)[name] for name in _FIELDS}])[0]


def _address(url: str) -> str:
    return public_url(url) if "://" in url else url
