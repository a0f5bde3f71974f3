import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from intakegateway.connectors.base import LoadRequest
from intakegateway.connectors.registry import open_destination
from intakegateway.connectors.sqlite import SqliteSession
from intakegateway.connectors.testing_destinations import PEOPLE, DestinationContract, framed, refusals
from intakegateway.model.errors import DestinationError, UnavailableError
from intakegateway.model.load import Mode


class TestSqlite(DestinationContract):
    enforces_length = False
    stores_nan = False

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/test.db"

    def run_sql(self, url: str, *statements: str) -> None:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def read(self, url: str, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return connection.execute(query).fetchall()

    def test_looking_does_not_make_the_file(self, url: str, tmp_path: Path) -> None:
        with closing(open_destination(url)) as destination:
            assert destination.inspect("people") is None
            request = LoadRequest(
                load_id="x", table=PEOPLE, columns=PEOPLE.columns, mode=Mode.APPEND, dry_run=True
            )
            writer = destination.begin(request)
            writer.write(framed(PEOPLE.columns, [(1, "a")]), pl.Series([0]))
            assert writer.settle().inserted == 1
            writer.abort()
        assert not (tmp_path / "test.db").exists()

    def test_digits_that_a_number_column_would_lose_are_refused(self, url: str) -> None:
        self.run_sql(url, "CREATE TABLE sums (id INTEGER PRIMARY KEY, v DECIMAL(20,2))")
        with closing(open_destination(url)) as destination:
            table = destination.inspect("sums")
            assert table is not None
            frame = framed(table.columns, [(1, Decimal("1234567890123456.78")), (2, Decimal("12.50"))])
            settled = self.load(destination, table, frame)
        assert refusals(settled) == [(0, "OUT_OF_RANGE", "v")]
        assert self.read(url, "SELECT id, v FROM sums") == [(2, 12.5)]

    @pytest.mark.parametrize("how", ["ABORT", "FAIL"])
    @pytest.mark.parametrize("mode", [Mode.APPEND, Mode.UPSERT])
    def test_rows_that_a_trigger_refuses_leave_nothing_behind(self, url: str, how: str, mode: Mode) -> None:
        self.run_sql(
            url,
            "CREATE TABLE numbers (id INTEGER PRIMARY KEY, v TEXT)",
            "CREATE TABLE seen (id INTEGER)",
            "CREATE TRIGGER odd BEFORE INSERT ON numbers BEGIN INSERT INTO seen VALUES (NEW.id);"
            f" SELECT RAISE({how}, 'odd') WHERE NEW.id % 2 OR NEW.id > 300; END",
        )
        with closing(open_destination(url)) as destination:
            table = destination.inspect("numbers")
            assert table is not None
            frame = framed(table.columns, [(n, "x") for n in range(500)])
            keys = ("id",) if mode is Mode.UPSERT else ()
            settled = self.load(destination, table, frame, mode=mode, keys=keys)
        good = list(range(0, 301, 2))
        assert refusals(settled) == [(n, "REFUSED", "") for n in range(500) if n not in good]
        assert self.read(url, "SELECT id FROM numbers ORDER BY id") == [(n,) for n in good]
        assert self.read(url, "SELECT id FROM seen ORDER BY id") == [(n,) for n in good]

    def test_a_row_that_changed_nothing_before_it_was_refused_is_not_rolled_back(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.run_sql(
            url,
            "CREATE TABLE numbers (id INTEGER PRIMARY KEY, v TEXT)",
            "CREATE TRIGGER never BEFORE INSERT ON numbers BEGIN SELECT RAISE(ABORT, 'never'); END",
        )
        said: list[str] = []
        usual = SqliteSession.run

        def noted(self: SqliteSession, sql: str, *values: Any) -> int:
            said.append(sql)
            return usual(self, sql, *values)

        monkeypatch.setattr(SqliteSession, "run", noted)
        with closing(open_destination(url)) as destination:
            table = destination.inspect("numbers")
            assert table is not None
            settled = self.load(destination, table, framed(table.columns, [(n, "x") for n in range(500)]))
        assert settled.refused.height == 500
        assert sum(sql.startswith("ROLLBACK TO") for sql in said) < 10
        assert sum(" BETWEEN " in sql for sql in said) < 550, "each row is tried once"

    def test_questions_are_answered_while_a_load_is_open(self, url: str) -> None:
        with closing(open_destination(url)) as destination:
            destination.prepare(PEOPLE)
            writer = destination.begin(
                LoadRequest(load_id="x", table=PEOPLE, columns=PEOPLE.columns, mode=Mode.APPEND)
            )
            frame = pl.DataFrame({"id": pl.arange(0, 70_000, eager=True), "name": ["a" * 100] * 70_000})
            writer.write(frame, frame["id"])
            assert destination.existing("people", ("id",), pl.DataFrame({"x": [5, -1]})).to_list() == [
                True,
                False,
            ]
            assert destination.inspect("people") is not None
            writer.abort()
        assert self.people(url) == []

    def test_a_collation_of_a_key_counts(self, url: str) -> None:
        self.run_sql(url, "CREATE TABLE people (id INTEGER, name TEXT COLLATE NOCASE UNIQUE)")
        with closing(open_destination(url)) as destination:
            table = destination.inspect("people")
            assert table is not None
            settled = self.load(destination, table, [(1, "a"), (2, "A"), (3, "b")])
            assert refusals(settled) == [(1, "UNIQUE", "name")]


def test_files_that_cannot_be_opened_are_named(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is not a database, but it is long enough to look like one" * 20)
    for path, words in [
        ("missing/x.db", "folder"),
        ("text.db", "not a database"),
        ("", "folder"),
    ]:
        with (
            pytest.raises(DestinationError, match=words),
            closing(open_destination(f"sqlite:///{tmp_path}/{path}")) as destination,
        ):
            destination.inspect("people")
    with pytest.raises(DestinationError, match="names no file"):
        open_destination("sqlite://")


def test_a_file_that_another_program_holds_may_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakegateway.connectors.sqlite.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(tmp_path / "x.db")) as other:
        other.execute("CREATE TABLE t (a)")
        other.execute("BEGIN EXCLUSIVE")
        with (
            pytest.raises(UnavailableError),
            closing(open_destination(f"sqlite:///{tmp_path}/x.db")) as destination,
        ):
            destination.prepare(PEOPLE)
        other.rollback()
