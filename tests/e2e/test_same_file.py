"""A query and its table in one and the same database file."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

import intakegateway as ig

BOTH = pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
ROWS = 150_000
"""More than one chunk, so that the query would still be open when rows are written."""


def connected(kind: str, path: Path) -> Any:
    return closing(sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(str(path)))


@pytest.fixture
def database(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / "shop.db"
    with connected(kind, path) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, item TEXT)")
        connection.execute(
            "INSERT INTO orders WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            f" WHERE i < {ROWS}) SELECT i, 'item ' || i FROM n"
            if kind == "sqlite"
            else f"INSERT INTO orders SELECT i, 'item ' || i FROM range(1, {ROWS + 1}) AS n(i)"
        )
        connection.commit()
    return path


@BOTH
def test_a_query_fills_another_table_of_its_own_file(kind: str, database: Path) -> None:
    url = f"{kind}:///{database}"
    source = {"kind": "sql", "url": url, "query": "SELECT id, item FROM orders"}
    assert ig.load(source, url, "copy").counts.inserted == ROWS
    again = ig.load(source, url, "copy", mode="upsert", keys=["id"])
    assert (again.counts.unchanged, again.counts.inserted) == (ROWS, 0)
    assert ig.plan(source, url, "third").counts.inserted == ROWS
    with connected(kind, database) as connection:
        assert connection.execute("SELECT COUNT(*), COUNT(DISTINCT id) FROM copy").fetchone() == (ROWS, ROWS)


@BOTH
def test_a_table_is_replaced_by_a_query_of_itself(
    kind: str, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = {
        "kind": "sql",
        "url": f"{kind}:///shop.db",
        "query": "SELECT id, upper(item) AS item FROM orders WHERE id > 3",
    }
    result = ig.load(source, f"{kind}:///{database}", "orders", mode="truncate_insert")
    assert result.counts.inserted == ROWS - 3
    with connected(kind, database) as connection:
        assert connection.execute("SELECT item FROM orders WHERE id < 5").fetchall() == [("ITEM 4",)]
