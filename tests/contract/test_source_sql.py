"""What every SQL source keeps, on four real databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import uuid4

import polars as pl
import pytest

from intakegateway.connectors.registry import open_source
from intakegateway.connectors.sql.source import SqlRows
from intakegateway.connectors.testing import Rows, SourceContract
from intakegateway.model.errors import DefinitionError, SourceError, UnavailableError
from intakegateway.model.sql import SqlIncremental, SqlSource

Run = Callable[..., None]


def run_postgresql(url: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def run_mysql(url: str, *statements: str) -> None:
    from intakegateway.connectors.sql.mysql_connection import read_address

    connection = read_address(url).connect()
    with connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def run_sqlite(url: str, *statements: str) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.create_function("chr", 1, chr)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def run_duckdb(url: str, *statements: str) -> None:
    import duckdb

    with duckdb.connect(url.removeprefix("duckdb:///")) as connection:
        for statement in statements:
            connection.execute(statement)


RUNNERS: dict[str, Run] = {
    "postgresql": run_postgresql, "mysql": run_mysql, "sqlite": run_sqlite, "duckdb": run_duckdb,
}  # fmt: skip


@pytest.fixture(
    params=[
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
        "sqlite",
        "duckdb",
    ]
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Run]:
    """The URL of a database with a table ``orders`` of five rows, and a way to run statements in it."""
    kind = request.param
    if kind in ("postgresql", "mysql"):
        url = request.getfixturevalue(f"{kind}_url")
    else:
        url = f"{kind}:///{tmp_path / 'shop.db'}"
    run = RUNNERS[kind]
    run(
        url,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, name VARCHAR(40), total DECIMAL(12, 2), day DATE,"
        " seen TIMESTAMP NULL, note TEXT)",
        "INSERT INTO orders VALUES"
        " (1, 'Ann', 10.50, '2024-02-29', '2024-01-01 10:00:00.000000', ''),"
        " (2, 'Bob \"the\" ''B''', -0.01, NULL, '2024-01-02 10:00:00', NULL),"
        " (3, 'Zoë 🙂, and more than twelve bytes', 9999999999.99, '1999-12-31', NULL, 'a\nb,c'),"
        " (4, NULL, NULL, '2024-01-31', '2024-01-04 23:59:59', 'x'),"
        " (5, 'tab\tend', 0, '0001-01-01', '2024-01-05 00:00:00', 'NULL')",
    )
    return url, run


def read(source: SqlRows) -> pl.DataFrame:
    return pl.concat([chunk.frame for chunk in source.chunks()])


def source(url: str, **more: object) -> SqlRows:
    return open_source(SqlSource(url=url, **more))  # type: ignore[arg-type, return-value]


def test_a_table_arrives_whole_with_exact_values_and_types(database: tuple[str, Run]) -> None:
    frame = read(source(database[0], table="orders")).sort("id")
    assert frame.columns == ["id", "name", "total", "day", "seen", "note"]
    assert frame["name"].to_list() == [
        "Ann", 'Bob "the" \'B\'', "Zoë 🙂, and more than twelve bytes", None, "tab\tend",
    ]  # fmt: skip
    assert frame["total"].dtype == pl.Decimal(12, 2)
    assert [None if v is None else str(v) for v in frame["total"]] == [
        "10.50", "-0.01", "9999999999.99", None, "0.00",
    ]  # fmt: skip
    assert frame["day"].cast(pl.String).to_list() == [
        "2024-02-29", None, "1999-12-31", "2024-01-31", "0001-01-01",
    ]  # fmt: skip
    assert frame["id"].dtype.is_integer()
    assert frame["note"].to_list() == ["", None, "a\nb,c", "x", "NULL"]
    moments = frame["seen"].cast(pl.Datetime("us")).cast(pl.String)
    assert moments.to_list() == [
        "2024-01-01 10:00:00.000000", "2024-01-02 10:00:00.000000", None,
        "2024-01-04 23:59:59.000000", "2024-01-05 00:00:00.000000",
    ]  # fmt: skip


def test_rows_are_called_by_their_number(database: tuple[str, Run]) -> None:
    (chunk,) = source(database[0], query="SELECT id FROM orders ORDER BY id DESC").chunks()
    assert chunk.frame["id"].to_list() == [5, 4, 3, 2, 1]
    assert chunk.locators.words().to_list() == ["row 1", "row 2", "row 3", "row 4", "row 5"]


def test_an_empty_result_gives_no_rows_and_no_error(database: tuple[str, Run]) -> None:
    (chunk,) = source(database[0], query="SELECT * FROM orders WHERE id > 99;").chunks()
    assert chunk.rows == 0
    assert chunk.frame.columns == ["id", "name", "total", "day", "seen", "note"]
    assert chunk.frame.schema["total"] == pl.Decimal(12, 2)


def test_reading_again_starts_from_the_beginning(database: tuple[str, Run]) -> None:
    opened = source(database[0], table="orders")
    assert read(opened).height == read(opened).height == 5


def test_a_reader_that_stops_early_leaves_nothing_open(database: tuple[str, Run]) -> None:
    chunks = source(database[0], table="orders").chunks()
    next(iter(chunks))
    chunks.close()  # type: ignore[attr-defined]


def test_columns_of_the_same_name_are_all_kept(database: tuple[str, Run]) -> None:
    opened = source(database[0], query="SELECT a.id, b.id FROM orders a JOIN orders b ON b.id = a.id")
    assert read(opened).columns == ["id", "id_2"]
    assert "Several columns are called id" in opened.warnings[0]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders",
        "INSERT INTO orders (id) VALUES (77)",
        "DROP TABLE orders",
        "SELECT 1; DELETE FROM orders",
        "SELECT id FROM orders) x; DELETE FROM orders; SELECT * FROM (SELECT 1",
        "CREATE TABLE other (a INTEGER)",
        "",
    ],
)
def test_only_one_query_that_reads_is_run(database: tuple[str, Run], query: str) -> None:
    url, _ = database
    with pytest.raises((SourceError, ValueError)):
        list(source(url, query=query).chunks())
    assert read(source(url, table="orders")).height == 5


def test_an_error_in_the_query_says_what_and_where(database: tuple[str, Run]) -> None:
    with pytest.raises(SourceError) as error:
        list(source(database[0], query="SELECT id,\n  nonsense\nFROM orders").chunks())
    text = str(error.value)
    assert "nonsense" in text
    if "sqlite" not in text and "mysql" not in text:
        assert "line 2" in text


def test_a_missing_table_is_named(database: tuple[str, Run]) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        list(source(database[0], table="nowhere").chunks())


def test_odd_names_of_tables_and_columns_work(database: tuple[str, Run]) -> None:
    url, run = database
    mark = "`" if url.startswith("mysql") else '"'
    run(url, f"CREATE TABLE {mark}select from{mark} ({mark}order by ü%{mark} INTEGER)")
    run(url, f"INSERT INTO {mark}select from{mark} VALUES (7)")
    assert read(source(url, table="select from")).to_dict(as_series=False) == {"order by ü%": [7]}


def test_a_preview_is_limited_and_typed(database: tuple[str, Run]) -> None:
    frame, columns = source(database[0], query="SELECT * FROM orders ORDER BY id").preview(2)
    assert frame.height == 2
    assert [column.name for column in columns][:2] == ["id", "name"]
    assert str(columns[2].type) == "decimal(12,2)"


def test_an_incremental_source_reads_on_from_what_was_committed(database: tuple[str, Run]) -> None:
    url, run = database

    def opened() -> SqlRows:
        return source(url, table="orders", incremental=SqlIncremental(field="id"))

    first = opened()
    assert read(first).height == 5
    assert read(opened()).height == 5, "nothing was committed yet"
    first.committed()
    second = opened()
    assert read(second).height == 0
    second.committed()
    run(url, "INSERT INTO orders (id, name) VALUES (6, 'Fay')")
    assert read(opened())["name"].to_list() == ["Fay"]


def test_an_incremental_source_goes_by_moments_with_lookback_and_start(database: tuple[str, Run]) -> None:
    url, _ = database
    by = {"field": "seen", "start": "2024-01-02 10:00:00", "lookback": "1d"}
    opened = source(url, table="orders", incremental=by)
    assert sorted(read(opened)["id"]) == [2, 4, 5]
    opened.committed()
    assert sorted(read(source(url, table="orders", incremental=by))["id"]) == [4, 5]


def test_an_incremental_source_goes_by_texts_byte_by_byte(database: tuple[str, Run]) -> None:
    url, run = database
    run(url, "UPDATE orders SET note = 'Zz' WHERE id = 1", "UPDATE orders SET note = 'aa' WHERE id = 2")
    by = {"field": "note"}
    opened = source(url, query="SELECT id, note FROM orders WHERE id <= 2", incremental=by)
    read(opened)
    opened.committed()
    assert read(source(url, query="SELECT id, note FROM orders WHERE id <= 2", incremental=by)).height == 0
    run(url, "UPDATE orders SET note = 'ab' WHERE id = 1")
    frame = read(source(url, query="SELECT id, note FROM orders WHERE id <= 2", incremental=by))
    assert frame["id"].to_list() == [1]


def test_an_interrupted_reading_does_not_move_on(database: tuple[str, Run]) -> None:
    url, _ = database
    opened = source(url, table="orders", incremental={"field": "id"})
    chunks = opened.chunks()
    next(iter(chunks))
    chunks.close()  # type: ignore[attr-defined]
    opened.committed()
    assert read(source(url, table="orders", incremental={"field": "id"})).height == 5


def test_an_incremental_field_that_is_not_there_is_an_error(database: tuple[str, Run]) -> None:
    with pytest.raises(DefinitionError, match=r"no column 'idd'.*'id'"):
        list(source(database[0], table="orders", incremental={"field": "idd"}).chunks())


@pytest.mark.parametrize("count", [1, 2, 6])
def test_parts_have_every_row_once(database: tuple[str, Run], count: int) -> None:
    url, run = database
    run(url, "CREATE TABLE sparse (k INTEGER, v VARCHAR(9))")
    run(url, "INSERT INTO sparse VALUES (-5, 'a'), (0, 'b'), (NULL, 'c'), (1000, 'd'), (3, 'e'), (3, 'f')")
    parts = source(url, table="sparse", part_by="k").parts(count)
    assert 1 <= len(parts) <= count
    values = [value for part in parts for chunk in part.chunks() for value in chunk.frame["v"]]
    assert sorted(values) == ["a", "b", "c", "d", "e", "f"]


def test_many_rows_come_in_chunks(database: tuple[str, Run]) -> None:
    url, _ = database
    ten = " UNION ALL ".join(f"SELECT {i} AS n" for i in range(10))
    digits = ", ".join(f"({ten}) AS d{i}" for i in range(5))
    number = "d0.n + 10 * d1.n + 100 * d2.n + 1000 * d3.n + 10000 * d4.n"
    query = f"SELECT {number} AS n, 'a text that is repeated often, so that blocks fill' AS t FROM {digits}"
    chunks = list(source(url, query=query).chunks())
    assert len(chunks) > 1
    assert max(chunk.rows for chunk in chunks) <= 65_536
    frame = pl.concat([chunk.frame for chunk in chunks])
    assert frame["n"].cast(pl.Int64).sort().to_list() == list(range(100_000))
    words = [word for chunk in chunks for word in chunk.locators.words().tail(1)]
    assert words[-1] == "row 100000"


def test_a_query_that_takes_too_long_is_ended(database: tuple[str, Run]) -> None:
    url, _ = database
    ten = " UNION ALL ".join(f"SELECT {i} AS n" for i in range(10))
    digits = ", ".join(f"({ten}) AS d{i}" for i in range(9))
    hard = " + ".join(f"d{i}.n * d{(i + 1) % 9}.n" for i in range(9))
    with pytest.raises(SourceError, match=r"time|long"):
        list(source(url, query=f"SELECT sum({hard}) % 7 AS s FROM {digits}", timeout=0.3).chunks())


def test_a_password_is_never_shown(request: pytest.FixtureRequest) -> None:
    for url in (
        "postgresql://ann:s3cr3t-word@127.0.0.1:1/shop",
        "mysql://ann:s3cr3t-word@127.0.0.1:1/shop",
        "postgresql://ann:s3cr3t-word@127.0.0.1:99999999/shop",
        "mysql://ann:s3cr3t-word@127.0.0.1:port/shop",
    ):
        spec = SqlSource(url=url, table="t")
        assert "s3cr3t" not in repr(spec)
        with pytest.raises((UnavailableError, SourceError, DefinitionError)) as error:
            list(open_source(spec).chunks())
        assert "s3cr3t" not in f"{error.value} {error.value.__cause__}"


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("hello, " * 500)
    for scheme in ("sqlite", "duckdb"):
        with pytest.raises(SourceError, match="not a"):
            list(source(f"{scheme}:///{path}", query="SELECT 1").chunks())
        with pytest.raises(SourceError, match=r"no such file|does not exist"):
            list(source(f"{scheme}:///{tmp_path / 'none.db'}", query="SELECT 1").chunks())
        assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("given", [{"url": None}, {"url": "oracle://x/y"}, {"table": "a.b.c"}])
def test_a_wrong_definition_is_told_before_anything_is_opened(given: dict[str, str]) -> None:
    with pytest.raises(DefinitionError):
        open_source(SqlSource(**{"url": "sqlite:///x.db", "table": "t", **given}))


def test_a_source_is_a_query_or_a_table() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        SqlSource(url="sqlite:///x.db", table="t", query="SELECT 1")


def _literal(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case int() if -(2**63) <= value < 2**63:
            return str(value)
        case str() if "\0" in value:
            return " || chr(0) || ".join(_literal(part) for part in value.split("\0"))
        case _:
            return "'" + str(value).replace("'", "''") + "'"


class SqlContract(SourceContract):
    """The shipped suite for sources, on tables with columns of the values' types."""

    scheme = ""
    folder: Path

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def place(self, number: int) -> str:
        return f"row {number}"

    def make(self, rows: Rows) -> SqlRows:
        url = f"{self.scheme}:///{self.folder}/{uuid4().hex}.db"
        if not rows.fields:
            RUNNERS[self.scheme](url, "CREATE TABLE t (a INTEGER)")
            return source(url, table="t")
        values = [[row[i] for row in rows.values] for i in range(len(rows.fields))]
        types = [self.type_of([v for v in column if v is not None]) for column in values]
        names = ['"' + name.replace('"', '""') + '"' for name in rows.fields]
        made = [f"CREATE TABLE t ({', '.join(f'{n} {t}' for n, t in zip(names, types, strict=True))})"]
        for start in range(0, len(rows.values), 5000):
            part = rows.values[start : start + 5000]
            made.append("INSERT INTO t VALUES " + ", ".join(f"({', '.join(map(_literal, r))})" for r in part))
        RUNNERS[self.scheme](url, *made)
        return source(url, table="t")

    def type_of(self, values: list[object]) -> str:
        if values and all(isinstance(value, int) for value in values):
            return "BIGINT" if all(-(2**63) <= int(str(v)) < 2**63 for v in values) else "HUGEINT"
        return "DATE" if values and all(isinstance(value, date) for value in values) else "VARCHAR"


class TestSqlite(SqlContract):
    scheme = "sqlite"
    many = 66_000

    def type_of(self, values: list[object]) -> str:
        found = super().type_of(values)
        return "TEXT" if found == "HUGEINT" else found  # SQLite's numbers end at 64 bits


class TestDuckdb(SqlContract):
    scheme = "duckdb"
    many = 66_000
