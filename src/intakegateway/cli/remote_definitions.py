"""Tasks, mappings, templates and schemas of a gateway that serves elsewhere; see ``remote_client``."""

from __future__ import annotations

import json
from typing import Any, Generic, TypeVar

from msgspec import Struct
from pydantic import RootModel

from intakegateway.cli.execution import plain
from intakegateway.cli.remote_calls import Calls, Text, part, query_of
from intakegateway.model.views.base import Page, PageRequest, Shown
from intakegateway.model.views.cursors import CursorView
from intakegateway.model.views.helpers import MatchDraft, MatchView
from intakegateway.model.views.tasks import (
    Difference,
    MappingsView,
    PushToken,
    TaskChange,
    TaskCopy,
    TaskView,
    TemplateUse,
    VersionDetail,
    VersionView,
)

View = TypeVar("View", bound=Shown)


class RemoteDefinitions(Struct, frozen=True):
    """The tasks of a project."""

    calls: Calls

    def create(self, definition: dict[str, Any], note: str) -> TaskView:
        """Make one."""
        return self.calls.view(TaskView, "POST", "/tasks", _written(definition), note=note or None)

    def replace(self, task: str, definition: dict[str, Any], note: str, held: int | None) -> TaskView:
        """Save another definition; ``***`` where a secret was keeps it."""
        return self.calls.view(
            TaskView, "PUT", f"/tasks/{part(task)}", _written(definition), held=held, note=note or None
        )

    def change(self, task: str, change: TaskChange) -> TaskView:
        """Rename or describe it."""
        return self.calls.view(TaskView, "PATCH", f"/tasks/{part(task)}", change)

    def clone(self, task: str, name: str | None) -> TaskView:
        """A copy."""
        return self.calls.view(TaskView, "POST", f"/tasks/{part(task)}/clone", TaskCopy(name=name))

    def versions(self, task: str, page: PageRequest) -> Page[VersionView]:
        """A part of its versions, the newest first."""
        return self.calls.view(Page[VersionView], "GET", f"/tasks/{part(task)}/versions", **query_of(page))

    def version(self, task: str, number: int) -> VersionDetail:
        """One version with its definition."""
        return self.calls.view(VersionDetail, "GET", f"/tasks/{part(task)}/versions/{number}")

    def diff(self, task: str, older: int, newer: int) -> list[Difference]:
        """Where two versions differ."""
        return self.calls.views(Difference, "GET", f"/tasks/{part(task)}/versions/{older}/diff", to=newer)

    def restore(self, task: str, number: int) -> TaskView:
        """Go back to a version, as a new one."""
        return self.calls.view(TaskView, "POST", f"/tasks/{part(task)}/versions/{number}/restore")

    def cursor(self, task: str) -> CursorView:
        """How far it has read, of a task that reads only what is new."""
        return self.calls.view(CursorView, "GET", f"/tasks/{part(task)}/cursor")

    def forget_cursor(self, task: str) -> None:
        """Let it read from the beginning again."""
        self.calls.call("DELETE", f"/tasks/{part(task)}/cursor")

    def push(self, task: str, *, secret: bool) -> PushToken:
        """A new token (or signing secret) of its push address, shown this once."""
        return self.calls.view(PushToken, "POST", _push(task, secret))

    def end_push(self, task: str, *, secret: bool) -> None:
        """No token (or signature) lets anybody push any more."""
        self.calls.call("DELETE", _push(task, secret))


class RemoteMappings(Struct, frozen=True):
    """The mappings of a task."""

    calls: Calls

    def find_all(self, task: str) -> MappingsView:
        """In their order."""
        return self.calls.view(MappingsView, "GET", f"/tasks/{part(task)}/mappings")

    def export(self, task: str, *, as_yaml: bool) -> str:
        """The text of a file with them."""
        form = "yaml" if as_yaml else "json"
        return self.calls.call("GET", f"/tasks/{part(task)}/mappings/file", format=form).text

    def take(self, task: str, text: str) -> MappingsView:
        """Put those of a file in place of those that are there."""
        file = Text(text, "application/yaml")
        return self.calls.view(MappingsView, "PUT", f"/tasks/{part(task)}/mappings/file", file)

    def clear(self, task: str) -> MappingsView:
        """Take all out."""
        return self.calls.view(MappingsView, "DELETE", f"/tasks/{part(task)}/mappings")

    def apply(self, task: str, use: TemplateUse) -> MappingsView:
        """Apply a template."""
        return self.calls.view(MappingsView, "POST", f"/tasks/{part(task)}/mappings/apply", use)

    def match(self, draft: MatchDraft) -> list[MatchView]:
        """Which field belongs to which column."""
        return self.calls.view(RootModel[list[MatchView]], "POST", "/auto-match", draft).root


class RemoteShelf(Struct, Generic[View], frozen=True):
    """Templates, or schemas, of a project, at ``path``."""

    calls: Calls
    path: str
    noun: type[View]

    def find_all(self, search: str, page: PageRequest) -> Page[View]:
        """A part of them, by name."""
        pages: type[Page[View]] = Page[self.noun]  # type: ignore[name-defined]
        return self.calls.view(pages, "GET", self.path, search=search, **query_of(page))

    def get(self, name: str) -> View:
        """One."""
        return self.calls.view(self.noun, "GET", f"{self.path}/{part(name)}")

    def create(self, draft: Any) -> View:
        """Make one."""
        return self.calls.view(self.noun, "POST", self.path, _given(draft))

    def change(self, name: str, change: Any) -> View:
        """Change what is given."""
        return self.calls.view(self.noun, "PATCH", f"{self.path}/{part(name)}", _given(change))

    def delete(self, name: str) -> None:
        """Forget one."""
        self.calls.call("DELETE", f"{self.path}/{part(name)}")


def _written(definition: dict[str, Any]) -> Text:
    return Text(json.dumps(plain(definition), ensure_ascii=False))


def _given(model: Any) -> Text:
    """All that was given, also what is null."""
    return Text(model.model_dump_json(exclude_unset=True, by_alias=True))


def _push(task: str, secret: bool) -> str:
    return f"/tasks/{part(task)}/push/{'secret' if secret else 'token'}"
