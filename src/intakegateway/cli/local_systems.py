"""Connections and schedules of the store of this machine, to change them; see ``local_client``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from msgspec import Struct

from intakegateway.bootstrap import Gateway
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
from intakegateway.services.accounts import COMMAND_LINE
from intakegateway.services.connections import connector_schema, connectors


class LocalConnections(Struct, frozen=True):
    """The connections of a project."""

    gateway: Gateway
    project: Callable[[], str]

    def kinds(self) -> list[ConnectorView]:
        """The kinds that there are."""
        return connectors()

    def settings(self, kind: str) -> dict[str, Any]:
        """What a kind can be set to, as a JSON Schema."""
        return connector_schema(kind)

    def get(self, connection: str) -> ConnectionView:
        """One, without its secrets."""
        return self.gateway.connections.get(COMMAND_LINE, self.project(), connection)

    def create(self, draft: ConnectionDraft) -> ConnectionView:
        """Make one."""
        return self.gateway.connections.create(COMMAND_LINE, self.project(), draft)

    def change(self, connection: str, change: ConnectionChange, held: int | None) -> ConnectionView:
        """Change one. ``held``: the version that was read and is edited."""
        return self.gateway.connections.change(COMMAND_LINE, self.project(), connection, change, held)

    def clone(self, connection: str, name: str) -> ConnectionView:
        """A copy, with its secrets."""
        draft = ConnectionClone(name=name)
        return self.gateway.connections.clone(COMMAND_LINE, self.project(), connection, draft)

    def activate(self, connection: str) -> ConnectionView:
        """Let tasks that name no destination load into it."""
        return self.gateway.connections.activate(COMMAND_LINE, self.project(), connection)

    def delete(self, connection: str, force: bool) -> None:
        """Delete one; with ``force`` also one that tasks use."""
        self.gateway.connections.delete(COMMAND_LINE, self.project(), connection, force=force)

    def tables(self, connection: str, schema: str) -> TablesView:
        """Its tables."""
        return self.gateway.introspection.tables(COMMAND_LINE, self.project(), connection, schema)

    def columns(self, connection: str, table: str, schema: str) -> TableShapeView:
        """A table's columns and keys."""
        return self.gateway.introspection.columns(COMMAND_LINE, self.project(), connection, table, schema)

    def query(self, connection: str, draft: QueryDraft) -> QueryView:
        """The first rows of a query."""
        return self.gateway.introspection.query(COMMAND_LINE, self.project(), connection, draft)


class LocalSchedules(Struct, frozen=True):
    """The schedules of tasks."""

    gateway: Gateway
    project: Callable[[], str]

    def put(self, task: str, spec: ScheduleSpec) -> ScheduleView:
        """Give a task a schedule, or another one."""
        return self.gateway.schedules.put(COMMAND_LINE, self.project(), task, spec)

    def delete(self, task: str) -> None:
        """Take it away."""
        self.gateway.schedules.delete(COMMAND_LINE, self.project(), task)

    def resume(self, task: str) -> ScheduleView:
        """Go on after a pause."""
        return self.gateway.schedules.resume(COMMAND_LINE, self.project(), task)

    def backfill(self, task: str, wanted: Backfill) -> BackfillView:
        """Run for the planned moments of a time that is over."""
        return self.gateway.schedules.backfill(COMMAND_LINE, self.project(), task, wanted)

    def calendar(self, first: date, last: date, timezone: str) -> CalendarView:
        """What is planned, day by day."""
        return self.gateway.schedules.calendar(COMMAND_LINE, self.project(), first, last, timezone)
