"""Columns of DuckDB that are none of ours: what fits is kept exactly, what does not is told row by row."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

import intakegateway as ig

ENUM = "ENUM('happy', 'sa''d')"


def load(path: Path, native: str, values: list[str | None], mode: str = "append") -> ig.Result:
    rows = pl.DataFrame({"id": range(len(values)), "v": values}, schema={"id": pl.Int64, "v": pl.String})
    keys = ["id"] if mode == "upsert" else None
    with duckdb.connect(str(path)) as database:
        database.execute(f"CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, v {native})")
    return ig.load(rows, f"duckdb:///{path}", "t", mode=mode, keys=keys)


def stored(path: Path) -> list[str | None]:
    with duckdb.connect(str(path), read_only=True) as database:
        return [row[0] for row in database.execute("SELECT v::VARCHAR FROM t ORDER BY id").fetchall()]


@pytest.mark.parametrize("mode", ["append", "upsert", "truncate_insert"])
@pytest.mark.parametrize(
    ("native", "good", "bad"),
    [
        (ENUM, ["happy", "sa'd", None], ["glum", ""]),
        ("HUGEINT", ["170141183460469231731687303715884105727", "-5"], ["1.5", "x", "9" * 40]),
        ("UHUGEINT", ["340282366920938463463374607431768211455"], ["-1", "0.5"]),
        ("TIMESTAMP_NS", ["2024-01-31 12:00:00.123456789"], ["9999-12-31", "x", "2024-01-01 00:00:00.1234567891"]),
        ("TIME WITH TIME ZONE", ["12:00:00+02", "12:00:00.123456-01"], ["x", "12:00:00.1234567+00"]),
        ("INTEGER[]", ["[1, 2]", "[]"], ["[1,'x']", "x", "[1.5]", '[1, "2.7"]', "[1e-1]"]),
        ("INTEGER[2]", ["[1, 2]"], ["[1]", "[1, 2.5]"]),
        ("INTEGER[][]", ["[[1], [2]]"], ["[[1.5], [2]]"]),
        ("DATE[]", ["[2024-01-01]"], ['["2024-01-01 10:00:00"]']),
        ("TIMESTAMP[]", ["['2024-01-01 10:00:00']"], ['["2024-01-01T10:00:00+02:00"]', "[2024-01-01 10:00:00.1234567]"]),
        ("DECIMAL(6,2)[]", ["[1.20]"], ["[1.005]"]),
        ("FLOAT[]", ["[0.5]"], ["[1e40]"]),
        ("STRUCT(a INTEGER, b VARCHAR)", ["{'a': 1, 'b': x}", "{'a': NULL, 'b': 1.5}"],
         ["{'a': no}", '{"c": 1}', '{"a": 1.5, "b": "x"}', "{'a': 1.5}"]),
        ('STRUCT("odd, name" DECIMAL(5,1))[]', ["[{'odd, name': 2.5}]"], ['[{"odd, name": 2.55}]']),
        ("MAP(VARCHAR, INTEGER)", ["{k=1, l=2}"], ['{"k": "x"}', "x", '{"k": 1.5}', "{k=1.5}"]),
        ("MAP(INTEGER, VARCHAR)", ["{1=1.5}"], ["{1.5=a}"]),
        ("STRUCT(m MAP(VARCHAR, INTEGER[]))", ["{'m': {k=[1, 2]}}"], ['{"m": {"k": [1, 2.5]}}']),
        ("BIT", ["0101"], ["012"]),
        ("INTERVAL", ["1 day 02:00:00"], ["x", "00:00:00.1234567"]),
        ("UUID", ["123e4567-e89b-12d3-a456-426614174000"], ["x"]),
    ],
)  # fmt: skip
def test_what_fits_is_loaded_as_it_is_and_the_rest_is_rejected(
    tmp_path: Path, native: str, good: list[str | None], bad: list[str | None], mode: str
) -> None:
    path = tmp_path / "types.duckdb"
    loaded = load(path, native, good + bad, mode)
    assert (loaded.counts.inserted, loaded.counts.rejected) == (len(good), len(bad))
    assert stored(path) == good
    if mode == "upsert":
        assert load(path, native, good + bad, mode).counts.unchanged == len(good)


@pytest.mark.parametrize(
    ("native", "given", "kept"),
    [
        ("VARCHAR[]", r'["a\nb", "c\"d", "e\\f", "\u00e9", "g\/h"]', ["a\nb", 'c"d', "e\\f", "é", "g/h"]),
        ("STRUCT(a VARCHAR, b INTEGER)", r'{"a": "l1\nl2"}', {"a": "l1\nl2", "b": None}),
        ("STRUCT(a VARCHAR)[]", r'[{"a": "\u00fc, \"x\""}]', [{"a": 'ü, "x"'}]),
        ("MAP(VARCHAR, INTEGER)", r'{"a\nb": 7}', {"a\nb": 7}),
    ],
)
def test_what_json_escapes_arrives_as_it_is_meant(
    tmp_path: Path, native: str, given: str, kept: object
) -> None:
    path = tmp_path / "types.duckdb"
    assert load(path, native, [given]).counts.inserted == 1
    with duckdb.connect(str(path), read_only=True) as database:
        assert database.execute("SELECT v FROM t").fetchall() == [(kept,)]


@pytest.mark.parametrize(
    ("native", "kept", "said"),
    [
        ("TIMESTAMP_S", ["2024-01-31 12:00:01", "2024-01-31 12:00:00"], "2 values of 'v' rounded to whole seconds"),
        ("TIMESTAMP_MS", ["2024-01-31 12:00:00.556", "2024-01-31 12:00:00.25"], "1 value of 'v' rounded to 3 decimals"),
    ],
)  # fmt: skip
def test_seconds_that_a_column_does_not_keep_are_rounded_and_told(
    tmp_path: Path, native: str, kept: list[str], said: str
) -> None:
    path = tmp_path / "types.duckdb"
    moments: list[str | None] = ["2024-01-31 12:00:00.5557", "2024-01-31 12:00:00.25"]
    first = load(path, native, moments, "upsert")
    assert first.counts.inserted == 2
    assert any(said in warning for warning in first.warnings)
    assert stored(path) == kept
    assert load(path, native, moments, "upsert").counts.unchanged == 2


def test_rounding_does_not_leave_the_calendar(tmp_path: Path) -> None:
    loaded = load(tmp_path / "t.duckdb", "TIMESTAMP_S", ["9999-12-31 23:59:59.9", "9999-12-31 23:59:59"])
    assert (loaded.counts.inserted, loaded.counts.rejected) == (1, 1)


@pytest.mark.parametrize(
    ("native", "text"),
    [
        (ENUM, "happy"),
        ("HUGEINT", "170141183460469231731687303715884105727"),
        ("TIMESTAMP_S", "2024-01-31 12:00:01"),
        ("TIMESTAMP_NS", "2024-01-31 12:00:00.123456789"),
        ("TIME WITH TIME ZONE", "12:00:00+02"),
        ("VARCHAR[]", "[a, 'b,c', NULL]"),
        ("STRUCT(a INTEGER, b VARCHAR[])", "{'a': 1, 'b': [x]}"),
        ("MAP(VARCHAR, INTEGER)", "{k=1, 'l m'=2}"),
        ("BLOB", "\\x00\\xFF"),
        ("BIT", "0101"),
        ("INTERVAL", "1 year 2 days 02:00:00"),
    ],
)
def test_a_column_is_copied_to_one_of_its_own_type(tmp_path: Path, native: str, text: str) -> None:
    here, there = tmp_path / "here.duckdb", tmp_path / "there.duckdb"
    for path in (here, there):
        with duckdb.connect(str(path)) as database:
            database.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, v {native})")
    with duckdb.connect(str(here)) as database:
        database.execute("INSERT INTO t VALUES (1, ?)", [text])
    copied = ig.load(f"duckdb:///{here}", f"duckdb:///{there}", "t", source_table="t")
    assert copied.counts.inserted == 1
    assert stored(there) == stored(here)
