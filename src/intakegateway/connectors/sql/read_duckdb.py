"""DuckDB as a source: read-only, without access to files and network, streamed as Arrow."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl

from intakegateway.connectors.duckdb_library import library
from intakegateway.connectors.guard import confined
from intakegateway.connectors.sql.dialect import DUCKDB
from intakegateway.connectors.sql.questions import unique_names
from intakegateway.connectors.sql.reading import BATCH_ROWS, Delivery, natural_order, typed
from intakegateway.model.errors import GatewayError, SourceError, UnavailableError
from intakegateway.model.schema import Column
from intakegateway.model.types import (
    BINARY,
    BOOLEAN,
    DATE,
    JSON,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    DataType,
    Kind,
)

_TYPES = {
    "BOOLEAN": BOOLEAN,
    "TINYINT": DataType(Kind.INTEGER, bits=8), "SMALLINT": DataType(Kind.INTEGER, bits=16),
    "INTEGER": DataType(Kind.INTEGER, bits=32), "BIGINT": DataType(Kind.INTEGER),
    "UTINYINT": DataType(Kind.INTEGER, bits=8, unsigned=True),
    "USMALLINT": DataType(Kind.INTEGER, bits=16, unsigned=True),
    "UINTEGER": DataType(Kind.INTEGER, bits=32, unsigned=True),
    "UBIGINT": DataType(Kind.INTEGER, unsigned=True),
    "HUGEINT": DataType(Kind.DECIMAL, precision=38), "UHUGEINT": DataType(Kind.DECIMAL, precision=38),
    "BIGNUM": DataType(Kind.DECIMAL), "VARINT": DataType(Kind.DECIMAL),
    "FLOAT": DataType(Kind.FLOAT, bits=32), "DOUBLE": DataType(Kind.FLOAT), "VARCHAR": TEXT, "BLOB": BINARY,
    "DATE": DATE, "TIME": TIME, "TIMESTAMP": TIMESTAMP, "TIMESTAMP_S": TIMESTAMP, "TIMESTAMP_MS": TIMESTAMP,
    "TIMESTAMP_NS": TIMESTAMP, "TIMESTAMP WITH TIME ZONE": TIMESTAMPTZ, "UUID": UUID, "JSON": JSON,
}  # fmt: skip
_AS_IT_IS = {Kind.BOOLEAN, Kind.INTEGER, Kind.FLOAT, Kind.BINARY}
_MORE_THAN_MICROSECONDS = r"\.\d{6}\d*[1-9]"


def open_reader(url: str) -> DuckdbReader:
    """The file behind ``duckdb:///relative/file.duckdb`` or ``duckdb:////absolute/file.duckdb``."""
    return DuckdbReader(url)


class DuckdbReader:
    """Opens one DuckDB file for reading."""

    def __init__(self, url: str) -> None:
        path = unquote(re.sub(r"^[^:]+:/{2}/?", "", url.partition("?")[0]))
        self.path = path if path in ("", ":memory:") else str(confined(path))
        self.name = f"duckdb:///{self.path}"
        self.file = None if self.path in ("", ":memory:") else Path(self.path)

    def connect(self, timeout: float | None) -> DuckdbReadSession:
        """A session that can neither write nor reach other files."""
        duckdb = library()
        memory = self.path in ("", ":memory:")
        settings = {"enable_external_access": "false", "autoinstall_known_extensions": "false"}
        try:
            connection = duckdb.connect(
                ":memory:" if memory else self.path, read_only=not memory, config=settings
            )
        except duckdb.Error as error:
            raise _translated(error, self.name) from None
        session = DuckdbReadSession(connection, self.name, timeout)
        session.run("SET TimeZone = 'UTC'")
        session.run("BEGIN TRANSACTION READ ONLY")
        return session


