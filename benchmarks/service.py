"""A gateway that serves in a process of its own, somebody who may do everything, and clients."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from benchmarks.measure import OURS
from intakegateway.bootstrap import build
from intakegateway.model.actor import Actor
from intakegateway.settings import read_settings
from intakegateway.store.tables.people import User


@dataclass(frozen=True)
class Service:
    """A running ``serve`` and a token of its administrator."""

    base: str
    token: str
    pid: int
    seconds_to_live: float
    seconds_to_answer: float
    home: Path

    def client(self) -> httpx.Client:
        """One that is signed in; close it."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=f"{self.base}/api/v1", headers=headers, timeout=300)

    def head(self, path: str) -> bytes:
        """The bytes of a GET."""
        host = urlsplit(self.base).netloc
        lines = (f"GET {path} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {self.token}", "", "")
        return "\r\n".join(lines).encode()


def administrator(home: Path, store: str) -> str:
    """Make the store and an administrator in it; a token."""
    settings = replace(read_settings(), home=home, database_url=store)
    gateway = build(settings)
    try:
        with gateway.context.database.write() as session:
            user = User(email="bench@example.org", name="Bench", is_admin=True)
            session.add(user)
            session.flush()
            actor = Actor(user.id, user.email, is_admin=True)
        return gateway.tokens.issue(actor, "bench")[1]
    finally:
        gateway.close()


@contextmanager
def serving(home: Path, store: str, token: str, **settings: str) -> Iterator[Service]:
    """``intakegateway serve`` on a free port, until the end of the block."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"INTAKEGATEWAY_HOME": str(home), "INTAKEGATEWAY_DATABASE_URL": store, "PYTHONUNBUFFERED": "1"}
    # What is in the store is old, and shall stay.
    env |= {"INTAKEGATEWAY_KEEP_RUNS_DAYS": "0"}
    env |= {f"INTAKEGATEWAY_{name.upper()}": value for name, value in settings.items()}
    started = time.perf_counter()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    base = f"http://127.0.0.1:{port}"
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [*OURS, "serve", "--port", port], stdout=subprocess.DEVNULL, stderr=log, env=env
        )
    try:
        while True:
            try:
                httpx.get(f"{base}/health", timeout=5).raise_for_status()
                break
            except httpx.TransportError:
                if process.poll() is not None:
                    raise RuntimeError("serve ended:\n" + (home / "serve.log").read_text()) from None
                time.sleep(0.01)
        lives = time.perf_counter() - started
        httpx.get(f"{base}/health/ready", timeout=60).raise_for_status()
        yield Service(base, token, process.pid, lives, time.perf_counter() - started, home)
    finally:
        process.terminate()
        process.wait(60)


def tree(pid: int) -> list[int]:
    """A process and all that come from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += tree(int(child))
    return found


def memory_mb(pid: int) -> float:
    """Proportional set size of a process and all that come from it: shared pages count once."""
    total = 0
    for one in tree(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def ask_all(
    service: Service, paths: Sequence[str], clients: int, each: int, pause: float = 0.0
) -> dict[str, list[float]]:
    """Seconds of every answer, by path: ``clients`` at once, each path is asked ``each`` times in all.

    Each client has a connection of its own that stays, asks, reads the whole answer, and waits for ``pause``
    seconds before its next question: 0 is a machine that asks as fast as it is answered, a little more is
    what pages do that look again by themselves. The clients are at different lists at any time, and begin
    one after the other within a pause. They speak only as much HTTP as is needed, in one thread of this
    process, so that they take little of the processor from the service.
    """
    return asyncio.run(_ask_all(service, paths, clients, each, pause))


async def _ask_all(
    service: Service, paths: Sequence[str], clients: int, each: int, pause: float
) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {path: [] for path in paths}
    waiting = [path for _ in range(each) for path in paths]

    async def work(number: int) -> None:
        where = urlsplit(service.base)
        reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=1 << 20)
        await asyncio.sleep(pause * number / clients)
        while waiting:
            path = waiting.pop()
            started = time.perf_counter()
            writer.write(service.head(path))
            status, body = await _answer(reader)
            seconds[path].append(time.perf_counter() - started)
            if status != 200:
                raise RuntimeError(f"{path}: {status} {body[:300]!r}")
            if pause:
                await asyncio.sleep(pause)
        writer.close()

    await asyncio.gather(*(work(number) for number in range(clients)))
    return seconds


def processor_seconds(pid: int) -> float:
    """What a process has used of the processors so far, in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, _, length = head.partition(b"content-length: ")
    body = await reader.readexactly(int(length.split(b"\r", 1)[0]))
    return int(head.split(b" ", 2)[1]), body


async def watch(service: Service, run_id: str, clients: int, ready: asyncio.Event) -> list[str]:
    """The last status that each of so many clients of a run's stream saw; sets ``ready`` when all listen."""
    left = clients
    where = urlsplit(service.base)

    async def work() -> str:
        nonlocal left
        reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=1 << 22)
        writer.write(service.head(f"/api/v1/runs/{run_id}/stream"))
        await reader.readuntil(b"\r\n\r\n")
        left -= 1
        if not left:
            ready.set()
        last, kind = "", b""
        async for line in reader:
            if line.startswith(b"event: "):
                kind = line[7:].strip()
            elif line.startswith(b"data: ") and kind == b"run_status":
                last = orjson.loads(line[6:])["data"]["status"]
                if last not in ("PENDING", "RUNNING"):
                    break
        writer.close()
        return last

    return await asyncio.gather(*(work() for _ in range(clients)))


def settled(client: httpx.Client, run_id: str) -> dict[str, Any]:
    """Wait for the end of a run that shall succeed."""
    while True:
        run: dict[str, Any] = client.get(f"/runs/{run_id}").raise_for_status().json()
        if run["finished_at"]:
            if run["status"] != "SUCCESS":
                raise RuntimeError(f"run {run_id}: {run['status']} {run['error']}")
            return run
        time.sleep(0.05)
