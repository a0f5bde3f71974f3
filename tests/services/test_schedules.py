from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, ForbiddenError, NotFoundError
from intakegateway.model.schedule import ScheduleSpec
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.runs import RunDraftView
from intakegateway.model.views.schedules import Backfill
from intakegateway.services import scheduling
from intakegateway.services.claims import claim
from intakegateway.store.tables.definitions import Task, TaskVersion
from intakegateway.store.tables.runs import Event, Run
from intakegateway.store.tables.schedules import Schedule
from service_fixtures import make_actor

START = datetime(2026, 3, 2, 5, 59, tzinfo=UTC)


@pytest.fixture
def task(gateway: Gateway, project: str, clock: ManualClock) -> str:
    """The name of a task; the clock stands at a minute before six."""
    clock.time = START.timestamp()
    with gateway.context.database.write() as session:
        made = Task(project_id=project, name="orders")
        session.add(made)
        session.flush()
        spec = {"name": "orders", "source": {"path": "x.csv"}, "load": {"to": "x.db", "table": "orders"}}
        session.add(TaskVersion(task_id=made.id, number=1, spec=spec))
    return "orders"


def runs(gateway: Gateway) -> list[Run]:
    with gateway.context.database.read() as session:
        return list(session.scalars(select(Run).order_by(Run.scheduled_for, Run.id)))


def finish(gateway: Gateway, run: Run, status: str, error: dict[str, str] | None = None) -> None:
    with gateway.context.database.write() as session:
        kept = session.get(Run, run.id)
        assert kept is not None
        kept.status, kept.error, kept.finished_at = status, error, gateway.context.now()
        scheduling.finished(session, kept)


def forward(clock: ManualClock, **amount: float) -> None:
    clock.time += timedelta(**amount).total_seconds()


def test_a_run_is_put_into_the_queue_when_its_time_comes_and_not_before(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock
) -> None:
    view = gateway.schedules.put(admin, project, task, ScheduleSpec(cron="0 6 * * *"))
    assert view.next_run_at == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert gateway.scheduler.tick() == 0
    forward(clock, minutes=1)
    assert gateway.scheduler.tick() == 1
    assert gateway.scheduler.tick() == 0
    (run,) = runs(gateway)
    assert (run.trigger, run.status, run.scheduled_for) == ("schedule", "PENDING", view.next_run_at)
    after = gateway.schedules.get(admin, project, task)
    assert after.next_run_at == datetime(2026, 3, 3, 6, tzinfo=UTC)
    assert after.last_run_id == run.id


def test_what_the_preview_lists_is_what_is_fired(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock
) -> None:
    clock.time = datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp()
    spec = ScheduleSpec(cron="30 1,2,3 * * *", timezone="Europe/Berlin", overlap="parallel")
    listed = [one.at for one in gateway.schedules.preview(spec, 5).next_runs]
    gateway.schedules.put(admin, project, task, spec)
    while len(runs(gateway)) < 5:
        gateway.scheduler.tick()
        forward(clock, minutes=30)
    assert [run.scheduled_for for run in runs(gateway)] == listed


@pytest.mark.parametrize(("missed", "hours"), [("none", []), ("last", [9]), ("all", [6, 7, 8, 9])])
def test_runs_that_were_missed(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock, missed: str, hours: list[int]
) -> None:
    spec = ScheduleSpec.model_validate({"cron": "0 * * * *", "missed": missed})
    gateway.schedules.put(admin, project, task, spec)
    forward(clock, hours=3, minutes=30)
    gateway.scheduler.tick()
    assert [run.scheduled_for.hour for run in runs(gateway) if run.scheduled_for] == hours
    assert gateway.schedules.get(admin, project, task).next_run_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(("overlap", "expected"), [("skip", 1), ("queue", 2), ("parallel", 2)])
def test_a_run_whose_forerunner_has_not_ended(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock, overlap: str, expected: int
) -> None:
    forward(clock, minutes=1)
    spec = ScheduleSpec.model_validate({"cron": "*/10 * * * *", "overlap": overlap})
    gateway.schedules.put(admin, project, task, spec)
    for _ in range(2):
        forward(clock, minutes=10)
        gateway.scheduler.tick()
    assert len(runs(gateway)) == expected
    with gateway.context.database.read() as session:
        told = [
            event.data for event in session.scalars(select(Event).where(Event.kind == "schedule_triggered"))
        ]
    assert [one.get("skipped") for one in told if "skipped" in one] == (
        ["the task is still running"] if overlap == "skip" else []
    )


