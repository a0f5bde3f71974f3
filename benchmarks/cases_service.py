"""The cases of the service: long lists, the way through it, who watches, what it takes to be there."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import httpx
import psycopg

from benchmarks import data, store_data
from benchmarks.bench import Bench, ratio
from benchmarks.measure import Contender, Sample
from benchmarks.report import Finding
from benchmarks.service import Service, administrator, ask_all, memory_mb, serving, settled, watch

CLIENTS = 20
WATCHERS = 500
IDLE_SECONDS = 5


def lists(bench: Bench) -> list[Finding]:
    """Every list with 100,000 runs, 1,000 tasks and 1,000,000 log lines, 20 clients at once."""
    found = []
    for kind in ("sqlite", "postgresql"):
        with _store(bench, kind) as (home, url):
            token = administrator(home, url)
            known = store_data.fill(url, _project_id(url), bench.scale)
            with serving(home, url, token) as service:
                found += _lists(bench, kind, service, known)
    return found


def _lists(bench: Bench, kind: str, service: Service, known: dict[str, str]) -> list[Finding]:
    paths = _paths(known)
    ask_all(service, list(paths.values()), CLIENTS, 2)
    started = time.perf_counter()
    seconds = ask_all(service, list(paths.values()), CLIENTS, 20 * bench.rounds)
    rate = sum(map(len, seconds.values())) / (time.perf_counter() - started)
    print(f"  {kind}: {rate:.0f} answers a second", flush=True)
    found = []
    for name, path in paths.items():
        p95 = statistics.quantiles(seconds[path], n=20)[-1] * 1000
        words = f"{name}, {kind}, {CLIENTS} clients: p95"
        found.append(Finding("lists", words, f"{p95:.0f} ms", "< 50 ms", p95 < 50))
    return found


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


def overhead(bench: Bench) -> list[Finding]:
    """A load of 2,000,000 rows through the service, against the command; and the start of a small run."""
    rows = bench.rows(2_000_000)
    path = data.orders_csv(rows)
    full = bench.expect("SELECT count(*) FROM orders", rows)
    fresh = _fresh_orders(bench)
    command = Contender(
        "the command", bench.ours("load", str(path), "--to", bench.pg, "--table", "orders"), fresh, full
    )
    through = Contender("the service", "", fresh, full)
    with _served(bench, path.parent) as (service, client):
        run = {"spec": _spec(path, bench.pg), "wait": False}
        # Warm, and the same turn for both.
        _start(client, {"spec": _spec(data.orders_csv(1000), bench.pg), "wait": True})
        for number in range(bench.rounds):
            command.run()
            fresh()
            started = time.perf_counter()
            settled(client, _start(client, run)["id"])
            through.samples.append(Sample(time.perf_counter() - started, 0.0, memory_mb(service.pid)))
            full()
            print(
                f"  {number + 1}/{bench.rounds} command {command.samples[-1].wall:6.2f} s"
                f"  service {through.samples[-1].wall:6.2f} s",
                flush=True,
            )
    return [ratio("overhead", f"{rows:,} x 12 through the service / the command", through, command, 1.05)]


def warm(bench: Bench) -> list[Finding]:
    """From POST /runs until a run is under way, on a warm pool."""
    path = data.orders_csv(1000)
    with _served(bench, path.parent) as (_, client):
        spec = {**_spec(path, f"sqlite:///{path.parent / 'warm.db'}")}
        delays = []
        for _ in range(23):
            run = settled(client, _start(client, {"spec": spec, "wait": False})["id"])
            delays.append(_seconds(run["queued_at"], run["started_at"]) * 1000)
        # The first ones still import.
        found = statistics.median(delays[3:])
    (path.parent / "warm.db").unlink(missing_ok=True)
    return [
        Finding(
            "warm", "a run starts on a warm pool, median of 20", f"{found:.0f} ms", "< 100 ms", found < 100
        )
    ]


def watchers(bench: Bench) -> list[Finding]:
    """A run of 2,000,000 rows that 500 clients watch, against the same run that nobody watches."""
    rows = bench.rows(2_000_000)
    path = data.orders_csv(rows)
    fresh = _fresh_orders(bench)
    alone, watched = Contender("nobody watches", ""), Contender("500 watch", "")
    missed = 0
    with _served(bench, path.parent) as (service, client):
        run = {"spec": _spec(path, bench.pg), "wait": False}
        _start(client, {"spec": _spec(data.orders_csv(1000), bench.pg), "wait": True})
        for number in range(bench.rounds):
            fresh()
            _, quiet = asyncio.run(_watched(bench, service, client, run, 0))
            fresh()
            seen, loud = asyncio.run(_watched(bench, service, client, run, WATCHERS))
            missed += sum(status != "SUCCESS" for status in seen)
            for contender, ended in ((alone, quiet), (watched, loud)):
                contender.samples.append(Sample(ended["duration_seconds"], 0.0, 0.0))
            print(
                f"  {number + 1}/{bench.rounds} alone {alone.samples[-1].wall:6.2f} s"
                f"  watched {watched.samples[-1].wall:6.2f} s",
                flush=True,
            )
    words = f"{WATCHERS} clients x {bench.rounds}: did not see the end"
    return [
        ratio("watchers", f"{rows:,} rows, {WATCHERS} clients / none", watched, alone, 1.03),
        Finding("watchers", words, str(missed), "0", missed == 0),
    ]


async def _watched(
    bench: Bench, service: Service, client: httpx.Client, run: dict[str, Any], clients: int
) -> tuple[list[str], dict[str, Any]]:
    """A run that is held at its start until all clients listen to it."""
    with psycopg.connect(bench.pg) as gate:
        gate.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        run_id = (await asyncio.to_thread(_start, client, run))["id"]
        ready = asyncio.Event()
        watching = asyncio.create_task(watch(service, run_id, clients, ready))
        if clients:
            await asyncio.wait_for(ready.wait(), 120)
        while not bench.one("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.05)
        opened = time.time()
        gate.rollback()
    seen = await asyncio.wait_for(watching, 600)
    ended = await asyncio.to_thread(settled, client, run_id)
    ended["duration_seconds"] = datetime.fromisoformat(ended["finished_at"]).timestamp() - opened
    return seen, ended


def idle(bench: Bench) -> list[Finding]:
    """How soon ``serve`` answers, and what it holds while nothing happens, with all its processes."""
    home = Path(tempfile.mkdtemp(prefix="home-", dir=bench.folder))
    token = administrator(home, "")
    starts, held = [], 0.0
    for number in range(bench.rounds):
        with serving(home, "", token) as service:
            starts.append(service.seconds_to_answer)
            if number == 0:
                with service.client() as client:
                    client.get("/runs").raise_for_status()
                time.sleep(IDLE_SECONDS)
                held = memory_mb(service.pid)
    first = statistics.median(starts)
    return [
        Finding("idle", "serve answers after", f"{first:.2f} s", "<= 2 s", first <= 2),
        Finding("idle", "all its processes hold (PSS)", f"{held:.0f} MB", "<= 200 MB", held <= 200),
    ]


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


@contextmanager
def _served(bench: Bench, folder: Path) -> Iterator[tuple[Service, httpx.Client]]:
    """A service that may read ``folder`` and reach the servers of this machine."""
    home = Path(tempfile.mkdtemp(prefix="home-", dir=bench.folder))
    token = administrator(home, "")
    allowed = {"allow_private_addresses": "true", "allowed_folders": str(folder)}
    with serving(home, "", token, **allowed) as service, service.client() as client:
        yield service, client


def _project_id(url: str) -> str:
    from intakegateway.store.database import open_database
    from intakegateway.store.projects import find

    database = open_database(url)
    try:
        with database.read() as session:
            project = find(session, "default")
            assert project is not None
            return project.id
    finally:
        database.close()


def _start(client: httpx.Client, run: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/runs", json=run)
    if answer.status_code not in (200, 202):
        raise RuntimeError(f"{answer.status_code} {answer.text}")
    found: dict[str, Any] = answer.json()
    if found["status"] not in ("PENDING", "RUNNING", "SUCCESS"):
        raise RuntimeError(f"{found['status']} {found['error']}")
    return found


def _spec(path: Path, to: str) -> dict[str, Any]:
    source = {"kind": "file", "path": str(path)}
    return {"name": "orders", "source": source, "load": {"to": to, "table": "orders", "mode": "append"}}


def _fresh_orders(bench: Bench) -> Any:
    return lambda: bench.sql(
        "DROP TABLE IF EXISTS orders", data.ORDERS_DDL.format(table="orders"), "CHECKPOINT"
    )


def _seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
