"""What is planned on the days of a calendar, by the computation that fires it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from intakegateway.model.schedule import ScheduleSpec
from intakegateway.model.views.schedules import CalendarDay, CalendarRuns, CalendarView
from intakegateway.services import timetable

MOST_DAYS = 62
MOST_A_DAY = 24
"""Runs of one task that are counted on one day; beyond, only that there are more."""
MOST_MOMENTS = 20_000
"""Moments that are looked at for one calendar."""

Planned = tuple[str, str, ScheduleSpec]
"""Id and name of a task, and its schedule."""


def calendar(
    planned: Iterable[Planned], first: date, last: date, zone: ZoneInfo, now: datetime
) -> CalendarView:
    """The days from ``first`` to ``last``, both included, in ``zone``; what is over is left out."""
    days: dict[date, list[CalendarRuns]] = {}
    left = MOST_MOMENTS
    for task_id, name, spec in planned:
        if left <= 0:
            return _view(days, whole=False)
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
    return _view(days, whole=True)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _view(days: dict[date, list[CalendarRuns]], *, whole: bool) -> CalendarView:
    shown = [
        CalendarDay(
            day=day, runs=sum(one.runs for one in tasks), more=any(one.more for one in tasks),
            tasks=sorted(tasks, key=lambda one: (one.at[0], one.task_name)),
        )
        for day, tasks in sorted(days.items())
    ]  # fmt: skip
    return CalendarView(days=shown, whole=whole)
