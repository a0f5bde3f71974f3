from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import SYSTEM, Actor
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.runs import RunDraftView, RunFilter
from intakegateway.services.retention import Retention
from intakegateway.settings import Settings
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


def test_only_one_process_cleans_at_a_time(gateway: Gateway) -> None:
    from intakegateway.services import leases

    assert leases.take(gateway.context.database, "retention", "other", gateway.context.now(), 60)
    assert Retention(gateway.context).clean("x") == {}
