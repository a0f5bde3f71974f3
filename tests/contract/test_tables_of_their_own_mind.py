"""Views, triggers that leave rows out, tables that replace on conflict: every row is still accounted for."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import psycopg
import pytest

import intakegateway as ig

ROWS = pl.DataFrame({"id": [1, 2, 3, 4], "name": ["a", "refuse", "leave out", "d"]})
TRIGGER = """
CREATE TABLE t (id integer PRIMARY KEY, name text);
CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF NEW.name = 'refuse' THEN RAISE EXCEPTION 'not this one'; END IF;
IF NEW.name = 'leave out' THEN RETURN NULL; END IF;
RETURN NEW; END $$;
CREATE TRIGGER judge BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION judge()
"""


def counted(result: ig.Result) -> tuple[int, int, int, int, int]:
    counts = result.counts
    return counts.inserted, counts.updated, counts.unchanged, counts.skipped, counts.rejected


def execute(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as database:
        cursor = database.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.mark.postgresql
@pytest.mark.parametrize("mode", ["append", "upsert", "truncate_insert"])
def test_rows_that_a_trigger_leaves_out_are_skipped(postgresql_url: str, mode: str) -> None:
    execute(postgresql_url, TRIGGER)
    keys = ["id"] if mode == "upsert" else None
    result = ig.load(ROWS, postgresql_url, "t", mode=mode, keys=keys)
    assert counted(result) == (2, 0, 0, 1, 1)
    assert "1 row was left out, or put elsewhere, by a trigger" in " ".join(result.warnings)
    clean = ROWS.filter(pl.col("name") != "refuse").with_columns(pl.col("id") + 10)
    assert counted(ig.load(clean, postgresql_url, "t", mode=mode, keys=keys)) == (2, 0, 0, 1, 0)


@pytest.mark.postgresql
def test_an_update_that_a_trigger_leaves_out_is_no_update(postgresql_url: str) -> None:
    execute(postgresql_url, TRIGGER)
    kept = pl.DataFrame({"id": [1, 2, 3], "name": ["a", "b", "c"]})
    ig.load(kept, postgresql_url, "t")
    changed = pl.DataFrame({"id": [1, 2, 3], "name": ["a", "leave out", "new"]})
    assert counted(ig.load(changed, postgresql_url, "t", mode="upsert", keys=["id"])) == (0, 1, 1, 1, 0)


@pytest.mark.postgresql
@pytest.mark.parametrize("mode", ["append", "insert", "upsert"])
def test_rows_go_through_a_view_into_its_table(postgresql_url: str, mode: str) -> None:
    execute(
        postgresql_url,
        "CREATE TABLE base (id integer PRIMARY KEY, name text); CREATE VIEW t AS SELECT id, name FROM base",
    )
    keys = ["id"] if mode == "upsert" else None
    assert counted(ig.load(ROWS, postgresql_url, "t", mode=mode, keys=keys)) == (4, 0, 0, 0, 0)
    assert execute(postgresql_url, "SELECT count(*) FROM base") == [(4,)]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("CREATE MATERIALIZED VIEW t AS SELECT 1 AS id, 'a' AS name", "is a materialized view"),
        ("CREATE SEQUENCE t", "is a sequence"),
        ("CREATE VIEW t AS SELECT 1 AS id, 'a' AS name", "cannot insert into view"),
    ],
)
def test_what_takes_no_rows_is_said_at_once(postgresql_url: str, made: str, said: str) -> None:
    execute(postgresql_url, made)
    with pytest.raises(ig.DestinationError, match=said):
        ig.load(ROWS, postgresql_url, "t")


@pytest.mark.parametrize("mode", ["append", "upsert", "truncate_insert"])
def test_sqlite_counts_what_a_trigger_leaves_out(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "CREATE TABLE t (id integer PRIMARY KEY, name text);"
            "CREATE TRIGGER judge BEFORE INSERT ON t WHEN NEW.name = 'leave out'"
            " BEGIN SELECT RAISE(IGNORE); END;"
        )
    result = ig.load(ROWS, f"sqlite:///{path}", "t", mode=mode, keys=["id"] if mode == "upsert" else None)
    assert counted(result) == (3, 0, 0, 1, 0)


def test_sqlite_does_not_replace_on_conflict_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            "CREATE TABLE t (id integer PRIMARY KEY ON CONFLICT REPLACE,"
            " name text UNIQUE ON CONFLICT IGNORE NOT NULL ON CONFLICT IGNORE)"
        )
    rows = pl.DataFrame({"id": [1, 1, 2, 3], "name": ["a", "b", "a", "c"]})
    assert counted(ig.load(rows, f"sqlite:///{path}", "t")) == (2, 0, 0, 0, 2)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT * FROM t").fetchall() == [(1, "a"), (3, "c")]
