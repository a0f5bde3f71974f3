"""When a task runs by itself."""

from datetime import datetime
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator

from intakegateway.model.definition import Definition
from intakegateway.model.errors import nearest
from intakegateway.model.http import Duration

PRESETS = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 1", "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}  # fmt: skip
"""Words that may stand for a cron expression."""
LEAST_INTERVAL = 60
_YEAR = 366 * 86400
FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Between them moments can be counted in every zone."""


def _within(least: float, most: float, said: str) -> AfterValidator:
    """The same bounds as the field's, said in the units that people write."""

    def check(value: float) -> float:
        if not least <= value <= most:
            raise ValueError(f"this takes a duration {said}.")
        return value

    return AfterValidator(check)


_Interval = Annotated[
    Duration, _within(LEAST_INTERVAL, _YEAR, "from 1m to 366d"), Field(ge=LEAST_INTERVAL, le=_YEAR)
]


class ScheduleSpec(Definition):
    """Either ``cron`` or ``every``, in a time zone, and what to do when runs meet or were missed."""

    # The body of a request: the framework cannot put its own words on a model that is made later.
    model_config = ConfigDict(defer_build=False)

    cron: str | None = Field(default=None, max_length=200, examples=["*/15 * * * *", "0 6 L * *"])
    """Five fields: minute, hour, day of month (``L``: last, ``LW``: last weekday), month, day of week
    (``5L``: last Friday, ``1#2``: second Monday); or @hourly, @daily, @weekly, @monthly, @yearly."""
    every: _Interval | None = None
    """An interval, such as ``90m``; at least a minute."""
    timezone: str = "UTC"
    """A name of the IANA database, such as ``Europe/Berlin``."""
    enabled: bool = True
    overlap: Literal["skip", "queue", "parallel"] = "skip"
    """When the task is still running: leave this run out, wait for the end, or run beside it."""
    missed: Literal["none", "last", "all"] = "none"
    """Runs whose time came while nothing ran: left out, only the last made up for, or all."""
    jitter: Annotated[Duration, _within(0, 86400, "at most 1d"), Field(ge=0, le=86400)] = 0.0
    """Start up to so much later, at random, so that not all tasks start in the same moment."""
    retries: int = Field(default=0, ge=0, le=20)
    """How often a failed run is tried again."""
    retry_delay: Annotated[Duration, _within(0, 7 * 86400, "at most 7d"), Field(ge=0, le=7 * 86400)] = 60.0
    max_failures: int = Field(default=0, ge=0, le=1000)
    """Pause after so many failures in a row; 0: never."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        zones = _zones()
        if value not in zones:
            close = nearest(value, zones)
            said = close if close.startswith("Did") else "Such as Europe/Berlin or UTC."
            raise ValueError(f"'{value}' is not a time zone. {said}")
        return value

    @field_validator("starts_at", "ends_at")
    @classmethod
    def _has_zone(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("give a time with its zone, such as 2026-03-01T06:00:00+01:00.")
        if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise ValueError(f"give a time in the years {FIRST_YEAR} to {LAST_YEAR}.")
        return value

    @field_validator("cron")
    @classmethod
    def _can_be_read(cls, value: str | None) -> str | None:
        return value if value is None else read_cron(value)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.cron is None) == (self.every is None):
            raise ValueError("a schedule needs exactly one of 'cron' and 'every'.")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("'ends_at' is not after 'starts_at'.")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)

    def plain(self) -> dict[str, Any]:
        """What was said, without what holds anyway."""
        return self.model_dump(mode="json", exclude_defaults=True)


@lru_cache(maxsize=10_000)
def read_cron(text: str) -> str:
    """A cron expression with five fields, presets spelt out. Raises ``ValueError`` that names the field."""
    from datetime import UTC

    from cronsim import CronSim, CronSimError

    words = " ".join(text.split())
    words = PRESETS.get(words.lower(), words)
    if words.startswith("@"):
        raise ValueError(f"'{text}' is not known. {nearest(words, PRESETS)}")
    count = len(words.split())
    if count != 5:
        raise ValueError(
            f"'{text}' has {count} fields. Give five: minute, hour, day of month, month, day of week."
        )
    try:
        next(CronSim(words, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        if field == "day-of-month" and _fits_some_month(words):
            raise ValueError(f"'{text}' never comes: its months have no such day.") from None
        raise ValueError(
            f"'{text}' cannot be read: the field '{field}' is wrong. {_ALLOWED.get(field, '')}"
        ) from None
    except StopIteration:
        raise ValueError(f"'{text}' never comes: no such day exists.") from None
    return words


_ALLOWED = {
    "minute": "Allowed: 0 to 59, *, lists (0,30), ranges (10-20), steps (*/15).",
    "hour": "Allowed: 0 to 23, *, lists, ranges, steps.",
    "day-of-month": "Allowed: 1 to 31, L (last), LW (last weekday), *, lists, ranges, steps.",
    "month": "Allowed: 1 to 12, JAN to DEC, *, lists, ranges, steps.",
    "day-of-week": "Allowed: 0 to 7 or SUN to SAT (0 and 7 are Sunday), 5L (last Friday), 1#2 (second Monday).",
}


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _fits_some_month(words: str) -> bool:
    from cronsim import CronSim, CronSimError

    minute, hour, day, _, weekday = words.split()
    try:
        CronSim(f"{minute} {hour} {day} * {weekday}", datetime(2024, 1, 1))
    except CronSimError:
        return False
    return True
