"""Real processes: killed, stopped in the middle of a statement, left by their parent."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select

from intakegateway.connectors.registry import open_source
from intakegateway.model.actor import SYSTEM
from intakegateway.model.sql import SqlSource
from intakegateway.model.views.runs import LogFilter, RunDraftView
from intakegateway.settings import Settings
from intakegateway.store.tables.runs import Run
from pool import make_task, orders, ready, spec_of, until, working

RUNS = int(os.environ.get("INTAKEGATEWAY_TORTURE_RUNS", "20"))
ROWS = 2000


def test_runs_are_taken_by_a_process_that_is_there_already(settings: Settings, tmp_path: Path) -> None:
    with working(settings) as (gateway, operation):
        project = gateway.projects.id_of(SYSTEM, "default")
        make_task(gateway, spec_of(orders(tmp_path / "a.csv", 10), f"sqlite:///{tmp_path / 'a.db'}"), "a")
        ready(operation)
        for _ in range(3):
            there = {one.name for one in operation.launcher.state()}
            run = gateway.runs.start(SYSTEM, project, RunDraftView(task="a", wait=True))
            assert run.status == "SUCCESS", run.error
            with gateway.context.database.read() as session:
                assert session.scalar(select(Run.worker).where(Run.id == run.id)) in there


def test_the_next_process_is_made_when_the_last_one_is_at_work(
    settings: Settings, tmp_path: Path, postgresql_url: str
) -> None:
    import psycopg

    with working(settings, 3) as (gateway, operation), psycopg.connect(postgresql_url) as other:
        other.execute("CREATE TABLE orders (id bigint, name text, qty bigint)")
        other.commit()
        other.execute("LOCK TABLE orders IN SHARE MODE")
        project = gateway.projects.id_of(SYSTEM, "default")
        ready(operation)
        assert len(operation.launcher.state()) == 1
        for number in range(3):
            path = orders(tmp_path / f"{number}.csv", 10, number * 10)
            make_task(gateway, spec_of(path, postgresql_url), f"part {number}")
            gateway.runs.start(SYSTEM, project, RunDraftView(task=f"part {number}", wait=False))
            until(
                "so many are at work, and one more is there while it may be",
                lambda n=number: (  # type: ignore[misc]
                    sum(one.run_id is not None for one in operation.launcher.state()) == n + 1
                    and len(operation.launcher.state()) == min(n + 2, 3)
                ),
            )
        other.rollback()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_workers_that_are_killed_lose_and_repeat_nothing(
    settings: Settings, tmp_path: Path, postgresql_url: str
) -> None:
    dice = random.Random(seed := random.randrange(2**32))
    with working(settings, 2, max_running=8) as (gateway, operation):
        project = gateway.projects.id_of(SYSTEM, "default")
        for number in range(RUNS):
            path = orders(tmp_path / f"{number}.csv", ROWS, number * ROWS)
            make_task(gateway, spec_of(path, postgresql_url), f"part {number}")
        ready(operation)
        ids = [
            gateway.runs.start(SYSTEM, project, RunDraftView(task=f"part {n}", wait=False)).id
            for n in range(RUNS)
        ]

        def open_runs() -> int:
            with gateway.context.database.read() as session:
                query = select(func.count()).where(Run.status.in_(("PENDING", "RUNNING")))
                return session.scalar(query) or 0

        kills = 0
        end = time.monotonic() + 120 + RUNS
        while open_runs() and time.monotonic() < end:
            time.sleep(dice.uniform(0.05, 0.6))
            busy = [one for one in operation.launcher.state() if one.run_id is not None]
            if busy and kills < RUNS:
                with suppress(ProcessLookupError):
                    os.kill(dice.choice(busy).pid, signal.SIGKILL)
                    kills += 1
        ended = [gateway.runs.get(SYSTEM, one) for one in ids]
    where = f"seed {seed}, {kills} kills"
    assert {one.status for one in ended} == {"SUCCESS"}, (where, [(o.status, o.error) for o in ended])
    assert [one.inserted_records for one in ended] == [ROWS] * RUNS, where
    query = "SELECT count(*) AS n, count(DISTINCT id) AS ids, min(id) AS low, max(id) AS high FROM orders"
    found = next(iter(open_source(SqlSource(url=postgresql_url, query=query)).chunks())).frame
    assert [int(value) for value in found.row(0)] == [RUNS * ROWS, RUNS * ROWS, 0, RUNS * ROWS - 1], where
    assert kills > 0


def test_a_run_is_stopped_in_the_middle_of_a_statement(
    settings: Settings, tmp_path: Path, postgresql_url: str
) -> None:
    import psycopg

    path = orders(tmp_path / "a.csv", 1000)
    with working(settings) as (gateway, operation), psycopg.connect(postgresql_url) as other:
        other.execute("CREATE TABLE orders (id bigint, name text, qty bigint)")
        other.commit()
        other.execute("LOCK TABLE orders IN SHARE MODE")
        project = gateway.projects.id_of(SYSTEM, "default")
        make_task(gateway, spec_of(path, postgresql_url), "a")
        ready(operation)
        run = gateway.runs.start(SYSTEM, project, RunDraftView(task="a", wait=False))
        until("the load waits for the lock", lambda: _waiting(other))
        gateway.runs.cancel(SYSTEM, run.id)
        done = until(
            "the run has ended",
            lambda: (v := gateway.runs.get(SYSTEM, run.id)).finished_at is not None and v,
            30,
        )
        other.commit()
        assert done.status == "CANCELLED", (done.error, gateway.runs.logs(SYSTEM, run.id, LogFilter()))
        assert other.execute("SELECT count(*) FROM orders").fetchone() == (0,)
        make_task(gateway, spec_of(path, postgresql_url), "b")
        other.commit()
        again = gateway.runs.start(SYSTEM, project, RunDraftView(task="b", wait=True))
        assert again.status == "SUCCESS", "the pool works on"


def _waiting(connection: object) -> bool:
    found = connection.execute(  # type: ignore[attr-defined]
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass"
    ).fetchone()
    return bool(found[0])


def test_workers_go_with_their_parent(settings: Settings, tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys, time; sys.path[:0] = sys.argv[1:3]\n"
        "from pathlib import Path\n"
        "from intakegateway.settings import read_settings\n"
        "from pool import ready, working\n"
        "if __name__ == '__main__':\n"
        "    with working(read_settings(), 2) as (gateway, operation):\n"
        "        ready(operation)\n"
        "        print(*[one.pid for one in operation.launcher.state()], flush=True)\n"
        "        time.sleep(600)\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(code)
    tests = Path(__file__).resolve().parents[1]
    env = {**os.environ, "INTAKEGATEWAY_DATABASE_URL": settings.database}
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tests), str(tests.parent / "src")],
        stdout=subprocess.PIPE,
        text=True,
        env=env,
    )
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert len(pids) == 1
    until("the workers are gone", lambda: not any(_is_running(pid) for pid in pids), 10)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_pool_goes_on_when_what_forks_its_workers_was_killed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first start ends as one does whose fork server dies; the next one makes another server."""
    from multiprocessing.context import ForkServerProcess

    real = ForkServerProcess._Popen  # type: ignore[attr-defined]
    tries: list[str] = []

    def dies_once(process: ForkServerProcess) -> object:
        tries.append(process.name)
        if len(tries) == 1:
            raise EOFError("unexpected EOF")
        return real(process)

    monkeypatch.setattr(ForkServerProcess, "_Popen", staticmethod(dies_once))
    with working(settings) as (_, operation):
        ready(operation)
    assert len(tries) > 1
