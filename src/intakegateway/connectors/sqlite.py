"""SQLite as a destination, by the standard library.

How values are kept, so that none changes: dates and moments as ISO text (moments with a zone in UTC,
with ``+00:00``), booleans as 0 and 1 in a column declared ``BOOLEAN``, decimals of up to 15 digits as
numbers (8-byte floats keep those exactly), longer ones as text in a column declared ``DECIMAL TEXT(p,s)``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any
from urllib.parse import unquote

import polars as pl

from intakegateway.connectors.guard import confined
from intakegateway.connectors.sql.destination import SqlDestination
from intakegateway.connectors.sql.dialect import SQLITE, quote
from intakegateway.connectors.sql.driver import RowsRefusedError, Session
from intakegateway.connectors.sql.facts import Facts
from intakegateway.connectors.sqlite_catalog import read_facts
from intakegateway.model.errors import DestinationError, GatewayError, UnavailableError
from intakegateway.model.schema import TableName
from intakegateway.model.types import DataType, Kind

BUSY_SECONDS = 30
"""How long a statement waits for another program that writes to the same file."""
_SLICE = 16_384


def open_destination(url: str) -> SqlDestination:
    """The database file behind ``sqlite:///relative.db`` or ``sqlite:////absolute.db``."""
    return SqlDestination(SqliteDriver(url))


class SqliteDriver:
    """Connects to one database file.

    While one session writes, the one that asks looks through its eyes: a second connection would wait
    for the end of the transaction, and the transaction for the answer.
    """

    dialect = SQLITE

    def __init__(self, url: str) -> None:
        self.name = url.partition("?")[0]
        path = unquote(self.name.partition("://")[2])
        if not path.startswith("/") or path in ("/", "/:memory:"):
            raise DestinationError(
                f"'{url}' names no file.",
                hint="Allowed: sqlite:///file.db (in this folder) or sqlite:////folder/file.db.",
            )
        self.path = confined(path[1:], self.name)
        self.lock = RLock()
        self.writing: SqliteSession | None = None

    def connect(self, *, asking: bool = False) -> Session:
        """A session in autocommit. The file is not made before something is written."""
        if not os.path.isdir(self.path.parent):
            raise DestinationError(
                f"the folder '{self.path.parent}' does not exist.", where=self.name, hint="Make it first."
            )
        if os.path.isdir(self.path):
            raise DestinationError(f"'{self.path}' is a folder, not a database file.", where=self.name)
        return SqliteSession(self, asking)

    def facts(self, session: Session, name: TableName) -> Facts | None:
        """What the catalog says of the table."""
        return read_facts(session, name, self.name)

    def locked_for_ddl(self, session: Session) -> None:
        """A write transaction keeps others out already."""


