"""The command and the Python API on real files and a real destination."""

from __future__ import annotations

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

import intakegateway as ig

SOURCES = str(Path(__file__).resolve().parents[2] / "src")
ORDERS = "id,name,qty,day\n1,ann,2,2024-01-31\n2,bob,x,2024-02-01\n3,cy,5,2024-02-02\n4,dee\n"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    return path


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """A database in which ``orders`` wants numbers."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as db:
        db.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT, qty INTEGER, day DATE)")
        db.commit()
    return f"sqlite:///{tmp_path}/shop.db"


def _rows(url: str, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
        return db.execute(sql).fetchall()


def _process(*arguments: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "intakegateway", *map(str, arguments)], capture_output=True, text=True,
        input=stdin, env={**os.environ, "PYTHONPATH": SOURCES}, check=False,
    )  # fmt: skip


def test_a_bad_row_is_a_reject_and_the_rest_loads(gateway, orders: Path, shop: str, tmp_path: Path) -> None:
    told = gateway("load", orders, "--to", shop, "--rejects", tmp_path / "r.csv", "--json")
    assert told.exit_code == 3, told.output
    found = json.loads(told.stdout)
    assert (found["total_records"], found["inserted_records"], found["rejected_records"]) == (4, 2, 2)
    assert _rows(shop, "SELECT id, qty FROM orders ORDER BY id") == [(1, 2), (3, 5)]
    rejects = (tmp_path / "r.csv").read_text()
    assert "line 3" in rejects
    assert "line 5" in rejects
    again = json.loads(
        gateway("load", orders, "--to", shop, "--mode", "upsert", "--keys", "id", "--json").stdout
    )
    assert (again["unchanged_records"], again["inserted_records"]) == (2, 0)


def test_a_dry_run_writes_nothing(gateway, orders: Path, shop: str) -> None:
    told = gateway("load", orders, "--to", shop, "--dry-run")
    assert told.exit_code == 3
    assert _rows(shop, "SELECT count(*) FROM orders") == [(0,)]


def test_a_limit_of_rejects_fails_the_load_and_leaves_the_table(gateway, orders: Path, shop: str) -> None:
    told = gateway("load", orders, "--to", shop, "--max-rejects", "10%", "--json")
    assert told.exit_code == 1
    found = json.loads(told.stdout)
    assert "max_rejects" in found["error"]["message"]
    assert _rows(shop, "SELECT count(*) FROM orders") == [(0,)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere.csv", "--table", "orders"], 1),
        (["{orders}", "--table", "none", "--create", "never"], 2),
        (["{orders}", "--mapping", "{mapping}"], 2),
        (["{orders}", "--encoding", "utf-99"], 2),
    ],
)
def test_bad_input_is_one_message_and_leaves_the_destination(
    gateway, orders: Path, shop: str, tmp_path: Path, arguments: list[str], code: int
) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("- {to: id, expression: 'nosuch(id) + 1'}\n")
    filled = [text.format(orders=orders, mapping=mapping) for text in arguments]
    told = gateway("load", filled[0], "--to", shop, *filled[1:])
    assert told.exit_code in (code, 1), told.output
    assert told.stderr.startswith("Error: ")
    assert "unexpected" not in told.stderr
    assert _rows(shop, "SELECT count(*) FROM orders") == [(0,)]


def test_standard_input_is_a_source(shop: str) -> None:
    done = _process("load", "-", "--to", shop, "--table", "orders", "--json", stdin=ORDERS)
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["inserted_records"] == 2
    assert done.stderr == ""


def test_nothing_moves_in_a_pipe(orders: Path, shop: str) -> None:
    done = _process("load", orders, "--to", shop)
    assert done.stderr == ""
    assert "\033" not in done.stdout


def test_a_terminal_gets_a_bar_on_standard_error(orders: Path, shop: str) -> None:
    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "intakegateway", "load", str(orders), "--to", shop, "--json"],
            stdout=subprocess.PIPE, stderr=follower, check=False,
            env={**os.environ, "PYTHONPATH": SOURCES, "TERM": "xterm"},
        )  # fmt: skip
        shown = os.read(leader, 65536).decode()
    finally:
        os.close(follower)
        os.close(leader)
    assert "orders: " in shown
    assert "rows" in shown
    assert json.loads(done.stdout)["inserted_records"] == 2


def test_ctrl_c_ends_a_load_with_one_line_and_an_untouched_table(shop: str, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "intakegateway", "load", "-", "--to", shop, "--table", "orders"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": SOURCES},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(ORDERS)
        process.stdin.flush()
        time.sleep(6)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "cancelled" in said or "stopped" in said
    assert _rows(shop, "SELECT count(*) FROM orders") == [(0,)]


_WAITS_FOR_A_PIPE = """
import os
from intakegateway.cli import execution
execution.PATIENCE = 0.1
reading, writing = os.pipe()
with execution._interruptible():
    print("waits", flush=True)
    try:
        os.read(reading, 1)
    except KeyboardInterrupt:
        print("broken off", flush=True)
