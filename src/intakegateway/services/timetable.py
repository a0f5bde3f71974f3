"""The moments of a schedule: one computation for the list that people see and for the clock that fires.

Daylight saving, as Debian's cron has it: a time of day that is left out in the night when clocks go forward
comes at the moment of the change; a time that comes twice when they go back counts once, the first time.
Expressions that begin with ``*`` in minute or hour run by elapsed time, through both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice

from cronsim import CronSim
from msgspec import Struct

from intakegateway.model.schedule import ScheduleSpec

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
"""Where intervals without a start are counted from."""


class Moment(Struct, frozen=True):
    """A planned moment: ``at`` in UTC, ``local`` in the schedule's zone. ``remark`` tells of a clock change."""

    at: datetime
    local: datetime
    remark: str = ""


def moments(spec: ScheduleSpec, after: datetime) -> Iterator[datetime]:
    """The planned moments later than ``after``, in order, in UTC, within the schedule's own bounds."""
    if spec.starts_at is not None:
        after = max(after, spec.starts_at.astimezone(UTC) - timedelta(microseconds=1))
    found = _by_cron(spec, after) if spec.cron is not None else _by_interval(spec, after)
    for moment in found:
        if spec.ends_at is not None and moment > spec.ends_at:
            return
        yield moment


def next_moment(spec: ScheduleSpec, after: datetime) -> datetime | None:
    """The first moment later than ``after``; None when there is none any more."""
    return next(moments(spec, after), None)


def between(spec: ScheduleSpec, start: datetime, end: datetime, most: int) -> list[datetime]:
    """The moments from ``start`` to ``end``, both included; no more than ``most``."""
    found: list[datetime] = []
    for moment in moments(spec, start - timedelta(microseconds=1)):
        if moment > end or len(found) == most:
            break
        found.append(moment)
    return found


def upcoming(spec: ScheduleSpec, after: datetime, count: int) -> list[Moment]:
    """The next ``count`` moments, with a remark where a change of the clocks moves one."""
    return [_shown(spec, moment) for moment in islice(moments(spec, after), count)]


def in_words(spec: ScheduleSpec) -> str:
    """``At 06:00, on the last day of the month (Europe/Berlin)``."""
    return words(spec.cron, spec.every, spec.timezone)


def words(cron: str | None, every: float | None, timezone: str) -> str:
    """The same for the parts of a schedule; ``every``: seconds."""
    if not cron:
        return f"Every {_duration(int(every or 0))}"
    return f"{_described(cron)} ({timezone})"


@lru_cache(maxsize=10_000)
def _described(cron: str) -> str:
    """Lists show many, often the same ones; each takes a while."""
    from cron_descriptor import Options, get_description

    options = Options()
    options.use_24hour_time_format = True
    options.verbose = True
    return str(get_description(cron, options))


def _by_cron(spec: ScheduleSpec, after: datetime) -> Iterator[datetime]:
    assert spec.cron is not None
    after = after.astimezone(UTC)
    zone = spec.zone
    # The iteration is by wall clock: from the second pass of an hour that comes twice it would look back.
    last = after
    for local in CronSim(spec.cron, (after - timedelta(hours=3)).astimezone(zone)):
        moment = local.astimezone(UTC)
        if moment > last:
            last = moment
            yield moment


def _by_interval(spec: ScheduleSpec, after: datetime) -> Iterator[datetime]:
    anchor = (spec.starts_at or EPOCH).astimezone(UTC)
    step = timedelta(seconds=int(spec.every or 0))
    number = max(math.floor((after - anchor) / step) + 1, 0)
    while True:
        moment = anchor + number * step
        if moment > after:
            yield moment
        number += 1


def _shown(spec: ScheduleSpec, moment: datetime) -> Moment:
    zone = spec.zone
    local = moment.astimezone(zone)
    return Moment(moment, local, _remark(spec, moment, local))


def _remark(spec: ScheduleSpec, moment: datetime, local: datetime) -> str:
    if spec.cron is None:
        return ""
    minute, hour = spec.cron.split()[:2]
    if minute.startswith("*") or hour.startswith("*"):
        return ""
    earlier = (moment - timedelta(minutes=1)).astimezone(local.tzinfo)
    jump = (local.utcoffset() or timedelta()) - (earlier.utcoffset() or timedelta())
    if jump > timedelta() and not _fits(spec.cron, local):
        left_out = local.replace(tzinfo=None) - jump
        return (
            f"Clocks go forward at {left_out:%H:%M}: the planned time does not exist on this day,"
            f" so it runs at {local:%H:%M}."
        )
    again = (moment + timedelta(hours=1)).astimezone(local.tzinfo)
    if again.replace(tzinfo=None) == local.replace(tzinfo=None):
        return f"Clocks go back: {local:%H:%M} comes twice on this day; it runs the first time only."
    return ""


def _fits(cron: str, local: datetime) -> bool:
    wall = local.replace(tzinfo=UTC)
    return next(CronSim(cron, wall - timedelta(seconds=1))) == wall


def _duration(seconds: int) -> str:
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return word if count == 1 else f"{count} {word}s"
    raise AssertionError("every number is divisible by 1")
