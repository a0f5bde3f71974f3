"""What every destination has to do: a suite of tests for subclasses, one for each system.

::

    class TestPostgresql(DestinationContract):
        @pytest.fixture
        def url(self, postgresql_url):
            return postgresql_url

        def run_sql(self, url, *statements): ...
        def read(self, url, query): ...

Flags say what a system has not; a test that needs it is skipped with the reason.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from intakegateway.connectors.base import Destination, LoadRequest, Settled
from intakegateway.connectors.registry import open_destination
from intakegateway.connectors.sql.names import fit_names
from intakegateway.model.errors import DestinationError, StaleFenceError
from intakegateway.model.frames import polars_type
from intakegateway.model.load import AuditColumns, Mode, SkipWhen
from intakegateway.model.run import Counts
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

ID, NAME = Column("id", INTEGER, nullable=False), Column("name", TEXT)
PEOPLE = TableSchema(TableName("people"), (ID, NAME), primary_key=("id",))
AUDITED = PEOPLE.with_columns(Column("created_at", TIMESTAMPTZ), Column("updated_at", TIMESTAMPTZ))


def framed(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Rows as a batch of these columns."""
    schema = {column.name: polars_type(column.type) for column in columns}
    return pl.DataFrame([list(row) for row in rows], schema=schema, orient="row")


def accounted(rows: int, settled: Settled) -> Counts:
    """The counts of a load, as the engine makes them."""
    return Counts(
        read=rows,
        inserted=settled.inserted,
        updated=settled.updated,
        unchanged=settled.unchanged,
        skipped=settled.skipped,
        deduplicated=settled.deduplicated,
        rejected=settled.refused["row"].n_unique(),
    )


def refusals(settled: Settled) -> list[tuple[int, str, str]]:
    """Row, code and column of every refusal, in order."""
    return sorted(settled.refused.select("row", "code", "column").rows())


