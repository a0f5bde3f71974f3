"""Tasks, mappings, templates and schemas of the store of this machine; see ``local_client``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from intakegateway.bootstrap import Gateway
from intakegateway.model.views.base import Page, PageRequest, Shown
from intakegateway.model.views.cursors import CursorView
from intakegateway.model.views.helpers import MatchDraft, MatchView
from intakegateway.model.views.tasks import (
    Difference,
    MappingsView,
    PushToken,
    TaskChange,
    TaskView,
    TemplateUse,
    VersionDetail,
    VersionView,
)
from intakegateway.services.accounts import COMMAND_LINE
from intakegateway.services.shelves import Shelf

View = TypeVar("View", bound=Shown)


class LocalDefinitions(Struct, frozen=True):
    """The tasks of a project."""

    gateway: Gateway
    project: Callable[[], str]

    def create(self, definition: dict[str, Any], note: str) -> TaskView:
        """Make one."""
        return self.gateway.tasks.create(COMMAND_LINE, self.project(), definition, note)

    def replace(self, task: str, definition: dict[str, Any], note: str, held: int | None) -> TaskView:
        """Save another definition; ``***`` where a secret was keeps it."""
        return self.gateway.tasks.replace(COMMAND_LINE, self.project(), task, definition, held, note)

    def change(self, task: str, change: TaskChange) -> TaskView:
        """Rename or describe it."""
        return self.gateway.tasks.change(COMMAND_LINE, self.project(), task, change)

    def clone(self, task: str, name: str | None) -> TaskView:
        """A copy."""
        return self.gateway.tasks.clone(COMMAND_LINE, self.project(), task, name)

    def versions(self, task: str, page: PageRequest) -> Page[VersionView]:
        """A part of its versions, the newest first."""
        return self.gateway.tasks.versions(COMMAND_LINE, self.project(), task, page)

    def version(self, task: str, number: int) -> VersionDetail:
        """One version with its definition."""
        return self.gateway.tasks.version(COMMAND_LINE, self.project(), task, number)

    def diff(self, task: str, older: int, newer: int) -> list[Difference]:
        """Where two versions differ."""
        return self.gateway.tasks.diff(COMMAND_LINE, self.project(), task, older, newer)

    def restore(self, task: str, number: int) -> TaskView:
        """Go back to a version, as a new one."""
        return self.gateway.tasks.restore(COMMAND_LINE, self.project(), task, number)

    def cursor(self, task: str) -> CursorView:
        """How far it has read, of a task that reads only what is new."""
        return self.gateway.task_cursors.get(COMMAND_LINE, self.project(), task)

    def forget_cursor(self, task: str) -> None:
        """Let it read from the beginning again."""
        self.gateway.task_cursors.forget(COMMAND_LINE, self.project(), task)

    def push(self, task: str, *, secret: bool) -> PushToken:
        """A new token (or signing secret) of its push address, shown this once."""
        make = self.gateway.pushes.make_secret if secret else self.gateway.pushes.make_token
        return make(COMMAND_LINE, self.project(), task)

    def end_push(self, task: str, *, secret: bool) -> None:
        """No token (or signature) lets anybody push any more."""
        self.gateway.pushes.disable(COMMAND_LINE, self.project(), task, secret=secret)


class LocalMappings(Struct, frozen=True):
    """The mappings of a task."""

    gateway: Gateway
    project: Callable[[], str]

    def find_all(self, task: str) -> MappingsView:
        """In their order."""
        return self.gateway.mappings.find_all(COMMAND_LINE, self.project(), task)

    def export(self, task: str, *, as_yaml: bool) -> str:
        """The text of a file with them."""
        return self.gateway.mappings.exported(COMMAND_LINE, self.project(), task, as_yaml_text=as_yaml)

    def take(self, task: str, text: str) -> MappingsView:
        """Put those of a file in place of those that are there."""
        return self.gateway.mappings.imported(COMMAND_LINE, self.project(), task, text)

    def clear(self, task: str) -> MappingsView:
        """Take all out."""
        return self.gateway.mappings.clear(COMMAND_LINE, self.project(), task)

    def apply(self, task: str, use: TemplateUse) -> MappingsView:
        """Apply a template."""
        return self.gateway.mappings.apply(COMMAND_LINE, self.project(), task, use)

    def match(self, draft: MatchDraft) -> list[MatchView]:
        """Which field belongs to which column."""
        return self.gateway.mapping_help.auto_match(COMMAND_LINE, self.project(), draft)


class LocalShelf(Struct, Generic[View], frozen=True):
    """Templates, or schemas, of a project."""

    shelf: Shelf[View]
    project: Callable[[], str]

    def find_all(self, search: str, page: PageRequest) -> Page[View]:
        """A part of them, by name."""
        return self.shelf.find_all(COMMAND_LINE, self.project(), page, search)

    def get(self, name: str) -> View:
        """One."""
        return self.shelf.get(COMMAND_LINE, self.project(), name)

    def create(self, draft: Any) -> View:
        """Make one."""
        return self.shelf.create(COMMAND_LINE, self.project(), draft)

    def change(self, name: str, change: Any) -> View:
        """Change what is given."""
        return self.shelf.change(COMMAND_LINE, self.project(), name, change)

    def delete(self, name: str) -> None:
        """Forget one."""
        self.shelf.delete(COMMAND_LINE, self.project(), name)
