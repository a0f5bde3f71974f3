"""What commands ask a gateway about definitions: tasks, mappings, templates, schemas; see ``client``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from intakegateway.model.views.base import Page, PageRequest
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

View = TypeVar("View", bound=BaseModel, covariant=True)


class Definitions(Protocol):
    """The tasks of a project, each by name or id. ``held``: the version that was read and is edited."""

    def create(self, definition: dict[str, Any], note: str) -> TaskView:
        """Make one."""
        ...

    def replace(self, task: str, definition: dict[str, Any], note: str, held: int | None) -> TaskView:
        """Save another definition; ``***`` where a secret was keeps it."""
        ...

    def change(self, task: str, change: TaskChange) -> TaskView:
        """Rename or describe it."""
        ...

    def clone(self, task: str, name: str | None) -> TaskView:
        """A copy."""
        ...

    def versions(self, task: str, page: PageRequest) -> Page[VersionView]:
        """A part of its versions, the newest first."""
        ...

    def version(self, task: str, number: int) -> VersionDetail:
        """One version with its definition."""
        ...

    def diff(self, task: str, older: int, newer: int) -> list[Difference]:
        """Where two versions differ."""
        ...

    def restore(self, task: str, number: int) -> TaskView:
        """Go back to a version, as a new one."""
        ...

    def cursor(self, task: str) -> CursorView:
        """How far it has read, of a task that reads only what is new."""
        ...

    def forget_cursor(self, task: str) -> None:
        """Let it read from the beginning again."""
        ...

    def push(self, task: str, *, secret: bool) -> PushToken:
        """A new token (or signing secret) of its push address, shown this once."""
        ...

    def end_push(self, task: str, *, secret: bool) -> None:
        """No token (or signature) lets anybody push any more."""
        ...


class Mappings(Protocol):
    """The mappings of a task."""

    def find_all(self, task: str) -> MappingsView:
        """In their order."""
        ...

    def export(self, task: str, *, as_yaml: bool) -> str:
        """The text of a file with them."""
        ...

    def take(self, task: str, text: str) -> MappingsView:
        """Put those of a file in place of those that are there."""
        ...

    def clear(self, task: str) -> MappingsView:
        """Take all out."""
        ...

    def apply(self, task: str, use: TemplateUse) -> MappingsView:
        """Apply a template."""
        ...

    def match(self, draft: MatchDraft) -> list[MatchView]:
        """Which field belongs to which column."""
        ...


class Shelf(Protocol[View]):
    """Templates, or schemas, of a project, each by name or id."""

    def find_all(self, search: str, page: PageRequest) -> Page[Any]:
        """A part of them, by name."""
        ...

    def get(self, name: str) -> View:
        """One."""
        ...

    def create(self, draft: Any) -> View:
        """Make one."""
        ...

    def change(self, name: str, change: Any) -> View:
        """Change what is given."""
        ...

    def delete(self, name: str) -> None:
        """Forget one."""
        ...
