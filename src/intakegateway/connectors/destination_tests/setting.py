"""One database a test, and whole loads into it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import polars as pl
import pytest

from intakegateway.connectors.base import Destination, LoadRequest, Settled
from intakegateway.connectors.registry import open_destination
from intakegateway.model.frames import polars_type
from intakegateway.model.load import Mode
from intakegateway.model.run import Counts
from intakegateway.model.schema import Column, TableName, TableSchema
from intakegateway.model.types import (
    INTEGER,
    TEXT,
    TIMESTAMPTZ,
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


class DestinationTests:
    """What the parts of the suite share: one database a test, and whole loads."""

    enforces_length = True
    """Whether ``varchar(n)`` refuses longer texts."""
    has_schemas = True
    """Whether a table's name may have a schema that is not there."""
    many = 40_000
    """Rows that would take minutes if each were compared with each."""
    stores_nan = True
    stores_infinity = True

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
