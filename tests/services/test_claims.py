from __future__ import annotations

import multiprocessing
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from intakegateway.bootstrap import Gateway, build
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import SYSTEM, Actor
from intakegateway.model.views.runs import LogFilter, RunDraftView
from intakegateway.services import leases
from intakegateway.services.claims import LOST_ATTEMPTS, claim
from intakegateway.services.sweeping import Sweeper
from intakegateway.settings import Settings
from intakegateway.store.tables.runs import Run
from pool import make_task, orders, spec_of


@pytest.fixture
def target(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


def queued(gateway: Gateway, project: str, tmp_path: Path, target: str, **more: Any) -> str:
    path = orders(tmp_path / "orders.csv", 5)
    make_task(gateway, spec_of(path, target), "orders")
    return gateway.runs.start(SYSTEM, project, RunDraftView(task="orders", wait=False, **more)).id


def test_two_processes_never_take_the_same_run(settings: Settings, tmp_path: Path, target: str) -> None:
    gateway = build(replace(settings, max_running=1000, max_running_per_task=1000))
    project = gateway.projects.id_of(SYSTEM, "default")
    make_task(gateway, spec_of(orders(tmp_path / "orders.csv", 1), target), "orders")
    ids = [gateway.runs.start(SYSTEM, project, RunDraftView(task="orders", wait=False)).id for _ in range(40)]
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(2), context.Queue()
    others = [
        context.Process(target=take_all, args=(gateway.context.settings, start, answers)) for _ in range(2)
    ]
    for other in others:
        other.start()
    taken = [answers.get(timeout=60) for _ in others]
    for other in others:
        other.join()
    answers.close()
    gateway.close()
    assert Counter(taken[0] + taken[1]) == Counter(ids), "each once"
    assert all(taken), "both had some"


def take_all(settings: Settings, start: Any, answers: Any) -> None:
    gateway = build(settings, upgrade=False)
    taken = []
    start.wait(60)
    first = claim(gateway.context, "other")  # at the same moment as the other process; each gets one
    assert first is not None
    taken.append(first.run_id)
    start.wait(60)
    while (found := claim(gateway.context, "other")) is not None:
        taken.append(found.run_id)
    answers.put(taken)
    gateway.close()


def test_an_orphan_goes_on_under_a_new_fence_and_its_old_owner_writes_nothing(
    gateway: Gateway, admin: Actor, project: str, clock: ManualClock, tmp_path: Path, target: str
) -> None:
    run_id = queued(gateway, project, tmp_path, target)
    dead = claim(gateway.context, "dead")
    assert dead is not None
    sweeper = Sweeper(gateway.context)
    clock.time += 29
    assert sweeper.sweep("a") == 0, "it may still be alive"
    clock.time += 31
    assert sweeper.sweep("a") == 1
    assert gateway.executor("alive").drain() == 1
    run = gateway.runs.get(admin, run_id)
    assert (run.status, run.attempt, run.inserted_records) == ("SUCCESS", 2, 5)
    from intakegateway.model.errors import GatewayError
    from intakegateway.services.finishing import finish
    from intakegateway.services.runlog import Reporter

    finish(gateway.context, dead, Reporter(gateway.context, dead), GatewayError("too late"))
    assert gateway.runs.get(admin, run_id).status == "SUCCESS"
    assert "worker_lost" in [line.event for line in gateway.runs.logs(admin, run_id, LogFilter()).items]


def test_a_load_that_a_dead_attempt_committed_is_not_loaded_again(
    gateway: Gateway, admin: Actor, project: str, tmp_path: Path, target: str
) -> None:
    run_id = queued(gateway, project, tmp_path, target)
    gateway.executor("first").drain()
    with gateway.context.database.write() as session:
        # As if the process had died between the destination's commit and its own last word.
        run = session.get_one(Run, run_id)
        run.status, run.finished_at, run.inserted_records = "PENDING", None, 0
    gateway.executor("second").drain()
    run_now = gateway.runs.get(admin, run_id)
    assert (run_now.status, run_now.inserted_records, run_now.total_records) == ("SUCCESS", 5, 5)
    assert "had been committed before" in run_now.warnings[0]


def test_cancelling_a_run_whose_process_died_tells_whether_its_rows_are_there(
    gateway: Gateway, admin: Actor, project: str, tmp_path: Path, target: str
) -> None:
    run_id = queued(gateway, project, tmp_path, target)
    dead = claim(gateway.context, "dead")
    assert dead is not None
    assert gateway.runs.cancel(admin, run_id).status == "RUNNING"
    assert Sweeper(gateway.context).release("dead", "it was ended") == 1
    gateway.executor("alive").drain()
    assert gateway.runs.get(admin, run_id).status == "CANCELLED"


def test_a_run_that_kills_every_process_fails_in_the_end_with_the_reason(
    gateway: Gateway, admin: Actor, project: str, tmp_path: Path, target: str
) -> None:
    run_id = queued(gateway, project, tmp_path, target)
    sweeper = Sweeper(gateway.context)
    for _ in range(LOST_ATTEMPTS + 1):
        assert claim(gateway.context, "dead") is not None
        assert sweeper.release("dead", "its process was ended from outside with SIGKILL") == 1
    gateway.executor("alive").drain()
    run = gateway.runs.get(admin, run_id)
    assert run.status == "FAILED"
    assert run.error is not None
    assert "ended without a word, 6 times" in run.error.message
    assert run.error.hint is not None


def test_a_system_that_does_not_answer_is_tried_again_later_with_the_same_load(
    gateway: Gateway, admin: Actor, project: str, clock: ManualClock, tmp_path: Path
) -> None:
    run_id = queued(gateway, project, tmp_path, "postgresql://nobody@127.0.0.1:1/none", max_attempts=2)
    executor = gateway.executor("tests")
    before = gateway.runs.get(admin, run_id).load_id
    assert executor.drain() == 1
    waiting = gateway.runs.get(admin, run_id)
    assert (waiting.status, waiting.attempt) == ("PENDING", 1)
    assert waiting.error is not None
    assert timedelta(0) < waiting.available_at - gateway.context.now() <= timedelta(seconds=2)
    clock.time += 5
    assert executor.drain() == 1
    failed = gateway.runs.get(admin, run_id)
    assert (failed.status, failed.attempt, failed.load_id) == ("FAILED", 2, before)


def test_only_one_holds_a_lease_until_it_ends(gateway: Gateway, clock: ManualClock) -> None:
    database = gateway.context.database

    def take(holder: str) -> bool:
        return leases.take(database, "sweep", holder, gateway.context.now(), 10)

    assert take("a")
    assert take("a")
    assert not take("b")
    clock.time += 11
    assert take("b")
    leases.give_back(database, "sweep", "b")
    assert take("a")
