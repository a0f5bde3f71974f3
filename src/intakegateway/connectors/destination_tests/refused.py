"""Rows that the database refuses."""

# ruff: noqa: D102 - a test's name is its sentence; a fixture may be there for what it makes

from __future__ import annotations

import polars as pl

from intakegateway.connectors.base import Destination
from intakegateway.connectors.destination_tests.setting import (
    PEOPLE,
    DestinationTests,
    refusals,
)
from intakegateway.model.load import Mode


class RefusalTests(DestinationTests):
    """Rows that the database refuses."""

    def test_every_kind_of_refusal_names_row_code_and_column(
        self, url: str, destination: Destination
    ) -> None:
        self.run_sql(
            url,
            "CREATE TABLE cities (id bigint PRIMARY KEY)",
            "INSERT INTO cities VALUES (1)",
            "CREATE TABLE strict (id bigint PRIMARY KEY, code varchar(5) NOT NULL UNIQUE, city bigint,"
            " qty integer, CONSTRAINT positive CHECK (qty > 0), FOREIGN KEY (city) REFERENCES cities (id))",
        )
        table = destination.inspect("strict")
        assert table is not None
        rows = [
            (1, "a", 1, 1), (1, "b", 1, 1), (2, None, 1, 1), (3, "c", 9, 1), (4, "d", 1, -1),
            (5, "a", None, None), (6, "f", 9, 0), (7, "toolong", 1, 1), (8, "h", 1, 8),
        ]  # fmt: skip
        expected = [
            (1, "UNIQUE", "id"), (2, "NOT_NULL", "code"), (3, "FOREIGN_KEY", "city"), (4, "CHECK", "qty"),
            (5, "UNIQUE", "code"), (6, "CHECK", "qty"), (6, "FOREIGN_KEY", "city"),
        ]  # fmt: skip
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
            url,
            "CREATE TABLE tree (id bigint PRIMARY KEY, parent bigint,"
            " FOREIGN KEY (parent) REFERENCES tree (id))",
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
