from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import SYSTEM, Actor
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.projects import ProjectDraft
from intakegateway.model.views.rejects import CellEdit, EditsDraft, ReplayDraft
from intakegateway.model.views.runs import RetryDraft, RunDraftView, RunFilter
from intakegateway.services.retention import Retention
from intakegateway.settings import Settings
from intakegateway.store import events
from intakegateway.store.tables.definitions import File
from intakegateway.store.tables.runs import Event, RunLog
from pool import make_task, orders, spec_of


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, keep_runs_days=30, keep_runs_per_task=2, keep_files_days=10)


def test_old_and_surplus_runs_go_with_all_that_is_theirs(
    gateway: Gateway, admin: Actor, project: str, clock: ManualClock, tmp_path: Path
) -> None:
    make_task(gateway, spec_of(orders(tmp_path / "a.csv", 2), f"sqlite:///{tmp_path / 'a.db'}"), "a")
    ids = []
    for _ in range(4):
        clock.time += 1
        ids.append(gateway.runs.start(SYSTEM, project, RunDraftView(task="a")).id)
    retention = Retention(gateway.context)
    assert retention.clean("x")["runs"] == 2
    left = gateway.runs.find_all(admin, project, RunFilter(), PageRequest()).items
    assert {one.id for one in left} == set(ids[2:])
    waiting = gateway.runs.start(SYSTEM, project, RunDraftView(task="a", wait=False))
    clock.time += 31 * 86_400
    assert retention.clean("x")["runs"] == 2
    left = gateway.runs.find_all(admin, project, RunFilter(), PageRequest()).items
    assert [one.id for one in left] == [waiting.id], "what has not ended stays"
    with gateway.context.database.read() as session:
        kept = session.scalars(select(RunLog.run_id).distinct()).all()
        assert set(kept) <= {waiting.id}
        assert session.scalar(select(func.count(Event.id)).where(Event.run_id.in_(ids))) == 0


def test_files_go_that_no_task_reads(
    gateway: Gateway, project: str, clock: ManualClock, tmp_path: Path
) -> None:
    blobs = gateway.context.blobs
    with gateway.context.database.write() as session:
        for name in ("used.csv", "unused.csv"):
            blobs.put(f"files/{name}", [b"id\n1\n"])
            file = File(
                project_id=project, name=name, size=5, received=5, blob=f"files/{name}", status="ready",
                created_at=gateway.context.now(),
            )  # fmt: skip
            session.add(file)
    make_task(
        gateway, {**spec_of(tmp_path, "sqlite:///x.db"), "source": {"kind": "file", "file": "used.csv"}}, "a"
    )
    retention = Retention(gateway.context)
    assert retention.clean("x")["files"] == 0
    clock.time += 11 * 86_400
    assert retention.clean("x")["files"] == 1
    assert blobs.size("files/used.csv") == 5


def kept_blobs(gateway: Gateway) -> set[str]:
    folder = gateway.context.settings.home / "storage"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def replayed(gateway: Gateway, admin: Actor, project: str, tmp_path: Path) -> tuple[str, str]:
    """A run that rejected rows, and the replay of one of them, which was rejected again."""
    path = tmp_path / "bad.csv"
    path.write_text("id,name,qty\n1,a,1\n2,b,\n3,c,\n")
    spec = {**spec_of(path, f"sqlite:///{tmp_path / 'a.db'}"), "rules": [{"not_null": "qty"}]}
    make_task(gateway, spec, "a")
    parent = gateway.runs.start(SYSTEM, project, RunDraftView(task="a")).id
    gateway.corrections.edit(admin, parent, EditsDraft(edits=(CellEdit(row=0, field="name", value="x"),)))
    return parent, gateway.replays.start(admin, parent, ReplayDraft(rows=(0,))).id


def test_runs_go_with_what_the_storage_keeps_for_their_replays(
    gateway: Gateway, clock: ManualClock, replayed: tuple[str, str]
) -> None:
    kinds = sorted(name.partition("/")[0] for name in kept_blobs(gateway))
    assert kinds == ["rejects", "rejects", "replays"]
    clock.time += 31 * 86_400
    assert Retention(gateway.context).clean("x")["runs"] == 2
    assert kept_blobs(gateway) == set()


def test_what_another_try_of_a_replay_reads_stays_until_that_goes_too(
    gateway: Gateway, admin: Actor, replayed: tuple[str, str]
) -> None:
    parent, _ = replayed
    waiting = gateway.replays.start(admin, parent, ReplayDraft(wait=False))
    gateway.runs.cancel(admin, waiting.id)
    again = gateway.runs.retry(admin, waiting.id, RetryDraft(wait=False))
    gateway.runs.delete(admin, waiting.id)
    assert gateway.executor("tests").next(again.id)
    assert gateway.runs.get(admin, again.id).error is None
    for run in (again.id, *replayed):
        gateway.runs.delete(admin, run)
    assert kept_blobs(gateway) == set()


def test_a_project_goes_with_what_the_storage_keeps_for_it(
    gateway: Gateway, admin: Actor, tmp_path: Path
) -> None:
    other = gateway.projects.create(admin, ProjectDraft(name="other"))
    incoming = gateway.files.incoming("bad.csv", None)
    incoming.write(b"id,qty\n1,\n2,2\n")
    gateway.files.store(admin, other.id, incoming)
    spec = {"name": "a", "source": {"kind": "file", "file": "bad.csv"}, "rules": [{"not_null": "qty"}],
            "load": {"to": f"sqlite:///{tmp_path / 'a.db'}", "table": "t"}}  # fmt: skip
    run = gateway.runs.start(admin, other.id, RunDraftView(spec=spec))
    gateway.replays.start(admin, run.id, ReplayDraft())
    assert len(kept_blobs(gateway)) == 3
    gateway.projects.delete(admin, "other")
    assert kept_blobs(gateway) == set()


def test_only_one_process_cleans_at_a_time(gateway: Gateway) -> None:
    from intakegateway.services import leases

    assert leases.take(gateway.context.database, "retention", "other", gateway.context.now(), 60)
    assert Retention(gateway.context).clean("x") == {}


def test_numbers_of_events_never_come_twice(
    gateway: Gateway, admin: Actor, project: str, replayed: tuple[str, str]
) -> None:
    """Who listens goes on after the last number: a smaller one would never be told."""

    def newest() -> int:
        with gateway.context.database.read() as session:
            return events.last_id(session)

    told = newest()
    for run in replayed[::-1]:
        gateway.runs.delete(admin, run)
    run = gateway.runs.start(SYSTEM, project, RunDraftView(task="a"))
    with gateway.context.database.read() as session:
        first = events.after(session, 0, 1, run_ids=[run.id])[0]
    assert first.id > told
    told = newest()
    with gateway.context.database.write() as session:
        session.execute(update(Event).values(at=gateway.context.now() - timedelta(days=3)))
    assert Retention(gateway.context).clean("x")["events"] > 0
    assert newest() == told
