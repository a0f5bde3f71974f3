"""What is planned on the days of a calendar, by the computation that fires it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from intakegateway.model.schedule import ScheduleSpec
from intakegateway.model.views.schedules import CalendarDay, CalendarRan, CalendarRuns, CalendarView
from intakegateway.services import timetable
from intakegateway.store.schedules import Started

MOST_DAYS = 62
MOST_A_DAY = 24
"""Runs of one task that are counted on one day; beyond, only that there are more."""
MOST_STARTED = 20_000
"""Runs that are counted for one calendar."""
MOST_MOMENTS = 20_000
"""Moments that are looked at for one calendar."""

Planned = tuple[str, str, ScheduleSpec]
"""Id and name of a task, and its schedule."""


def bounds(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Where the first day begins and the last one has ended."""
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def calendar(
    planned: Iterable[Planned], started: Sequence[Started], first: date, last: date, zone: ZoneInfo,
    now: datetime,
) -> CalendarView:  # fmt: skip
    """The days from ``first`` to ``last``, both included, in ``zone``: what was ``started``, and what is planned.

    ``started``: the newest first; more than ``MOST_STARTED`` of them are not all looked at.
    """
    ran = _ran(started[:MOST_STARTED], zone)
    all_started = len(started) <= MOST_STARTED
    days: dict[date, list[CalendarRuns]] = {}
    left = MOST_MOMENTS
    for task_id, name, spec in planned:
        if left <= 0:
            return _view(days, ran, whole=False)
        words = timetable.in_words(spec)
        start = max(_midnight(first, zone), now)
        end = _midnight(last + timedelta(days=1), zone)
        while start < end:
            moment = timetable.next_moment(spec, start - timedelta(microseconds=1))
            if moment is None or moment >= end:
                break
            day = moment.astimezone(zone).date()
            start = _midnight(day + timedelta(days=1), zone)
            found = timetable.between(spec, moment, start - timedelta(microseconds=1), MOST_A_DAY + 1)
            left -= len(found)
            days.setdefault(day, []).append(
                CalendarRuns(
                    task_id=task_id, task_name=name, words=words, runs=min(len(found), MOST_A_DAY),
                    more=len(found) > MOST_A_DAY, at=found[:MOST_A_DAY],
                )
            )  # fmt: skip
    return _view(days, ran, whole=all_started)


def _ran(started: Iterable[Started], zone: ZoneInfo) -> dict[date, list[CalendarRan]]:
    found: dict[date, dict[str, CalendarRan]] = {}
    for run_id, task_id, name, status, at in started:
        tasks = found.setdefault(at.astimezone(zone).date(), {})
        known = tasks.get(task_id or name)
        if known is None:
            tasks[task_id or name] = CalendarRan(
                task_id=task_id, task_name=name, runs=1, states={status: 1}, last_run_id=run_id, last_at=at
            )
        else:
            states = {**known.states, status: known.states.get(status, 0) + 1}
            tasks[task_id or name] = known.model_copy(update={"runs": known.runs + 1, "states": states})
    return {day: list(reversed(tasks.values())) for day, tasks in found.items()}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _view(
    days: dict[date, list[CalendarRuns]], ran: dict[date, list[CalendarRan]], *, whole: bool
) -> CalendarView:
    shown = [
        CalendarDay(
            day=day, runs=sum(one.runs for one in tasks), more=any(one.more for one in tasks),
            tasks=sorted(tasks, key=lambda one: (one.at[0], one.task_name)), ran=ran.get(day, []),
        )
        for day in sorted({*days, *ran})
        for tasks in [days.get(day, [])]
    ]  # fmt: skip
    return CalendarView(days=shown, whole=whole)
