"""Tasks, connections, schedules and what belongs to them: here and through a server; both say the same."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner, Result

from gateways import Command, ig, served, store
from intakegateway.cli.main import COMMANDS, GROUPS, SUMMARIES, outline, program

__all__ = ["ig", "served", "store"]
TASK = """
name: orders
source: {path: orders.csv}
mapping:
  - {to: id, from: id, transforms: [to_int]}
  - {to: total, from: total}
load: {to: "${WAREHOUSE}", table: orders, mode: upsert, keys: [id]}
"""


def told(done: Result) -> dict[str, object]:
    found = json.loads(done.stdout)
    assert isinstance(found, dict), done.stdout
    return found


def items(done: Result) -> list[dict[str, object]]:
    found = told(done)["items"]
    assert isinstance(found, list)
    return found


@pytest.fixture
def shop(ig: Command, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project ``shop`` with a connection and a task; the folder with its file."""
    monkeypatch.setenv("WAREHOUSE", "warehouse")
    assert ig("projects", "create", "shop").exit_code == 0
    made = ig(
        "connections", "create", "warehouse", "--kind", "sqlite", "--set", f"path={store / 'warehouse.db'}"
    )
    assert made.exit_code == 0, made.output
    path = tmp_path / "task.yaml"
    path.write_text(TASK.replace("to: ", "connection: ", 1).replace("{to: id", "{to: id"))
    path.write_text(TASK.replace('to: "${WAREHOUSE}"', 'connection: "${WAREHOUSE}"'))
    created = ig("tasks", "create", path)
    assert (created.exit_code, created.output) == (0, "The task 'orders' was made: version 1.\n")
    return path


def test_a_task_is_made_changed_compared_and_restored(ig: Command, shop: Path) -> None:
    again = ig("tasks", "create", shop)
    assert (again.exit_code, "'orders'" in again.stderr) == (1, True)
    changed = ig(
        "tasks", "change", "orders", "--set", "load.mode=append", "--set", "load.keys=null", "--note", "all"
    )
    assert changed.exit_code == 0, changed.output
    assert yaml.safe_load(ig("tasks", "show", "orders").stdout)["load"]["mode"] == "append"
    assert yaml.safe_load(ig("tasks", "show", "orders", "--version", "1").stdout)["load"]["keys"] == ["id"]
    listed = ig("tasks", "versions", "orders")
    assert "current" in listed.output
    assert items(ig("tasks", "versions", "orders", "--json"))[0]["note"] == "all"
    different = ig("tasks", "diff", "orders", "1")
    assert (different.exit_code, 'load.mode: "upsert" -> "append"' in different.output) == (3, True)
    assert ig("tasks", "diff", "orders", "1", "1").exit_code == 0
    assert ig("tasks", "restore", "orders", "1").output == (
        "The task 'orders' is as in version 1 again: version 3.\n"
    )
    assert ig("tasks", "diff", "orders", "1").output == "The versions 1 and 3 are equal.\n"
    assert ig("tasks", "change", "orders", shop).exit_code == 0
    assert ig("tasks", "rename", "orders", "sales").exit_code == 0
    assert told(ig("tasks", "clone", "sales", "copy", "--json"))["name"] == "copy"
    assert [one["name"] for one in items(ig("tasks", "list", "--json"))] == ["copy", "sales"]