"""


def test_one_ctrl_c_also_ends_a_load_that_waits_for_a_pipe() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WAITS_FOR_A_PIPE], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": SOURCES},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[0] == "broken off\n"
    assert process.returncode == 0


def test_a_reader_that_goes_away_is_no_traceback(orders: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m intakegateway preview {orders} --as raw | true",
        shell=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SOURCES}, check=False,
    )  # fmt: skip
    assert done.stderr == ""


def test_help_and_version_load_nothing_heavy() -> None:
    code = (
        "import sys\nfrom intakegateway.cli.main import program\n"
        "for arguments in (['--help'], ['--version']):\n"
        "    program()(arguments, standalone_mode=False)\n"
        "heavy = {'pydantic', 'polars', 'rich', 'pyarrow', 'httpx', 'yaml', 'sqlglot', 'asyncio'}\n"
        "sys.exit(f'imported: {heavy & sys.modules.keys()}' if heavy & sys.modules.keys() else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": SOURCES},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_plain_load_imports_no_driver_and_no_display(orders: Path, shop: str) -> None:
    code = (
        "import sys\nfrom intakegateway.cli.main import program\n"
        f"program('load')(['load', {str(orders)!r}, '--to', {shop!r}], standalone_mode=False)\n"
        "own = {'cli.run', 'model.http', 'model.sql', 'model.project', 'model.rules', 'model.transforms',\n"
        "       'engine.expressions', 'engine.transforms', 'engine.rules', 'connectors.http_api'}\n"
        "heavy = {'rich', 'pyarrow', 'httpx', 'psycopg', 'pymysql', 'duckdb', 'lxml', 'openpyxl', 'connectorx',\n"
        "         'sqlglot', 'yaml', 'orjson', 'numpy', 'pandas', 'asyncio', 'ssl', 'http.client'}\n"
        "heavy |= {f'intakegateway.{name}' for name in own}\n"
        "sys.exit(f'imported: {heavy & sys.modules.keys()}' if heavy & sys.modules.keys() else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": SOURCES},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# preview and schema


def test_a_preview_shows_rows_places_types_and_what_is_broken(gateway, orders: Path) -> None:
    told = gateway("preview", orders)
    assert told.exit_code == 0, told.output
    for text in ("ann", "line 2", "integer", "date", "line 5"):
        assert text in told.stdout
    found = json.loads(gateway("preview", orders, "--json", "--rows", 2).stdout)
    assert [row["name"] for row in found["rows"]] == ["ann", "bob"]
    assert found["whole"] is False
    assert gateway("preview", orders, "--as", "raw").stdout.splitlines() == ORDERS.splitlines()


def test_a_profile_counts_and_ranks_the_values(gateway, orders: Path) -> None:
    told = gateway("preview", orders, "--profile")
    assert told.exit_code == 0, told.output
    assert "3 distinct, 0 null" in told.stdout
    found = json.loads(gateway("preview", orders, "--profile", "--json").stdout)
    assert {column["field"]["name"]: column["distinct"] for column in found["profile"]}["day"] == 3
    assert found["profile"][0]["field"]["type"] == "integer"


def test_nested_records_are_shown_as_a_tree(gateway, tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    path.write_text('[{"id": 1, "user": {"address": {"city": "Rome"}}, "tags": ["a"]}]')
    told = gateway("preview", path, "--as", "tree")
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert any(line.startswith("    city") and "Rome" in line for line in lines)
    found = json.loads(gateway("preview", path, "--as", "tree", "--json").stdout)
    assert {"user.address.city"} <= _paths(found["tree"])


def _paths(nodes: list[dict[str, object]]) -> set[object]:
    found: set[object] = set()
    for node in nodes:
        found |= {node["path"]} | _paths(node["children"])  # type: ignore[arg-type]
    return found


def test_the_columns_of_a_source_are_found_from_all_of_its_values(gateway, tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("id,zip\n" + "".join(f"{n},{n:05}\n" for n in range(1, 3000)) + "3000,x\n")
    found = json.loads(gateway("schema", path, "--json").stdout)
    assert {field["name"]: field["type"] for field in found["fields"]} == {"id": "integer", "zip": "text"}
    assert all(field["whole"] for field in found["fields"])


def test_a_query_is_previewed_with_its_types(gateway, shop: str) -> None:
    with closing(sqlite3.connect(shop.removeprefix("sqlite:///"))) as db:
        db.execute("INSERT INTO orders VALUES (1, 'ann', 2, '2024-01-31')")
        db.commit()
    told = gateway("preview", shop, "--query", "SELECT id, name FROM orders", "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["rows"] == [{"id": 1, "name": "ann"}]
    assert gateway("preview", shop, "--query", "SELEC id").exit_code == 1


# YAML and Python


def test_a_project_file_runs_with_its_files_beside_it(gateway, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"exp_t{number}.csv").write_text(f"id\n{number}\n")
    path = tmp_path / "project.yaml"
    path.write_text(
        "defaults: {files: 'exp_*.csv', load: {to: 'sqlite:///all.db'}}\ntable_naming: {strip_prefix: exp_}\n"
    )
    told = gateway("run", path, "--json")
    assert told.exit_code == 0, told.output
    assert [task["task"] for task in json.loads(told.stdout)["tasks"]] == ["t0", "t1", "t2"]
    assert _rows(f"sqlite:///{tmp_path}/all.db", "SELECT id FROM t2") == [(2,)]


def test_the_python_api_loads_plans_and_previews(orders: Path, shop: str) -> None:
    planned = ig.plan(orders, shop, "orders", mode="upsert", keys=["id"])
    assert planned.counts.inserted == 2
    assert _rows(shop, "SELECT count(*) FROM orders") == [(0,)]
    result = ig.load(orders, to=shop, table="orders", mode="upsert", keys=["id"])
    assert result.status == ig.Status.PARTIAL_SUCCESS
    assert result.counts.balances
    assert ig.preview(orders, rows=1).frame.to_dicts() == [
        {"id": "1", "name": "ann", "qty": "2", "day": "2024-01-31"}
    ]


def test_rows_from_memory_are_loaded(shop: str) -> None:
    records = [{"id": 1, "name": "ann", "qty": 2}, {"id": 2, "name": "bob", "qty": None}]
    result = ig.load(records, to=shop, table="orders")
    assert (result.status, result.counts.inserted) == (ig.Status.SUCCESS, 2)
    frame = pl.DataFrame({"id": [2, 3], "qty": [7, 8]})
    result = ig.load(frame, to=shop, table="orders", mode="upsert", keys="id")
    assert (result.counts.updated, result.counts.inserted) == (1, 1)
    with pytest.raises(ig.DefinitionError, match="table's name"):
        ig.load(frame, to=shop)


def test_a_task_of_python_runs_and_goes_to_yaml_and_back(orders: Path, shop: str, tmp_path: Path) -> None:
    task = ig.Task(
        name="orders", source={"path": str(orders)}, mapping=[{"to": "id", "from": "id"}],
        load={"to": shop, "table": "orders"},
    )  # fmt: skip
    assert task.run().counts.inserted == 3
    path = tmp_path / "task.yaml"
    path.write_text(task.to_yaml())
    assert ig.Task.from_yaml(path).spec == task.spec


def test_wrong_options_of_python_are_told_the_nearest() -> None:
    with pytest.raises(ig.DefinitionError, match="Did you mean 'encoding'"):
        ig.load("a.csv", to="sqlite:///x.db", encodng="utf-8")  # type: ignore[call-arg]
    with pytest.raises(ig.DefinitionError, match="Did you mean 'upsert'"):
        ig.Task(source={"path": "a.csv"}, name="x", load={"to": "o.csv", "table": "t", "mode": "upsrt"})


def test_pasted_json_is_previewed_and_its_faults_have_a_place() -> None:
    found = ig.paste('{"data": [{"id": 1}, {"id": 2}]}')
    assert found.frame["id"].to_list() == [1, 2]
    with pytest.raises(ig.SourceError, match="line 2, column"):
        ig.paste('{"data": [\n{"id": }]}')


def test_everything_that_the_package_offers_is_there() -> None:
    found: dict[str, Callable[..., object] | object] = {name: getattr(ig, name) for name in ig.__all__}
    assert all(value is not None for value in found.values())
    assert set(dir(ig)) == set(ig.__all__)
    with pytest.raises(AttributeError):
        _ = ig.nothing  # type: ignore[attr-defined]


def test_a_project_under_a_load_id_is_loaded_once_and_what_failed_is_made_up_for(
    gateway, tmp_path: Path
) -> None:
    project, other = tmp_path / "project.yaml", tmp_path / "b.csv"
    (tmp_path / "a.csv").write_text("id\n1\n2\n")
    project.write_text(
        "project: shop\ntasks:\n"
        "  - {name: a, source: {path: a.csv}, load: {to: 'sqlite:///shop.db', table: a}}\n"
        "  - {name: b, source: {path: b.csv}, load: {to: 'sqlite:///shop.db', table: b}}\n"
    )
    assert gateway("run", project, "--load-id", "june").exit_code == 1
    other.write_text("id\n3\n")
    for _ in range(2):
        assert gateway("run", project, "--load-id", "june").exit_code == 0
    shop = f"sqlite:///{tmp_path}/shop.db"
    assert _rows(shop, "SELECT id FROM a UNION ALL SELECT id FROM b ORDER BY id") == [(1,), (2,), (3,)]
    assert gateway("run", project, "--load-id", "july").exit_code == 0
    assert _rows(shop, "SELECT count(*) FROM a") == [(4,)]


def test_a_load_into_duckdb_leaves_nothing_but_its_account(orders: Path, tmp_path: Path) -> None:
    done = _process("load", orders, "--to", f"duckdb:///{tmp_path}/shop.duckdb", "--table", "orders")
    assert (done.returncode, done.stderr) == (3, "")
    (tmp_path / "other.duckdb").write_text("no database at all " * 100)
    done = _process("load", orders, "--to", f"duckdb:///{tmp_path}/other.duckdb", "--table", "orders")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 2, done.stderr
