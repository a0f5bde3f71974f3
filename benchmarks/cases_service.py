"""The cases of the service: the way through it, who watches, what it takes to be there."""

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

import httpx
import psycopg

from benchmarks import data
from benchmarks.bench import Bench, ratio
from benchmarks.measure import Contender, Sample
from benchmarks.report import Finding
from benchmarks.service import Service, administrator, memory_mb, serving, settled, watch

WATCHERS = 500
IDLE_SECONDS = 5


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
    lives, starts, held = [], [], 0.0
    for number in range(bench.rounds):
        with serving(home, "", token) as service:
            lives.append(service.seconds_to_live)
            starts.append(service.seconds_to_answer)
            if number == 0:
                with service.client() as client:
                    client.get("/runs").raise_for_status()
                time.sleep(IDLE_SECONDS)
                held = memory_mb(service.pid)
    first, all_of_it = statistics.median(lives), statistics.median(starts)
    return [
        Finding("idle", "serve answers after", f"{first:.2f} s", "<= 2 s", first <= 2),
        Finding("idle", "it answers everything after", f"{all_of_it:.2f} s", "<= 2 s", all_of_it <= 2),
        Finding("idle", "all its processes hold (PSS)", f"{held:.0f} MB", "<= 200 MB", held <= 200),
    ]


@contextmanager
def _served(bench: Bench, folder: Path) -> Iterator[tuple[Service, httpx.Client]]:
    """A service that may read ``folder`` and reach the servers of this machine."""
    home = Path(tempfile.mkdtemp(prefix="home-", dir=bench.folder))
    token = administrator(home, "")
    allowed = {"allow_private_addresses": "true", "allowed_folders": str(folder)}
    with serving(home, "", token, **allowed) as service, service.client() as client:
        yield service, client


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
