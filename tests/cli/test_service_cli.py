"""The commands about a gateway: on its store here, and through a server; both say the same."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
import yaml
from typer.testing import CliRunner, Result

from gateways import Command, ig, served, store
from intakegateway.bootstrap import Gateway, build
from intakegateway.cli.main import program
from intakegateway.cli.remote_client import RemoteClient
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import (
    ConflictError,
    DefinitionError,
    GatewayError,
    UnauthenticatedError,
    UnavailableError,
)
from intakegateway.settings import read_settings
from service_fixtures import make_actor

__all__ = ["ig", "served", "store"]

SOURCES = Path(__file__).resolve().parents[2] / "src"
DOCUMENT = """
project: shop
title: The shop
active_connection: warehouse
connections:
  warehouse: {kind: sqlite, path: warehouse.db}
  away: {kind: postgresql, host: 127.0.0.1, port: 1, database: x, user: u, password: "${SHOP_PASSWORD}"}
tasks:
  - name: orders
    source: {path: orders.csv}
    rules: [{not_null: id}]
    load: {table: orders, mode: upsert, keys: [id]}
    schedule: {cron: "0 6 * * *", timezone: Europe/Berlin, enabled: false}
  - name: broken
    source: {path: nowhere.csv}
    load: {table: broken}
"""


@pytest.fixture
def applied(ig: Command, tmp_path: Path) -> Path:
    """The project's file, once it was applied."""
    path = tmp_path / "shop.yaml"
    path.write_text(DOCUMENT)
    done = ig("apply", path)
    assert done.exit_code == 0, done.output
    return path


