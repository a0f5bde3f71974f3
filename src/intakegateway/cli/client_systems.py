"""What commands ask a gateway about connections and schedules, to change them; see ``client``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import date

    from intakegateway.model.schedule import ScheduleSpec
    from intakegateway.model.views.connections import (
        ConnectionChange,
        ConnectionDraft,
        ConnectionView,
        ConnectorView,
        QueryDraft,
        QueryView,
        TableShapeView,
        TablesView,
    )
    from intakegateway.model.views.schedules import Backfill, BackfillView, CalendarView, ScheduleView


class Connections(Protocol):
    """The connections of a project, each by name or id."""

    def kinds(self) -> list[ConnectorView]:
        """The kinds that there are."""
        ...

    def settings(self, kind: str) -> dict[str, Any]:
        """What a kind can be set to, as a JSON Schema."""
        ...

    def get(self, connection: str) -> ConnectionView:
        """One, without its secrets."""
        ...

    def create(self, draft: ConnectionDraft) -> ConnectionView:
        """Make one."""
        ...

    def change(self, connection: str, change: ConnectionChange, held: int | None) -> ConnectionView:
        """Change one. ``held``: the version that was read and is edited."""
        ...

    def clone(self, connection: str, name: str) -> ConnectionView:
        """A copy, with its secrets."""
        ...

    def activate(self, connection: str) -> ConnectionView:
        """Let tasks that name no destination load into it."""
        ...

    def delete(self, connection: str, force: bool) -> None:
        """Delete one; with ``force`` also one that tasks use."""
        ...

    def tables(self, connection: str, schema: str) -> TablesView:
        """Its tables."""
        ...

    def columns(self, connection: str, table: str, schema: str) -> TableShapeView:
        """A table's columns and keys."""
        ...

    def query(self, connection: str, draft: QueryDraft) -> QueryView:
        """The first rows of a query."""
        ...


class Schedules(Protocol):
    """The schedules of tasks, each by its task's name or id."""

    def put(self, task: str, spec: ScheduleSpec) -> ScheduleView:
        """Give a task a schedule, or another one."""
        ...

    def delete(self, task: str) -> None:
        """Take it away."""
        ...

    def resume(self, task: str) -> ScheduleView:
        """Go on after a pause."""
        ...

    def backfill(self, task: str, wanted: Backfill) -> BackfillView:
        """Run for the planned moments of a time that is over."""
        ...

    def calendar(self, first: date, last: date, timezone: str) -> CalendarView:
        """What is planned, day by day."""
        ...
