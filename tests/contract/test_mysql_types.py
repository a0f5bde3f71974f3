"""Columns of MySQL and MariaDB that take more than they keep: the row is rejected, or arrives whole."""

from __future__ import annotations

import polars as pl
import pytest

import intakegateway as ig
from intakegateway.connectors.registry import open_destination
from intakegateway.connectors.sql.destination import SqlDestination

pytestmark = pytest.mark.mysql


def run(url: str, sql: str) -> list[tuple[object, ...]]:
    destination = open_destination(url)
    assert isinstance(destination, SqlDestination)
    session = destination._driver.connect()
    try:
        return session.fetch(sql)
    finally:
        session.close()
        destination.close()


@pytest.mark.parametrize("mode", ["append", "upsert", "truncate_insert"])
@pytest.mark.parametrize(
    ("native", "shown", "good", "bad"),
    [
        ("bit(1)", "CAST(v + 0 AS CHAR)", ["1", "0"], ["2", "x"]),
        ("bit(3)", "CAST(v + 0 AS CHAR)", ["5", "7"], ["9", "1.5", "-1"]),
        ("bit(64)", "CAST(v + 0 AS CHAR)", ["18446744073709551615", "53"], ["18446744073709551616"]),
        ("year", "CAST(v AS CHAR)", ["2024", "1901"], ["24", "1800", "2156", "1.5"]),
        ("enum('a','7','it''s')", "v", ["a", "7", "it's"], ["1", "c", " 2 "]),
        ("enum('ä','b')", "v", ["ä", "b"], ["1", "2"]),
        ("set('a','b')", "v", ["a,b", "b", ""], ["3", "c", "a,c"]),
        ("tinytext", "v", ["x" * 255, "é" * 127], ["x" * 256, "é" * 128, "x" * 512]),
        ("tinytext character set latin1", "v", ["é" * 255], ["é" * 256]),
        ("text", "v", ["x" * 65_535], ["x" * 65_536, "é" * 40_000]),
        ("tinyblob", "HEX(v)", ["0x" + "AB" * 255], ["0x" + "AB" * 256]),
    ],
)  # fmt: skip
def test_what_fits_arrives_whole_and_the_rest_is_rejected(
    mysql_url: str, native: str, shown: str, good: list[str], bad: list[str], mode: str
) -> None:
    run(mysql_url, f"CREATE TABLE t (id int PRIMARY KEY, v {native})")
    rows = pl.DataFrame({"id": range(len(good + bad)), "v": good + bad})
    keys = ["id"] if mode == "upsert" else None
    planned = ig.plan(rows, mysql_url, "t", mode=mode, keys=keys)
    result = ig.load(rows, mysql_url, "t", mode=mode, keys=keys)
    assert (result.counts.inserted, result.counts.rejected) == (len(good), len(bad))
    assert planned.counts == result.counts
    stored = [str(row[0]) for row in run(mysql_url, f"SELECT {shown} FROM t ORDER BY id")]
    assert stored == [one.removeprefix("0x") for one in good]
    if mode == "upsert":
        assert ig.load(rows, mysql_url, "t", mode=mode, keys=["id"]).counts.unchanged == len(good)


def test_a_text_that_is_no_geometry_rejects_its_row(mysql_url: str) -> None:
    run(mysql_url, "CREATE TABLE t (id int PRIMARY KEY, v point)")
    result = ig.load(pl.DataFrame({"id": [1, 2], "v": [None, "x"]}), mysql_url, "t")
    assert (result.counts.inserted, result.counts.rejected) == (1, 1)
