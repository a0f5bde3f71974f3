"""Tasks: definitions of imports, in versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, NotFoundError, StaleEditError
from intakegateway.model.task import TaskSpec
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.tasks import (
    Difference,
    TaskChange,
    TaskFilter,
    TaskSummary,
    TaskView,
    VersionDetail,
    VersionView,
)
from intakegateway.services import task_views as views
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.documents import differences
from intakegateway.services.explain import words
from intakegateway.services.filters import check_word, source_kinds
from intakegateway.services.schedules import Schedules
from intakegateway.services.sealing import masked, opened, sealed
from intakegateway.services.task_definitions import Document, checked, columns_of, ordered, place, unmasked
from intakegateway.store import tasks as store
from intakegateway.store.paging import page, part
from intakegateway.store.tables.base import now
from intakegateway.store.tables.definitions import Task, TaskVersion

Edit = Callable[[Document], Document]
"""A change to a definition in clear."""


class Tasks(Struct, frozen=True):
    """Define imports. Every save of a definition that changes something makes a version."""

    context: Context

    def find_all(
        self, actor: Actor, project_id: str, wanted: TaskFilter, request: PageRequest
    ) -> Page[TaskSummary]:
        """The tasks of a project, each with its last run and its schedule."""
        actor.require(project_id, Role.VIEWER)
        check_word(wanted.source_kind, source_kinds, "a kind of source", "source_kind")
        with self.context.database.read() as session:
            found, total = part(
                session, views.SUMMARY, (project_id, wanted), lambda: store.filtered(project_id, wanted),
                request, store.SORTABLE, "name",
            )  # fmt: skip
            items = views.summaries(session, found)
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def get(self, actor: Actor, project_id: str, reference: str) -> TaskView:
        """One task, by id or name. Raises ``NotFoundError``."""
        with self.context.database.read() as session:
            task = found(session, actor, project_id, reference, Role.VIEWER)
            return views.view(session, self.context, task)

    def spec(self, actor: Actor, project_id: str, reference: str, role: Role = Role.VIEWER) -> TaskSpec:
        """The task as it runs, with its secrets in clear: never to be shown."""
        with self.context.database.read() as session:
            task = found(session, actor, project_id, reference, role)
            return checked(self._clear(session, task))[0]

    def create(self, actor: Actor, project_id: str, given: Mapping[str, Any], note: str = "") -> TaskView:
        """Make a task. Raises ``DefinitionError`` with the key's path, ``ConflictError`` for a taken name."""
        actor.require(project_id, Role.EDITOR)
        with self.context.database.write() as session:
            task = self.add(session, actor, project_id, unmasked(given, None, self.context.box(), ""), note)
            return views.view(session, self.context, task)

    def add(
        self, session: Session, actor: Actor, project_id: str, clear: Mapping[str, Any], note: str = ""
    ) -> Task:
        """Make a task from a definition in clear, in the caller's transaction."""
        spec, document = checked(clear)
        document.pop("schedule", None)
        columns = columns_of(spec)
        _free(session, project_id, columns["name"])
        task = Task(project_id=project_id, created_by=actor.user_id or None, **columns)
        session.add(task)
        session.flush()
        kept = sealed(document, self.context.box(), place(task.id))
        session.add(_version(task, 1, kept, note, actor))
        session.flush()
        record(
            session, actor, "created", "task", project_id=project_id, noun_id=task.id, name=task.name,
            after=masked(kept),
        )  # fmt: skip
        self._schedule(actor, task, spec)
        return task

    def replace(
        self, actor: Actor, project_id: str, reference: str, given: Mapping[str, Any],
        version: int | None = None, note: str = "",
    ) -> TaskView:  # fmt: skip
        """Save a definition; nothing happens when it is what is there. ``***`` keeps a secret."""
        with self.context.database.write() as session:
            task = self._editable(session, actor, project_id, reference, version)
            kept = views.kept(session, task)
            self.save(session, actor, task, unmasked(given, kept.spec, self.context.box(), task.id), note)
            return views.view(session, self.context, task)

    def change(
        self, actor: Actor, project_id: str, reference: str, change: TaskChange, version: int | None = None
    ) -> TaskView:
        """Change the name or the description; the definition says the same."""
        given = change.model_dump(exclude_none=True)
        note = f"Renamed to '{change.name}'" if change.name is not None else ""
        return self.edit(actor, project_id, reference, lambda found: found | given, version, note)

    def edit(
        self, actor: Actor, project_id: str, reference: str, edit: Edit, version: int | None = None,
        note: str = "",
    ) -> TaskView:  # fmt: skip
        """Save what ``edit`` makes of the definition in clear."""
        with self.context.database.write() as session:
            task = self._editable(session, actor, project_id, reference, version)
            self.save(session, actor, task, edit(dict(self._clear(session, task))), note)
            return views.view(session, self.context, task)

    def save(
        self, session: Session, actor: Actor, task: Task, clear: Mapping[str, Any], note: str = ""
    ) -> bool:
        """A new version of a task from a definition in clear; False when nothing differs."""
        spec, document = checked(clear)
        document.pop("schedule", None)
        self._schedule(actor, task, spec)
        before = views.kept(session, task)
        if document == self._clear(session, task):
            return False
        columns = columns_of(spec)
        if columns["name"] != task.name:
            _free(session, task.project_id, columns["name"])
        kept = sealed(document, self.context.box(), place(task.id))
        number = store.last_number(session, task) + 1
        session.add(_version(task, number, kept, note, actor))
        for key, value in columns.items():
            setattr(task, key, value)
        task.current = number
        task.version += 1
        task.updated_at = now()
        session.flush()
        record(
            session, actor, "updated", "task", project_id=task.project_id, noun_id=task.id, name=task.name,
            before=masked(before.spec), after=masked(kept),
        )  # fmt: skip
        return True

    def clone(self, actor: Actor, project_id: str, reference: str, name: str | None = None) -> TaskView:
        """A copy with another name, without runs, schedule and push token."""
        with self.context.database.write() as session:
            task = found(session, actor, project_id, reference, Role.EDITOR)
            copy = {**self._clear(session, task), "name": name or _copy_name(session, task)}
            made = self.add(session, actor, project_id, copy, f"Copied from '{task.name}'")
            return views.view(session, self.context, made)

    def delete(self, actor: Actor, project_id: str, reference: str, version: int | None = None) -> None:
        """Forget a task with its versions and its schedule; its runs stay."""
        with self.context.database.write() as session:
            task = self._editable(session, actor, project_id, reference, version)
            if store.is_running(session, task):
                raise ConflictError(
                    f"the task '{task.name}' has a run that waits or runs.", hint="Cancel it first."
                )
            record(
                session, actor, "deleted", "task", project_id=project_id, noun_id=task.id, name=task.name,
                before=masked(views.kept(session, task).spec),
            )  # fmt: skip
            session.delete(task)

    def versions(
        self, actor: Actor, project_id: str, reference: str, request: PageRequest
    ) -> Page[VersionView]:
        """The versions of a task, the newest first."""
        with self.context.database.read() as session:
            task = found(session, actor, project_id, reference, Role.VIEWER)
            sortable = {"number": TaskVersion.number, "id": TaskVersion.id}
            rows, total = page(session, store.versions(task), request, sortable, "-number")
            items = [views.version_view(task, row) for row in rows]
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def version(self, actor: Actor, project_id: str, reference: str, number: int) -> VersionDetail:
        """One version with its definition. Raises ``NotFoundError``."""
        with self.context.database.read() as session:
            task = found(session, actor, project_id, reference, Role.VIEWER)
            row = _numbered(session, task, number)
            shown = views.version_view(task, row)
            return VersionDetail(**shown.model_dump(), definition=ordered(masked(row.spec)))

    def diff(self, actor: Actor, project_id: str, reference: str, older: int, newer: int) -> list[Difference]:
        """Where two versions differ; of secrets only that they do."""
        with self.context.database.read() as session:
            task = found(session, actor, project_id, reference, Role.VIEWER)
            one, other = (_numbered(session, task, number) for number in (older, newer))
            changes = differences(self._opened(task, one), self._opened(task, other))
            before, after = masked(one.spec), masked(other.spec)
            return [
                Difference(path=words(path), before=_at(before, path), after=_at(after, path))
                for path, _, _ in changes
            ]

    def restore(
        self, actor: Actor, project_id: str, reference: str, number: int, version: int | None = None
    ) -> TaskView:
        """Make a version the current one again: as a new version, so that nothing is lost."""
        with self.context.database.write() as session:
            task = self._editable(session, actor, project_id, reference, version)
            row = _numbered(session, task, number)
            clear = {**self._opened(task, row), "name": task.name}
            self.save(session, actor, task, clear, f"Restored from version {number}")
            return views.view(session, self.context, task)

    def _schedule(self, actor: Actor, task: Task, spec: TaskSpec) -> None:
        """A schedule that stands in the definition becomes the task's; without one, it keeps the one it has."""
        if spec.schedule is not None:
            Schedules(self.context).put(actor, task.project_id, task.id, spec.schedule)

    def _editable(
        self, session: Session, actor: Actor, project_id: str, reference: str, version: int | None
    ) -> Task:
        task = found(session, actor, project_id, reference, Role.EDITOR)
        if version is not None and version != task.version:
            raise StaleEditError("task")
        return task

    def _clear(self, session: Session, task: Task) -> Document:
        return self._opened(task, views.kept(session, task))

    def _opened(self, task: Task, row: TaskVersion) -> Document:
        return ordered(opened(row.spec, self.context.box(), place(task.id)))