def told(done: Result) -> dict[str, object]:
    """The one object that was printed."""
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_a_project_comes_in_goes_out_and_is_equal(ig: Command, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(DOCUMENT)
    before = ig("diff", path)
    assert before.exit_code == 3, before.output
    assert "+ task orders" in before.output
    assert "to create" in before.output
    planned = ig("apply", path, "--dry-run")
    assert (planned.exit_code, planned.output) == (0, before.output)
    assert ig("diff", path).exit_code == 3, "a dry run has changed something"
    done = ig("apply", path)
    assert done.exit_code == 0, done.output
    assert "created" in done.output
    assert ig("diff", path).exit_code == 0
    out = tmp_path / "out.yaml"
    saved = ig("export", "shop", "-o", out)
    assert "AWAY_PASSWORD" in saved.output
    assert "planted" not in out.read_text()
    assert ig("diff", out, "--prune").exit_code == 0
    assert ig("export").output == out.read_text()
    assert told(ig("export", "--json")) == yaml.safe_load(out.read_text())
    assert told(ig("export", "-o", out, "--json"))["variables"] == ["AWAY_PASSWORD"]


def test_what_the_file_does_not_have_goes_only_when_that_is_asked_for(ig: Command, applied: Path) -> None:
    document = yaml.safe_load(DOCUMENT)
    document["tasks"] = document["tasks"][:1]
    applied.write_text(yaml.safe_dump(document))
    assert ig("diff", applied).exit_code == 0
    assert "- task broken" in ig("diff", applied, "--prune").output
    pruned = told(ig("apply", applied, "--prune", "--json"))
    assert {"noun": "task", "name": "broken", "action": "delete", "fields": []} in pruned["changes"]  # type: ignore[operator]
    assert [one["name"] for one in told(ig("tasks", "list", "--json"))["items"]] == ["orders"]  # type: ignore[attr-defined]


def test_a_file_comes_from_standard_input_and_under_another_name(ig: Command) -> None:
    done = ig("apply", "-", "--name", "copy", "--json", input=DOCUMENT)
    assert told(done)["project"] == "copy"
    assert ig("export", "copy").output.startswith("project: copy\n")


def test_a_fault_in_a_file_is_told_with_its_place_in_that_file(ig: Command, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("project: shop\ntasks:\n  - name: x\n    sauce: {path: x.csv}\n    load: {table: t}\n")
    done = ig("apply", path)
    assert done.exit_code == 2
    assert f"{path}:3:5" in done.stderr
    path.write_text(DOCUMENT.replace("SHOP_PASSWORD", "SHOP_OTHER"))
    done = ig("apply", path)
    assert done.exit_code == 2
    assert "'SHOP_OTHER' is not set" in done.stderr
    assert told(ig("apply", tmp_path / "none.yaml", "--json"))["error"]["code"] == "definition"  # type: ignore[index]


def test_only_variables_of_the_file_are_taken_from_the_environment(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, str]] = []

    def apply(self: RemoteClient, request: object, name: str | None) -> object:
        sent.append(request.variables)  # type: ignore[attr-defined]
        raise ConflictError("enough.")

    monkeypatch.setattr(RemoteClient, "apply", apply)
    monkeypatch.setenv("OTHER", "not for you")
    path = tmp_path / "shop.yaml"
    path.write_text(DOCUMENT + "# ${OTHER}\ndescription: $${OTHER}\n")
    done = CliRunner().invoke(program(), ["apply", str(path), "--server", "http://127.0.0.1:9"])
    assert done.exit_code == 1
    assert sent == [{"SHOP_PASSWORD": "planted-password"}]


def test_a_task_is_run_and_its_rows_are_accounted_for(ig: Command, applied: Path, store: Path) -> None:
    done = ig("tasks", "run", "orders")
    assert done.exit_code == 3, done.output
    assert "PARTIAL_SUCCESS  orders -> sqlite orders" in done.stdout
    assert "'id' has no value" in done.stdout
    again = told(ig("tasks", "run", "orders", "--json"))
    assert (again["status"], again["unchanged_records"], again["rejected_records"]) == (
        "PARTIAL_SUCCESS",
        2,
        1,
    )
    with closing(sqlite3.connect(store / "warehouse.db")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (2,)
    listed = told(ig("runs", "list", "--json"))
    assert listed["total"] == 2
    run = str(again["run_id"])
    assert "01" in run
    assert run in ig("runs", "list", "--status", "partial_success").output
    assert "There are no runs." in ig("runs", "list", "--status", "FAILED").output
    assert "1 of 2 runs" in ig("runs", "list", "--limit", "1").output
    for few, options in (
        (2, ["--rejected", "--search", "orde", "--since", "2020-01-01"]),
        (0, ["--clean"]), (0, ["--trigger", "schedule"]), (0, ["--connection", "other"]),
        (0, ["--search", "nothing"]), (0, ["--since", "2099-01-01"]), (0, ["--until", "2020-01-01"]),
    ):  # fmt: skip
        assert told(ig("runs", "list", "--json", *options))["total"] == few, options
    for wrong in (["--status", "BAD"], ["--trigger", "luck"]):
        refused = ig("runs", "list", *wrong)
        assert refused.exit_code == 2
        assert f"'{wrong[1]}' is not allowed for '{wrong[0].removeprefix('--')}" in refused.stderr
    shown = ig("runs", "show", run)
    assert shown.exit_code == 0
    assert f"run            {run}" in shown.output
    assert told(ig("runs", "show", run, "--json"))["spec"]
    logged = ig("runs", "logs", run).output
    assert "From file into sqlite." in logged
    assert "3 rows read" in logged
    assert [
        one["event"] for one in told(ig("runs", "logs", run, "--level", "warning", "--json"))["items"]
    ] == [  # type: ignore[attr-defined]
        "rows_rejected"
    ]
    watched = ig("runs", "watch", run)
    assert watched.exit_code == 3
    assert "Reading." in watched.output
    assert "= read" in watched.output
    retried = ig("runs", "retry", run, "--json")
    assert retried.exit_code == 3
    assert told(ig("runs", "show", str(told(retried)["run_id"]), "--json"))["retry_of_run_id"] == run
    assert "PARTIAL_SUCCESS" in ig("tasks", "list").output


def test_a_dry_run_says_what_would_happen(ig: Command, applied: Path, store: Path) -> None:
    done = ig("tasks", "run", "orders", "--dry-run")
    assert done.exit_code == 3, done.output
    assert "nothing was written; this would happen" in done.output
    assert told(ig("tasks", "run", "orders", "--dry-run", "--json"))["dry_run"] is True
    assert not (store / "warehouse.db").exists() or "orders" not in (
        store / "warehouse.db"
    ).read_bytes().decode("latin-1")


def test_a_run_that_fails_says_why_and_ends_with_1(ig: Command, applied: Path) -> None:
    done = ig("tasks", "run", "broken")
    assert done.exit_code == 1
    assert "nowhere.csv" in done.stderr
    failed = ig("tasks", "run", "broken", "--json")
    assert failed.exit_code == 1
    assert told(failed)["error"]["code"] in ("source", "definition")  # type: ignore[index]
    assert ig("runs", "watch", str(told(failed)["run_id"])).exit_code == 1


def test_a_task_is_shown_and_deleted(ig: Command, applied: Path) -> None:
    assert yaml.safe_load(ig("tasks", "show", "orders").stdout)["load"]["table"] == "orders"
    assert told(ig("tasks", "show", "orders", "--json"))["name"] == "orders"
    assert "was deleted" in ig("tasks", "delete", "broken").output
    gone = ig("tasks", "show", "broken")
    assert (gone.exit_code, gone.stderr) == (1, "Error: there is no task 'broken'.\n")
    assert told(ig("tasks", "delete", "broken", "--json"))["error"]["code"] == "not_found"  # type: ignore[index]


def test_connections_are_listed_and_tested_without_their_secrets(ig: Command, applied: Path) -> None:
    works, fails = ig("connections", "test", "warehouse"), ig("connections", "test", "away")
    assert (works.exit_code, fails.exit_code) == (0, 1)
    assert "works" in works.output
    assert "failed   connect" in fails.output
    assert told(ig("connections", "test", "away", "--json"))["status"] == "FAILED"
    listed = ig("connections", "list")
    assert "warehouse" in listed.output
    assert "active" in listed.output
    assert told(ig("connections", "list", "--kind", "postgresql", "--json"))["total"] == 1
    for done in (listed, fails, ig("connections", "list", "--json"), ig("tasks", "list", "--json")):
        assert "planted" not in done.output


def test_schedules_are_listed_tried_and_switched(ig: Command, applied: Path) -> None:
    assert "disabled" in ig("schedules", "list").output
    shown = ig("schedules", "preview", "orders", "--count", "3")
    assert shown.output.startswith("At 06:00, every day (Europe/Berlin)\n")
    assert shown.output.count(" 06:00 +0") == 3
    assert "is enabled; next run: 20" in ig("schedules", "enable", "orders").output
    assert told(ig("schedules", "list", "--json"))["items"][0]["is_enabled"] is True  # type: ignore[index]
    assert told(ig("schedules", "disable", "orders", "--json"))["is_enabled"] is False
    none = ig("schedules", "enable", "broken")
    assert none.exit_code == 1
    assert "no schedule" in none.stderr


def test_a_schedule_is_tried_before_there_is_one(store: Path) -> None:
    done = CliRunner().invoke(
        program(), ["schedules", "preview", "--cron", "30 2 * 3 0", "--timezone", "Europe/Berlin", "--json"]
    )
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert len(found["next_runs"]) == 10
    wrong = CliRunner().invoke(program(), ["schedules", "preview", "--cron", "61 * * * *"])
    assert wrong.exit_code == 2
    neither = CliRunner().invoke(program(), ["schedules", "preview"])
    assert neither.exit_code == 2
    assert "exactly one of 'cron' and 'every'" in neither.stderr


def test_a_run_is_left_in_the_queue_and_cancelled(store: Path, tmp_path: Path) -> None:
    def ig(*words: object) -> Result:
        return CliRunner().invoke(program(), [str(word) for word in words])

    path = tmp_path / "shop.yaml"
    path.write_text(DOCUMENT)
    ig("apply", path)
    queued = ig("tasks", "run", "orders", "--no-wait", "--project", "shop")
    assert queued.exit_code == 0, queued.output
    assert "waits in the queue" in queued.output
    run = queued.output.split()[1]
    assert "was cancelled" in ig("runs", "cancel", run).output
    again = ig("runs", "cancel", run, "--json")
    assert again.exit_code == 1
    assert json.loads(again.stdout)["error"]["code"] == "conflict"
    assert ig("runs", "watch", run).exit_code == 1


def test_a_token_can_do_no_more_here_than_in_a_browser(
    served: tuple[Gateway, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, address = served
    _, token = gateway.tokens.issue(make_actor(gateway, "bob@example.org", Role.VIEWER), "tests")
    path = tmp_path / "default.yaml"
    path.write_text("project: default\ntitle: mine\n")

    def ig(*words: str) -> Result:
        return CliRunner().invoke(program(), [*words, "--server", address, "--json"])

    denied = ig("apply", str(path), "--token", token)
    assert denied.exit_code == 1
    assert json.loads(denied.stdout)["error"]["code"] == "forbidden"
    for given in ([], ["--token", "igw_wrong"]):
        nobody = ig("tasks", "list", *given)
        assert nobody.exit_code == 1
        assert json.loads(nobody.stdout)["error"]["code"] == "unauthenticated"
        assert "INTAKEGATEWAY_TOKEN" in json.loads(nobody.stdout)["error"]["hint"]
    assert ig("tasks", "list", "--token", token).exit_code == 0


def _plain_words(listener: socket.socket) -> None:
    """Answers a greeting of TLS as a server does that knows only HTTP, and hears the other side out."""
    taken, _ = listener.accept()
    with taken, suppress(OSError):
        taken.recv(1)
        taken.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        taken.shutdown(socket.SHUT_WR)
        while taken.recv(10_000):
            pass


def test_a_server_that_is_away_or_none_is_told_in_a_sentence(store: Path) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        done = CliRunner().invoke(program(), ["tasks", "list", "--server", address])
    assert done.exit_code == 1
    assert f"{address}: the gateway does not answer" in done.stderr
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_plain_words, args=(listener,))
        thread.start()
        address = f"https://127.0.0.1:{listener.getsockname()[1]}"
        done = CliRunner().invoke(program(), ["tasks", "list", "--server", address])
        thread.join()
    assert done.exit_code == 1
    assert "an address that begins with http:// may be the right one" in done.stderr
    for wrong in ("localhost:8080", "ftp://x", "http://", "http://me:secret@x/"):
        done = CliRunner().invoke(program(), ["tasks", "list", "--server", wrong])
        assert done.exit_code == 2, wrong


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "said"),
    [
        (200, {"content-type": "text/html"}, "<html>", UnavailableError, "not a gateway of this version"),
        (502, {"content-type": "text/html"}, "<html>", UnavailableError, "status 502"),
        (302, {"location": "https://else.example.org/"}, "", DefinitionError, "https://else.example.org/"),
        (409, {}, '{"code": "conflict", "detail": "no.", "hint": "wait."}', ConflictError, "no. wait."),
        (401, {}, '{"code": "unauthenticated", "detail": "who?"}', UnauthenticatedError, "--token"),
        (429, {}, '{"code": "rate_limited", "detail": "too often."}', GatewayError, "too often"),
        (422, {}, '{"code": "invalid", "detail": "bad."}', DefinitionError, "bad."),
        (500, {}, "[]", UnavailableError, "status 500"),
    ],
)
def test_what_a_server_answers_becomes_the_error_that_it_met(
    status: int, headers: dict[str, str], body: str, kind: type[GatewayError], said: str
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, headers=headers, text=body)

    client = RemoteClient("https://x.example.org/gateway/", "igw_t", "shop", httpx.MockTransport(answer))
    with pytest.raises(kind) as raised:
        client.task("a/b ..?")
    client.close()
    assert said in str(raised.value)
    if kind is GatewayError:
        assert raised.value.code == "rate_limited"
    assert asked[0].url.raw_path == b"/gateway/api/v1/tasks/a%2Fb%20..%3F?project=shop"
    assert asked[0].headers["authorization"] == "Bearer igw_t"


def test_a_scheduler_of_its_own_refuses_a_database_that_one_machine_holds(store: Path) -> None:
    done = CliRunner().invoke(program(), ["scheduler"])
    assert done.exit_code == 2
    assert "a scheduler of its own needs the gateway's database to be PostgreSQL" in done.stderr


@pytest.mark.postgresql
def test_a_scheduler_runs_no_tasks_and_stops_when_told(home: Path, postgresql_url: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(SOURCES), "INTAKEGATEWAY_DATABASE_URL": postgresql_url}
    process = subprocess.Popen(
        [sys.executable, "-m", "intakegateway", "scheduler"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=env,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "Looking after schedules, messages and lost runs. Ctrl-C stops.\n"
    process.terminate()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said


def test_no_command_reads_more_than_it_needs_to_show_its_help() -> None:
    code = (
        "import sys; from intakegateway.cli.main import program; program();"
        "print([m for m in ('httpx', 'sqlalchemy', 'fastapi', 'polars', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(SOURCES)},
    )
    assert done.stdout == "[]\n"


def test_the_command_line_acts_as_an_administrator_of_its_own_store(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(DOCUMENT)
    assert CliRunner().invoke(program(), ["apply", str(path)]).exit_code == 0
    gateway = build(read_settings())
    try:
        from intakegateway.services.accounts import COMMAND_LINE

        assert isinstance(COMMAND_LINE, Actor)
        assert gateway.projects.get(COMMAND_LINE, "shop").title == "The shop"
    finally:
        gateway.close()
