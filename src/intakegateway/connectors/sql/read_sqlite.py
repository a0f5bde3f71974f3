"""SQLite as a source: a file opened read-only, whose values may be of any type in any row."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote as url_quote
from urllib.parse import unquote

import polars as pl

from intakegateway.connectors.guard import confined
from intakegateway.connectors.sql.dialect import SQLITE, quote
from intakegateway.connectors.sql.questions import unique_names
from intakegateway.connectors.sql.reading import BATCH_ROWS, Delivery, natural_order
from intakegateway.connectors.sql.sqlite_values import declared, series
from intakegateway.model.errors import GatewayError, SourceError, UnavailableError
from intakegateway.model.schema import Column

_ALLOWED = {
    sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE,
}  # fmt: skip
_VIEW = "ig_source_view"


def open_reader(url: str) -> SqliteReader:
    """The file behind ``sqlite:///relative.db`` or ``sqlite:////absolute.db``."""
    return SqliteReader(url)


class SqliteReader:
    """Opens one SQLite file for reading."""

    def __init__(self, url: str) -> None:
        self.path = str(confined(unquote(re.sub(r"^[^:]+:/{2}/?", "", url.partition("?")[0]))))
        self.name = f"sqlite:///{self.path}"
        self.file = Path(self.path)

    def connect(self, timeout: float | None) -> SqliteReadSession:
        """A session that can only read, in one transaction."""
        if not os.path.isfile(self.path):
            raise SourceError(
                "there is no such file." if not os.path.exists(self.path) else "it is not a file.",
                where=self.name,
                hint="sqlite:///name.db is relative to the current folder, sqlite:////folder/name.db is not.",
            )
        address = f"file:{url_quote(str(Path(self.path).resolve()))}?mode=ro"
        try:
            connection = sqlite3.connect(
                address, uri=True, isolation_level=None, check_same_thread=False, timeout=30
            )
        except sqlite3.Error as error:
            raise _translated(error, self.name) from None
        session = SqliteReadSession(connection, self.name, timeout)
        try:
            session.start()
        except GatewayError:
            session.close()
            raise
        return session


class SqliteReadSession:
    """One connection to a file that was opened with ``mode=ro``."""

    dialect = SQLITE

    def __init__(self, connection: sqlite3.Connection, name: str, timeout: float | None) -> None:
        self._connection, self._name, self._timeout = connection, name, timeout
        self.warnings: list[str] = []

    def start(self) -> None:
        """One transaction, and a limit on time."""
        with self._translated():
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if self._timeout is not None:
            until = time.monotonic() + self._timeout
            self._connection.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)

    def describe(self, sql: str) -> tuple[Column, ...]:
        """The columns with their declared types, which a temporary view of the query tells.

        A view takes one SELECT and nothing else. From then on the connection may do nothing but read.
        """
        with self._translated():
            self._connection.set_authorizer(None)
            self._connection.execute(f"DROP VIEW IF EXISTS temp.{_VIEW}")
            self._connection.execute(f"CREATE TEMP VIEW {_VIEW} AS {sql}")
            rows = self._connection.execute(f"PRAGMA temp.table_info({_VIEW})").fetchall()
            self._connection.set_authorizer(_only_reading)
        names, repeated = unique_names(_as_written([str(row[1]) for row in rows]))
        if repeated:
            self.warnings.append(
                f"Several columns are called {', '.join(repeated)}: the later ones got a number."
            )
        return tuple(Column(name, declared(str(row[2]))) for name, row in zip(names, rows, strict=True))

    def orders_as(self, sql: str, column: Column) -> str:
        """By the stored values: a column may hold what it was not declared for."""
        name = quote(SQLITE, column.name)
        found = self.one(
            f"SELECT min(typeof({name})), max(typeof({name})) FROM (\n{sql}\n) WHERE {name} IS NOT NULL"
        )
        kinds = set(found) - {None}
        if not kinds:
            return "text" if natural_order(column.type) in ("time", "") else natural_order(column.type)
        if kinds <= {"integer", "real"}:
            return "number"
        return "text" if kinds == {"text"} else ""

    def one(self, sql: str) -> tuple[object, ...]:
        """The first row."""
        with self._translated():
            return tuple(self._connection.execute(sql).fetchone())

    def stream(self, sql: str, columns: tuple[Column, ...]) -> Iterator[Delivery]:
        """The rows. A column has its declared type in chunks whose values all have it, else it is text."""
        delivered = 0
        with self._translated():
            cursor = self._connection.execute(sql)
        while True:
            try:
                rows = cursor.fetchmany(BATCH_ROWS)
            except sqlite3.OperationalError as error:
                if "decode" not in str(error):
                    raise _translated(error, self._name) from None
                # Text that is not UTF-8: the same transaction gives the same rows again, byte by byte.
                self._connection.text_factory = _tolerant
                with self._translated():
                    cursor = self._connection.execute(sql)
                    for _ in range(delivered):
                        cursor.fetchone()
                continue
            except sqlite3.Error as error:
                raise _translated(error, self._name) from None
            if not rows:
                return
            delivered += len(rows)
            yield self._delivery(rows, columns)

    def _delivery(self, rows: list[tuple[Any, ...]], columns: tuple[Column, ...]) -> Delivery:
        index = bad = None
        if self._connection.text_factory is _tolerant:
            index, bad, rows = _sifted(rows, columns)
        values = zip(*rows, strict=True) if rows else [()] * len(columns)
        made = [series(c.name, list(v), c.type) for c, v in zip(columns, values, strict=True)]
        frame = pl.DataFrame(made)
        return Delivery(frame, int(frame.estimated_size()), index, bad)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _translated(error, self._name) from None


def _as_written(names: list[str]) -> list[str]:
    """Without the ``:1`` that a view puts after repeated names."""
    return [base if (base := re.sub(r":\d+$", "", name)) in names else name for name in names]


def _only_reading(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _tolerant(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _sifted(
    rows: list[tuple[Any, ...]], columns: tuple[Column, ...]
) -> tuple[pl.Series | None, pl.DataFrame | None, list[tuple[Any, ...]]]:
    """The rows whose texts are UTF-8, their numbers, and the others as broken records."""
    good: list[int] = []
    bad: list[tuple[int, str, str]] = []
    for number, row in enumerate(rows):
        wrong = [
            c.name for c, v in zip(columns, row, strict=True) if isinstance(v, str) and not _is_unicode(v)
        ]
        if wrong:
            bad.append((number, ", ".join(map(_shown, row)), f"{', '.join(wrong)}: the text is not UTF-8."))
        else:
            good.append(number)
    if not bad:
        return None, None, rows
    broken = pl.DataFrame(
        bad, schema={"index": pl.Int64, "raw": pl.String, "message": pl.String}, orient="row"
    )
    return pl.Series(good, dtype=pl.Int64), broken, [rows[number] for number in good]


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in text)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "" if value is None else value.hex() if isinstance(value, bytes) else str(value)


def _translated(error: Exception, name: str) -> GatewayError:
    text = str(error)
    if "interrupted" in text:
        return SourceError(
            "The query took too long.", where=name, hint="Give the source more time ('timeout')."
        )
    if "locked" in text or "busy" in text:
        return UnavailableError(text, where=name, hint="Try again when the other program is done.")
    if "one statement" in text or "prohibited" in text or "not authorized" in text:
        return SourceError(f"{text}.", where=name, hint="A source only reads: write one SELECT.")
    if "not a database" in text:
        return SourceError("the file is not an SQLite database.", where=name)
    return SourceError(text, where=name)