class DuckdbReadSession:
    """One DuckDB connection."""

    dialect = DUCKDB

    def __init__(self, connection: Any, name: str, timeout: float | None) -> None:
        self._connection, self._name, self._timeout = connection, name, timeout
        self.warnings: list[str] = []
        self._natives: tuple[str, ...] = ()

    def describe(self, sql: str) -> tuple[Column, ...]:
        """The columns, by ``DESCRIBE``; anything but one query is refused."""
        import duckdb

        with self._translated():
            statements = duckdb.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise SourceError(
                "A source is one query that gives rows.", where=self._name, hint="Write one SELECT statement."
            )
        rows = self._fetch(f"DESCRIBE {sql}")
        names, repeated = unique_names([str(row[0]) for row in rows])
        if repeated:
            self.warnings.append(
                f"Several columns are called {', '.join(repeated)}: the later ones got a number."
            )
        self._natives = tuple(str(row[1]) for row in rows)
        return tuple(Column(name, _type(native)) for name, native in zip(names, self._natives, strict=True))

    def orders_as(self, sql: str, column: Column) -> str:
        """By the type."""
        return natural_order(column.type)

    def one(self, sql: str) -> tuple[object, ...]:
        """The first row."""
        return self._fetch(sql)[0]

    def run(self, sql: str) -> None:
        """Run a statement of ours."""
        with self._translated():
            self._connection.execute(sql)

    def _fetch(self, sql: str) -> list[tuple[Any, ...]]:
        with self._translated():
            rows: list[tuple[Any, ...]] = self._connection.execute(sql).fetchall()
            return rows

    def stream(self, sql: str, columns: tuple[Column, ...]) -> Iterator[Delivery]:
        """The rows. What Arrow would change (far dates, ``hugeint``, nested values) comes as text."""
        aliases = [f"c{i}" for i in range(len(columns))]
        items = [_item(a, c.type, n) for a, c, n in zip(aliases, columns, self._natives, strict=True)]
        text = f"SELECT {', '.join(items)} FROM (\n{sql}\n) AS ig_c({', '.join(aliases)})"
        late = self._interruption()
        try:
            with self._translated():
                batches = iter(self._connection.sql(text).to_arrow_reader(BATCH_ROWS))
            while True:
                with self._translated():
                    batch = next(batches, None)
                if batch is None:
                    return
                arrived = pl.DataFrame(pl.from_arrow(batch))
                series = arrived.get_columns()
                frame = pl.DataFrame([_column(s, c) for s, c in zip(series, columns, strict=True)])
                yield Delivery(frame, batch.nbytes)
        finally:
            if late is not None:
                late.cancel()

    def _interruption(self) -> threading.Timer | None:
        if self._timeout is None:
            return None
        timer = threading.Timer(self._timeout, self._connection.interrupt)
        timer.daemon = True
        timer.start()
        return timer

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            raise _translated(error, self._name) from None


def _type(native: str) -> DataType:
    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", native):
        return DataType(Kind.DECIMAL, precision=int(match[1]), scale=int(match[2]))
    if native.endswith("]") or native.startswith(("STRUCT(", "MAP(", "UNION(", "VARIANT")):
        return JSON
    return _TYPES.get(native, DataType(Kind.OTHER, native=native))


def _item(alias: str, of: DataType, native: str) -> str:
    if of.kind in _AS_IT_IS or native in ("VARCHAR", "JSON") or native.startswith("DECIMAL"):
        return alias
    return f"to_json({alias})::VARCHAR" if of.kind is Kind.JSON else f"{alias}::VARCHAR"


def _column(values: pl.Series, column: Column) -> pl.Series:
    values = values.alias(column.name)
    if values.dtype != pl.String:
        return values
    if column.type.kind is Kind.TIMESTAMP and values.str.contains(_MORE_THAN_MICROSECONDS).any():
        return values
    return typed(values, column.type)


def _translated(error: Exception, name: str) -> GatewayError:
    text = str(error).strip()
    line = re.search(r"^LINE (\d+):", text, re.MULTILINE)
    message = text.partition("\n\nLINE")[0].replace("\n", " ")
    at = f" at line {line[1]} of the query" if line else ""
    if "Could not set lock" in text or "Conflicting lock" in text:
        return UnavailableError(
            "another process has the file open for writing.", where=name, hint="Try again when it is done."
        )
    if "INTERRUPT" in text.upper():
        return SourceError(
            "The query took too long.",
            where=name,
            hint="Give the source more time ('timeout') or a quicker query.",
        )
    if "disabled by configuration" in text:
        return SourceError(f"{message}{at}", where=name, hint="Queries see this database only, not files.")
    return SourceError(f"{message}{at}", where=name)