def test_what_is_wrong_in_a_task_is_told_with_its_place(ig: Command, shop: Path, tmp_path: Path) -> None:
    wrong = ig("tasks", "change", "orders", "--set", "load.mode=sideways")
    assert (wrong.exit_code, "load.mode" in wrong.stderr, "upsert" in wrong.stderr) == (2, True, True)
    for words in (["load=1", "load.mode=append"], ["load"], ["=1"]):
        sets = [part for word in words for part in ("--set", word)]
        done = ig("tasks", "change", "orders", *sets)
        assert (done.exit_code, "--set" in done.stderr) == (2, True), words
    assert ig("tasks", "create").exit_code == 2
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: [")
    assert f"{broken}:1" in ig("tasks", "create", broken).stderr
    broken.write_text("name: ${NOT_SET_AT_ALL}")
    assert "'NOT_SET_AT_ALL' is not set" in ig("tasks", "create", broken).stderr
    broken.write_text("[1]")
    assert ig("tasks", "create", broken).exit_code == 2


def test_how_far_a_task_has_read_is_shown_and_forgotten(ig: Command, shop: Path) -> None:
    none = ig("tasks", "cursor", "orders")
    assert (none.exit_code, "orders" in none.stderr) == (1, True)
    source = (
        "source={kind: sql, connection: warehouse, query: SELECT * FROM old_orders, incremental: {field: id}}"
    )
    made = ig("tasks", "change", "orders", "--set", source)
    assert made.exit_code == 0, made.output
    assert "(nothing yet)" in ig("tasks", "cursor", "orders").output
    assert told(ig("tasks", "cursor", "orders", "--json"))["field"] == "id"
    assert ig("tasks", "cursor", "orders", "--forget").exit_code == 0


def test_a_push_token_is_shown_once_and_ended(ig: Command, shop: Path) -> None:
    made = ig("tasks", "push", "orders")
    assert made.exit_code == 0, made.output
    assert "shown this once: " in made.output
    assert told(ig("tasks", "show", "orders", "--json"))["has_push_token"] is True
    assert told(ig("tasks", "push", "orders", "--secret", "--json"))["token"]
    assert ig("tasks", "push", "orders", "--off").exit_code == 0
    shown = told(ig("tasks", "show", "orders", "--json"))
    assert (shown["has_push_token"], shown["has_push_secret"]) == (False, True)


def test_mappings_go_out_as_a_file_come_back_and_are_taken_from_a_template(
    ig: Command, shop: Path, tmp_path: Path
) -> None:
    assert "to_int" in ig("mappings", "list", "orders").output
    out = tmp_path / "mapping.yaml"
    assert ig("mappings", "export", "orders", "-o", out).exit_code == 0
    assert ig("mappings", "export", "orders").stdout == out.read_text()
    made = ig("templates", "import", out, "--name", "numbers")
    assert (made.exit_code, made.output) == (0, "The template 'numbers' was made: 2 mappings.\n")
    assert ig("mappings", "clear", "orders").output == "The task 'orders' has 0 mappings.\n"
    assert ig("mappings", "apply", "orders", "numbers").output == "The task 'orders' has 2 mappings.\n"
    out.write_text("mapping:\n  - {to: id, from: id}\n")
    assert ig("mappings", "import", "orders", out).output == "The task 'orders' has 1 mapping.\n"
    out.write_text("mapping:\n  - {into: id}\n")
    wrong = ig("mappings", "import", "orders", out)
    assert (wrong.exit_code, "mapping[0]" in wrong.stderr) == (2, True), wrong.stderr
    assert ig("mappings", "import", "orders", tmp_path / "none.yaml").exit_code == 2
    assert ig("mappings", "apply", "orders", "nothing").exit_code == 1


def test_templates_and_schemas_are_files_and_back(ig: Command, shop: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "schema.yaml", tmp_path / "out.yaml"
    path.write_text("name: orders\ncolumns:\n  - {name: id, type: bigint}\n  - {name: total, type: text}\n")
    assert ig("schemas", "import", path).output == "The schema 'orders' was made: 2 columns.\n"
    twice = ig("schemas", "import", path)
    assert (twice.exit_code, "taken" in twice.stderr) == (1, True)
    assert ig("schemas", "export", "orders", "-o", out).exit_code == 0
    assert yaml.safe_load(out.read_text())["columns"][0]["name"] == "id"
    assert ig("schemas", "show", "orders").stdout == out.read_text()
    assert (
        ig("schemas", "import", out, "--replace").output == "The schema 'orders' was replaced: 2 columns.\n"
    )
    assert "orders" in ig("schemas", "list").output
    assert items(ig("schemas", "list", "--search", "nothing", "--json")) == []
    path.write_text("name: worse\ncolumns: [{name: id, type: nonsense}]\n")
    assert ig("schemas", "import", path).exit_code == 2
    path.write_text("columns: [{name: id, type: bigint}]\n")
    assert "--name" in ig("schemas", "import", path).stderr
    assert ig("schemas", "delete", "orders").output == "The schema 'orders' was deleted.\n"
    assert ig("schemas", "show", "orders").exit_code == 1


def test_a_connection_is_made_changed_and_looked_into(ig: Command, shop: Path, store: Path) -> None:
    with closing(sqlite3.connect(store / "warehouse.db")) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total TEXT)")
        connection.execute("INSERT INTO orders VALUES (1, 'two')")
        connection.commit()
    away = ig(
        "connections", "create", "away", "--kind", "postgresql", "--set", "host=db.example.org", "--set",
        "database=shop", "--set", "user=loader", "--set", "password=${SHOP_PASSWORD}",
    )  # fmt: skip
    assert away.exit_code == 0, away.output
    shown = ig("connections", "show", "away")
    assert "password" in shown.output
    for done in (away, shown, ig("connections", "show", "away", "--json")):
        assert "planted" not in done.output
    changed = told(ig("connections", "change", "away", "--set", "database=sales", "--name", "far", "--json"))
    assert (changed["name"], changed["config"]["database"], changed["secrets"]) == (
        "far",
        "sales",
        ["password"],
    )  # type: ignore[index]
    assert told(ig("connections", "change", "far", "--set", "password=null", "--json"))["secrets"] == []
    for words in ((), ("--set", "database=x"), ("--kind", "nothing")):
        assert ig("connections", "create", "x", *words).exit_code == 2, words
    assert ig("connections", "change", "far").exit_code == 2
    assert ig("connections", "clone", "far", "copy").exit_code == 0
    assert ig("connections", "activate", "warehouse").exit_code == 0
    assert ig("connections", "delete", "copy").output == "The connection 'copy' was deleted.\n"
    kept = ig("connections", "delete", "warehouse")
    assert (kept.exit_code, "orders" in kept.stderr) == (1, True)
    assert "orders" in ig("connections", "tables", "warehouse").output
    assert "primary" in ig("connections", "columns", "warehouse", "orders").output
    asked = ig("connections", "query", "warehouse", "SELECT total FROM orders")
    assert (asked.exit_code, "two" in asked.output) == (0, True), asked.output
    assert "postgresql" in ig("connections", "kinds").output
    assert "sslmode" in ig("connections", "settings", "postgresql").output
    assert ig("connections", "settings", "pigeon").exit_code != 0


def test_a_schedule_is_set_shown_made_up_for_and_taken_away(ig: Command, shop: Path) -> None:
    done = ig(
        "schedules",
        "set",
        "orders",
        "--cron",
        "0 6 * * *",
        "--timezone",
        "Europe/Berlin",
        "--set",
        "retries=2",
    )
    assert done.exit_code == 0, done.output
    assert done.output.startswith(
        "The schedule of 'orders': At 06:00, every day (Europe/Berlin); next run: 20"
    )
    shown = ig("schedules", "show", "orders")
    assert "At 06:00, every day" in shown.output
    assert told(ig("schedules", "show", "orders", "--json"))["spec"]["retries"] == 2  # type: ignore[index]
    assert "orders" in ig("schedules", "calendar").output
    made_up = ig("schedules", "backfill", "orders", "--from", "2026-03-01", "--to", "2026-03-04", "--dry-run")
    assert (made_up.exit_code, made_up.output.splitlines()[-1]) == (0, "3 runs would be queued.")
    assert ig("schedules", "backfill", "orders", "--from", "then", "--to", "2026-03-04").exit_code == 2
    for words in ((), ("--cron", "61 * * * *"), ("--every", "1h", "--set", "retry=2")):
        assert ig("schedules", "set", "orders", *words).exit_code == 2, words
    assert "not paused" in ig("schedules", "resume", "orders").stderr
    assert ig("schedules", "delete", "orders").output == "'orders' does not run by itself any more.\n"
    assert ig("schedules", "show", "orders").exit_code == 1
    assert ig("schedules", "calendar").output == "Nothing is planned.\n"


def test_numbers_and_the_installation_are_shown_and_a_run_is_forgotten(
    ig: Command, shop: Path, store: Path
) -> None:
    ran = ig("tasks", "run", "orders", "--json")
    assert ran.exit_code in (0, 3), ran.output
    assert "1 task, 1 connection" in ig("stats", "show").output
    assert told(ig("stats", "show", "--json"))["week"]["runs"] == 1  # type: ignore[index]
    assert told(ig("stats", "runs", "--json"))["total"]["runs"] == 1  # type: ignore[index]
    assert "all" in ig("stats", "runs", "--task", "orders").output
    assert [one["task_name"] for one in items(ig("stats", "tasks", "--json"))] == ["orders"]
    for words in (("--by", "year"), ("--since", "soon"), ("--since", "2026-02-01", "--until", "2026-01-01")):
        assert ig("stats", "runs", *words).exit_code == 2, words
    assert "execution" in ig("system").output
    assert told(ig("system", "--json"))["execution"] == "inline"
    run = str(told(ran)["run_id"])
    asked = ig("runs", "delete", run)
    assert (asked.exit_code, "of 'orders'" in asked.stderr) == (2, True)
    assert ig("runs", "delete", run, "--yes").exit_code == 0
    assert ig("runs", "show", run).exit_code == 1


def test_what_the_gateway_itself_replaces_goes_through_a_file_and_back(
    ig: Command, shop: Path, tmp_path: Path
) -> None:
    words = ["${INTAKEGATEWAY_VAR_A}", "$${plain}", "$${INTAKEGATEWAY_VAR_B}"]
    path = tmp_path / "saved.yaml"
    mappings = [{"to": f"c{number}", "constant": word} for number, word in enumerate(words)]
    path.write_text(yaml.safe_dump({"name": "words", "mappings": mappings}))
    assert ig("templates", "import", path).exit_code == 0, ig("templates", "import", path).output
    path.write_text(ig("templates", "show", "words").stdout)
    assert ig("templates", "import", path, "--replace").exit_code == 0
    shown = told(ig("templates", "show", "words", "--json"))
    assert [one["constant"] for one in shown["mappings"]] == words  # type: ignore[attr-defined]


def test_a_definition_comes_from_standard_input_and_single_keys(store: Path) -> None:
    def here(*words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(program(words[0]), list(words), input=given)

    here("connections", "create", "w", "--kind", "sqlite", "--set", "path=w.db")
    done = here(
        "tasks", "create", "-", "--set", "name=piped", given=TASK.replace("${WAREHOUSE}", "sqlite:///x.db")
    )
    assert (done.exit_code, "'piped'" in done.output) == (0, True), done.output
    keys = here(
        "tasks", "create", "--set", "name=keys", "--set", "source.path=orders.csv", "--set", "load.connection=w",
        "--set", "load={connection: w, table: t, mode: upsert, keys: [id]}", "--json",
    )  # fmt: skip
    assert told(keys)["table"] == "t"


def test_the_list_of_commands_says_the_same_whether_they_are_imported_or_not() -> None:
    whole, listed = (CliRunner().invoke(app, ["--help"]) for app in (program(), outline()))
    assert (listed.exit_code, listed.output) == (0, whole.output)
    assert {*SUMMARIES} == {*COMMANDS, *GROUPS}
    first = {
        name: (command.help or "").split("\n\n")[0]
        for name, command in get_command(program()).commands.items()
    }
    assert {name: text.replace("\n", " ") for name, text in first.items()} == SUMMARIES
