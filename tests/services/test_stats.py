from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import Actor
from intakegateway.model.errors import DefinitionError
from intakegateway.model.run import Status
from intakegateway.model.views.connections import ConnectionDraft
from intakegateway.model.views.rejects import CellEdit, DiscardDraft, EditsDraft, ReplayDraft
from intakegateway.model.views.runs import RunDraftView
from intakegateway.services import queue
from intakegateway.store.tables.definitions import Task
from intakegateway.store.tables.runs import RejectGroup
from pool import make_task, spec_of

NOW = datetime(2026, 5, 10, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(clock: ManualClock) -> None:
    clock.time = NOW.timestamp()


def ended(
    gateway: Gateway, admin: Actor, project: str, ago: timedelta, status: Status, *, rejected: int = 0,
    task: str | None = None, seconds: float = 2.0,
) -> str:  # fmt: skip
    """A run that ended some time ago, with 100 rows read."""
    with gateway.context.database.write() as session:
        owner = session.query(Task).filter_by(name=task).one_or_none() if task else None
        if task and owner is None:
            owner = Task(project_id=project, name=task)
            session.add(owner)
            session.flush()
        draft = queue.RunDraft(project, owner, None, "api", spec={"name": task or "orders"})
        run = queue.enqueue(session, admin, draft, NOW - ago)
        run.status, run.finished_at, run.duration_seconds = status, NOW - ago, seconds
        run.total_records, run.inserted_records, run.rejected_records = 100, 100 - rejected, rejected
        if status is Status.FAILED:
            run.error = {"message": "it broke"}
        if rejected:
            session.add(RejectGroup(run_id=run.id, code="INVALID_TYPE", column="qty", count=rejected))
        return run.id


def test_runs_are_summed_by_hour_and_hours_without_runs_are_there(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    ended(gateway, admin, project, timedelta(minutes=5), Status.SUCCESS)
    ended(gateway, admin, project, timedelta(minutes=10), Status.PARTIAL_SUCCESS, rejected=7)
    ended(gateway, admin, project, timedelta(hours=2), Status.FAILED)
    stats = gateway.stats.runs(admin, project, since=NOW - timedelta(hours=4), bucket="hour")
    assert [(one.at.hour, one.runs) for one in stats.buckets] == [(8, 0), (9, 0), (10, 1), (11, 0), (12, 2)]
    assert stats.total.runs == 3
    assert stats.total.rejected_records == 7
    assert stats.total.success_rate == pytest.approx(2 / 3)
    assert stats.total.mean_seconds == 2.0


def test_days_begin_at_midnight_utc(gateway: Gateway, admin: Actor, project: str) -> None:
    ended(gateway, admin, project, timedelta(hours=13), Status.SUCCESS)
    stats = gateway.stats.runs(admin, project, since=NOW - timedelta(days=2), bucket="day")
    assert [(one.at.day, one.runs) for one in stats.buckets] == [(8, 0), (9, 1), (10, 0)]


def test_tasks_are_compared(gateway: Gateway, admin: Actor, project: str) -> None:
    for status in (Status.SUCCESS, Status.FAILED):
        last = ended(gateway, admin, project, timedelta(hours=1), status, task="busy")
    ended(gateway, admin, project, timedelta(hours=1), Status.SUCCESS, task="quiet")
    busy, quiet = gateway.stats.tasks(admin, project)
    assert (busy.task_name, busy.runs, busy.success_rate, busy.last_run_id) == ("busy", 2, 0.5, last)
    assert (quiet.task_name, quiet.last_status) == ("quiet", Status.SUCCESS)


def test_the_first_page_has_what_runs_what_failed_and_what_comes(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    ended(gateway, admin, project, timedelta(hours=1), Status.FAILED)
    ended(gateway, admin, project, timedelta(days=3), Status.PARTIAL_SUCCESS, rejected=4)
    with gateway.context.database.write() as session:
        queue.enqueue(session, admin, queue.RunDraft(project, None, None, "api", spec={"name": "x"}), NOW)
    page = gateway.stats.dashboard(admin, project)
    assert (page.pending, page.running, page.open_rejects) == (1, 0, 4)
    assert (page.today.runs, page.week.runs) == (1, 2)
    assert [one.error for one in page.failed] == ["it broke"]
    assert len(page.hours) == 25


def test_rejects_are_open_until_they_are_replayed_or_discarded_and_count_once(
    gateway: Gateway, admin: Actor, project: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("id,qty\n" + "x,y\n" * 4 + "1,1\n")
    spec = {
        **spec_of(path, f"sqlite:///{tmp_path / 'a.db'}"),
        "mapping": [{"to": name, "from": name, "transforms": ["to_int"]} for name in ("id", "qty")],
    }
    make_task(gateway, spec, "a")

    def opened() -> int:
        return gateway.stats.dashboard(admin, project).open_rejects

    run = gateway.runs.start(admin, project, RunDraftView(task="a"))
    assert (run.rejected_records, opened()) == (4, 4), "two reasons each, one row each"
    gateway.runs.start(admin, project, RunDraftView(task="a", dry_run=True))
    assert opened() == 4, "nobody can deal with those of a dry run"
    gateway.rejects.discard(admin, run.id, DiscardDraft(rows=(0,), note="known"))
    assert opened() == 3
    edits = tuple(CellEdit(row=1, field=name, value="7") for name in ("id", "qty"))
    gateway.corrections.edit(admin, run.id, EditsDraft(edits=edits))
    waiting = gateway.replays.start(admin, run.id, ReplayDraft(rows=(1,), wait=False))
    assert opened() == 3, "it may fail yet"
    gateway.executor("tests", lambda _run: None).next(waiting.id)
    assert opened() == 2
    gateway.replays.start(admin, run.id, ReplayDraft(rows=(2,)))
    assert opened() == 2, "it was rejected again, by another run"


def test_the_first_page_names_tasks_whose_source_has_grown_until_that_is_dealt_with(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    gateway.connections.create(
        admin, project, ConnectionDraft(name="home", kind="sqlite", config={"path": "drift.db"})
    )
    load = {"connection": "home", "table": "people", "mode": "append"}
    gateway.tasks.create(admin, project, {"name": "people", "source": {"file": "people.csv"}, "load": load})

    def drifted(content: bytes) -> list[str | None]:
        gateway.files.receive(admin, project, "people.csv", [content])
        run = gateway.runs.start(admin, project, RunDraftView(task="people", wait=True))
        assert run.status == Status.SUCCESS, run.error
        return [one.notice for one in gateway.stats.dashboard(admin, project).drifted]

    assert drifted(b"id,name\n1,Ada\n") == []
    assert "phone" in str(drifted(b"id,name,phone\n2,Ben,22\n"))
    assert drifted(b"id,name\n3,Cleo\n") == []


@pytest.mark.parametrize(
    ("since", "until"), [(NOW, NOW - timedelta(days=1)), (NOW - timedelta(days=5000), NOW)]
)
def test_a_time_that_makes_no_sense_is_refused(
    gateway: Gateway, admin: Actor, project: str, since: datetime, until: datetime
) -> None:
    with pytest.raises(DefinitionError, match=r"earlier|more than 1000 days"):
        gateway.stats.runs(admin, project, since=since, until=until)


def test_metrics_can_be_scraped(client: TestClient, gateway: Gateway, admin: Actor, project: str) -> None:
    ended(gateway, admin, project, timedelta(hours=1), Status.FAILED)
    client.get("/api/v1/projects")
    text = client.get("/metrics").text
    assert 'intakegateway_runs_total{status="FAILED"} 1.0' in text
    assert 'intakegateway_rows_total{outcome="inserted"} 100.0' in text
    assert 'route="/api/v1/projects",status="200"} 1.0' in text
    assert client.get("/api/v1/dashboard").json()["today"]["failed"] == 1
