"""The examples run: the demonstration, twice, and its project from the command line."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from examples.demo import PARTS, prepare, prove
from examples.demo_api import TOKEN, DemoApi
from examples.make_data import make
from rich.console import Console
from typer.testing import CliRunner

from intakegateway.cli.main import program

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
TABLES = (
    "customers", "products", "orders", "stock", "visits", "shop_orders", "shop_items",
)  # fmt: skip


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    """``make demo`` with an empty home folder, from another folder."""
    home = folder / "nobody"
    home.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "demo.py"), "--data", str(folder / "data"), "--port", "0"],
        capture_output=True, text=True, cwd=home, env=environment, check=False,
    )  # fmt: skip
    assert list(home.iterdir()) == [], "something was left in the home folder"
    return done


def rows(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as connection:
        return {t: connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES}


def test_the_demonstration_accounts_for_every_row_and_doubles_nothing(tmp_path: Path) -> None:
    first = demo(tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stderr == ""
    assert "Run it again" in first.stdout
    loaded = rows(tmp_path / "data" / "demo.db")
    assert all(loaded.values())
    for said in (
        "line 403",
        "RAGGED_ROW",
        "REFERENCE",
        "INVALID_JSON",
        "unusually high turnover",
        "nothing was written",
    ):
        assert said in first.stdout
    second = demo(tmp_path)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "Nothing was doubled" in second.stdout
    assert "This load had been committed before" in second.stdout
    assert rows(tmp_path / "data" / "demo.db") == loaded
    assert "gateway: shop_orders" in second.stdout


def test_rows_that_are_doubled_are_found(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "demo.db")) as connection, connection:
        connection.execute("CREATE TABLE orders (order_id)")
        connection.execute("INSERT INTO orders VALUES (1), (2), (2)")
        connection.execute("CREATE TABLE visits (visit)")
        connection.execute("INSERT INTO visits VALUES ('a'), ('b')")
    before = {part.task: 1 if part.task == "visits" else 0 for part in PARTS}
    assert prove(Console(quiet=True), tmp_path, before) == [
        "orders: 0 rows before, 3 after, 1 doubled.", "visits: 1 rows before, 2 after, 0 doubled."
    ]  # fmt: skip


def test_other_example_files_begin_an_empty_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = SimpleNamespace(make=lambda folder: folder.mkdir(parents=True))
    monkeypatch.setitem(sys.modules, "make_data", quick)
    assert prepare(tmp_path) == "made just now"
    (tmp_path / "demo.db").write_text("kept")
    assert prepare(tmp_path) == "made before"
    assert (tmp_path / "demo.db").exists()
    (tmp_path / ".made").write_text("other files")
    assert prepare(tmp_path) == "made just now"
    assert not (tmp_path / "demo.db").exists()


def test_the_demonstration_says_in_one_line_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    done = demo(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("The demonstration stopped: ")
    assert done.stderr.count("\n") == 1


def test_the_tasks_of_the_demonstration_run_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "input")
    monkeypatch.setenv("INTAKEGATEWAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DEMO_DATA", str(tmp_path))
    monkeypatch.setenv("DEMO_API_TOKEN", TOKEN)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with DemoApi(records=300) as api:
        monkeypatch.setenv("DEMO_API_URL", api.base)
        done = CliRunner().invoke(program(), ["run", str(EXAMPLES / "demo" / "project.yaml"), "--quiet"])
    assert done.exit_code == 3, done.output
    assert all(rows(tmp_path / "demo.db").values())
    planned = CliRunner().invoke(program(), ["plan", str(EXAMPLES / "demo" / "price-list.yaml")])
    assert planned.exit_code == 3, planned.output
    assert rows(tmp_path / "demo.db")["products"] == 400


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one"), make(tmp_path / "two")
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*") if path.is_file())
    assert len(names) == 9
    assert names == sorted(str(path.relative_to(two)) for path in two.rglob("*") if path.is_file())
    for name in names:
        if not name.endswith(".xlsx"):  # a workbook holds the time when it was written
            assert (one / name).read_bytes() == (two / name).read_bytes()


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda path: path.name)
def test_an_example_is_named_by_its_folder_or_a_page(path: Path) -> None:
    told = [ROOT / "Makefile", *EXAMPLES.rglob("*.py"), *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    assert any(path.name in one.read_text(encoding="utf-8") for one in told)
