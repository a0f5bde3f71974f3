"""A database as a source of rows: a query or a table, in a read-only session, in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import polars as pl
from msgspec.structs import replace

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk, Locators
from intakegateway.connectors.cursors import CursorStore, FileCursors, PendingCursor, SavedCursor, recover
from intakegateway.connectors.sql.dialect import quote
from intakegateway.connectors.sql.names import parse_table_name
from intakegateway.connectors.sql.questions import Condition, Question
from intakegateway.connectors.sql.reading import Delivery, ReadSession
from intakegateway.connectors.sql.tracking import Tracker, new_rows
from intakegateway.kit.folders import home
from intakegateway.model.errors import DefinitionError, DestinationError, nearest
from intakegateway.model.frames import polars_type
from intakegateway.model.schema import Column
from intakegateway.model.sql import SqlSource

_READERS = {
    "postgresql": "intakegateway.connectors.sql.read_postgresql",
    "postgres": "intakegateway.connectors.sql.read_postgresql",
    "mysql": "intakegateway.connectors.sql.read_mysql",
    "mariadb": "intakegateway.connectors.sql.read_mysql",
    "sqlite": "intakegateway.connectors.sql.read_sqlite",
    "sqlite3": "intakegateway.connectors.sql.read_sqlite",
    "duckdb": "intakegateway.connectors.sql.read_duckdb",
}
LOCATOR = "row {a}"


class Reader(Protocol):
    """One database behind one URL: what each ``read_…`` module's ``open_reader(url)`` returns."""

    name: str
    """The URL without secrets."""

    @property
    def file(self) -> Path | None:
        """The file that is the database; None for a server."""
        ...

    def connect(self, timeout: float | None) -> ReadSession:
        """A read-only session whose statements may take ``timeout`` seconds (None: any time)."""
        ...


def open_source(spec: SqlSource, *, cursors: CursorStore | None = None) -> SqlRows:
    """The rows of a query or table. Nothing is opened before rows are read.

    Raises ``DefinitionError`` for an unknown scheme, a missing URL or an impossible table name.
    """
    if not spec.url:
        raise DefinitionError("The SQL source has no 'url'.", path=("source", "url"))
    scheme = urlsplit(spec.url).scheme.lower().partition("+")[0]
    module = _READERS.get(scheme)
    if module is None:
        raise DefinitionError(
            f"'{scheme or spec.url}' is not a database that can be read.",
            hint=nearest(scheme, _READERS),
            path=("source", "url"),
        )
    table = None
    if spec.table is not None:
        try:
            table = parse_table_name(spec.table)
        except DestinationError as error:
            raise DefinitionError(error.message, hint=error.hint, path=("source", "table")) from None
    reader: Reader = import_module(module).open_reader(spec.url)
    question = Question(query=spec.query, table=table)
    return SqlRows(spec, reader, question, cursors or FileCursors(home() / "cursors"))


