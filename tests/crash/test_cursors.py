"""A process that dies between the destination's commit and the saving of its cursor loses and doubles nothing."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from faulty_api import FaultyApi, Reply, Seen, json
from intakegateway.connectors.cursors import FileCursors, MemoryCursors, PendingCursor, SavedCursor
from intakegateway.connectors.registry import open_source
from intakegateway.model.sql import SqlSource
from intakegateway.services.local_runs import RunRequest, run_task
from intakegateway.services.projectfiles import read_project

BEFORE_THE_COMMIT = "intakegateway.connectors.sql.writer:SqlWriter.commit"
BEFORE_THE_SAVING = "intakegateway.connectors.cursors:FileCursors.save"
DYING = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
module, _, rest = sys.argv[1].partition(":")
owner, _, method = rest.partition(".")
setattr(getattr(import_module(module), owner), method, lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL))
from intakegateway.services.local_runs import run_task
from intakegateway.services.projectfiles import read_project
run_task(read_project(Path(sys.argv[2])).tasks[0])
"""
"""A run that is killed in the place of a method."""


@pytest.fixture
def api() -> Iterator[FaultyApi]:
    with FaultyApi() as server:
        yield server


class Feed:
    """Numbered rows to be had from an API or a database, those after the cursor only."""

    def __init__(self, kind: str, folder: Path, api: FaultyApi) -> None:
        self.kind, self.path, self.api, self.ids = kind, folder / "shop.db", api, list[int]()
        with sqlite3.connect(self.path) as database:
            database.execute("CREATE TABLE orders (id integer PRIMARY KEY)")
        database.close()
        api.on("/orders", self._answer)

    def _answer(self, seen: Seen) -> Reply:
        since = int(seen.query.get("since", "0"))
        return json([{"id": n} for n in self.ids if n > since])

    def add(self, *ids: int) -> None:
        self.ids += ids
        with sqlite3.connect(self.path) as database:
            database.executemany("INSERT INTO orders VALUES (?)", [(n,) for n in ids])
        database.close()

    def definition(self) -> dict[str, Any]:
        if self.kind == "sql":
            return {"url": f"sqlite:///{self.path}", "table": "orders", "incremental": {"field": "id"}}
        incremental = {"field": "id", "param": "since"}
        return {"url": f"{self.api.url}/orders", "pagination": {"type": "none"}, "incremental": incremental}


@pytest.fixture(params=["http", "sql"])
def feed(request: pytest.FixtureRequest, tmp_path: Path, api: FaultyApi) -> Feed:
    return Feed(request.param, tmp_path, api)


@pytest.fixture
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    kind = getattr(request, "param", "sqlite")
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/warehouse.db"
    return str(request.getfixturevalue(f"{kind}_url"))


@pytest.fixture
def task(feed: Feed, destination: str, tmp_path: Path) -> Path:
    path = tmp_path / "orders.yaml"
    kind = {"kind": feed.kind}
    load = {"to": destination, "table": "orders", "mode": "append"}
    path.write_text(yaml.safe_dump({"name": "orders", "source": {**kind, **feed.definition()}, "load": load}))
    return path


def die(task: Path, where: str) -> None:
    """Run the task in a process that is killed there."""
    done = subprocess.run(
        [sys.executable, "-c", DYING, where, str(task)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def run(task: Path, **request: Any) -> Any:
    return run_task(read_project(task).tasks[0], RunRequest(**request))


def loaded(destination: str) -> list[int]:
    chunks = open_source(SqlSource(url=destination, query="SELECT id FROM orders")).chunks()
    return sorted(int(n) for chunk in chunks for n in chunk.frame["id"])


@pytest.mark.parametrize("destination", ["sqlite", "postgresql", "mysql"], indirect=True)
def test_rows_that_were_committed_are_not_read_again(
    feed: Feed, destination: str, task: Path, home: Path
) -> None:
    feed.add(1, 2)
    die(task, BEFORE_THE_SAVING)
    assert loaded(destination) == [1, 2]
    assert run(task).repeated, "the same command takes its dead load up again; there is nothing left to do"
    feed.add(3)
    assert run(task).counts.read == 1
    feed.add(4, 5)
    die(task, BEFORE_THE_SAVING)
    # Another machine's worker, or a changed definition: only the cursor leads to the dead load.
    shutil.rmtree(home / "pending")
    feed.add(6)
    result = run(task)
    assert (result.counts.read, result.counts.inserted) == (1, 1)
    assert loaded(destination) == [1, 2, 3, 4, 5, 6]
    assert not list((home / "cursors").glob("*.pending.json"))


def test_rows_that_were_not_committed_are_read_again(
    feed: Feed, destination: str, task: Path, home: Path
) -> None:
    feed.add(1, 2)
    run(task)
    feed.add(3, 4)
    die(task, BEFORE_THE_COMMIT)
    assert loaded(destination) == [1, 2]
    assert list((home / "cursors").glob("*.pending.json"))
    shutil.rmtree(home / "pending")
    assert run(task).counts.inserted == 2
    assert loaded(destination) == [1, 2, 3, 4]


def test_a_plan_after_a_crash_foresees_what_a_run_would_read(
    feed: Feed, destination: str, task: Path
) -> None:
    feed.add(1, 2)
    die(task, BEFORE_THE_SAVING)
    feed.add(3)
    assert run(task, dry_run=True).counts.read == 1
    assert loaded(destination) == [1, 2]


def test_a_cursor_may_be_kept_by_the_caller(feed: Feed, destination: str, task: Path, home: Path) -> None:
    cursors = MemoryCursors()
    spec = read_project(task).tasks[0]
    feed.add(1, 2)
    assert run_task(spec, cursors=cursors).counts.read == 2
    assert run_task(spec, cursors=cursors).counts.read == 0
    assert [kept.value for kept in cursors.kept.values()] == ["2"]
    assert not cursors.waiting
    assert not (home / "cursors").exists()


def test_tasks_that_ask_the_same_read_on_by_themselves(feed: Feed, destination: str, tmp_path: Path) -> None:
    path = tmp_path / "project.yaml"
    source = {"kind": feed.kind, **feed.definition()}

    def told(name: str, table: str) -> dict[str, Any]:
        return {"name": name, "source": source, "load": {"to": destination, "table": table, "mode": "append"}}

    path.write_text(yaml.safe_dump({"project": "shop", "tasks": [told("a", "one"), told("b", "two")]}))
    feed.add(1, 2)
    assert [run_task(task).counts.read for task in read_project(path).tasks] == [2, 2]
    feed.add(3)
    assert [run_task(task).counts.read for task in read_project(path).tasks] == [1, 1]


@pytest.mark.parametrize("store", [lambda folder: MemoryCursors(), FileCursors])
def test_a_pending_cursor_is_no_cursor_yet(store: Callable[[Path], Any], tmp_path: Path) -> None:
    cursors = store(tmp_path / "cursors")
    assert cursors.pending("a") is None
    waiting = PendingCursor(SavedCursor("5", "number"), "load", 2)
    cursors.keep_pending("a", waiting)
    assert (cursors.load("a"), cursors.pending("a"), cursors.pending("b")) == (None, waiting, None)
    cursors.keep_pending("a", None)
    cursors.keep_pending("a", None)
    assert cursors.pending("a") is None
    cursors.keep_pending("a", waiting)
    cursors.save("a", waiting.cursor)
    assert (cursors.load("a"), cursors.pending("a")) == (waiting.cursor, None)