class DestinationContract:
    """Inherit, give ``url``, ``run_sql`` and ``read``, and set the flags."""

    enforces_length = True
    """Whether ``varchar(n)`` refuses longer texts."""
    has_schemas = True
    """Whether a table's name may have a schema that is not there."""
    stores_nan = True
    stores_infinity = True
    readers_wait = False
    """Whether a reader waits for the end of a writer's transaction instead of seeing the old rows."""
    has_checks = True

    @pytest.fixture
    def url(self) -> str:
        """A fresh, empty database."""
        raise NotImplementedError

    def run_sql(self, url: str, *statements: str) -> None:
        """Run statements on a connection of the test's own."""
        raise NotImplementedError

    def read(self, url: str, query: str) -> list[tuple[Any, ...]]:
        """Run a query on a connection of the test's own."""
        raise NotImplementedError

    def load(
        self,
        destination: Destination,
        table: TableSchema,
        rows: Sequence[Sequence[Any]] | pl.DataFrame,
        mode: Mode = Mode.APPEND,
        load_id: str = "load",
        **more: Any,
    ) -> Settled:
        """One whole load, as the engine does it; the counts must balance."""
        dry_run = more.get("dry_run", False)
        if not dry_run:
            destination.prepare(table)
        columns = more.pop("columns", table.columns)
        frame = rows if isinstance(rows, pl.DataFrame) else framed(columns, rows)
        request = LoadRequest(load_id=load_id, table=table, columns=tuple(columns), mode=mode, **more)
        writer = destination.begin(request)
        try:
            half = (frame.height + 1) // 2
            numbers = pl.Series(range(frame.height), dtype=pl.Int64)
            writer.write(frame[:half], numbers[:half])
            writer.write(frame[half:], numbers[half:])
            settled = writer.settle()
            counts = accounted(frame.height, settled)
            assert counts.balances, settled
            writer.commit(counts)
        except BaseException:
            writer.abort()
            raise
        return settled

    @pytest.fixture
    def destination(self, url: str) -> Any:
        """The destination, open."""
        with closing(open_destination(url)) as opened:
            yield opened

    def people(self, url: str) -> list[tuple[Any, ...]]:
        """What the table holds."""
        return sorted(self.read(url, "SELECT id, name FROM people"), key=lambda row: (row[0], str(row[1])))

    # --- modes -------------------------------------------------------------------------------------

    def test_append_adds_rows_and_records_the_counts(self, url: str, destination: Destination) -> None:
        settled = self.load(destination, PEOPLE, [(1, "a"), (2, None)])
        assert settled.inserted == 2
        assert self.people(url) == [(1, "a"), (2, None)]
        assert destination.committed("load", 0) == Counts(read=2, inserted=2)
        assert destination.committed("other", 0) is None
        assert destination.committed("load", 1) is None

    @pytest.mark.parametrize("mode", list(Mode))
    def test_an_empty_load_changes_nothing_but_what_it_replaces(
        self, url: str, destination: Destination, mode: Mode
    ) -> None:
        self.load(destination, PEOPLE, [(1, "a")], load_id="first")
        self.load(destination, PEOPLE, [], mode, keys=("id",))
        assert self.people(url) == ([] if mode is Mode.TRUNCATE_INSERT else [(1, "a")])
        assert destination.committed("load", 0) == Counts()

    def test_insert_refuses_keys_that_are_there_and_keys_that_come_twice(
        self, url: str, destination: Destination
    ) -> None:
        self.load(destination, PEOPLE, [(1, "a")], load_id="first")
        settled = self.load(destination, PEOPLE, [(1, "x"), (2, "b"), (2, "c"), (3, "d")], Mode.INSERT, keys=("id",))
        assert refusals(settled) == [(0, "UNIQUE", "id"), (2, "UNIQUE", "id")]
        assert self.people(url) == [(1, "a"), (2, "b"), (3, "d")]

    def test_insert_goes_by_its_keys_where_the_table_has_no_such_constraint(
        self, url: str, destination: Destination
    ) -> None:
        loose = TableSchema(TableName("people"), (ID, NAME))
        self.load(destination, loose, [(1, "a")], load_id="first")
        settled = self.load(destination, loose, [(1, "x"), (2, "b"), (2, "c")], Mode.INSERT, keys=("id",))
        assert refusals(settled) == [(0, "UNIQUE", "id"), (2, "UNIQUE", "id")]
        self.load(destination, loose, [(2, "c")], Mode.APPEND, load_id="third", keys=("id",))
        assert self.people(url) == [(1, "a"), (2, "b"), (2, "c")]

    def test_upsert_counts_exactly_and_the_last_of_equal_keys_wins(
        self, url: str, destination: Destination
    ) -> None:
        self.load(destination, PEOPLE, [(1, "a"), (2, "b"), (3, None)], load_id="first")
        rows = [(1, "new"), (2, "b"), (3, None), (4, "d"), (4, "e"), (None, "no key")]
        settled = self.load(destination, PEOPLE, rows, Mode.UPSERT, keys=("id",))
        assert (settled.inserted, settled.updated, settled.unchanged, settled.deduplicated) == (1, 1, 2, 1)
        assert refusals(settled) == [(5, "NOT_NULL", "id")]
        assert self.people(url) == [(1, "new"), (2, "b"), (3, None), (4, "e")]

    def test_upsert_needs_no_unique_key_and_takes_several_columns(
        self, url: str, destination: Destination
    ) -> None:
        part = Column("part", TEXT)
        table = TableSchema(TableName("people"), (ID, part, NAME))
        self.load(destination, table, [(1, "x", "a"), (1, "y", "b"), (1, "y", "b")], load_id="first")
        rows = [(1, "x", "a"), (1, "y", "c"), (2, "x", "d")]
        settled = self.load(destination, table, rows, Mode.UPSERT, keys=("id", "part"))
        assert (settled.inserted, settled.updated, settled.unchanged) == (1, 1, 1)
        found = sorted(self.read(url, "SELECT id, part, name FROM people"))
        assert found == [(1, "x", "a"), (1, "y", "c"), (1, "y", "c"), (2, "x", "d")]

    def test_upsert_skips_rows_and_keeps_values_that_it_is_told_to(
        self, url: str, destination: Destination
    ) -> None:
        table = PEOPLE.with_columns(Column("done", TEXT))
        self.load(destination, table, [(1, "a", "Y"), (2, "b", "N"), (3, "c", None)], load_id="first")
        rows = [(1, "x", "N"), (2, None, "Z"), (3, "y", None), (4, None, None)]
        settled = self.load(
            destination, table, rows, Mode.UPSERT, keys=("id",), keep_nulls=True,
            skip_when=SkipWhen(column="done", equals="Y"),
        )  # fmt: skip
        assert (settled.inserted, settled.updated, settled.unchanged, settled.skipped) == (1, 2, 0, 1)
        found = sorted(self.read(url, "SELECT id, name, done FROM people"))
        assert found == [(1, "a", "Y"), (2, "b", "Z"), (3, "y", None), (4, None, None)]
        again = self.load(
            destination, table, [(2, None, None)], Mode.UPSERT, load_id="again", keys=("id",), keep_nulls=True
        )
        assert again.unchanged == 1

    def test_audit_columns_hold_the_time_of_the_load(self, url: str, destination: Destination) -> None:
        audit = AuditColumns(created_at="created_at", updated_at="updated_at")
        query = "SELECT id, created_at, updated_at FROM people"
        more: dict[str, Any] = {"columns": (ID, NAME), "audit": audit}
        self.load(destination, AUDITED, [(1, "a"), (2, "b")], load_id="first", **more)
        before = {row[0]: row[1:] for row in self.read(url, query)}
        assert all(created and created == updated for created, updated in before.values())
        settled = self.load(destination, AUDITED, [(1, "a"), (2, "x"), (3, "c")], Mode.UPSERT, keys=("id",), **more)
        assert (settled.inserted, settled.updated, settled.unchanged) == (1, 1, 1)
        after = {row[0]: row[1:] for row in self.read(url, query)}
        assert after[1] == before[1]
        assert after[2][0] == before[2][0]
        assert after[2][1] > before[2][1]
        assert after[3][0] == after[3][1] == after[2][1]

    def test_truncate_insert_replaces_all_rows(self, url: str, destination: Destination) -> None:
        self.load(destination, PEOPLE, [(1, "a"), (2, "b")], load_id="first")
        settled = self.load(destination, PEOPLE, [(2, "c"), (3, "d"), (3, "e")], Mode.TRUNCATE_INSERT)
        assert settled.inserted == 2
        assert refusals(settled) == [(2, "UNIQUE", "id")]
        assert self.people(url) == [(2, "c"), (3, "d")]

    def test_delete_insert_replaces_the_rows_of_its_keys(self, url: str, destination: Destination) -> None:
        loose = TableSchema(TableName("people"), (ID, NAME))
        self.load(destination, loose, [(1, "a"), (1, "b"), (2, "c")], load_id="first")
        settled = self.load(destination, loose, [(1, "x"), (1, "y"), (3, "z")], Mode.DELETE_INSERT, keys=("id",))
        assert settled.inserted == 3
        assert self.people(url) == [(1, "x"), (1, "y"), (2, "c"), (3, "z")]

    # --- exactly once ------------------------------------------------------------------------------

    def test_an_older_attempt_may_not_write(self, url: str, destination: Destination) -> None:
        destination.prepare(PEOPLE)
        request = {"load_id": "load", "table": PEOPLE, "columns": PEOPLE.columns, "mode": Mode.UPSERT, "keys": ("id",)}
        old = destination.begin(LoadRequest(fence=1, **request))  # type: ignore[arg-type]
        old.write(framed(PEOPLE.columns, [(1, "old")]), pl.Series([0]))
        self.load(destination, PEOPLE, [(1, "new")], Mode.UPSERT, keys=("id",), fence=2)
        with pytest.raises(StaleFenceError):
            old.commit(accounted(1, old.settle()))
        old.abort()
        with pytest.raises(StaleFenceError):
            destination.begin(LoadRequest(fence=1, **request))  # type: ignore[arg-type]
        assert self.people(url) == [(1, "new")]

    def test_a_load_is_committed_once(self, url: str, destination: Destination) -> None:
        self.load(destination, PEOPLE, [(1, "a")])
        with pytest.raises(StaleFenceError):
            self.load(destination, PEOPLE, [(2, "b")])
        assert self.people(url) == [(1, "a")]
        self.load(destination, PEOPLE, [(2, "b")], part=1)
        assert self.people(url) == [(1, "a"), (2, "b")]

    @pytest.mark.parametrize("settled_first", [False, True])
    @pytest.mark.parametrize("mode", list(Mode))
    def test_an_aborted_load_leaves_the_table_as_it_was(
        self, url: str, destination: Destination, mode: Mode, settled_first: bool
    ) -> None:
        self.load(destination, PEOPLE, [(1, "a")], load_id="first")
        writer = destination.begin(
            LoadRequest(load_id="load", table=PEOPLE, columns=PEOPLE.columns, mode=mode, keys=("id",))
        )
        writer.write(framed(PEOPLE.columns, [(1, "x"), (2, "y")]), pl.Series([0, 1]))
        if settled_first:
            writer.settle()
        writer.abort()
        writer.abort()
        assert self.people(url) == [(1, "a")]
        assert destination.committed("load", 0) is None
        self.load(destination, PEOPLE, [(5, "e")], mode, keys=("id",), fence=2)
        assert (5, "e") in self.people(url)

    @pytest.mark.parametrize("mode", [Mode.TRUNCATE_INSERT, Mode.DELETE_INSERT, Mode.UPSERT])
    def test_a_reader_beside_sees_the_old_rows_or_the_new(
        self, url: str, destination: Destination, mode: Mode
    ) -> None:
        if self.readers_wait:
            pytest.skip("readers of this system wait for the writer")
        self.load(destination, PEOPLE, [(n, "old") for n in range(2000)], load_id="first")
        seen: set[tuple[int, int]] = set()
        stop = threading.Event()

        def watch() -> None:
            while not stop.is_set():
                query = "SELECT COUNT(*), SUM(CASE WHEN name = 'new' THEN 1 ELSE 0 END) FROM people"
                seen.update((int(a), int(b or 0)) for a, b in self.read(url, query))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            self.load(destination, PEOPLE, [(n, "new") for n in range(2000)], mode, keys=("id",))
        finally:
            stop.set()
            watcher.join()
        assert seen <= {(2000, 0), (2000, 2000)}

    # --- refusals ----------------------------------------------------------------------------------

    def test_every_kind_of_refusal_names_row_code_and_column(self, url: str, destination: Destination) -> None:
        self.run_sql(
            url,
            "CREATE TABLE cities (id bigint PRIMARY KEY)",
            "INSERT INTO cities VALUES (1)",
            "CREATE TABLE strict (id bigint PRIMARY KEY, code varchar(5) NOT NULL UNIQUE, city bigint,"
            " qty integer, CONSTRAINT positive CHECK (qty > 0), FOREIGN KEY (city) REFERENCES cities (id))",
        )
        table = destination.inspect("strict")
        assert table is not None
        rows = [(1, "a", 1, 1), (1, "b", 1, 1), (2, None, 1, 1), (3, "c", 9, 1), (4, "d", 1, -1), (5, "a", None, None),
                (6, "f", 9, 0), (7, "toolong", 1, 1), (8, "h", 1, 8)]  # fmt: skip
        expected = [(1, "UNIQUE", "id"), (2, "NOT_NULL", "code"), (3, "FOREIGN_KEY", "city"), (4, "CHECK", "qty"),
                    (5, "UNIQUE", "code"), (6, "CHECK", "qty"), (6, "FOREIGN_KEY", "city")]  # fmt: skip
        kept = [(1, "a"), (8, "h")]
        if self.enforces_length:
            expected.append((7, "TOO_LONG", "code"))
        else:
            kept.insert(1, (7, "toolong"))
        for number, mode in enumerate((Mode.APPEND, Mode.TRUNCATE_INSERT, Mode.UPSERT, Mode.DELETE_INSERT)):
            self.run_sql(url, "DELETE FROM strict")
            wanted = sorted(expected)
            chosen = rows
            if mode is Mode.UPSERT:
                chosen = [rows[0], (9, "z", 1, 1), *rows[2:]]
                wanted.remove((1, "UNIQUE", "id"))
            settled = self.load(destination, table, chosen, mode, load_id=str(number), keys=("id",))
            assert refusals(settled) == wanted, mode
            found = sorted(self.read(url, "SELECT id, code FROM strict"))
            assert found == ([*kept, (9, "z")] if mode is Mode.UPSERT else kept), mode
        assert "city" in settled.refused.filter(pl.col("row") == 3)["message"][0]
        assert "9" in settled.refused.filter(pl.col("row") == 3)["message"][0]

    def test_a_refused_row_claims_no_key(self, url: str, destination: Destination) -> None:
        self.run_sql(
            url, "CREATE TABLE pairs (a bigint NOT NULL UNIQUE, b bigint UNIQUE, c bigint CHECK (c < 10))"
        )
        table = destination.inspect("pairs")
        assert table is not None
        rows = [(1, 1, 99), (1, 2, 1), (1, 3, 1), (2, 3, 1), (3, 2, 1), (4, 4, 1)]
        settled = self.load(destination, table, rows)
        assert refusals(settled) == [(0, "CHECK", "c"), (2, "UNIQUE", "a"), (4, "UNIQUE", "b")]
        assert sorted(self.read(url, "SELECT a, b FROM pairs")) == [(1, 2), (2, 3), (4, 4)]

    def test_rows_may_refer_to_rows_of_the_same_load(self, url: str, destination: Destination) -> None:
        self.run_sql(
            url, "CREATE TABLE tree (id bigint PRIMARY KEY, parent bigint, FOREIGN KEY (parent) REFERENCES tree (id))"
        )
        table = destination.inspect("tree")
        assert table is not None
        settled = self.load(destination, table, [(3, 2), (2, 1), (1, None), (5, 4), (6, 5), (7, 7)])
        assert refusals(settled) == [(3, "FOREIGN_KEY", "parent"), (4, "FOREIGN_KEY", "parent")]
        assert len(self.read(url, "SELECT id FROM tree")) == 4

    def test_a_failure_in_the_middle_of_a_large_load_costs_one_row(
        self, url: str, destination: Destination
    ) -> None:
        count = 150_000
        frame = pl.DataFrame({"id": pl.arange(0, count, eager=True)}).with_columns(
            id=pl.when(pl.col("id") == 100_001).then(7).otherwise(pl.col("id")),
            name=pl.lit("n") + pl.col("id").cast(pl.String),
        )
        settled = self.load(destination, PEOPLE, frame, Mode.INSERT, keys=("id",))
        assert settled.inserted == count - 1
        assert refusals(settled) == [(100_001, "UNIQUE", "id")]
        assert self.read(url, "SELECT COUNT(*), MAX(id) FROM people") == [(count - 1, count - 1)]

    # --- values and names --------------------------------------------------------------------------

    def test_values_come_back_as_they_went(self, url: str, destination: Destination) -> None:
        columns = [
            ID, Column("i64", INTEGER), Column("i16", DataType(Kind.INTEGER, bits=16)), Column("f", FLOAT),
            Column("dec", DataType(Kind.DECIMAL, precision=38, scale=10)),
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
            (2, -(2**63), -32768, -0.1, small, Decimal("-0.01"), False, date(1, 1, 1), time(0), datetime(1, 1, 1),
             datetime(1, 1, 1, tzinfo=UTC), "[]", "ffffffff-ffff-ffff-ffff-ffffffffffff", b"", ""),
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
                return Decimal(str(found)) == given
            case Kind.BOOLEAN:
                return bool(found) == given
            case Kind.JSON:
                import json

                return bool((json.loads(found) if isinstance(found, str) else found) == json.loads(given))
            case Kind.DATE | Kind.TIME | Kind.UUID:
                return str(found) == str(given)
            case Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
                moment = datetime.fromisoformat(found) if isinstance(found, str) else found
                return bool(moment.replace(tzinfo=None) == given.replace(tzinfo=None))
            case Kind.BINARY:
                return bytes(found) == given
            case _:
                return bool(found == given)

    def test_texts_of_every_kind_come_back(self, url: str, destination: Destination) -> None:
        texts = ["'", '"', "\\", "\\N", "\\.", "NULL", "", " ", "\t", "a\nb", "a\r\nb", "é", "😀", "%s", "$1", "?",
                 "'; DROP TABLE people; --", "x" * 65536, ",", ";", "\u2028", "a,b", '"a"', "{}", "ÿ"]  # fmt: skip
        rows = list(enumerate(texts))
        for mode in (Mode.APPEND, Mode.UPSERT):
            self.run_sql(url, "DROP TABLE IF EXISTS people")
            settled = self.load(destination, PEOPLE, rows, mode, load_id=f"{mode}", keys=("id",))
            assert settled.inserted == len(texts), settled.refused
            assert self.people(url) == rows

    def test_a_nul_is_kept_or_refused(self, url: str, destination: Destination) -> None:
        for mode in (Mode.APPEND, Mode.UPSERT):
            self.run_sql(url, "DROP TABLE IF EXISTS people")
            settled = self.load(destination, PEOPLE, [(1, "a\0b"), (2, "c")], mode, load_id=mode, keys=("id",))
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
        wanted = ["id", "select", "order", 'a"b', "a`b", "a.b", "a b", "é", "😀", "%s", "x" * 200, "x" * 199 + "y"]
        fitted = fit_names(wanted, destination.capabilities.max_identifier_bytes, destination.capabilities.folds_case)
        assert len(set(fitted.values())) == len(wanted)
        columns = tuple(Column(name, INTEGER) for name in fitted.values())
        table = TableSchema(TableName('odd "table" 😀'), columns, primary_key=("id",))
        for number, mode in enumerate((Mode.APPEND, Mode.UPSERT, Mode.TRUNCATE_INSERT, Mode.DELETE_INSERT)):
            rows = [tuple(range(len(columns)))]
            settled = self.load(destination, table, rows, mode, load_id=str(number), keys=("id", "a.b"))
            assert settled.inserted + settled.unchanged + len(refusals(settled)) == 1
        found = destination.inspect('"odd ""table"" 😀"')
        assert found is not None
        assert found.column_names == tuple(fitted.values())

    # --- tables ------------------------------------------------------------------------------------

    def test_a_table_is_made_and_gets_the_columns_that_it_lacks(self, url: str, destination: Destination) -> None:
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
            destination.begin(LoadRequest(load_id="x", table=PEOPLE, columns=PEOPLE.columns, mode=Mode.APPEND))
        if self.has_schemas:
            with pytest.raises(DestinationError, match="nowhere"):
                destination.inspect("nowhere.people")

    def test_existing_says_which_values_the_table_holds(self, url: str, destination: Destination) -> None:
        self.load(destination, PEOPLE, [(1, "a"), (2, "b")])
        asked = pl.DataFrame({"x": [2, 9, None, 1, 2]})
        assert destination.existing("people", ("id",), asked).to_list() == [True, False, False, True, True]
        both = pl.DataFrame({"x": [1, 1], "y": ["a", "b"]})
        assert destination.existing("people", ("id", "name"), both).to_list() == [True, False]

    # --- dry run -----------------------------------------------------------------------------------

    @pytest.mark.parametrize("mode", list(Mode))
    def test_a_dry_run_foresees_the_load_and_changes_nothing(
        self, url: str, destination: Destination, mode: Mode
    ) -> None:
        self.load(destination, PEOPLE, [(1, "a"), (2, "b")], load_id="first")
        rows = [(1, "x"), (2, "b"), (3, "c"), (3, "d"), (None, "e")]
        foreseen = self.load(destination, PEOPLE, rows, mode, keys=("id",), dry_run=True)
        assert self.people(url) == [(1, "a"), (2, "b")]
        assert destination.committed("load", 0) is None
        real = self.load(destination, PEOPLE, rows, mode, keys=("id",))
        assert accounted(5, foreseen) == accounted(5, real)
        assert refusals(foreseen) == refusals(real)
        assert foreseen.inserted_samples[0]["id"] == (1 if mode in (Mode.TRUNCATE_INSERT, Mode.DELETE_INSERT) else 3)
        if mode is Mode.UPSERT:
            assert foreseen.updated_samples == (
                {"before": {"id": 1, "name": "a"}, "after": {"id": 1, "name": "x"}},
            )

    @pytest.mark.parametrize("mode", list(Mode))
    def test_a_dry_run_into_a_table_that_is_not_there_makes_none(
        self, url: str, destination: Destination, mode: Mode
    ) -> None:
        rows = [(1, "x"), (2, "b"), (2, "c"), (None, "e")]
        foreseen = self.load(destination, PEOPLE, rows, mode, keys=("id",), dry_run=True)
        assert (foreseen.inserted, foreseen.deduplicated) == (2, 1 if mode is Mode.UPSERT else 0)
        assert destination.inspect("people") is None

    def test_a_dry_run_foresees_columns_that_are_yet_to_be_added(self, url: str, destination: Destination) -> None:
        self.load(destination, PEOPLE, [(1, "a"), (2, "b")], load_id="first")
        wider = PEOPLE.with_columns(Column("age", INTEGER))
        foreseen = self.load(
            destination, wider, [(1, "a", None), (2, "b", 7), (3, "c", 8)], Mode.UPSERT, keys=("id",), dry_run=True
        )
        assert (foreseen.inserted, foreseen.updated, foreseen.unchanged) == (1, 1, 1)
        assert foreseen.updated_samples[0]["before"]["age"] is None
