"""Types that a careless reader loses, each database's own."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.contract.test_source_sql import run_duckdb, run_mysql, run_postgresql

from intakegateway.connectors.registry import open_source
from intakegateway.model.sql import SqlSource


def one(url: str, query: str) -> pl.DataFrame:
    (chunk,) = open_source(SqlSource(url=url, query=query)).chunks()
    return chunk.frame


def values(frame: pl.DataFrame) -> list[Any]:
    return list(frame.row(0))


@pytest.mark.postgresql
def test_postgresql_types_arrive_exactly(postgresql_url: str) -> None:
    frame = one(
        postgresql_url,
        "SELECT 32767::int2 a, -2147483648 b, 9223372036854775807 c, 0.1::float4 d, 1e308::float8 e,"
        " 123456789012345678901234567890.1234567890123456789::numeric f, '-1.50'::numeric(12,4) g,"
        " true h, '\\xff00'::bytea i, '2024-01-01 10:00:00.000001+02'::timestamptz j, '{\"a\": 1.10}'::json k,"
        " 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid l, ARRAY[1.10,NULL]::numeric[] m, ROW(1,'x') n,"
        " '10.0.0.1'::inet o, '1 day 02:03'::interval p, 'x'::char(3) q, B'101' r, '23:59:59.999999'::time s",
    )
    assert frame.dtypes == [
        pl.Int16, pl.Int32, pl.Int64, pl.Float32, pl.Float64, pl.String, pl.Decimal(12, 4), pl.Boolean, pl.Binary,
        pl.Datetime("us", "UTC"), pl.String, pl.String, pl.String, pl.String, pl.String, pl.String, pl.String,
        pl.String, pl.Time,
    ]  # fmt: skip
    got = dict(zip("abcdefghijklmnopqrs", values(frame), strict=True))
    assert got["c"] == 9223372036854775807
    assert got["f"] == "123456789012345678901234567890.1234567890123456789"
    assert got["g"] == Decimal("-1.5000")
    assert got["h"] is True
    assert got["i"] == b"\xff\x00"
    assert str(got["j"]) == "2024-01-01 08:00:00.000001+00:00"
    assert got["k"] == '{"a": 1.10}'
    assert got["l"] == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    assert got["m"] == "[1.10,null]"
    assert got["n"] == '{"f1":1,"f2":"x"}'
    assert (got["o"], got["p"], got["q"], got["r"]) == ("10.0.0.1", "P1DT2H3M", "x  ", "101")


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'infinity'::date", "infinity"), ("'0044-03-15 BC'::date", "0044-03-15 BC"),
        ("'10000-01-01'::timestamp", "10000-01-01 00:00:00"), ("'-infinity'::timestamptz", "-infinity"),
        ("'24:00:00'::time", "24:00:00"), ("'NaN'::numeric(5,2)", "NaN"),
        ("'NaN'::float8", float("nan")), ("'-Infinity'::float4", float("-inf")), ("''::text", ""), ("NULL::text", None),
        ("E'a\\r\\nb\"c\\\\d'::text", 'a\r\nb"c\\d'), ("'\\.'::text", "\\."), ("NULL::bytea", None), ("''::bytea", b""),
    ],
)  # fmt: skip
def test_postgresql_values_that_fit_no_type_stay_as_they_are(
    postgresql_url: str, expression: str, expected: object
) -> None:
    (value,) = values(one(postgresql_url, f"SELECT {expression}"))
    assert value == expected or value != value


@pytest.mark.postgresql
def test_postgresql_domains_and_enums_and_schemas_are_read(postgresql_url: str) -> None:
    run_postgresql(
        postgresql_url,
        "CREATE SCHEMA sales",
        "CREATE DOMAIN price AS numeric(10,2)",
        "CREATE TYPE mood AS ENUM ('ok', 'sad')",
        "CREATE TABLE sales.items (p price, m mood)",
        "INSERT INTO sales.items VALUES (1.5, 'sad')",
    )
    (chunk,) = open_source(SqlSource(url=postgresql_url, table="sales.items")).chunks()
    assert chunk.frame.row(0) == (Decimal("1.50"), "sad")


@pytest.mark.mysql
def test_mysql_types_arrive_exactly(mysql_url: str) -> None:
    run_mysql(
        mysql_url,
        "SET SESSION sql_mode = ''",
        "CREATE TABLE t (a TINYINT UNSIGNED, b MEDIUMINT, c BIGINT UNSIGNED, d FLOAT, e DOUBLE, f DECIMAL(65,30),"
        " g DECIMAL(38,10) UNSIGNED, h TINYINT(1), i VARBINARY(300), j TIMESTAMP(6) NULL, k DATETIME(6), l YEAR,"
        " m BIT(10), n ENUM('x','y'), o SET('p','q'), p TIME(6), q JSON, r CHAR(3), s LONGTEXT, t INT ZEROFILL,"
        " u DATE, v DATE, w DECIMAL(5,0))",
        "SET time_zone = '+02:00'",
        "INSERT INTO t VALUES (255, -8388608, 18446744073709551615, 16777217, 0.1,"
        " 12345678901234567890123456789012345.123456789012345678901234567890, 1234567890123456789012345678.0123456789,"
        " 127, REPEAT(X'00FF', 150), '2024-01-01 10:00:00.000001', '9999-12-31 23:59:59.999999', 2155, b'1000000001',"
        " 'y', 'p,q', '-838:59:59', '{\"a\": 1.10}', 'é', REPEAT('0123456789', 10000), 7, '0000-00-00',"
        " '2024-02-29', 12345)",
    )
    frame = one(mysql_url, "SELECT * FROM t")
    got = dict(zip(frame.columns, values(frame), strict=True))
    assert frame.schema["a"] == pl.UInt8()
    assert frame.schema["h"] == pl.Int8()
    assert (got["a"], got["b"], got["c"], got["h"]) == (255, -8388608, 18446744073709551615, 127)
    assert frame.schema["d"] == pl.Float32()
    assert (got["d"], got["e"]) == (16777216.0, 0.1)
    assert got["f"] == "12345678901234567890123456789012345.123456789012345678901234567890"
    assert got["g"] == Decimal("1234567890123456789012345678.0123456789")
    assert frame.schema["w"] == pl.Decimal(5, 0)
    assert got["i"] == b"\x00\xff" * 150
    assert str(got["j"]) == "2024-01-01 08:00:00.000001+00:00"
    assert got["k"] == datetime(9999, 12, 31, 23, 59, 59, 999999)
    assert (got["l"], got["m"], got["n"], got["o"]) == (2155, 513, "y", "p,q")
    assert got["p"] == "-838:59:59.000000"
    assert (got["q"], got["r"], got["t"]) == ('{"a": 1.10}', "é", 7)
    assert got["s"] == "0123456789" * 10000
    assert (got["u"], got["v"]) == ("0000-00-00", date(2024, 2, 29))


@pytest.mark.mysql
def test_mysql_rows_of_more_than_one_packet_and_nulls_arrive(mysql_url: str) -> None:
    run_mysql(
        mysql_url,
        "CREATE TABLE big (id INT, a LONGTEXT, b LONGBLOB, c LONGBLOB)",
        "SET @part = REPEAT('x', 6000000)",
        "INSERT INTO big VALUES (1, NULL, NULL, NULL), (2, '', '', NULL), (3, CONCAT(@part, 'end'), CONCAT(@part, @part), @part),"
        " (4, 'after', 'wards', NULL)",
    )
    chunks = list(open_source(SqlSource(url=mysql_url, table="big")).chunks())
    frame = pl.concat([chunk.frame for chunk in chunks])
    assert frame["a"].str.len_bytes().to_list() == [None, 0, 6000003, 5]
    assert frame["b"].bin.size().to_list() == [None, 0, 12000000, 5]
    assert frame["a"][2].endswith("xend")
    assert frame.row(3) == (4, "after", b"wards", None)


def sqlite(path: Path, *statements: str) -> str:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return f"sqlite:///{path}"


def test_sqlite_keeps_values_that_differ_from_the_declared_type(tmp_path: Path) -> None:
    url = sqlite(
        tmp_path / "a.db",
        "CREATE TABLE t (i INTEGER, d DATE, n NUMERIC(5,2), b BOOLEAN, x, r REAL, z BLOB)",
        "INSERT INTO t VALUES (1, '2024-01-31', 1.5, 1, 9223372036854775807, 1, 'text'),"
        " ('many', 'yesterday', 12345.678, 2, 0.5, 2.5, X'00FF'), (3, NULL, 2, 0, 'abc', NULL, NULL)",
    )
    frame = one(url, "SELECT * FROM t")
    assert frame["i"].to_list() == ["1", "many", "3"]
    assert frame["d"].to_list() == ["2024-01-31", "yesterday", None]
    assert frame["n"].to_list() == ["1.5", "12345.678", "2"]
    assert frame["b"].to_list() == [1, 2, 0]
    assert frame["x"].to_list() == ["9223372036854775807", "0.5", "abc"]
    assert frame["r"].to_list() == [1.0, 2.5, None]
    assert frame["z"].to_list() == [b"text", b"\x00\xff", None]


def test_sqlite_gives_declared_types_where_all_values_have_them(tmp_path: Path) -> None:
    url = sqlite(
        tmp_path / "a.db",
        "CREATE TABLE t (i BIGINT, d DATE, s DATETIME, n DECIMAL(5,2), b BOOLEAN, e INTEGER)",
        "INSERT INTO t VALUES (1, '2024-01-31', '2024-01-31 10:00:00.5', 1.5, 1, NULL), (2, NULL, NULL, 200, 0, NULL)",
    )
    frame = one(url, "SELECT * FROM t")
    assert frame.dtypes == [pl.Int64, pl.Date, pl.Datetime("us"), pl.Decimal(5, 2), pl.Boolean, pl.Int64]
    assert frame["n"].to_list() == [Decimal("1.50"), Decimal("200.00")]


def test_sqlite_text_that_is_not_utf_8_breaks_its_row_only(tmp_path: Path) -> None:
    url = sqlite(
        tmp_path / "a.db",
        "CREATE TABLE t (id INTEGER, name TEXT)",
        "INSERT INTO t VALUES (1, 'é'), (2, CAST(X'61FF62' AS TEXT)), (3, 'c')",
    )
    (chunk,) = open_source(SqlSource(url=url, table="t")).chunks()
    assert chunk.frame["id"].to_list() == [1, 3]
    assert chunk.frame["name"].to_list() == ["é", "c"]
    assert chunk.locators.words().to_list() == ["row 1", "row 3"]
    assert chunk.broken is not None
    assert chunk.broken.rows() == [("row 2", "2, a\\xffb", "INVALID_TEXT", "name: the text is not UTF-8.")]
    assert chunk.rows == 3


def test_duckdb_types_arrive_exactly(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'a.duckdb'}"
    run_duckdb(
        url,
        "CREATE TABLE t AS SELECT 255::UTINYINT a, 170141183460469231731687303715884105727::HUGEINT b, 12::HUGEINT c,"
        " 1.50::DECIMAL(38,10) d, [1, NULL] e, {'x': 1234567890123456.12345678901234567890::DECIMAL(38,20)} f, MAP{'k': 1} g,"
        " TIMESTAMPTZ '2024-01-01 10:00:00+02' h, TIMESTAMP_NS '2024-01-01 00:00:00.123456789' i,"
        " TIMESTAMP_NS '2024-01-01 00:00:00.123456' j, DATE 'infinity' k, TIME '10:00:00.000001' l,"
        " '\\xFF\\x00'::BLOB m, 'y'::ENUM('x','y') n, INTERVAL 1 DAY o, 'NaN'::DOUBLE p, true q, '101'::BIT r,"
        " '2024-02-29'::DATE s, 'abc' || chr(0) || 'd' t, 18446744073709551615::UBIGINT u, '{\"a\": 1.10}'::JSON v",
    )
    frame = one(url, "SELECT * FROM t")
    got = dict(zip(frame.columns, values(frame), strict=True))
    assert got["a"] == 255
    assert (got["b"], frame.schema["c"], got["c"]) == (
        "170141183460469231731687303715884105727", pl.Decimal(38, 0), Decimal(12),
    )  # fmt: skip
    assert (frame.schema["d"], got["d"]) == (pl.Decimal(38, 10), Decimal("1.5"))
    assert (got["e"], got["f"], got["g"]) == (
        "[1,null]",
        '{"x":1234567890123456.12345678901234567890}',
        '{"k":1}',
    )
    assert str(got["h"]) == "2024-01-01 08:00:00+00:00"
    assert got["i"] == "2024-01-01 00:00:00.123456789"
    assert got["j"] == datetime(2024, 1, 1, 0, 0, 0, 123456)
    assert (got["k"], str(got["l"]), got["m"], got["n"]) == ("infinity", "10:00:00.000001", b"\xff\x00", "y")
    assert (got["o"], got["q"], got["r"], got["s"]) == ("1 day", True, "101", date(2024, 2, 29))
    assert got["p"] != got["p"]
    assert (got["t"], got["u"], got["v"]) == ("abc\0d", 18446744073709551615, '{"a": 1.10}')


def test_duckdb_queries_see_no_files(tmp_path: Path) -> None:
    url, secret = f"duckdb:///{tmp_path / 'a.duckdb'}", tmp_path / "secret.csv"
    run_duckdb(url, "CREATE TABLE t (a INTEGER)")
    secret.write_text("a\n1\n")
    from intakegateway.model.errors import SourceError

    for query in (f"SELECT * FROM '{secret}'", f"SELECT * FROM read_text('{secret}')"):
        with pytest.raises(SourceError):
            one(url, query)


def test_sqlite_queries_see_no_other_files(tmp_path: Path) -> None:
    from intakegateway.model.errors import SourceError

    url = sqlite(tmp_path / "a.db", "CREATE TABLE t (a INTEGER)")
    for query in (
        f"ATTACH '{tmp_path / 'new.db'}' AS n",
        "PRAGMA user_version = 3",
        "SELECT load_extension('x')",
    ):
        with pytest.raises(SourceError):
            one(url, query)
    assert not (tmp_path / "new.db").exists()
