"""Every mode of loading."""

# ruff: noqa: D102 - a test's name is its sentence; a fixture may be there for what it makes

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from intakegateway.connectors.base import Destination
from intakegateway.connectors.destination_tests.setting import (
    AUDITED,
    ID,
    NAME,
    PEOPLE,
    DestinationTests,
    refusals,
)
from intakegateway.model.load import AuditColumns, Mode, SkipWhen
from intakegateway.model.run import Counts
from intakegateway.model.schema import Column, TableName, TableSchema
from intakegateway.model.types import INTEGER, TEXT


class ModeTests(DestinationTests):
    """Every mode of loading."""

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
        settled = self.load(
            destination, PEOPLE, [(1, "x"), (2, "b"), (2, "c"), (3, "d")], Mode.INSERT, keys=("id",)
        )
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
        settled = self.load(
            destination, AUDITED, [(1, "a"), (2, "x"), (3, "c")], Mode.UPSERT, keys=("id",), **more
        )
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
        settled = self.load(
            destination, loose, [(1, "x"), (1, "y"), (3, "z")], Mode.DELETE_INSERT, keys=("id",)
        )
        assert settled.inserted == 3
        assert self.people(url) == [(1, "x"), (1, "y"), (2, "c"), (3, "z")]

    @pytest.mark.parametrize("mode", [Mode.UPSERT, Mode.DELETE_INSERT, Mode.INSERT])
    def test_keys_without_an_index_cost_no_look_through_the_table_for_each_row(
        self, url: str, destination: Destination, mode: Mode
    ) -> None:
        """Takes minutes if each row is compared with each."""
        table = TableSchema(TableName("people"), (Column("id", INTEGER), NAME, Column("n", INTEGER)))
        number = pl.int_range(0, self.many, eager=True)
        half = self.many // 2
        frame = pl.DataFrame({"id": number, "name": "k" + number.cast(pl.String), "n": number})
        self.load(destination, table, frame, load_id="first")
        moved = frame.with_columns(
            id=pl.col("id") + half, name="k" + (pl.col("id") + half).cast(pl.String), n=pl.col("n") + 1
        )
        settled = self.load(destination, table, moved, mode, keys=("id", "name"))
        assert (settled.inserted, settled.updated, settled.refused.height) == {
            Mode.UPSERT: (half, half, 0),
            Mode.DELETE_INSERT: (self.many, 0, 0),
            Mode.INSERT: (half, 0, half),
        }[mode]
        held = destination.existing("people", ("name",), moved.select("name"))
        assert held.sum() == self.many

    def test_deleting_by_keys_takes_null_for_equal_to_null(self, url: str, destination: Destination) -> None:
        table = TableSchema(TableName("people"), (Column("id", INTEGER), NAME, Column("n", INTEGER)))
        rows = [(a, b, 1) for a in (1, 2, None) for b in ("x", "y", None)]
        self.load(destination, table, rows, load_id="first")
        self.load(
            destination, table, [(1, None, 2), (None, "x", 2), (None, None, 2), (2, "y", 2)],
            Mode.DELETE_INSERT, keys=("id", "name"),
        )  # fmt: skip
        found = self.read(url, "SELECT n, COUNT(*) FROM people GROUP BY n ORDER BY n")
        assert found == [(1, 5), (2, 4)]
        assert self.read(url, "SELECT n FROM people WHERE id IS NULL AND name IS NULL") == [(2,)]
