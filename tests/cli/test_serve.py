"""The processes that stay: they start, answer, and stop when they are told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
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


def test_a_stop_right_after_the_first_answer_ends_it_in_peace(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = started("serve", "--port", str(port), "--workers", "1")
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=30) as answer:
                assert json.load(answer)["status"] == "ok"
            break
        except urllib.error.URLError:
            assert process.poll() is None
            time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")


def test_what_stands_in_the_way_of_a_start_ends_it_with_a_sentence(home: Path) -> None:
    done = started("serve", "--port", "0", INTAKEGATEWAY_DATABASE_URL="sqlite:////no/such/folder/app.db")
    said, wrong = done.communicate(timeout=60)
    assert done.returncode != 0
    assert said == ""
    assert "Traceback" not in wrong
    assert wrong.startswith("Error: ")


def test_a_port_that_is_taken_is_told_in_a_sentence(home: Path) -> None:
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
