"""The case of long lists: how soon they come when many look at them."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from sqlalchemy import text

from benchmarks import store_data
from benchmarks.bench import Bench
from benchmarks.report import Finding
from benchmarks.service import Service, administrator, ask_all, processor_seconds, serving
from intakegateway.store.database import open_database

CLIENTS = 20
EACH = 100
"""How often each list is asked for: of 20, the slowest alone would be the 95th percentile."""
PAUSE = 0.1
"""Seconds between an answer and the next question of a client, where clients pause."""


def lists(bench: Bench) -> list[Finding]:
    """Every list with 100,000 runs, 1,000 tasks and 1,000,000 log lines, 20 clients at once."""
    found = []
    for kind in ("sqlite", "postgresql"):
        with _store(bench, kind) as (home, url):
            token = administrator(home, url)
            known = store_data.fill(url, _project_id(url), bench.scale)
            with serving(home, url, token) as service:
                found += _lists(bench, kind, service, known, url)
    return found


def _lists(bench: Bench, kind: str, service: Service, known: dict[str, str], url: str) -> list[Finding]:
    names = {path: name for name, path in _paths(known).items()}
    ask_all(service, list(names), CLIENTS, 2)
    found = []
    paced = ask_all(service, list(names), CLIENTS, EACH * bench.rounds, PAUSE)
    for path, name in names.items():
        words = f"{name}, {kind}, {CLIENTS} clients, {PAUSE * 1000:.0f} ms between their questions: p95"
        found.append(_under_50(words, paced[path]))
    used, started = processor_seconds(service.pid), time.perf_counter()
    ceaseless = ask_all(service, list(names), CLIENTS, EACH * bench.rounds)
    answers = sum(map(len, ceaseless.values()))
    each = (processor_seconds(service.pid) - used) / answers * 1000
    rate = answers / (time.perf_counter() - started)
    print(f"  {kind}: {rate:.0f} answers a second, {each:.1f} ms of a processor for each", flush=True)
    slowest = max(ceaseless, key=lambda path: _p95(ceaseless[path]))
    words = f"{names[slowest]} (the slowest), {kind}, {CLIENTS} clients that never pause: p95"
    found.append(_under_50(words, ceaseless[slowest]))
    # What is written makes every answer be read again.
    with _written(url):
        disturbed = ask_all(service, list(names), CLIENTS, EACH * bench.rounds, PAUSE)
    every = [second for seconds in disturbed.values() for second in seconds]
    words = f"all, {kind}, {CLIENTS} clients that pause, while something is written twice a second: p95"
    return [*found, _under_50(words, every)]


@contextmanager
def _written(url: str) -> Iterator[None]:
    """Something else writes into the store now and then."""
    database, stop = open_database(url), threading.Event()

    def write() -> None:
        number = 0
        while not stop.wait(0.5):
            number += 1
            with database.write() as session:
                # SQLite does not write what is there already.
                session.execute(text("UPDATE users SET name = :name"), {"name": f"Bench {number}"})

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        database.close()


def _under_50(words: str, seconds: list[float]) -> Finding:
    found = _p95(seconds) * 1000
    return Finding("lists", words, f"{found:.0f} ms", "< 50 ms", found < 50)


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def _paths(known: dict[str, str]) -> dict[str, str]:
    """Every list, with each filter and order that people use."""
    runs: dict[str, dict[str, Any]] = {
        "runs": {},
        "runs, page 100": {"offset": 5000},
        "runs before": {"before": known["before"]},
        "runs by end": {"sort": "-finished_at"},
        "runs from the oldest": {"sort": "queued_at"},
        "runs of a task": {"task": known["task"]},
        "runs that failed": {"status": "FAILED"},
        "runs in two states": {"status": ["FAILED", "CANCELLED"]},
        "runs by trigger": {"trigger": "manual"},
        "runs of a schedule": {"schedule": known["schedule"]},
        "runs of a connection": {"connection": "warehouse 3"},
        "runs of a month": {"since": "2025-03-01T00:00:00Z", "until": "2025-04-01T00:00:00Z"},
        "runs with rejects": {"has_rejects": "true"},
        "runs, searched": {"search": "0042"},
    }
    tasks: dict[str, dict[str, Any]] = {
        "tasks": {},
        "tasks by change": {"sort": "-updated_at"},
        "tasks, searched": {"search": "table_12"},
        "tasks of a connection": {"connection": "warehouse 3"},
    }
    logs: dict[str, dict[str, Any]] = {
        "log": {},
        "log, warnings": {"level": "warning"},
        "log, searched": {"search": "Batch 99990"},
        "log, further on": {"after": 500_000},
    }
    found = {name: _path("/runs", given) for name, given in runs.items()}
    found |= {name: _path("/tasks", given) for name, given in tasks.items()}
    found |= {name: _path(f"/runs/{known['run']}/logs", given) for name, given in logs.items()}
    others = {
        "schedules": "/schedules",
        "deliveries": "/deliveries",
        "deliveries that failed": "/deliveries?status=failed",
        "audit log": "/audit",
        "files": "/files",
        "connections": "/connections",
        "one run with its causes of rejects": f"/runs/{known['run']}",
    }
    return found | {name: _path(path, {}) for name, path in others.items()}


def _path(path: str, given: dict[str, Any]) -> str:
    return f"/api/v1{path}" + (f"?{urlencode(given, doseq=True)}" if given else "")


@contextmanager
def _store(bench: Bench, kind: str) -> Iterator[tuple[Path, str]]:
    """A home and an app database of its own, on SQLite or the PostgreSQL server."""
    home = Path(tempfile.mkdtemp(prefix="home-", dir=bench.folder))
    if kind == "sqlite":
        yield home, f"sqlite:///{home / 'app.db'}"
        return
    name = f"bench_{uuid4().hex[:12]}"
    bench.sql(f"CREATE DATABASE {name}")
    yield home, urlsplit(bench.pg)._replace(path=f"/{name}").geturl()
    bench.sql(f"DROP DATABASE {name} WITH (FORCE)")


def _project_id(url: str) -> str:
    from intakegateway.store.projects import find

    database = open_database(url)
    try:
        with database.read() as session:
            project = find(session, "default")
            assert project is not None
            return project.id
    finally:
        database.close()