@pytest.mark.parametrize(("overlap", "at_once"), [("skip", 1), ("queue", 1), ("parallel", 2)])
def test_runs_of_one_task_go_on_at_the_same_time_where_the_schedule_says_so(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock, overlap: str, at_once: int
) -> None:
    forward(clock, minutes=1)
    spec = ScheduleSpec.model_validate({"cron": "*/10 * * * *", "overlap": overlap})
    gateway.schedules.put(admin, project, task, spec)
    claimed = []
    for _ in range(2):
        forward(clock, minutes=10)
        gateway.scheduler.tick()
        claimed.append(claim(gateway.context, "tests"))
    assert sum(one is not None for one in claimed) == at_once
    gateway.runs.start(admin, project, RunDraftView(task=task, wait=False))
    assert claim(gateway.context, "tests") is None, "a run by hand waits for those that go on"


def test_a_retry_of_an_overlapping_run_may_overlap_too(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock
) -> None:
    forward(clock, minutes=1)
    spec = ScheduleSpec.model_validate({"cron": "*/10 * * * *", "overlap": "parallel", "retries": 1})
    gateway.schedules.put(admin, project, task, spec)
    for _ in range(2):
        forward(clock, minutes=10)
        gateway.scheduler.tick()
        assert claim(gateway.context, "tests") is not None
    finish(gateway, runs(gateway)[0], "FAILED")
    forward(clock, minutes=5)
    assert claim(gateway.context, "tests") is not None


def test_jitter_delays_the_start_the_same_for_every_scheduler(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock
) -> None:
    spec = ScheduleSpec(cron="0 6 * * *", jitter="10m", overlap="parallel")
    gateway.schedules.put(admin, project, task, spec)
    forward(clock, minutes=1)
    gateway.scheduler.tick()
    with gateway.context.database.read() as session:
        schedule = session.scalars(select(Schedule)).one()
        run = session.scalars(select(Run)).one()
    assert run.scheduled_for is not None
    delay = run.available_at - gateway.context.now()
    assert timedelta() < delay < timedelta(minutes=10)
    assert scheduling._jitter(schedule, run.scheduled_for) == delay


def test_failures_in_a_row_pause_a_schedule_until_somebody_resumes_it(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock
) -> None:
    forward(clock, minutes=1)
    gateway.schedules.put(admin, project, task, ScheduleSpec(cron="0 * * * *", max_failures=2))
    for _ in range(2):
        forward(clock, hours=1)
        gateway.scheduler.tick()
        finish(gateway, runs(gateway)[-1], "FAILED")
    paused = gateway.schedules.get(admin, project, task)
    assert (paused.is_paused, paused.paused_reason, paused.next_run_at) == (
        True, "2 runs in a row have failed.", None
    )  # fmt: skip
    forward(clock, hours=5)
    assert gateway.scheduler.tick() == 0
    resumed = gateway.schedules.resume(admin, project, task)
    assert (resumed.is_paused, resumed.failures) == (False, 0)
    assert resumed.next_run_at is not None
    assert resumed.next_run_at > gateway.context.now()
    with pytest.raises(ConflictError, match="not paused"):
        gateway.schedules.resume(admin, project, task)


def test_a_success_starts_the_counting_again(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock
) -> None:
    forward(clock, minutes=1)
    gateway.schedules.put(admin, project, task, ScheduleSpec(cron="0 * * * *", max_failures=2))
    for status in ("FAILED", "PARTIAL_SUCCESS", "FAILED"):
        forward(clock, hours=1)
        gateway.scheduler.tick()
        finish(gateway, runs(gateway)[-1], status)
    assert not gateway.schedules.get(admin, project, task).is_paused


def test_a_failed_run_is_tried_again_as_often_as_the_schedule_says(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock
) -> None:
    spec = ScheduleSpec(cron="0 6 * * *", retries=2, retry_delay="5m", max_failures=1)
    gateway.schedules.put(admin, project, task, spec)
    forward(clock, minutes=1)
    gateway.scheduler.tick()
    for number in range(3):
        made = runs(gateway)
        assert len(made) == number + 1
        last = max(made, key=lambda run: run.id)
        if number:
            assert last.is_retry
            assert last.retry_of_run_id == sorted(run.id for run in made)[-2]
            assert last.available_at == gateway.context.now() + timedelta(minutes=5)
        assert not gateway.schedules.get(admin, project, task).is_paused
        finish(gateway, last, "FAILED", {"code": "unavailable"})
    assert len(runs(gateway)) == 3
    assert gateway.schedules.get(admin, project, task).is_paused