class SqlRows:
    """The rows of a query or table (``connectors.base.Source``).

    Chunks have the result's columns in their exact types (``connectors.sql.reading.typed``); a row is
    called ``row N`` by its number in the result.
    """

    rewindable = False
    restartable = True
    fixed_fields = True
    total_bytes: int | None = None

    def __init__(self, spec: SqlSource, reader: Reader, question: Question, cursors: CursorStore) -> None:
        self.warnings: list[str] = []
        self.name = f"{reader.name} {spec.table}" if spec.table else f"{reader.name} (query)"
        self._spec, self._reader, self._question, self._cursors = spec, reader, question, cursors
        self.database_file = reader.file
        self._tracker: Tracker | None = None
        self._finished = False

    def chunks(self) -> Iterator[Chunk]:
        """The rows from the beginning, or those that are new; a chunk without rows when there are none."""
        self._tracker, self._finished = None, False
        self.warnings.clear()
        with closing(self._reader.connect(self._spec.timeout)) as session:
            question = self._question
            columns = session.describe(question.text(session.dialect))
            if self._spec.incremental is not None:
                question = question.where(*self._only_new(session, columns))
            first = 1
            for delivery in session.stream(question.text(session.dialect), columns):
                chunk = _chunk(delivery, first)
                if self._tracker is not None:
                    self._tracker.observe(delivery.frame)
                first += chunk.rows
                yield chunk
            if first == 1:
                yield _chunk(Delivery(_stacked([], columns), 0), first)
            self._finished = True
            self.warnings += session.warnings
        if self._tracker is not None and self._tracker.nulls:
            self.warnings.append(
                f"{self._tracker.nulls} rows have no value in '{self._tracker.field}':"
                " later runs leave such rows out."
            )

    def _only_new(self, session: ReadSession, columns: tuple[Column, ...]) -> tuple[Condition, ...]:
        spec = self._spec.incremental
        assert spec is not None
        column = self._column(columns, spec.field, ("source", "incremental", "field"))
        order = session.orders_as(self._question.text(session.dialect), column)
        if not order:
            raise DefinitionError(
                f"'{spec.field}' is of type {column.type}, which has no order to read on from.",
                hint="Choose a column of numbers, dates, timestamps or texts.",
                path=("source", "incremental", "field"),
            )
        self._tracker = Tracker(spec.field, order)
        saved = self._cursors.load(self._cursor_key())
        return new_rows(spec, saved if saved and saved.kind == order else None, order)

    def _column(self, columns: tuple[Column, ...], name: str, path: tuple[str, ...]) -> Column:
        for column in columns:
            if column.name == name:
                return column
        raise DefinitionError(
            f"The result has no column '{name}'.", hint=nearest(name, [c.name for c in columns]), path=path
        )

    def _cursor_key(self) -> str:
        spec = self._spec.incremental
        assert spec is not None
        if spec.key:
            return spec.key
        identity = "\n".join((self._reader.name, self._spec.table or self._spec.query or "", spec.field))
        return f"sql:{hashlib.sha256(identity.encode()).hexdigest()[:32]}"

    def recover(self, was_committed: Callable[[str, int], bool]) -> None:
        """Finish what a run that died right after its commit could not: see ``connectors.cursors``."""
        if self._spec.incremental is not None:
            recover(self._cursors, self._cursor_key(), was_committed)

    def committing(self, load_id: str, part: int) -> None:
        """Keep how far was read as pending, until ``committed``."""
        if self._spec.incremental is not None:
            found = self._reached()
            self._cursors.keep_pending(
                self._cursor_key(), PendingCursor(found, load_id, part) if found else None
            )

    def committed(self) -> None:
        """Save how far was read, if all of it was."""
        found = self._reached()
        if found is not None:
            self._cursors.save(self._cursor_key(), found)

    def _reached(self) -> SavedCursor | None:
        return self._tracker.saved() if self._tracker is not None and self._finished else None

    def preview(self, limit: int, timeout: float = 30.0) -> tuple[pl.DataFrame, tuple[Column, ...]]:
        """The first ``limit`` rows and the result's columns; the database gets ``timeout`` seconds."""
        with closing(self._reader.connect(timeout)) as session:
            question = self._question
            columns = session.describe(question.text(session.dialect))
            text = replace(question, limit=limit).text(session.dialect)
            frames = [delivery.frame for delivery in session.stream(text, columns)]
        return _stacked(frames, columns), columns

    def parts(self, count: int) -> list[SqlRows]:
        """The same rows as up to ``count`` sources by ranges of ``part_by``; this one alone without it.

        The outer ranges are open, so that rows that come meanwhile are in one part and one only. Rows
        without a value are in the first. Parts of an incremental source are not offered: [self].
        """
        by = self._spec.part_by
        if by is None or count < 2 or self._spec.incremental is not None:
            return [self]
        with closing(self._reader.connect(self._spec.timeout)) as session:
            text = self._question.text(session.dialect)
            column = self._column(session.describe(text), by, ("source", "part_by"))
            quoted = quote(session.dialect, by)
            low, high = session.one(f"SELECT min({quoted}), max({quoted}) FROM (\n{text}\n) AS ig_p")
        if low is None:
            return [self]
        if not isinstance(low, int) or not isinstance(high, int):
            raise DefinitionError(
                f"'{by}' is of type {column.type}; parts need an integer column.", path=("source", "part_by")
            )
        bounds = sorted({low + (high - low + 1) * i // count for i in range(1, count)})
        edges = [None, *(bound for bound in bounds if bound > low), None]
        return [
            SqlRows(self._spec, self._reader, self._question.where(*_between(by, *ends)), self._cursors)
            for ends in pairwise(edges)
        ]


def _between(column: str, low: int | None, high: int | None) -> list[Condition]:
    made = []
    if low is not None:
        made.append(Condition(column, ">=", str(low), bare=True))
    if high is not None:
        made.append(Condition(column, "<", str(high), bare=True, or_null=low is None))
    return made


def _chunk(delivery: Delivery, first: int) -> Chunk:
    frame, bad = delivery.frame, delivery.bad
    if delivery.index is None or bad is None:
        numbers = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True)
        return Chunk(frame, Locators(LOCATOR, numbers), bytes=delivery.bytes, typed=True)
    broken = bad.select(
        pl.format(LOCATOR.replace("{a}", "{}"), pl.col("index") + first).alias("_locator"),
        pl.col("raw").alias("_raw"),
        pl.lit("INVALID_TEXT").alias("code"),
        pl.col("message"),
    ).cast(BROKEN_SCHEMA)  # type: ignore[arg-type]
    return Chunk(frame, Locators(LOCATOR, delivery.index + first), broken, delivery.bytes, typed=True)


def _stacked(frames: list[pl.DataFrame], columns: tuple[Column, ...]) -> pl.DataFrame:
    """One frame of them all; a column whose type differs between them is text."""
    if not frames:
        return pl.DataFrame(schema={column.name: polars_type(column.type) for column in columns})
    mixed = [c.name for c in columns if len({frame.schema[c.name] for frame in frames}) > 1]
    return pl.concat([frame.with_columns(pl.col(mixed).cast(pl.String)) for frame in frames])
