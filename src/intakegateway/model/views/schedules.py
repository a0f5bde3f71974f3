"""Schedules as people see them."""

from datetime import date, datetime

from pydantic import Field

from intakegateway.model.schedule import ScheduleSpec
from intakegateway.model.views.base import Given, Shown


class PlannedRun(Shown):
    """A moment to come."""

    at: datetime
    """In UTC."""
    local: str
    """In the schedule's time zone, with its offset."""
    remark: str = ""
    """What a change of the clocks does to it."""


class SchedulePreview(Shown):
    """A schedule in words, and the next times it would run."""

    words: str = Field(examples=["At 06:00, Monday through Friday (Europe/Berlin)"])
    next_runs: list[PlannedRun]


class ScheduleView(Shown):
    """A task's schedule and how it goes."""

    id: str
    project_id: str
    task_id: str
    task_name: str
    spec: ScheduleSpec
    words: str
    is_enabled: bool
    is_paused: bool
    paused_at: datetime | None
    paused_reason: str
    failures: int
    """Failed runs in a row."""
    next_run_at: datetime | None
    last_run_at: datetime | None
    last_run_id: str | None
    last_status: str
    created_at: datetime
    updated_at: datetime
    version: int


class CalendarRuns(Shown):
    """The planned runs of one task on one day."""

    task_id: str
    task_name: str
    words: str
    runs: int
    more: bool
    """There are more than that."""
    at: list[datetime]
    """The moments, in UTC."""


class CalendarRan(Shown):
    """The runs of one task that schedules have started on one day."""

    task_id: str | None
    """None: the task is deleted."""
    task_name: str
    runs: int
    states: dict[str, int]
    """How many of them are in each state."""
    last_run_id: str
    last_at: datetime


class CalendarDay(Shown):
    """A day with runs that are planned or were started."""

    day: date
    runs: int
    more: bool
    """There are more than that."""
    tasks: list[CalendarRuns]
    """What is planned; the earliest first."""
    ran: list[CalendarRan]
    """What was started; the earliest first."""


class CalendarView(Shown):
    """The days on which something is planned or was started."""

    days: list[CalendarDay]
    whole: bool
    """Whether there was time to look at all schedules, and all runs that they started."""


class Backfill(Given):
    """Run for every planned moment from ``start`` to ``end``, both included."""

    start: datetime = Field(examples=["2026-03-01T00:00:00Z"])
    end: datetime = Field(examples=["2026-03-07T00:00:00Z"])
    dry_run: bool = False
    """Only say which moments these are."""


class BackfillView(Shown):
    """The moments of a backfill and the runs that were put into the queue for them."""

    moments: list[datetime]
    run_ids: list[str]
