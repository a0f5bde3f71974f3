"""Staged rows: a temporary table without constraints, and the transactions around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import polars as pl

from intakegateway.connectors.sql.dialect import Dialect, quote
from intakegateway.connectors.sql.distinct import DistinctKeys
from intakegateway.connectors.sql.driver import RowsRefusedError, Session
from intakegateway.connectors.sql.facts import FactColumn
from intakegateway.connectors.sql.judgements import losing
from intakegateway.connectors.sql.refusals import Refusals, shown
from intakegateway.connectors.sql.screen import with_nul
from intakegateway.connectors.sql.statements import (
    ROW,
    create_stage,
    delete_rows,
    stage_source,
    stage_type,
)
from intakegateway.connectors.sql.types import native_type
from intakegateway.model.types import INTEGER, DataType, Kind

_ROWS_A_DELETE = 10_000
_LONG = (Kind.TEXT, Kind.BINARY, Kind.JSON, Kind.OTHER)
_INDEXED_CHARACTERS = 255
"""Characters of a row's texts that an index holds, where it cannot hold all of them."""
_INDEXED_COLUMNS = 8


@contextmanager
def guarded(
    session: Session, dialect: Dialect, name: str = "_ig", *, rows_only: bool = False
) -> Iterator[None]:
    """A part of a transaction that is undone when a row is refused in it.

    Where there are no savepoints the whole transaction is undone and a new one begun; what was done before
    concerns staged rows alone and is kept. ``rows_only``: nothing but rows is changed in it, so that where
    none was, nothing needs to be undone.
    """
    if dialect.savepoints:
        session.run(f"SAVEPOINT {name}")
        before = session.changes if rows_only else None
    else:
        session.commit()
        session.begin()
    try:
        yield
    except RowsRefusedError:
        if dialect.savepoints:
            # SQLite reads the whole schema again after this: most of the time where each row is refused.
            if before is None or session.changes != before:
                session.run(f"ROLLBACK TO SAVEPOINT {name}")
            session.run(f"RELEASE SAVEPOINT {name}")
        else:
            session.rollback()
            session.begin()
        raise
    if dialect.savepoints:
        session.run(f"RELEASE SAVEPOINT {name}")


