"""The destination in memory keeps the contract of databases, so that what is tested with it holds for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import polars as pl
import pytest

from intakegateway.connectors.base import LoadRequest, Settled
from intakegateway.connectors.memory import MemoryDestination, MemorySource
from intakegateway.connectors.registry import open_destination
from intakegateway.connectors.testing import Rows, SourceContract
from intakegateway.connectors.testing_destinations import accounted, framed, refusals
from intakegateway.model.errors import DestinationError, StaleFenceError
from intakegateway.model.load import AuditColumns, Mode, SkipWhen
from intakegateway.model.run import Counts
from intakegateway.model.schema import Column, TableName, TableSchema
from intakegateway.model.types import INTEGER, TEXT, TIMESTAMPTZ

ID, NAME = Column("id", INTEGER, nullable=False), Column("name", TEXT)
PEOPLE = TableSchema(TableName("people"), (ID, NAME), primary_key=("id",))
LOOSE = TableSchema(TableName("people"), (ID, NAME))


@pytest.fixture
def destination() -> MemoryDestination:
    return MemoryDestination()


def load(
    destination: MemoryDestination,
    rows: Sequence[Sequence[Any]],
    mode: Mode = Mode.APPEND,
    load_id: str = "load",
    table: TableSchema = PEOPLE,
    **more: Any,
) -> Settled:
    if not more.get("dry_run"):
        destination.prepare(table)
    columns = tuple(more.pop("columns", table.columns))
    frame = framed(columns, rows)
    writer = destination.begin(LoadRequest(load_id=load_id, table=table, columns=columns, mode=mode, **more))
    writer.write(frame, pl.Series(range(frame.height), dtype=pl.Int64))
    settled = writer.settle()
    counts = accounted(frame.height, settled)
    assert counts.balances
    if not more.get("dry_run"):
        writer.commit(counts)
    return settled


def people(destination: MemoryDestination) -> list[tuple[Any, ...]]:
    return sorted(destination.frame("people").select("id", "name").rows(), key=str)


@pytest.mark.parametrize(
    ("mode", "rows", "left"),
    [
        (Mode.APPEND, [(3, "c")], [(1, "a"), (2, "b"), (3, "c")]),
        (Mode.INSERT, [(1, "x"), (3, "c"), (3, "d")], [(1, "a"), (2, "b"), (3, "c")]),
        (Mode.UPSERT, [(1, "x"), (3, "c"), (3, "d")], [(1, "x"), (2, "b"), (3, "d")]),
        (Mode.TRUNCATE_INSERT, [(3, "c")], [(3, "c")]),
        (Mode.DELETE_INSERT, [(1, "x"), (3, "c")], [(1, "x"), (2, "b"), (3, "c")]),
    ],
)
def test_each_mode_leaves_what_it_says(
    destination: MemoryDestination, mode: Mode, rows: list[Any], left: list[Any]
) -> None:
    load(destination, [(1, "a"), (2, "b")], load_id="first")
    before = people(destination)
    foreseen = load(destination, rows, mode, keys=("id",), dry_run=True)
    assert people(destination) == before
    assert destination.committed("load", 0) is None
    real = load(destination, rows, mode, keys=("id",))
    assert people(destination) == left
    assert accounted(len(rows), foreseen) == accounted(len(rows), real) == destination.committed("load", 0)


def test_upsert_counts_exactly_skips_and_keeps(destination: MemoryDestination) -> None:
    table = PEOPLE.with_columns(Column("done", TEXT))
    load(destination, [(1, "a", "Y"), (2, "b", "N"), (3, "c", None)], load_id="first", table=table)
    settled = load(
        destination, [(1, "x", "N"), (2, None, "Z"), (3, "c", None), (4, None, None), (4, "d", None)], Mode.UPSERT,
        table=table, keys=("id",), keep_nulls=True, skip_when=SkipWhen(column="done", equals="Y"),
    )  # fmt: skip
    assert (settled.inserted, settled.updated, settled.unchanged, settled.skipped) == (1, 1, 1, 1)
    assert settled.deduplicated == 1
    assert sorted(destination.frame("people").rows(), key=str) == [
        (1, "a", "Y"), (2, "b", "Z"), (3, "c", None), (4, "d", None),
    ]  # fmt: skip


def test_refusals_name_row_code_and_column(destination: MemoryDestination) -> None:
    load(destination, [(1, "a")], load_id="first")
    settled = load(destination, [(1, "x"), (None, "y"), (2, "b"), (2, "c")])
    assert refusals(settled) == [(0, "UNIQUE", "id"), (1, "NOT_NULL", "id"), (3, "UNIQUE", "id")]
    assert people(destination) == [(1, "a"), (2, "b")]


def test_a_load_is_committed_once_and_by_the_newest_attempt(destination: MemoryDestination) -> None:
    destination.prepare(PEOPLE)
    old = destination.begin(
        LoadRequest(load_id="load", table=PEOPLE, columns=PEOPLE.columns, mode=Mode.APPEND)
    )
    old.write(framed(PEOPLE.columns, [(9, "old")]), pl.Series([0]))
    load(destination, [(1, "new")], fence=2)
    with pytest.raises(StaleFenceError):
        old.commit(accounted(1, old.settle()))
    old.abort()
    with pytest.raises(StaleFenceError):
        load(destination, [(2, "b")], fence=3)
    assert people(destination) == [(1, "new")]
    assert destination.committed("load", 0) == Counts(read=1, inserted=1)


def test_an_aborted_load_leaves_the_table_as_it_was(destination: MemoryDestination) -> None:
    load(destination, [(1, "a")], load_id="first")
    writer = destination.begin(
        LoadRequest(load_id="load", table=PEOPLE, columns=PEOPLE.columns, mode=Mode.TRUNCATE_INSERT)
    )
    writer.write(framed(PEOPLE.columns, [(2, "b")]), pl.Series([0]))
    writer.settle()
    writer.abort()
    writer.abort()
    assert people(destination) == [(1, "a")]


def test_audit_columns_hold_the_time_of_the_load(destination: MemoryDestination) -> None:
    table = PEOPLE.with_columns(Column("made", TIMESTAMPTZ), Column("changed", TIMESTAMPTZ))
    more: dict[str, Any] = {
        "table": table, "columns": PEOPLE.columns, "keys": ("id",), "mode": Mode.UPSERT,
        "audit": AuditColumns(created_at="made", updated_at="changed"),
    }  # fmt: skip
    load(destination, [(1, "a"), (2, "b")], load_id="1", **more)
    load(destination, [(1, "a"), (2, "x")], load_id="2", **more)
    rows = {row[0]: row[2:] for row in destination.frame("people").rows()}
    assert rows[1][0] == rows[1][1]
    assert rows[2][0] < rows[2][1]


def test_columns_are_added_and_a_missing_table_is_named(destination: MemoryDestination) -> None:
    with pytest.raises(DestinationError, match="people"):
        destination.begin(LoadRequest(load_id="x", table=PEOPLE, columns=PEOPLE.columns, mode=Mode.APPEND))
    load(destination, [(1, "a")], load_id="1")
    load(destination, [(2, "b", 7)], load_id="2", table=PEOPLE.with_columns(Column("age", INTEGER)))
    assert destination.frame("people").rows() == [(1, "a", None), (2, "b", 7)]


def test_existing_says_which_values_the_table_holds(destination: MemoryDestination) -> None:
    load(destination, [(1, "a"), (2, "b")])
    asked = pl.DataFrame({"x": [2, 9, None, 1]})
    assert destination.existing("people", ("id",), asked).to_list() == [True, False, False, True]


def test_one_name_is_one_store_in_a_process() -> None:
    name = f"memory://{uuid4().hex}"
    first, second = open_destination(name), open_destination(name)
    assert isinstance(first, MemoryDestination)
    load(first, [(1, "a")])
    assert second.inspect("people") == PEOPLE
    assert open_destination(f"{name}x").inspect("people") is None


class TestMemorySource(SourceContract):
    def make(self, rows: Rows) -> MemorySource:
        return MemorySource([dict(zip(rows.fields, values, strict=True)) for values in rows.values])

    def place(self, number: int) -> str:
        return f"row {number}"

    def test_values_that_json_does_not_have_come_as_they_are_written(self) -> None:
        given = {
            "price": Decimal("1.50"), "at": datetime(2024, 1, 31, 12, tzinfo=UTC), "day": date(2024, 1, 31),
            "id": UUID(int=5), "raw": b"\x00\xff", "in": {"price": Decimal("1.10")},
        }  # fmt: skip
        (chunk,) = MemorySource([given]).chunks()
        assert chunk.frame.row(0, named=True) == {
            "price": "1.50", "at": "2024-01-31T12:00:00+00:00", "day": "2024-01-31",
            "id": "00000000-0000-0000-0000-000000000005", "raw": "\\x00ff", "in.price": "1.10",
        }  # fmt: skip
