"""DuckDB as a destination: sessions over its own library, Arrow for the rows."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import polars as pl

from intakegateway.connectors.duckdb_catalog import read_facts
from intakegateway.connectors.duckdb_library import library
from intakegateway.connectors.guard import confined
from intakegateway.connectors.sql.destination import SqlDestination
from intakegateway.connectors.sql.dialect import DUCKDB, quote
from intakegateway.connectors.sql.driver import RowsRefusedError, Session
from intakegateway.connectors.sql.facts import Facts
from intakegateway.model.errors import DestinationError, GatewayError, UnavailableError
from intakegateway.model.schema import TableName
from intakegateway.model.types import DataType

SETTINGS = {"memory_limit": "128MB", "preserve_insertion_order": "true"}
"""What DuckDB may hold in memory; beyond it goes to files beside the database."""

_ddl = threading.Lock()


def open_destination(url: str) -> SqlDestination:
    """The database file behind ``duckdb:///relative.duckdb`` or ``duckdb:////absolute.duckdb``."""
    return SqlDestination(DuckdbDriver(url))


class DuckdbDriver:
    """Opens one database file; its sessions are cursors of one connection, as one process may have only one."""

    dialect = DUCKDB

    def __init__(self, url: str) -> None:
        self.name = url.partition("?")[0]
        path = unquote(self.name.partition("://")[2])
        if not path.startswith("/") or path in ("/", "/:memory:"):
            raise DestinationError(
                f"'{url}' names no file.",
                hint="Allowed: duckdb:///file.duckdb (in this folder) or duckdb:////folder/file.duckdb.",
            )
        self.path = confined(path[1:], self.name)
        self._root: Any = None
        self._sessions = 0

    def connect(self, *, asking: bool = False) -> Session:
        """A session in autocommit."""
        duckdb = library()
        if self._root is None:
            if not os.path.isdir(self.path.parent):
                raise DestinationError(
                    f"the folder '{self.path.parent}' does not exist.", where=self.name, hint="Make it first."
                )
            try:
                self._root = duckdb.connect(str(self.path), config=SETTINGS)
                self._root.execute("SET TimeZone = 'UTC'")
            except duckdb.Error as error:
                raise translate(error, self.name) from None
        self._sessions += 1
        return DuckdbSession(self, self._root.cursor())

    def facts(self, session: Session, name: TableName) -> Facts | None:
        """What the catalog says of the table."""
        return read_facts(session, name, self.name)

    def locked_for_ddl(self, session: Session) -> None:
        """Only one process has the file open, so a lock of the process is enough. The transaction starts
        anew behind it, to see what the one before it made."""
        session.rollback()
        assert isinstance(session, DuckdbSession)
        session.take_ddl_lock()
        session.begin()

    def left(self) -> None:
        """A session ended; with the last one the file is given back."""
        self._sessions -= 1
        if self._sessions == 0 and self._root is not None:
            self._root.close()
            self._root = None


class DuckdbSession:
    """One cursor."""

    def __init__(self, driver: DuckdbDriver, cursor: Any) -> None:
        self._driver, self._cursor = driver, cursor
        self._open_transaction = False
        self._closed = False
        self._changes_tables = False
        self.run("SET TimeZone = 'UTC'")

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    @property
    def changes(self) -> None:
        """Not counted."""

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement; how many rows it changed."""
        with self._translated():
            answer = self._cursor.execute(sql, values or None)
            if answer.description and answer.description[0][0] == "Count":
                row = answer.fetchone()
                return int(row[0]) if row else 0
            return 0

    def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query; all its rows."""
        with self._translated():
            return list(self._cursor.execute(sql, values or None).fetchall())

    def bulk(self, table: str, columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame) -> None:
        """Insert a frame, which DuckDB reads as Arrow; one statement, so all of it or nothing."""
        names = ", ".join(quote(DUCKDB, name) for name, _, _ in columns)
        renamed = frame.rename({old: f"c{n}" for n, old in enumerate(frame.columns)})
        values = ", ".join(f"c{n}" for n in range(len(columns)))
        with self._translated():
            self._cursor.register("_ig_frame", renamed.to_arrow(compat_level=pl.CompatLevel.oldest()))
            try:
                self._cursor.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM _ig_frame")
            finally:
                self._cursor.unregister("_ig_frame")

    def begin(self, *, reading: bool = False) -> None:
        """Start a transaction."""
        self.run("BEGIN TRANSACTION")
        self._open_transaction = True

    def commit(self) -> None:
        """End it, keeping everything."""
        self._open_transaction = False
        try:
            self.run("COMMIT")
        finally:
            self._leave_ddl_lock()

    def rollback(self) -> None:
        """End it, keeping nothing."""
        try:
            if self._open_transaction:
                self._open_transaction = False
                self.run("ROLLBACK")
        finally:
            self._leave_ddl_lock()

    def take_ddl_lock(self) -> None:
        """Wait for others of this process that change tables; until the end of the next transaction."""
        if not self._changes_tables:
            _ddl.acquire()
            self._changes_tables = True

    def _leave_ddl_lock(self) -> None:
        if self._changes_tables:
            self._changes_tables = False
            _ddl.release()

    def close(self) -> None:
        """Give the cursor back, and with the last one the file."""
        if not self._closed:
            self.rollback()
            self._closed = True
            self._cursor.close()
            self._driver.left()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            raise translate(error, self._driver.name) from error


_CONSTRAINTS = (
    ("NOT NULL constraint", "NOT_NULL"), ("foreign key", "FOREIGN_KEY"), ("CHECK constraint", "CHECK"),
    ("UNIQUE constraint", "UNIQUE"), ("duplicate key", "UNIQUE"), ("Duplicate key", "UNIQUE"),
)  # fmt: skip


def translate(error: Exception, name: str) -> GatewayError:
    """An error of DuckDB in our words: a refused row, something that may pass, or neither."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    kind = type(error).__name__
    match kind:
        case "ConstraintException" | "IntegrityError":
            code = next((code for words, code in _CONSTRAINTS if words in text), "REFUSED")
            column = text.rpartition(".")[2] if code == "NOT_NULL" else ""
            return RowsRefusedError(text, code, column)
        case "ConversionException" | "DataError" | "TypeMismatchException":
            code = "OUT_OF_RANGE" if "out of range" in text else "INVALID_VALUE"
            return RowsRefusedError(text, code)
        case "OutOfRangeException":
            return RowsRefusedError(text, "OUT_OF_RANGE")
        case "TransactionException" | "SerializationException":
            return UnavailableError(text, where=name, hint="Another load changed the same rows; try again.")
        case "IOException" if "lock" in text.lower():
            return UnavailableError(
                "another program has the file open; DuckDB allows one at a time.",
                where=name,
                hint="Close the other program and try again.",
            )
        case "IOException" if "not a valid DuckDB" in text or "magic bytes" in text:
            return DestinationError(
                "the file exists and is no DuckDB database.", where=name, hint="Choose another name."
            )
        case _:
            return DestinationError(text, where=name)
