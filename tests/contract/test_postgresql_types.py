"""Columns of PostgreSQL that are none of ours: what fits is kept exactly, what does not is told row by row."""

from __future__ import annotations

import polars as pl
import psycopg
import pytest

import intakegateway as ig

pytestmark = pytest.mark.postgresql


def load(url: str, native: str, values: list[str], mode: str = "append", before: str = "") -> ig.Result:
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(f"{before} CREATE TABLE t (id integer PRIMARY KEY, v {native})".encode())
    rows = pl.DataFrame({"id": range(len(values)), "v": values})
    return ig.load(rows, url, "t", mode=mode, keys=["id"] if mode == "upsert" else None)


def stored(url: str) -> list[str]:
    with psycopg.connect(url) as database:
        return [row[0] for row in database.execute("SELECT v::text FROM t ORDER BY id").fetchall()]


@pytest.mark.parametrize("mode", ["append", "upsert", "truncate_insert"])
@pytest.mark.parametrize(
    ("native", "good", "kept", "bad"),
    [
        ("integer[]", ["{1,2}", "[3, null]", "[]", "[0:1]={1,2}", '["4"]'],
         ["{1,2}", "{3,NULL}", "{}", "[0:1]={1,2}", "{4}"], ["[1.5]", "{1.5}", '["x"]', "[1", "1"]),
        ("text[]", [r'["a\nb", "c\"d\\e"]', r'["\u00e9", null, "null", ""]', '[["a"], ["b"]]', '[{"a": 1}]'],
         ['{"a\nb","c\\"d\\\\e"}', '{é,NULL,"null",""}', "{{a},{b}}", '{"{\\"a\\":1}"}'], ["a,b"]),
        ("jsonb[]", ['[{"a": 1.5}, "x"]'], ['{"{\\"a\\": 1.5}","\\"x\\""}'], ["[1", "{x}"]),
        ("numeric(6,2)[]", ["{1.20}", "[1.5000]"], ["{1.20}", "{1.50}"], ["{1.239}", "[1.005]", "{1e-3}"]),
        ("date[]", ["{2024-01-01}", '["2024-01-01T00:00:00"]'], ["{2024-01-01}"] * 2, ["{2024-01-01 10:00:00}"]),
        ("timestamp[]", ["{2024-01-01 10:00:00Z}"], ['{"2024-01-01 10:00:00"}'],
         ["{2024-01-01 10:00:00+02}", "{2024-01-01 10:00:00.1234567}"]),
        ("tsrange", ["[2024-01-01,)"], ['["2024-01-01 00:00:00",)'], ["[2024-01-01 10:00+02,)"]),
        ("interval(0)", ["2 seconds"], ["00:00:02"], ["1.5 seconds"]),
        ("varchar(3)[]", ['["abc"]'], ["{abc}"], ['["abcd"]']),
        ('"char"', ["a"], ["a"], ["ab"]),
        ("name", ["a"], ["a"], ["a" * 64]),
        ("bit(3)", ["101"], ["101"], ["1", "10101"]),
        ("varchar(3)[]", ["{abc}"], ["{abc}"], ["{abcd}"]),
    ],
)  # fmt: skip
def test_what_fits_is_loaded_as_it_is_and_the_rest_is_rejected(
    postgresql_url: str, native: str, good: list[str], kept: list[str], bad: list[str], mode: str
) -> None:
    result = load(postgresql_url, native, good + bad, mode)
    assert (result.counts.inserted, result.counts.rejected) == (len(good), len(bad))
    assert stored(postgresql_url) == kept


@pytest.mark.parametrize("mode", ["append", "upsert", "truncate_insert"])
@pytest.mark.parametrize(
    ("base", "good", "bad", "check"),
    [
        ("numeric(6,2)", ["1.50"], ["99", "x"], "VALUE < 50"),
        ("numeric", ["1.5"], ["99"], "VALUE < 50"),
        ("integer", ["7"], ["99"], "VALUE < 50"),
        ("boolean", ["true"], ["false"], "VALUE"),
        ("date", ["2024-01-01"], ["2020-01-01"], "VALUE > '2023-01-01'"),
        ("uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["00000000-0000-0000-0000-000000000000"],
         "VALUE::text NOT LIKE '000%'"),
    ],
)  # fmt: skip
def test_a_domain_refuses_only_what_breaks_its_check(
    postgresql_url: str, base: str, good: list[str], bad: list[str], check: str, mode: str
) -> None:
    domain = f"CREATE DOMAIN small AS {base} CHECK ({check});"
    result = load(postgresql_url, "small", good + bad, mode, domain)
    assert (result.counts.inserted, result.counts.rejected) == (len(good), len(bad))
    assert stored(postgresql_url) == good


def test_a_value_that_names_what_is_not_there_is_one_bad_row(postgresql_url: str) -> None:
    result = load(postgresql_url, "regclass", ["pg_class", "nowhere"])
    assert (result.counts.inserted, result.counts.rejected) == (1, 1)


def test_a_trigger_does_not_let_in_what_would_be_cut(postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as database:
        database.execute(
            "CREATE TABLE t (id integer PRIMARY KEY, v bit(3));"
            "CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            "CREATE TRIGGER seen BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION seen()"
        )
    rows = pl.DataFrame({"id": [1, 2], "v": ["101", "10101"]})
    result = ig.load(rows, postgresql_url, "t", mode="upsert", keys=["id"])
    assert (result.counts.inserted, result.counts.rejected) == (1, 1)