class Stage:
    """A staging table. ``rows`` counts what is in it.

    Made when first needed; where that would commit what is open, ``create`` is called before.
    """

    def __init__(
        self, session: Session, dialect: Dialect, columns: Sequence[FactColumn], name: str = "_ig_stage"
    ) -> None:
        self.session, self.dialect, self.columns = session, dialect, tuple(columns)
        self.table = f"{dialect.stage_prefix}{dialect.quote}{name}{dialect.quote}"
        self.source = stage_source(dialect, self.table, self.columns)
        self.rows = 0
        self.in_transaction = False
        """Whether rows are staged within a transaction, which must survive a row that cannot be."""
        self.aside: Stage | None = None
        """Where removed rows go, if they may be needed again."""
        self.watched: dict[tuple[str, ...], DistinctKeys] = {}
        """Sets of columns whose values are compared while rows are staged."""
        self._made = False
        self._indexed = False
        self._findable = False
        self._analyzed = False
        self._bulk: list[tuple[str, DataType, str]] = [(ROW, INTEGER, native_type(dialect, INTEGER))]
        for column in self.columns:
            of = stage_type(column)
            self._bulk.append((column.name, of, native_type(dialect, of)))

    def create(self) -> None:
        """Make the table, or find it empty."""
        if self._made:
            return
        self.session.run(f"DROP TABLE IF EXISTS {self.table}")
        name = self.table if not self.dialect.stages_are_temporary else self.table.rpartition(".")[2]
        self.session.run(create_stage(self.dialect, name, self.columns))
        self._made = True

    def index(self, keys: Sequence[str]) -> None:
        """Make the staged rows findable by these keys, where that does not go without saying.

        Cheapest when the rows are staged. Where making a table commits what is open, so does this.
        """
        if not self.dialect.index_stage or not keys or self._indexed:
            return
        self.create()
        texts = {column.name for column in self.columns if stage_type(column).kind in _LONG}
        size = _INDEXED_CHARACTERS // (len(texts.intersection(keys)) or 1)
        columns = [
            (self.dialect.indexed_text if key in texts else "{a}").format(
                a=quote(self.dialect, key), size=size
            )
            for key in keys[:_INDEXED_COLUMNS]
        ]
        index = f"_ig_{self.table.rpartition('.')[2].strip(self.dialect.quote)[-20:]}_keys"
        self.session.run(
            self.dialect.index_stage.format(
                index=index, name=self.table.rpartition(".")[2], columns=", ".join(columns)
            )
        )
        self._indexed = True

    def add(self, frame: pl.DataFrame) -> Refusals:
        """Send rows; those that cannot even be staged are returned."""
        self.create()
        refusals = Refusals()
        self._add(frame, refusals)
        if frame.height:
            self._remove_losing(frame, refusals)
        self._analyzed = False
        return refusals

    def _remove_losing(self, frame: pl.DataFrame, refusals: Refusals) -> None:
        bounds = int(frame[ROW].min()), int(frame[ROW].max())  # type: ignore[arg-type]
        found = Refusals()
        for column in self.columns:
            sql = losing(self.dialect, self.table, column, bounds)
            for row, text in self.session.fetch(sql) if sql else ():
                sentence = (
                    f"column '{column.name}' of type {column.native} would not keep all of {shown([text])}"
                )
                found.add([row], "LOSSY", column.name, [sentence])
        self.remove(sorted(found.rows))
        refusals.merge(found)

    def _add(self, frame: pl.DataFrame, refusals: Refusals) -> None:
        if not frame.height:
            return
        try:
            with guarded(self.session, self.dialect) if self.in_transaction else nullcontext():
                self.session.bulk(self.table, self._bulk, frame)
        except RowsRefusedError as error:
            found = with_nul(frame)
            if found.rows:
                refusals.merge(found)
                self._add(frame.filter(~pl.col(ROW).is_in(list(found.rows))), refusals)
            elif frame.height == 1:
                refusals.add(frame[ROW].to_list(), error.row_code, error.column, [error.message])
            else:
                half = frame.height // 2
                self._add(frame[:half], refusals)
                self._add(frame[half:], refusals)
            return
        self.rows += frame.height
        for keys in self.watched.values():
            keys.add(frame)

    def analyze(self) -> None:
        """Tell the planner what is staged, once per filling."""
        if self.dialect.analyze and not self._analyzed and self._made:
            self.session.run(self.dialect.analyze.format(table=self.table))
            self._analyzed = True

    def remove(self, rows: Sequence[int]) -> None:
        """Take rows away, or aside; ``rows`` are in order."""
        if len(rows) == self.rows and self.aside is None and self.rows:
            self.session.run(self.dialect.empty_stage.format(table=self.table))
            self.rows = 0
            return
        for start in range(0, len(rows), _ROWS_A_DELETE):
            part = rows[start : start + _ROWS_A_DELETE]
            if self.aside is not None:
                self.aside.create()
                delete = delete_rows(self.dialect, self.table, part)
                self.aside.rows += self.session.run(
                    f"INSERT INTO {self.aside.table} SELECT * {delete.removeprefix('DELETE ')}"
                )
            self.rows -= self.session.run(delete_rows(self.dialect, self.table, part))

    def index_rows(self) -> None:
        """Make rows findable by their numbers, before they are looked up one by one."""
        if self.dialect.index_rows and not self._findable:
            row = f"{self.dialect.quote}{ROW}{self.dialect.quote}"
            self.session.run(self.dialect.index_rows.format(table=self.table, row=row))
            self._findable = True

    def bounds(self) -> tuple[int, int]:
        """The lowest and the highest row number."""
        row = f"{self.dialect.quote}{ROW}{self.dialect.quote}"
        low, high = self.session.fetch(f"SELECT MIN({row}), MAX({row}) FROM {self.table}")[0]
        return int(low), int(high)

    def watch(self, columns: Sequence[str], texts: bool = False) -> None:
        """Compare the values of these columns in what is staged from now on."""
        by_name = {column.name: column for column in self.columns}
        if all(name in by_name for name in columns):
            self.watched[tuple(columns)] = DistinctKeys([by_name[name] for name in columns], texts)

    def suspects(self, columns: Sequence[str]) -> list[int] | None:
        """The rows that may share their values there with another one; None where that is not known."""
        keys = self.watched.get(tuple(columns))
        return keys.suspects if keys is not None else None

    def numbers(self) -> list[int]:
        """The row numbers, all of them."""
        row = f"{self.dialect.quote}{ROW}{self.dialect.quote}"
        return [int(found[0]) for found in self.session.fetch(f"SELECT {row} FROM {self.table}")]

    def clear(self) -> None:
        """Empty it for the next rows."""
        if self._made:
            self.session.run(self.dialect.empty_stage.format(table=self.table))
        self.rows, self._analyzed = 0, False
        for keys in self.watched.values():
            keys.clear()
        if self.aside is not None:
            self.aside.clear()

    def drop(self) -> None:
        """Remove the table."""
        if self._made:
            self.session.run(f"DROP TABLE IF EXISTS {self.table}")
            self._made = self._indexed = self._findable = False
        if self.aside is not None:
            self.aside.drop()
