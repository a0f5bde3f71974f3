from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from intakegateway.model.schedule import ScheduleSpec
from intakegateway.services.timetable import between, in_words, moments, next_moment, upcoming


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# zone, cron, from (UTC), the next moments (UTC)
CHANGES = [
    # Clocks go forward at 02:00 on 29 March 2026 in Berlin, to 03:00 (01:00 UTC).
    ("Europe/Berlin", "30 2 * * *", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]),
    ("Europe/Berlin", "0 2 * * *", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:00Z"]),
    ("Europe/Berlin", "0 3 * * *", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T01:00Z"]),
    ("Europe/Berlin", "0,30 2,3 * * *", "2026-03-29T00:00Z",
     ["2026-03-29T01:00Z", "2026-03-29T01:30Z", "2026-03-30T00:00Z"]),
    ("Europe/Berlin", "*/30 * * * *", "2026-03-29T00:00Z",
     ["2026-03-29T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z"]),
    ("Europe/Berlin", "30 * * * *", "2026-03-29T00:00Z",
     ["2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-03-29T02:30Z"]),
    # Clocks go back at 03:00 on 25 October 2026 in Berlin, to 02:00 (01:00 UTC).
    ("Europe/Berlin", "30 2 * * *", "2026-10-24T12:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
    ("Europe/Berlin", "30 2 * * *", "2026-10-25T00:45Z", ["2026-10-26T01:30Z"]),
    ("Europe/Berlin", "30 2 * * *", "2026-10-25T01:10Z", ["2026-10-26T01:30Z"]),
    ("Europe/Berlin", "*/30 * * * *", "2026-10-25T00:00Z",
     ["2026-10-25T00:30Z", "2026-10-25T01:00Z", "2026-10-25T01:30Z", "2026-10-25T02:00Z"]),
    ("Europe/Berlin", "0 3 * * *", "2026-10-24T12:00Z", ["2026-10-25T02:00Z"]),
    # New York: forward on 8 March 2026 at 02:00 (07:00 UTC), back on 1 November at 02:00 (06:00 UTC).
    ("America/New_York", "30 2 * * *", "2026-03-07T12:00Z", ["2026-03-08T07:00Z", "2026-03-09T06:30Z"]),
    ("America/New_York", "30 1 * * *", "2026-10-31T12:00Z", ["2026-11-01T05:30Z", "2026-11-02T06:30Z"]),
    # Lord Howe Island moves by half an hour: forward on 4 October 2026 at 02:00, back on 5 April at 02:00.
    ("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00Z", ["2026-10-03T15:30Z", "2026-10-04T15:15Z"]),
    ("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T06:00Z", ["2026-04-04T14:45Z", "2026-04-05T15:15Z"]),
    # Santiago changes at midnight: on 6 September 2026 00:00 does not exist.
    ("America/Santiago", "0 0 * * *", "2026-09-05T12:00Z", ["2026-09-06T04:00Z", "2026-09-07T03:00Z"]),
    # Without changes.
    ("UTC", "30 2 * * *", "2026-03-29T00:00Z", ["2026-03-29T02:30Z"]),
    ("Asia/Kolkata", "0 0 L * *", "2026-02-01T00:00Z", ["2026-02-27T18:30Z", "2026-03-30T18:30Z"]),
    ("UTC", "0 9 LW * *", "2026-05-01T00:00Z", ["2026-05-29T09:00Z"]),
    ("UTC", "0 9 * * 5L", "2026-11-01T00:00Z", ["2026-11-27T09:00Z"]),
    ("UTC", "0 9 * * 1#2", "2026-11-01T00:00Z", ["2026-11-09T09:00Z"]),
    ("UTC", "0 0 29 2 *", "2026-01-01T00:00Z", ["2028-02-29T00:00Z"]),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "cron", "start", "expected"), CHANGES)
def test_the_moments_around_a_change_of_the_clocks(
    zone: str, cron: str, start: str, expected: list[str]
) -> None:
    spec = ScheduleSpec(cron=cron, timezone=zone)
    assert list(islice(moments(spec, at(start)), len(expected))) == [at(one) for one in expected]


def test_a_time_that_does_not_exist_is_remarked() -> None:
    spec = ScheduleSpec(cron="30 2 * * *", timezone="Europe/Berlin")
    first, second = upcoming(spec, at("2026-03-28T12:00Z"), 2)
    assert first.remark == (
        "Clocks go forward at 02:00: the planned time does not exist on this day, so it runs at 03:00."
    )
    assert second.remark == ""


def test_a_time_that_comes_twice_is_remarked() -> None:
    spec = ScheduleSpec(cron="30 2 * * *", timezone="Europe/Berlin")
    first, second = upcoming(spec, at("2026-10-24T12:00Z"), 2)
    assert first.remark == "Clocks go back: 02:30 comes twice on this day; it runs the first time only."
    assert second.remark == ""


def test_a_time_at_the_very_change_is_not_remarked_as_moved() -> None:
    spec = ScheduleSpec(cron="0 3 * * *", timezone="Europe/Berlin")
    assert upcoming(spec, at("2026-03-28T12:00Z"), 1)[0].remark == ""


@settings(deadline=None)
@given(
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]
    ),
    cron=st.sampled_from(["*/7 * * * *", "30 2 * * *", "15 */2 * * *", "0 0 L * *", "5,35 1,2,3 * * *"]),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_going_step_by_step_meets_the_same_moments_as_going_on(zone: str, cron: str, start: datetime) -> None:
    """What the scheduler fires (one step from the last moment) is what the preview lists."""
    spec = ScheduleSpec(cron=cron, timezone=zone)
    listed = list(islice(moments(spec, start), 6))
    assert listed[0] > start
    assert all(one < two for one, two in pairwise(listed))
    stepped, last = [], start
    for _ in range(6):
        found = next_moment(spec, last)
        assert found is not None
        stepped.append(last := found)
    assert stepped == listed