def test_a_definition_that_is_wrong_is_not_tried_again(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock
) -> None:
    gateway.schedules.put(admin, project, task, ScheduleSpec(cron="0 6 * * *", retries=2))
    forward(clock, minutes=1)
    gateway.scheduler.tick()
    finish(gateway, runs(gateway)[0], "FAILED", {"code": "definition"})
    assert len(runs(gateway)) == 1


def test_a_disabled_schedule_does_nothing_and_does_not_catch_up(
    gateway: Gateway, admin: Actor, project: str, task: str, clock: ManualClock
) -> None:
    gateway.schedules.put(admin, project, task, ScheduleSpec(cron="0 * * * *", missed="all"))
    gateway.schedules.disable(admin, project, task)
    forward(clock, hours=5)
    assert gateway.scheduler.tick() == 0
    enabled = gateway.schedules.enable(admin, project, task)
    assert gateway.scheduler.tick() == 0
    assert enabled.next_run_at == datetime(2026, 3, 2, 11, tzinfo=UTC)


def test_a_backfill_makes_one_run_for_each_moment_of_the_range(
    gateway: Gateway, admin: Actor, project: str, task: str
) -> None:
    gateway.schedules.put(admin, project, task, ScheduleSpec(cron="0 6 * * *"))
    start, end = datetime(2026, 2, 25, tzinfo=UTC), datetime(2026, 2, 28, 6, tzinfo=UTC)
    looked = gateway.schedules.backfill(admin, project, task, Backfill(start=start, end=end, dry_run=True))
    assert [one.day for one in looked.moments] == [25, 26, 27, 28]
    assert runs(gateway) == []
    done = gateway.schedules.backfill(admin, project, task, Backfill(start=start, end=end))
    assert [run.id for run in runs(gateway)] == done.run_ids
    assert {run.trigger for run in runs(gateway)} == {"backfill"}
    with pytest.raises(DefinitionError, match="between 'start' and now"):
        gateway.schedules.backfill(admin, project, task, Backfill(start=end, end=start))
    gateway.schedules.put(admin, project, task, ScheduleSpec(cron="* * * * *"))
    with pytest.raises(DefinitionError, match="more than 1000"):
        gateway.schedules.backfill(admin, project, task, Backfill(start=start, end=end))


def test_viewers_look_and_operators_switch_but_only_editors_define(
    gateway: Gateway, admin: Actor, project: str, task: str
) -> None:
    spec = ScheduleSpec(cron="0 6 * * *")
    gateway.schedules.put(admin, project, task, spec)
    viewer = make_actor(gateway, "viewer@example.org", Role.VIEWER)
    operator = make_actor(gateway, "operator@example.org", Role.OPERATOR)
    assert gateway.schedules.find_all(viewer, project, PageRequest()).total == 1
    with pytest.raises(ForbiddenError):
        gateway.schedules.disable(viewer, project, task)
    assert gateway.schedules.disable(operator, project, task).is_enabled is False
    with pytest.raises(ForbiddenError):
        gateway.schedules.put(operator, project, task, spec)


def test_a_task_without_a_schedule_says_so(gateway: Gateway, admin: Actor, project: str, task: str) -> None:
    with pytest.raises(NotFoundError, match="no schedule for the task 'orders'"):
        gateway.schedules.get(admin, project, task)
    gateway.schedules.put(admin, project, task, ScheduleSpec(cron="0 6 * * *"))
    gateway.schedules.delete(admin, project, task)
    with pytest.raises(NotFoundError):
        gateway.schedules.get(admin, project, task)


TICKER = """
import sys
from datetime import UTC, datetime
from dataclasses import replace
from intakegateway.bootstrap import build
from intakegateway.kit.clock import ManualClock
from intakegateway.settings import read_settings
gateway = build(replace(read_settings(), database_url=sys.argv[1]), ManualClock(float(sys.argv[2])))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(120):
    gateway.scheduler.tick()
    gateway.context.clock.sleep(60)
gateway.close()
"""


