"""When tasks run by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, NotFoundError, StaleEditError
from intakegateway.model.schedule import FIRST_YEAR, ScheduleSpec
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.schedules import (
    Backfill,
    BackfillView,
    CalendarView,
    PlannedRun,
    SchedulePreview,
    ScheduleView,
)
from intakegateway.services import calendars, queue, timetable
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.store import schedules as store
from intakegateway.store import tasks
from intakegateway.store.paging import part
from intakegateway.store.rows import listing, made
from intakegateway.store.tables.definitions import Task
from intakegateway.store.tables.schedules import Schedule

TOPIC = "schedules"
"""The topic of the bus that is woken when a schedule has changed."""
MOST_BACKFILLED = 1000
_COLUMNS = {
    name: name
    for name in ("timezone", "overlap", "missed", "retries", "max_failures", "starts_at", "ends_at", "cron")
} | {
    "every": "every_seconds", "enabled": "is_enabled", "jitter": "jitter_seconds",
    "retry_delay": "retry_delay_seconds",
}  # fmt: skip
"""Columns by the names that definitions have for them."""
_FIELDS = tuple(ScheduleView.model_fields)
_LIST = listing(
    Schedule, ScheduleView, but=("task_name", "spec", "words", "is_paused"),
    **{column: getattr(Schedule, column) for column in _COLUMNS.values() if column not in _FIELDS},
)  # fmt: skip


class Schedules(Struct, frozen=True):
    """A task has at most one schedule."""

    context: Context

    def find_all(
        self, actor: Actor, project_id: str, request: PageRequest, *, enabled: bool | None = None,
        task: str | None = None,
    ) -> Page[ScheduleView]:  # fmt: skip
        """The schedules of a project, the next to run first."""
        actor.require(project_id, Role.VIEWER)
        with self.context.database.read() as session:
            task_id = _task(session, project_id, task).id if task else None
            found, total = part(
                session, _LIST, (project_id, enabled, task_id),
                lambda: store.of_project(project_id, enabled=enabled, task_id=task_id),
                request, store.SORTABLE, "next_run_at",
            )  # fmt: skip
            names = store.task_names(session, [one["task_id"] for one in found])
        items = [_listed(one, names[one["task_id"]]) for one in found]
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def preview(self, spec: ScheduleSpec, count: int = 10) -> SchedulePreview:
        """A schedule in words with its next moments, by the very computation that fires them."""
        return SchedulePreview(
            words=timetable.in_words(spec),
            next_runs=[
                PlannedRun(at=one.at, local=one.local.isoformat(), remark=one.remark)
                for one in timetable.upcoming(spec, self.context.now(), count)
            ],
        )

    def calendar(
        self, actor: Actor, project_id: str, first: date, last: date, timezone: str = "UTC"
    ) -> CalendarView:
        """What schedules have started and will start, by days of ``timezone``; of those on and not paused.

        Raises ``DefinitionError`` for a range that is turned round or too long, and for an unknown zone.
        """
        actor.require(project_id, Role.VIEWER)
        if not 0 <= (last - first).days < calendars.MOST_DAYS:
            raise DefinitionError(
                f"'to' must lie between 'from' and {calendars.MOST_DAYS} days later.", path=("to",)
            )
        if timezone not in available_timezones():
            raise DefinitionError(f"'{timezone}' is not a time zone.", path=("timezone",))
        zone = ZoneInfo(timezone)
        try:
            start, end = calendars.bounds(first, last, zone)
        except OverflowError:
            raise DefinitionError("the calendar has no such days.", path=("from",)) from None
        with self.context.database.read() as session:
            started = store.started(session, project_id, start, end, calendars.MOST_STARTED + 1)
            found = session.scalars(store.active_of(project_id)).all()
            names = store.task_names(session, [one.task_id for one in found])
            planned = [(one.task_id, names[one.task_id], spec_of(one)) for one in found]
        return calendars.calendar(planned, started, first, last, zone, self.context.now())

    def get(self, actor: Actor, project_id: str, task: str) -> ScheduleView:
        """The schedule of a task. Raises ``NotFoundError``."""
        actor.require(project_id, Role.VIEWER)
        with self.context.database.read() as session:
            owner = _task(session, project_id, task)
            return _view(_of(session, owner), owner.name)

    def put(
        self, actor: Actor, project_id: str, task: str, spec: ScheduleSpec, version: int | None = None
    ) -> ScheduleView:
        """Give a task a schedule, or change the one it has; counting of failures starts again."""
        actor.require(project_id, Role.EDITOR)
        with self.context.database.write() as session:
            owner = _task(session, project_id, task)
            schedule = store.of_task(session, owner.id)
            before = spec_of(schedule).plain() if schedule is not None else None
            if schedule is None:
                schedule = Schedule(project_id=project_id, task_id=owner.id, version=0)
                session.add(schedule)
            elif version is not None and version != schedule.version:
                raise StaleEditError("schedule")
            self._apply(schedule, spec)
            session.flush()
            record(
                session, actor, "updated" if before else "created", "schedule", project_id=project_id,
                noun_id=schedule.id, name=owner.name, before=before, after=spec.plain(),
            )  # fmt: skip
            view = _view(schedule, owner.name)
        self.context.bus.wake(TOPIC)
        return view

    def _apply(self, schedule: Schedule, spec: ScheduleSpec) -> None:
        for name in ("timezone", "overlap", "missed", "retries", "max_failures", "starts_at", "ends_at"):
            setattr(schedule, name, getattr(spec, name))
        schedule.cron = spec.cron or ""
        schedule.every_seconds = int(spec.every) if spec.every is not None else None
        schedule.jitter_seconds = int(spec.jitter)
        schedule.retry_delay_seconds = int(spec.retry_delay)
        schedule.is_enabled = spec.enabled
        self._start(schedule)

    def _start(self, schedule: Schedule) -> None:
        """Count from now on: what was missed while it was changed, disabled or paused is not made up for."""
        schedule.paused_at, schedule.paused_reason, schedule.failures = None, "", 0
        moment = timetable.next_moment(spec_of(schedule), self.context.now())
        schedule.next_run_at = moment if schedule.is_enabled else None
        schedule.version += 1

    def delete(self, actor: Actor, project_id: str, task: str) -> None:
        """Take the schedule away; the task stays, and so do its runs."""
        actor.require(project_id, Role.EDITOR)
        with self.context.database.write() as session:
            owner = _task(session, project_id, task)
            schedule = _of(session, owner)
            record(
                session, actor, "deleted", "schedule", project_id=project_id, noun_id=schedule.id,
                name=owner.name, before=spec_of(schedule).plain(),
            )  # fmt: skip
            session.delete(schedule)

    def enable(self, actor: Actor, project_id: str, task: str) -> ScheduleView:
        """Let it run again from now on."""
        return self._switch(actor, project_id, task, "enabled")

    def disable(self, actor: Actor, project_id: str, task: str) -> ScheduleView:
        """Stop it until somebody enables it."""
        return self._switch(actor, project_id, task, "disabled")

    def resume(self, actor: Actor, project_id: str, task: str) -> ScheduleView:
        """Go on after it was paused because of failures. Raises ``ConflictError`` when it is not paused."""
        return self._switch(actor, project_id, task, "resumed")

    def _switch(
        self, actor: Actor, project_id: str, task: str, action: Literal["enabled", "disabled", "resumed"]
    ) -> ScheduleView:
        actor.require(project_id, Role.OPERATOR)
        with self.context.database.write() as session:
            owner = _task(session, project_id, task)
            schedule = _of(session, owner)
            if action == "resumed" and schedule.paused_at is None:
                raise ConflictError(f"the schedule of '{owner.name}' is not paused.")
            if action != "resumed":
                schedule.is_enabled = action == "enabled"
            self._start(schedule)
            record(
                session,
                actor,
                action,
                "schedule",
                project_id=project_id,
                noun_id=schedule.id,
                name=owner.name,
            )
            view = _view(schedule, owner.name)
        self.context.bus.wake(TOPIC)
        return view

    def backfill(self, actor: Actor, project_id: str, task: str, wanted: Backfill) -> BackfillView:
        """Put a run into the queue for every planned moment of a range of time, the oldest first.

        Raises ``DefinitionError`` for a range that is turned round, in the future, or too long.
        """
        actor.require(project_id, Role.OPERATOR)
        now = self.context.now()
        if wanted.start.tzinfo is None or wanted.end.tzinfo is None:
            raise DefinitionError(
                "give times with their zone, such as 2026-03-01T00:00:00Z.", path=("start",)
            )
        if wanted.start.year < FIRST_YEAR:
            raise DefinitionError(f"give a time in the years from {FIRST_YEAR} on.", path=("start",))
        if wanted.end < wanted.start or wanted.end > now:
            raise DefinitionError("'end' must lie between 'start' and now.", path=("end",))
        with self.context.database.write() as session:
            owner = _task(session, project_id, task)
            schedule = _of(session, owner)
            found = timetable.between(spec_of(schedule), wanted.start, wanted.end, MOST_BACKFILLED + 1)
            if len(found) > MOST_BACKFILLED:
                raise DefinitionError(
                    f"this range has more than {MOST_BACKFILLED} runs.",
                    hint="Take a shorter one.",
                    path=("end",),
                )
            runs = []
            if not wanted.dry_run:
                version = tasks.version(session, owner)
                for moment in found:
                    draft = queue.RunDraft(
                        project_id, owner, version, "backfill", schedule_id=schedule.id, scheduled_for=moment
                    )
                    runs.append(queue.enqueue(session, actor, draft, now).id)
                record(
                    session, actor, "backfilled", "schedule", project_id=project_id, noun_id=schedule.id,
                    name=owner.name, after={"start": wanted.start.isoformat(), "end": wanted.end.isoformat(),
                                            "runs": len(runs)},
                )  # fmt: skip
        self.context.bus.wake(queue.TOPIC)
        return BackfillView(moments=found, run_ids=runs)


def spec_of(schedule: Schedule) -> ScheduleSpec:
    """The definition that a row holds."""
    return _spec(*(getattr(schedule, column) for column in _COLUMNS.values()))


def _spec(*held: Any) -> ScheduleSpec:
    given = dict(zip(_COLUMNS, held, strict=True))
    return ScheduleSpec.model_validate({**given, "cron": given["cron"] or None})


_known_spec = lru_cache(maxsize=10_000)(_spec)
"""Of what was read: lists show many, and each takes a while. Times are in UTC there, and equal means the same."""


def _task(session: Session, project_id: str, reference: str) -> Task:
    task = tasks.find(session, project_id, reference)
    if task is None:
        raise NotFoundError("task", reference)
    return task


def _of(session: Session, task: Task) -> Schedule:
    schedule = store.of_task(session, task.id)
    if schedule is None:
        raise NotFoundError("schedule for the task", task.name)
    return schedule


def _view(schedule: Schedule, task_name: str) -> ScheduleView:
    return _shown({name: getattr(schedule, name) for name in _LIST.names}, task_name, spec_of(schedule))


def _listed(values: Mapping[str, Any], task_name: str) -> ScheduleView:
    return _shown(values, task_name, _known_spec(*(values[column] for column in _COLUMNS.values())))


def _shown(values: Mapping[str, Any], task_name: str, spec: ScheduleSpec) -> ScheduleView:
    own = {
        "task_name": task_name, "spec": spec, "words": timetable.in_words(spec),
        "is_paused": values["paused_at"] is not None,
    }  # fmt: skip
    return made(ScheduleView, [{name: (own if name in own else values)[name] for name in _FIELDS}])[0]
