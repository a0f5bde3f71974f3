"""Schemas and templates: named things of a project that tasks take up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, NotFoundError, StaleEditError
from intakegateway.model.load import HeldColumn, check_columns
from intakegateway.model.views.audit import Action
from intakegateway.model.views.audit import Noun as AuditNoun
from intakegateway.model.views.base import Given, Page, PageRequest, Shown
from intakegateway.model.views.shelves import SchemaView, TemplateView
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.documents import storable
from intakegateway.store import shelves as store
from intakegateway.store import tasks
from intakegateway.store.paging import page
from intakegateway.store.tables.base import now
from intakegateway.store.tables.definitions import Schema, Template

View = TypeVar("View", bound=Shown)


class Noun(Struct, Generic[View], frozen=True):
    """What tells schemas from templates."""

    name: AuditNoun
    table: Any
    view: type[View]
    check: Callable[[Mapping[str, Any]], dict[str, Any]]
    """The columns of a row from what was given, in one form. Raises ``DefinitionError``."""
    users: Callable[[Session, str], Mapping[str, list[str]]]
    """The names of the tasks of a project that keep one from being deleted, by its id or name."""


class Shelf(Struct, Generic[View], frozen=True):
    """Create, read, change, delete."""

    context: Context
    noun: Noun[View]

    def find_all(self, actor: Actor, project_id: str, request: PageRequest, search: str = "") -> Page[View]:
        """Those of a project."""
        actor.require(project_id, Role.VIEWER)
        table = self.noun.table
        sortable = {key: getattr(table, key) for key in ("id", "name", "created_at", "updated_at")}
        with self.context.database.read() as session:
            query = store.filtered(table, project_id, search)
            found, total = page(session, query, request, sortable, "name")
            users = self.noun.users(session, project_id)
            items = [self._view(one, users) for one in found]
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def get(self, actor: Actor, project_id: str, reference: str) -> View:
        """One, by id or name. Raises ``NotFoundError``."""
        with self.context.database.read() as session:
            row = self._found(session, actor, project_id, reference, Role.VIEWER)
            return self._view(row, self.noun.users(session, project_id))

    def create(self, actor: Actor, project_id: str, draft: Given) -> View:
        """Make one. Raises ``ConflictError`` for a name that is taken, ``DefinitionError``."""
        actor.require(project_id, Role.EDITOR)
        given = self.noun.check(draft.model_dump())
        with self.context.database.write() as session:
            self._free(session, project_id, given["name"])
            row = self.noun.table(project_id=project_id, **given)
            session.add(row)
            session.flush()
            self._note(session, actor, "created", row, None, given)
            return self._view(row, self.noun.users(session, project_id))

    def change(
        self, actor: Actor, project_id: str, reference: str, change: Given, version: int | None = None
    ) -> View:
        """Change what is given. Raises ``StaleEditError`` when ``version`` is not that of now."""
        given = self.noun.check(change.model_dump(exclude_none=True))
        with self.context.database.write() as session:
            row = self._found(session, actor, project_id, reference, Role.EDITOR)
            if version is not None and version != row.version:
                raise StaleEditError(self.noun.name)
            before = {key: getattr(row, key) for key in given}
            if given.get("name", row.name) != row.name:
                self._unused(session, row, "renamed")
                self._free(session, project_id, given["name"])
            for key, value in given.items():
                setattr(row, key, value)
            if before != given:
                row.version += 1
                row.updated_at = now()
                self._note(session, actor, "updated", row, before, given)
            return self._view(row, self.noun.users(session, project_id))

    def delete(self, actor: Actor, project_id: str, reference: str, version: int | None = None) -> None:
        """Forget one. Raises ``ConflictError`` with the names of the tasks that need it."""
        with self.context.database.write() as session:
            row = self._found(session, actor, project_id, reference, Role.EDITOR)
            if version is not None and version != row.version:
                raise StaleEditError(self.noun.name)
            self._unused(session, row, "deleted")
            self._note(session, actor, "deleted", row, {"name": row.name}, None)
            session.delete(row)

    def _unused(self, session: Session, row: Any, what: str) -> None:
        users = _users_of(row, self.noun.users(session, row.project_id))
        if users:
            shown = ", ".join(f"'{one}'" for one in users[:10])
            raise ConflictError(
                f"the {self.noun.name} '{row.name}' cannot be {what}: tasks are held to it: {shown}."
            )

    def _found(self, session: Session, actor: Actor, project_id: str, reference: str, role: Role) -> Any:
        actor.require(project_id, role)
        row = store.find(session, self.noun.table, project_id, reference)
        if row is None:
            raise NotFoundError(self.noun.name, reference)
        return row

    def _free(self, session: Session, project_id: str, name: str) -> None:
        taken = store.find(session, self.noun.table, project_id, name)
        if taken is not None:
            raise ConflictError(f"the name '{name}' is taken by another {self.noun.name}.")

    def _note(
        self, session: Session, actor: Actor, action: Action, row: Any, before: Any, after: Any
    ) -> None:
        record(
            session, actor, action, self.noun.name, project_id=row.project_id, noun_id=row.id, name=row.name,
            before=before, after=after,
        )  # fmt: skip

    def _view(self, row: Any, users: Mapping[str, list[str]]) -> View:
        view = self.noun.view.model_validate(row)
        found = _users_of(row, users)
        return view.model_copy(update={"used_by": found}) if found else view


def _users_of(row: Any, users: Mapping[str, list[str]]) -> list[str]:
    return sorted({*users.get(row.name, ()), *users.get(row.id, ())})


def _schema(given: Mapping[str, Any]) -> dict[str, Any]:
    storable(given)
    if "columns" in given:
        try:
            check_columns([HeldColumn.model_validate(one) for one in given["columns"]])
        except ValueError as error:
            raise DefinitionError(str(error), path=("columns",)) from None
    return dict(given)


def _template(given: Mapping[str, Any]) -> dict[str, Any]:
    storable(given)
    if "mappings" not in given:
        return dict(given)
    return {**given, "mappings": plain_mappings(given["mappings"])}


def plain_mappings(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Mappings, checked, in one form. Raises ``DefinitionError`` with the path ``mappings[…]``."""
    from intakegateway.services.definitions import validated

    task = {"name": "-", "source": {"path": "-"}, "load": {"to": "-", "table": "-"}, "mapping": list(given)}
    try:
        found = validated(task).mapping
    except DefinitionError as error:
        path = ("mappings", *error.path[1:])
        raise DefinitionError(error.message, hint=error.hint, path=path) from None
    return [one.model_dump(mode="json", by_alias=True, exclude_unset=True) for one in found]


def _held(session: Session, project_id: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for _, name, spec in tasks.current_specs(session, project_id):
        held_to = (spec.get("load") or {}).get("schema")
        if held_to:
            found.setdefault(held_to, []).append(name)
    return found


SCHEMAS: Noun[SchemaView] = Noun("schema", Schema, SchemaView, _schema, _held)
TEMPLATES: Noun[TemplateView] = Noun(
    "template", Template, TemplateView, _template, lambda _session, _project_id: {}
)
