"""Files and rejected rows by the command line: on the store here, and through a server; both say the same."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import Result

from gateways import Command, ig, served, store

__all__ = ["ig", "served", "store"]
DOCUMENT = """
project: shop
active_connection: warehouse
connections:
  warehouse: {kind: sqlite, path: warehouse.db}
tasks:
  - name: orders
    source: {file: orders.csv}
    mapping:
      - {to: id, from: id, transforms: [to_int]}
      - {to: total, from: total, transforms: [to_int]}
    rules: [{not_null: id}]
    load: {table: orders, mode: upsert, keys: [id]}
"""
ORDERS = "id,total\n1,2\n2,ten\n3,ten\n,4\n"


@pytest.fixture
def run(ig: Command, tmp_path: Path) -> str:
    """A run with three rejected rows."""
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "shop.yaml").write_text(DOCUMENT)
    assert ig("apply", tmp_path / "shop.yaml").exit_code == 0
    uploaded = ig("files", "upload", tmp_path / "orders.csv")
    assert uploaded.exit_code == 0, uploaded.output
    done = ig("tasks", "run", "orders", "--json")
    assert done.exit_code == 3, done.output
    found = told(done)["run_id"]
    assert isinstance(found, str)
    return found


def told(done: Result) -> dict[str, object]:
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_a_file_goes_in_is_listed_comes_back_and_goes(ig: Command, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("project: shop\n")
    assert ig("apply", tmp_path / "shop.yaml").exit_code == 0
    assert "There are no files" in ig("files", "list").output
    path = tmp_path / "orders ü.csv"
    path.write_text(ORDERS)
    assert "orders ü.csv: 28 bytes, csv" in ig("files", "upload", path).output
    assert "orders ü.csv" in ig("files", "list").output
    assert told(ig("files", "list", "--search", "nothing", "--json"))["total"] == 0
    back = tmp_path / "back.csv"
    saved = ig("files", "download", path.name, "-o", back)
    assert (saved.exit_code, back.read_text()) == (0, ORDERS)
    refused = ig("files", "download", path.name, "-o", back)
    assert (refused.exit_code, "--force" in refused.output) == (2, True)
    assert ig("files", "delete", path.name).exit_code == 0
    gone = ig("files", "download", path.name, "-o", tmp_path / "more.csv")
    assert gone.exit_code != 0
    assert not (tmp_path / "more.csv").exists()
    assert not list(tmp_path.glob(".*.part"))


def test_a_file_that_is_not_there_is_said_and_nothing_is_uploaded(ig: Command, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("project: shop\n")
    assert ig("apply", tmp_path / "shop.yaml").exit_code == 0
    done = ig("files", "upload", tmp_path / "nowhere.csv")
    assert (done.exit_code, "cannot be read" in done.output) == (2, True)
    assert told(ig("files", "list", "--json"))["total"] == 0


def test_a_file_that_a_task_uses_stays(ig: Command, run: str) -> None:
    kept = ig("files", "delete", "orders.csv")
    assert kept.exit_code != 0
    assert "orders" in kept.output
    assert ig("files", "delete", "orders.csv", "--force").exit_code == 0


def test_rejected_rows_are_grouped_corrected_checked_and_loaded(ig: Command, run: str) -> None:
    groups = ig("rejects", "groups", run)
    assert "3 of 3 rejected rows are open" in groups.output
    assert "ten" in ig("rejects", "list", run, "--search", "ten").output
    planned = ig("rejects", "edit", run, "--field", "total", "--from", "ten", "--to", "10", "--dry-run")
    assert planned.output == "2 rows would be changed.\n"
    assert "ten" in ig("rejects", "values", run, "--field", "total").output
    for to in ("11", "10"):
        done = ig("rejects", "edit", run, "--field", "total", "--from", "ten", "--to", to)
        assert done.exit_code == 0, done.output
        if to == "11":
            assert ig("rejects", "undo", run).output == (
                "The latest edit was taken back; edits that are left: 0.\n"
            )
    checked = ig("rejects", "check", run)
    assert (checked.exit_code, checked.output) == (0, "2 checked: 2 would load, 0 would not.\n")
    replayed = ig("rejects", "replay", run, "--edited", "--json")
    assert replayed.exit_code == 0, replayed.output
    left = ig("rejects", "discard", run, "--note", "no number")
    assert left.output == "1 row discarded; 0 open.\n"
    assert ig("rejects", "restore", run).output == "1 row restored; 1 open.\n"


def test_an_export_is_corrected_and_taken_back(ig: Command, run: str, tmp_path: Path) -> None:
    out = tmp_path / "rejects.csv"
    assert ig("rejects", "export", run, "-o", out).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert len(rows) == 3
    for row in rows:
        row["total"] = row["total"].replace("ten", "10")
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    taken = ig("rejects", "import", run, out)
    assert (taken.exit_code, taken.output) == (0, "3 rows read, 2 cells changed.\n")


def test_a_name_that_says_no_kind_is_refused_before_anything_is_asked(ig: Command, tmp_path: Path) -> None:
    done = ig("rejects", "export", "any", "-o", tmp_path / "rejects.doc")
    assert (done.exit_code, "*.csv" in done.output or ".csv" in done.output) == (2, True)
    taken = ig("rejects", "import", "any", tmp_path / "rejects.parquet")
    assert (taken.exit_code, ".jsonl" in taken.output) == (2, True)


def test_single_cells_are_set_and_taken_back_and_a_log_is_saved(
    ig: Command, run: str, tmp_path: Path
) -> None:
    done = ig("rejects", "set", run, "--row", "0", "--field", "total", "--to", "10")
    assert (done.exit_code, done.output) == (0, "Row 0 has another 'total'; edits that there are: 1.\n")
    assert ig("rejects", "set", run, "--row", "1", "--field", "total", "--to", "11").exit_code == 0
    assert ig("rejects", "check", run).output == "2 checked: 2 would load, 0 would not.\n"
    assert told(ig("rejects", "clear", run, "--row", "1", "--json"))["edits"] == 1
    wrong = ig("rejects", "set", run, "--row", "9", "--field", "total", "--to", "1")
    assert (wrong.exit_code, "no reject 9" in wrong.stderr) == (2, True)
    log = tmp_path / "run.jsonl"
    saved = ig("runs", "logs", run, "--output", log)
    assert saved.exit_code == 0, saved.output
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    listed = told(ig("runs", "logs", run, "--json"))["items"]
    assert lines == listed
    again = ig("runs", "logs", run, "--output", log)
    assert (again.exit_code, "--force" in again.stderr) == (2, True)


def test_names_are_matched_into_a_file_that_load_and_import_take(
    ig: Command, run: str, tmp_path: Path
) -> None:
    matched = ig("mappings", "match", "--fields", "Order ID,e-mail", "--columns", "order_id,email,city")
    assert matched.exit_code == 0, matched.output
    assert "order_id" in matched.output
    assert "city" not in matched.output
    file = tmp_path / "map.yaml"
    names = ("--fields", "id,Total", "--columns", "id,total")
    assert ig("mappings", "match", *names, "--output", file).exit_code == 0
    taken = ig("mappings", "import", "orders", file)
    assert (taken.exit_code, taken.output) == (0, "The task 'orders' has 2 mappings.\n")


def test_sample_data_comes_once_with_a_task_to_run(ig: Command, run: str) -> None:
    first = ig("projects", "sample")
    assert first.exit_code == 0, first.output
    assert "is ready" in first.output
    again = told(ig("projects", "sample", "--json"))
    assert again["created"] is False
    assert ig("tasks", "run", str(again["task"])).exit_code in (0, 3)