def test_two_schedulers_on_one_database_never_start_a_run_twice(
    gateway: Gateway, admin: Actor, project: str, task: str, database_url: str, clock: ManualClock
) -> None:
    """Two processes go through the same two hours at the same time."""
    gateway.schedules.put(
        admin, project, task, ScheduleSpec(cron="*/2 * * * *", overlap="parallel", missed="all")
    )
    source = str(Path(__file__).resolve().parents[2] / "src")
    tickers = [
        subprocess.Popen(
            [sys.executable, "-c", TICKER, database_url, str(clock.time)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": source},
        )
        for _ in range(2)
    ]  # fmt: skip
    for ticker in tickers:
        assert ticker.stdout is not None
        assert ticker.stdout.readline() == "ready\n"
    for ticker in tickers:
        assert ticker.stdin is not None
        ticker.stdin.write("go\n")
        ticker.stdin.flush()
    for ticker in tickers:
        ticker.communicate(timeout=60)
        assert ticker.returncode == 0
    with gateway.context.database.read() as session:
        moments = session.scalars(select(Run.scheduled_for)).all()
        assert session.scalar(select(func.count(func.distinct(Run.scheduled_for)))) == len(moments) == 60


def test_a_calendar_shows_what_is_planned_by_days_of_a_zone_and_counts_busy_days(
    gateway: Gateway, admin: Actor, project: str, task: str
) -> None:
    first, last = date(2026, 3, 2), date(2026, 3, 4)
    gateway.schedules.put(admin, project, task, ScheduleSpec(cron="30 23 * * *"))
    shown = gateway.schedules.calendar(admin, project, first, last, "Europe/Berlin")
    assert [(one.day.day, one.runs, one.more) for one in shown.days] == [(3, 1, False), (4, 1, False)]
    assert shown.days[0].tasks[0].at == [datetime(2026, 3, 2, 23, 30, tzinfo=UTC)]
    assert shown.days[0].tasks[0].task_name == "orders"
    gateway.schedules.put(admin, project, task, ScheduleSpec(cron="*/5 * * * *"))
    busy = gateway.schedules.calendar(admin, project, first, last)
    assert [(one.runs, one.more, len(one.tasks[0].at)) for one in busy.days] == [(24, True, 24)] * 3
    assert busy.days[0].tasks[0].at[0] == datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    gateway.schedules.disable(admin, project, task)
    assert gateway.schedules.calendar(admin, project, first, last).days == []


def test_a_calendar_shows_what_schedules_started_with_how_it_ended(
    gateway: Gateway, admin: Actor, project: str, task: str
) -> None:
    ids = sorted(uuid7() for _ in range(5))
    runs = [
        ("SUCCESS", datetime(2026, 2, 27, 23, 30, tzinfo=UTC), "s1"),
        ("FAILED", datetime(2026, 2, 28, 6, tzinfo=UTC), "s1"),
        ("SUCCESS", datetime(2026, 2, 28, 7, tzinfo=UTC), "s1"),
        ("SUCCESS", datetime(2026, 2, 28, 8, tzinfo=UTC), None),
        ("FAILED", datetime(2026, 3, 1, 0, tzinfo=UTC), "s1"),
    ]
    with gateway.context.database.write() as session:
        task_id = session.scalars(select(Task.id)).one()
        session.add_all(
            Run(
                id=key, project_id=project, task_id=task_id, task_name="orders", spec={}, status=status,
                load_id=key, queued_at=at, schedule_id=schedule,
            )
            for key, (status, at, schedule) in zip(ids, runs, strict=True)
        )  # fmt: skip
    first, last = date(2026, 2, 28), date(2026, 2, 28)
    [day] = gateway.schedules.calendar(admin, project, first, last, "Europe/Berlin").days
    assert (day.day, day.runs, day.tasks) == (first, 0, [])
    [ran] = day.ran
    assert (ran.task_id, ran.task_name, ran.runs) == (task_id, "orders", 3)
    assert ran.states == {"SUCCESS": 2, "FAILED": 1}
    assert (ran.last_run_id, ran.last_at) == (ids[2], runs[2][1])
    assert gateway.schedules.calendar(admin, project, first, last, "UTC").days[0].ran[0].runs == 2


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_calendar_has_ends(gateway: Gateway, admin: Actor, project: str, day: date) -> None:
    with pytest.raises(DefinitionError):
        gateway.schedules.calendar(admin, project, day, day, "Asia/Tokyo" if day == date.min else "UTC")


@pytest.mark.parametrize(
    ("last", "zone"), [(date(2026, 3, 1), "UTC"), (date(2026, 5, 4), "UTC"), (date(2026, 3, 3), "Moon/Base")]
)
def test_a_calendar_is_bounded_and_of_a_known_zone(
    gateway: Gateway, admin: Actor, project: str, last: date, zone: str
) -> None:
    with pytest.raises(DefinitionError):
        gateway.schedules.calendar(admin, project, date(2026, 3, 2), last, zone)


@pytest.mark.parametrize("year", [1, 1969])
def test_a_backfill_does_not_begin_before_there_were_clocks(
    gateway: Gateway, admin: Actor, project: str, task: str, year: int
) -> None:
    gateway.schedules.put(admin, project, task, ScheduleSpec(cron="0 6 * * *"))
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(2026, 2, 28, 6, tzinfo=UTC)
    with pytest.raises(DefinitionError, match="in the years from 1970 on"):
        gateway.schedules.backfill(admin, project, task, Backfill(start=start, end=end))
