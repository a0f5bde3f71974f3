"""The processes that stay: they start, answer, and stop when they are told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "src"


def started(*arguments: str, **more: str) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(SOURCES), **more}
    return subprocess.Popen(
        [sys.executable, "-m", "intakegateway", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=env,
    )  # fmt: skip


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_serve_says_where_it_listens_answers_and_stops_when_told(home: Path, sign: signal.Signals) -> None:
    process = started("serve", "--port", "0", "--workers", "1")
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("IntakeGateway serves on http://localhost:"), (
        process.stderr and process.stderr.read()
    )
    address = line.split()[3]
    with urllib.request.urlopen(f"{address}/health", timeout=30) as answer:
        assert json.load(answer)["status"] == "ok"
    process.send_signal(sign)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_told_in_a_sentence(home: Path) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = started("serve", "--port", str(other.getsockname()[1]))
        _, said = done.communicate(timeout=60)
    assert done.returncode == 2
    assert "cannot listen on 127.0.0.1" in said
    assert "--port" in said


def test_a_worker_of_its_own_refuses_a_database_that_one_machine_holds(home: Path) -> None:
    done = started("worker")
    _, said = done.communicate(timeout=60)
    assert done.returncode == 2
    assert "need the gateway's database to be PostgreSQL" in said


@pytest.mark.postgresql
def test_a_worker_waits_for_runs_of_a_shared_database_and_stops_when_told(
    home: Path, postgresql_url: str
) -> None:
    process = started("worker", "--workers", "1", INTAKEGATEWAY_DATABASE_URL=postgresql_url)
    assert process.stdout is not None
    assert process.stdout.readline() == "Waiting for runs with 1 processes. Ctrl-C stops.\n"
    time.sleep(0.2)
    process.terminate()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