class SqliteSession:
    """One connection to the file."""

    def __init__(self, driver: SqliteDriver, asking: bool) -> None:
        self._driver, self._asking = driver, asking
        self._closed = False
        self._open()

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        return self._closed

    @property
    def changes(self) -> int:
        """The rows that were ever changed, but not those that a statement changed that was then undone."""
        with self._connected() as connection:
            return connection.total_changes

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement; how many rows it changed."""
        with self._connected() as connection:
            cursor = connection.execute(sql, values)
            try:
                return max(cursor.rowcount, 0)
            finally:
                cursor.close()

    def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query; all its rows."""
        with self._connected() as connection:
            return connection.execute(sql, values).fetchall()

    def bulk(self, table: str, columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame) -> None:
        """Insert a frame, all of it or nothing."""
        names = ", ".join(quote(SQLITE, name) for name, _, _ in columns)
        sql = f"{SQLITE.insert} {table} ({names}) VALUES ({', '.join('?' * len(columns))})"
        plain = frame.select(
            _plain(frame.columns[n], of, native) for n, (_, of, native) in enumerate(columns)
        )
        with self._connected() as connection:
            outer = connection.in_transaction
            connection.execute("SAVEPOINT _ig_bulk" if outer else "BEGIN")
            try:
                for start in range(0, plain.height, _SLICE):
                    connection.executemany(sql, plain[start : start + _SLICE].rows())
            except BaseException:
                # A full disk has ended the whole transaction already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK TO _ig_bulk" if outer else "ROLLBACK")
                raise
            connection.execute("RELEASE _ig_bulk" if outer else "COMMIT")

    def begin(self, *, reading: bool = False) -> None:
        """Start a transaction; unless ``reading``, one that may write, once no other program does."""
        if self._in_memory and not reading:
            self._connection.close()
            self._closed = True
            self._open(make=True)
            self._closed = False
        with self._connected(own=True) as connection:
            connection.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
            if not self._asking:
                self._driver.writing = self

    def commit(self) -> None:
        """End it, keeping everything."""
        self.run("COMMIT")
        if self._driver.writing is self:
            self._driver.writing = None

    def rollback(self) -> None:
        """End it, keeping nothing."""
        with self._driver.lock:
            if not self._closed and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if self._driver.writing is self:
                self._driver.writing = None

    def close(self) -> None:
        """Close the file."""
        self.rollback()
        self._closed = True
        self._connection.close()

    def _open(self, make: bool = False) -> None:
        driver = self._driver
        self._in_memory = not make and not os.path.exists(driver.path)
        try:
            self._connection = sqlite3.connect(
                ":memory:" if self._in_memory else driver.path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise translate(error, driver.name) from error
        try:
            with self._connected(own=True) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        except GatewayError:
            self._connection.close()
            raise

    @contextmanager
    def _connected(self, own: bool = False) -> Iterator[sqlite3.Connection]:
        with self._driver.lock:
            writing = self._driver.writing
            session = writing if self._asking and writing is not None and not own else self
            try:
                yield session._connection
            except (sqlite3.Error, OverflowError) as error:
                raise translate(error, self._driver.name) from error


_CODES = {
    "SQLITE_CONSTRAINT_UNIQUE": "UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY": "UNIQUE",
    "SQLITE_CONSTRAINT_ROWID": "UNIQUE", "SQLITE_CONSTRAINT_FOREIGNKEY": "FOREIGN_KEY",
    "SQLITE_CONSTRAINT_CHECK": "CHECK", "SQLITE_CONSTRAINT_NOTNULL": "NOT_NULL",
    "SQLITE_CONSTRAINT_DATATYPE": "INVALID_VALUE", "SQLITE_MISMATCH": "INVALID_VALUE",
    "SQLITE_TOOBIG": "TOO_LONG",
}  # fmt: skip


def translate(error: Exception, name: str) -> GatewayError:
    """An error of the library in our words: a refused row, something that may pass, or neither."""
    text = str(error)
    if isinstance(error, OverflowError):
        return RowsRefusedError("a number is outside of 64 bits", "OUT_OF_RANGE")
    kind = str(getattr(error, "sqlite_errorname", "") or "")
    if kind.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return UnavailableError(f"{text}: another program is writing to it.", where=name, hint="Try again.")
    if kind.startswith("SQLITE_CONSTRAINT") or kind in _CODES:
        subject = text.partition(": ")[2]
        code = _CODES.get(kind, "REFUSED")
        column = ",".join(part.rpartition(".")[2].strip() for part in subject.split(","))
        return RowsRefusedError(text, code, column if code in ("UNIQUE", "NOT_NULL") else "")
    hint = {
        "SQLITE_CANTOPEN": "Check the path and the rights on the folder.",
        "SQLITE_READONLY": "Check the rights on the file and its folder.",
        "SQLITE_NOTADB": "The file exists and is something else; choose another name.",
        "SQLITE_FULL": "Make room on the disk.",
    }.get(kind)
    if text.startswith("too many columns"):
        hint = (
            "A table of SQLite has 2,000 columns at most: map those that are needed, or use another database."
        )
    return DestinationError(text, where=name, hint=hint)


def _plain(name: str, of: DataType, native: str) -> pl.Expr:
    """A column as SQLite keeps it."""
    column = pl.col(name)
    match of.kind:
        case Kind.DATE:
            return column.dt.to_string("%Y-%m-%d")
        case Kind.TIME:
            return column.dt.to_string("%H:%M:%S%.f")
        case Kind.TIMESTAMP:
            return column.dt.to_string("%Y-%m-%d %H:%M:%S%.f")
        case Kind.TIMESTAMPTZ:
            text = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            return (text.dt.to_string("%Y-%m-%d %H:%M:%S%.f") + "+00:00").alias(name)
        case Kind.BOOLEAN:
            return column.cast(pl.Int64)
        case Kind.DECIMAL:
            words = native.upper()
            exact = 0 < of.precision <= 15 and "TEXT" not in words and "CHAR" not in words
            return column.cast(pl.Float64) if exact else column.cast(pl.String)
        case _:
            return column
