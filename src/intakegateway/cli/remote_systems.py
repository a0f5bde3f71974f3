"""Connections and schedules of a gateway that serves elsewhere, to change them; see ``remote_client``."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import Struct
from pydantic import RootModel

from intakegateway.cli.remote_calls import Calls, Text, part
from intakegateway.model.schedule import ScheduleSpec
from intakegateway.model.views.connections import (
    ConnectionChange,
    ConnectionClone,
    ConnectionDraft,
    ConnectionView,
    ConnectorView,
    QueryDraft,
    QueryView,
    TableShapeView,
    TablesView,
)
from intakegateway.model.views.schedules import Backfill, BackfillView, CalendarView, ScheduleView


class RemoteConnections(Struct, frozen=True):
    """The connections of a project."""

    calls: Calls

    def kinds(self) -> list[ConnectorView]:
        """The kinds that there are."""
        return self.calls.views(ConnectorView, "GET", "/connectors")

    def settings(self, kind: str) -> dict[str, Any]:
        """What a kind can be set to, as a JSON Schema."""
        return self.calls.view(RootModel[dict[str, Any]], "GET", f"/connectors/{part(kind)}/schema").root

    def get(self, connection: str) -> ConnectionView:
        """One, without its secrets."""
        return self.calls.view(ConnectionView, "GET", _path(connection))

    def create(self, draft: ConnectionDraft) -> ConnectionView:
        """Make one."""
        return self.calls.view(ConnectionView, "POST", "/connections", draft)

    def change(self, connection: str, change: ConnectionChange, held: int | None) -> ConnectionView:
        """Change one; null takes a secret away. ``held``: the version that was read and is edited."""
        given = Text(change.model_dump_json(exclude_unset=True))
        return self.calls.view(ConnectionView, "PATCH", _path(connection), given, held=held)

    def clone(self, connection: str, name: str) -> ConnectionView:
        """A copy, with its secrets."""
        draft = ConnectionClone(name=name)
        return self.calls.view(ConnectionView, "POST", f"{_path(connection)}/clone", draft)

    def activate(self, connection: str) -> ConnectionView:
        """Let tasks that name no destination load into it."""
        return self.calls.view(ConnectionView, "POST", f"{_path(connection)}/activate")

    def delete(self, connection: str, force: bool) -> None:
        """Delete one; with ``force`` also one that tasks use."""
        self.calls.call("DELETE", _path(connection), force=force)

    def tables(self, connection: str, schema: str) -> TablesView:
        """Its tables."""
        return self.calls.view(TablesView, "GET", f"{_path(connection)}/tables", schema=schema)

    def columns(self, connection: str, table: str, schema: str) -> TableShapeView:
        """A table's columns and keys."""
        path = f"{_path(connection)}/tables/{part(table)}/columns"
        return self.calls.view(TableShapeView, "GET", path, schema=schema)

    def query(self, connection: str, draft: QueryDraft) -> QueryView:
        """The first rows of a query."""
        return self.calls.view(QueryView, "POST", f"{_path(connection)}/query-preview", draft)


class RemoteSchedules(Struct, frozen=True):
    """The schedules of tasks."""

    calls: Calls

    def put(self, task: str, spec: ScheduleSpec) -> ScheduleView:
        """Give a task a schedule, or another one."""
        given = Text(spec.model_dump_json(exclude_unset=True, by_alias=True))
        return self.calls.view(ScheduleView, "PUT", _schedule(task), given)

    def delete(self, task: str) -> None:
        """Take it away."""
        self.calls.call("DELETE", _schedule(task))

    def resume(self, task: str) -> ScheduleView:
        """Go on after a pause."""
        return self.calls.view(ScheduleView, "POST", f"{_schedule(task)}/resume")

    def backfill(self, task: str, wanted: Backfill) -> BackfillView:
        """Run for the planned moments of a time that is over."""
        return self.calls.view(BackfillView, "POST", f"{_schedule(task)}/backfill", wanted)

    def calendar(self, first: date, last: date, timezone: str) -> CalendarView:
        """What is planned, day by day."""
        times: dict[str, Any] = {"from": first.isoformat(), "to": last.isoformat(), "timezone": timezone}
        return self.calls.view(CalendarView, "GET", "/schedules/calendar", **times)


def _path(connection: str) -> str:
    return f"/connections/{part(connection)}"


def _schedule(task: str) -> str:
    return f"/tasks/{part(task)}/schedule"
