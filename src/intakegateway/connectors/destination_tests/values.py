"""Values, names and tables of every kind."""

# ruff: noqa: D102 - a test's name is its sentence; a fixture may be there for what it makes

from __future__ import annotations

import json
import threading
from contextlib import closing
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from intakegateway.connectors.base import Destination, LoadRequest
from intakegateway.connectors.destination_tests.setting import (
    ID,
    PEOPLE,
    DestinationTests,
    refusals,
)
from intakegateway.connectors.registry import open_destination
from intakegateway.connectors.sql.names import fit_names
from intakegateway.model.errors import DestinationError
from intakegateway.model.load import Mode
from intakegateway.model.schema import Column, TableName, TableSchema
from intakegateway.model.types import (
    BINARY,
    BOOLEAN,
    DATE,
    FLOAT,
    INTEGER,
    JSON,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    DataType,
    Kind,
)


class ValueTests(DestinationTests):
    """Values, names and tables of every kind."""

    def test_values_come_back_as_they_went(self, url: str, destination: Destination) -> None:
        columns = [
            ID, Column("i64", INTEGER), Column("i16", DataType(Kind.INTEGER, bits=16)), Column("f", FLOAT),
            Column("exact", DataType(Kind.DECIMAL, precision=38, scale=10)),
            Column("money", DataType(Kind.DECIMAL, precision=12, scale=2)), Column("b", BOOLEAN),
            Column("d", DATE), Column("t", TIME), Column("ts", TIMESTAMP), Column("tz", TIMESTAMPTZ),
            Column("j", JSON), Column("u", UUID), Column("bin", BINARY), Column("txt", TEXT),
        ]  # fmt: skip
        table = TableSchema(TableName("kinds"), tuple(columns), primary_key=("id",))
        big = Decimal("9999999999999999999999999999.9999999999")
        small = Decimal(f"-{big}")
        rows = [
            (1, 2**63 - 1, 32767, 1e308, big, Decimal("9999999999.99"), True, date(9999, 12, 31),
             time(23, 59, 59, 999999), datetime(9999, 12, 31, 23, 59, 59, 999999),
             datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), '{"a": [1, "é"]}',
             "00112233-4455-6677-8899-aabbccddeeff", b"\x00\xff", "007"),
            (2, -(2**63), -32768, -0.1, small, Decimal("-0.01"), False, date(1, 1, 1), time(0),
             datetime(1, 1, 1), datetime(1, 1, 1, tzinfo=UTC), "[]",
             "ffffffff-ffff-ffff-ffff-ffffffffffff", b"", ""),
            (3, *[None] * 14),
        ]  # fmt: skip
        names = ", ".join(column.name for column in columns)
        for number, mode in enumerate((Mode.APPEND, Mode.TRUNCATE_INSERT)):
            settled = self.load(destination, table, rows, mode, load_id=str(number))
            assert settled.inserted == 3, settled.refused
            found = sorted(self.read(url, f"SELECT {names} FROM kinds"))
            for row, given in zip(found, rows, strict=True):
                for column, value, want in zip(columns, row, given, strict=True):
                    assert self.same(column.type, value, want), (column.name, value, want)
        again = self.load(destination, table, rows, Mode.UPSERT, load_id="again", keys=("id",))
        assert again.unchanged == 3

    def same(self, of: DataType, found: Any, given: Any) -> bool:
        """Whether a value as it was read is the value that was sent."""
        if found is None or given is None:
            return found is given
        match of.kind:
            case Kind.DECIMAL:
                return bool(Decimal(str(found)) == given)
            case Kind.BOOLEAN:
                return bool(bool(found) == given)
            case Kind.JSON:
                document = json.loads(found) if isinstance(found, str) else found
                return bool(document == json.loads(given))
            case Kind.DATE | Kind.TIME | Kind.UUID:
                return str(found) == str(given)
            case Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
                moment = datetime.fromisoformat(found) if isinstance(found, str) else found
                return bool(moment.replace(tzinfo=None) == given.replace(tzinfo=None))
            case Kind.BINARY:
                return bool(bytes(found) == given)
            case _:
                return bool(found == given)

    def test_texts_of_every_kind_come_back(self, url: str, destination: Destination) -> None:
        texts = [
            "'", '"', "\\", "\\N", "\\.", "NULL", "", " ", "\t", "a\nb", "a\r\nb", "é", "😀", "%s", "$1", "?",
                 "'; DROP TABLE people; --", "x" * 65536, ",", ";", "\u2028", "a,b", '"a"', "{}", "ÿ",
        ]  # fmt: skip
        rows = list(enumerate(texts))
        for mode in (Mode.APPEND, Mode.UPSERT):
            self.run_sql(url, "DROP TABLE IF EXISTS people")
            settled = self.load(destination, PEOPLE, rows, mode, load_id=f"{mode}", keys=("id",))
            assert settled.inserted == len(texts), settled.refused
            assert self.people(url) == rows

    def test_a_nul_is_kept_or_refused(self, url: str, destination: Destination) -> None:
        for mode in (Mode.APPEND, Mode.UPSERT):
            self.run_sql(url, "DROP TABLE IF EXISTS people")
            settled = self.load(
                destination, PEOPLE, [(1, "a\0b"), (2, "c")], mode, load_id=mode, keys=("id",)
            )
            if destination.capabilities.stores_nul_in_text:
                assert settled.inserted == 2
            else:
                assert refusals(settled) == [(0, "INVALID_VALUE", "name")]
                assert self.people(url) == [(2, "c")]

    def test_nan_and_infinity_are_kept_or_refused(self, url: str, destination: Destination) -> None:
        table = TableSchema(TableName("floats"), (ID, Column("f", FLOAT)), primary_key=("id",))
        rows = [(1, float("nan")), (2, float("inf")), (3, float("-inf")), (4, 0.5)]
        settled = self.load(destination, table, rows)
        refused = [(0, "INVALID_VALUE", "f")] if not self.stores_nan else []
        refused += [(1, "INVALID_VALUE", "f"), (2, "INVALID_VALUE", "f")] if not self.stores_infinity else []
        assert refusals(settled) == refused
        found = dict(self.read(url, "SELECT id, f FROM floats"))
        assert found[4] == 0.5
        if self.stores_infinity:
            assert (found[2], found[3]) == (float("inf"), float("-inf"))
        if self.stores_nan:
            assert found[1] != found[1]

    def test_a_year_before_the_first_is_refused(self, url: str, destination: Destination) -> None:
        table = TableSchema(TableName("days"), (ID, Column("d", DATE)), primary_key=("id",))
        frame = pl.DataFrame({"id": [1, 2], "d": pl.Series([-800_000, 0], dtype=pl.Int32).cast(pl.Date)})
        settled = self.load(destination, table, frame)
        assert refusals(settled) == [(0, "OUT_OF_RANGE", "d")]
        assert self.read(url, "SELECT id FROM days") == [(2,)]

    def test_names_of_every_kind_work(self, url: str, destination: Destination) -> None:
        face = "😀" if destination.capabilities.names_beyond_bmp else "☺"
        wanted = [
            "id",
            "select",
            "order",
            'a"b',
            "a`b",
            "a.b",
            "a b",
            "é",
            face,
            "%s",
            "x" * 200,
            "x" * 199 + "y",
        ]
        fitted = fit_names(
            wanted, destination.capabilities.max_identifier_bytes, destination.capabilities.folds_case
        )
        assert len(set(fitted.values())) == len(wanted)
        columns = tuple(Column(name, INTEGER) for name in fitted.values())
        table = TableSchema(TableName(f'odd "table" {face}'), columns, primary_key=("id",))
        for number, mode in enumerate((Mode.APPEND, Mode.UPSERT, Mode.TRUNCATE_INSERT, Mode.DELETE_INSERT)):
            rows = [tuple(range(len(columns)))]
            settled = self.load(destination, table, rows, mode, load_id=str(number), keys=("id", "a.b"))
            assert settled.inserted + settled.unchanged + len(refusals(settled)) == 1
        found = destination.inspect(f'"odd ""table"" {face}"')
        assert found is not None
        assert found.column_names == tuple(fitted.values())

    def test_a_table_is_made_and_gets_the_columns_that_it_lacks(
        self, url: str, destination: Destination
    ) -> None:
        assert destination.inspect("people") is None
        assert destination.ddl(PEOPLE)
        assert destination.inspect("people") is None
        destination.prepare(PEOPLE, (("name",),) if destination.kind != "mysql" else ())
        destination.prepare(PEOPLE)
        assert destination.ddl(PEOPLE) == []
        made = destination.inspect("people")
        assert made is not None
        assert made.column_names == ("id", "name")
        assert made.primary_key == ("id",)
        destination.prepare(PEOPLE.with_columns(Column("age", INTEGER)))
        wider = destination.inspect("people")
        assert wider is not None
        assert wider.column("age").nullable

    def test_preparing_twice_at_once_is_safe(self, url: str) -> None:
        problems: list[BaseException] = []

        def prepare() -> None:
            try:
                with closing(open_destination(url)) as own:
                    own.prepare(PEOPLE)
            except BaseException as error:  # noqa: BLE001 - shown by the assertion
                problems.append(error)

        threads = [threading.Thread(target=prepare) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []

    def test_a_missing_table_or_schema_is_named(self, destination: Destination) -> None:
        with pytest.raises(DestinationError, match="people"):
            destination.begin(
                LoadRequest(load_id="x", table=PEOPLE, columns=PEOPLE.columns, mode=Mode.APPEND)
            )
        if self.has_schemas:
            with pytest.raises(DestinationError, match="nowhere"):
                destination.inspect("nowhere.people")

    def test_existing_says_which_values_the_table_holds(self, url: str, destination: Destination) -> None:
        self.load(destination, PEOPLE, [(1, "a"), (2, "b")])
        asked = pl.DataFrame({"x": [2, 9, None, 1, 2]})
        assert destination.existing("people", ("id",), asked).to_list() == [True, False, False, True, True]
        both = pl.DataFrame({"x": [1, 1], "y": ["a", "b"]})
        assert destination.existing("people", ("id", "name"), both).to_list() == [True, False]