def found(session: Session, actor: Actor, project_id: str, reference: str, role: Role) -> Task:
    """A task of a project, for who may do ``role`` there. Raises ``NotFoundError``, ``ForbiddenError``."""
    actor.require(project_id, role)
    task = store.find(session, project_id, reference)
    if task is None:
        raise NotFoundError("task", reference)
    return task


def _numbered(session: Session, task: Task, number: int) -> TaskVersion:
    row = store.version(session, task, number)
    if row is None:
        raise NotFoundError(f"version of '{task.name}' with the number", str(number))
    return row


def _version(task: Task, number: int, kept: Document, note: str, actor: Actor) -> TaskVersion:
    return TaskVersion(
        task_id=task.id, number=number, spec=kept, note=note[:500], created_by=actor.user_id or None,
        created_by_name=actor.name,
    )  # fmt: skip


def _free(session: Session, project_id: str, name: str) -> None:
    taken = select(Task.id).where(Task.project_id == project_id, Task.name == name)
    if session.scalar(taken) is not None:
        raise ConflictError(f"the name '{name}' is taken by another task.")


def _copy_name(session: Session, task: Task) -> str:
    for number in range(1, 1000):
        name = f"copy of {task.name[:180]}" + (f" ({number})" if number > 1 else "")
        if store.find(session, task.project_id, name) is None:
            return name
    raise ConflictError(f"there are too many copies of '{task.name}'.", hint="Give the copy a name.")


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        if isinstance(document, Mapping):
            document = document.get(str(step))
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document