def test_an_interval_is_counted_from_its_start() -> None:
    spec = ScheduleSpec(every="90m", starts_at=at("2026-03-01T06:00:00+01:00"))
    assert list(islice(moments(spec, at("2026-02-01T00:00Z")), 3)) == [
        at("2026-03-01T05:00Z"), at("2026-03-01T06:30Z"), at("2026-03-01T08:00Z")
    ]  # fmt: skip
    assert next_moment(spec, at("2026-03-01T06:30Z")) == at("2026-03-01T08:00Z")


def test_a_schedule_ends() -> None:
    spec = ScheduleSpec(cron="0 6 * * *", ends_at=at("2026-03-02T06:00Z"))
    assert next_moment(spec, at("2026-03-01T12:00Z")) == at("2026-03-02T06:00Z")
    assert next_moment(spec, at("2026-03-02T06:00Z")) is None


def test_a_range_has_both_its_ends_and_a_limit() -> None:
    spec = ScheduleSpec(cron="0 * * * *")
    start = at("2026-03-01T00:00Z")
    assert len(between(spec, start, start + timedelta(hours=3), 100)) == 4
    assert len(between(spec, start, start + timedelta(days=30), 100)) == 100


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cron": "61 * * * *"}, "field 'minute' is wrong.*0 to 59"),
        ({"cron": "0 0 31 2 *"}, "never comes: its months have no such day"),
        ({"cron": "0 0 32 2 *"}, "field 'day-of-month' is wrong.*1 to 31"),
        ({"cron": "@daily", "timezone": "Mars/Phobos"}, "not a time zone. Such as Europe/Berlin or UTC"),
        ({"cron": "* * * *"}, "has 4 fields.*five"),
        ({"cron": "@dayly"}, "Did you mean '@daily'"),
        ({"cron": "0 6 * * *", "timezone": "Europe/Berln"}, "Did you mean 'Europe/Berlin'"),
        ({}, "exactly one of 'cron' and 'every'"),
        ({"every": "5s"}, "a duration from 1m to 366d"),
        ({"every": "1h", "starts_at": "2026-03-01T06:00:00"}, "with its zone"),
    ],
)
def test_what_is_wrong_in_a_schedule_is_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ScheduleSpec.model_validate(given)


def test_a_schedule_in_words() -> None:
    assert in_words(ScheduleSpec(cron="0 6 * * 1-5", timezone="Europe/Berlin")) == (
        "At 06:00, Monday through Friday (Europe/Berlin)"
    )
    assert in_words(ScheduleSpec(every="2h")) == "Every 2 hours"


def test_the_zone_is_that_of_the_schedule() -> None:
    shown = upcoming(ScheduleSpec(cron="@daily", timezone="Asia/Tokyo"), at("2026-01-01T00:00Z"), 1)[0]
    assert shown.local.tzinfo == ZoneInfo("Asia/Tokyo")
    assert shown.local.isoformat() == "2026-01-02T00:00:00+09:00"
