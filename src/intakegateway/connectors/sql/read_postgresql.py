"""PostgreSQL as a source: described by a prepared statement, streamed by ``COPY … TO STDOUT``."""

from __future__ import annotations

import re
import selectors
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import polars as pl

from intakegateway.connectors.guard import current
from intakegateway.connectors.postgresql_connection import connect
from intakegateway.connectors.sql.dialect import POSTGRESQL
from intakegateway.connectors.sql.questions import place, unique_names
from intakegateway.connectors.sql.reading import BATCH_BYTES, BATCH_ROWS, Delivery, natural_order, typed
from intakegateway.kit.masking import Scrubber, public_url
from intakegateway.model.errors import GatewayError, MissingDriverError, SourceError, UnavailableError
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

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 10
_SETTINGS = (
    "SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO';"
    " SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'; SET extra_float_digits = 1;"
    " SET standard_conforming_strings = on;"
    " SET idle_in_transaction_session_timeout = 0; SET statement_timeout = {timeout};"
    " BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
)
_TYPES = {
    16: BOOLEAN, 17: BINARY, 18: TEXT, 19: TEXT, 20: DataType(Kind.INTEGER),
    21: DataType(Kind.INTEGER, bits=16),
    23: DataType(Kind.INTEGER, bits=32), 25: TEXT, 26: DataType(Kind.INTEGER, bits=32, unsigned=True),
    114: JSON, 700: DataType(Kind.FLOAT, bits=32), 701: DataType(Kind.FLOAT), 1042: TEXT, 1043: TEXT,
    1082: DATE, 1083: TIME, 1114: TIMESTAMP, 1184: TIMESTAMPTZ, 2950: UUID, 3802: JSON,
}  # fmt: skip
_NUMERIC, _VARCHARS = 1700, (1042, 1043)
_LASTING = (
    "authentication failed", "no password supplied", "does not exist", "pg_hba.conf", "permission denied",
    "not permitted to log in", "does not support SSL", "certificate", "invalid", "Name or service not known",
    "could not translate host name", "failed to resolve host",
)  # fmt: skip


def open_reader(url: str) -> PostgresqlReader:
    """The database behind ``postgresql://user:password@host:port/database``."""
    return PostgresqlReader(url)


class PostgresqlReader:
    """Connects to one PostgreSQL database for reading."""

    file = None

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        password = unquote(parts.netloc.rpartition("@")[0].partition(":")[2])
        self.scrub = Scrubber.of([password, options.get("password")])
        options.setdefault("connect_timeout", str(CONNECT_SECONDS))
        options.setdefault("application_name", "intakegateway")
        self._conninfo = parts._replace(scheme="postgresql", query=urlencode(options)).geturl()
        self.name = public_url(url)
        self._guard = current()

    def connect(self, timeout: float | None) -> PostgresqlReadSession:
        """A session in one read-only transaction."""
        try:
            import psycopg
        except ImportError:
            raise MissingDriverError("PostgreSQL", "postgresql") from None
        try:
            connection = connect(self._conninfo, self._guard, self.name, autocommit=True)
        except psycopg.Error as error:
            text = self.scrub(" ".join(str(error).split()))
            if isinstance(error, psycopg.ProgrammingError) or any(words in text for words in _LASTING):
                raise SourceError(
                    f"cannot connect: {text}",
                    where=self.name,
                    hint="Check host, user, password and database.",
                ) from None
            raise UnavailableError(
                f"cannot connect: {text}",
                where=self.name,
                hint="Check the host and port, and that the server runs.",
            ) from None
        try:
            connection.execute(_SETTINGS.format(timeout=round((timeout or 0) * 1000)).encode())
        except psycopg.Error as error:
            connection.close()
            raise translated(error, self.name) from None
        return PostgresqlReadSession(connection, self.name)


class PostgresqlReadSession:
    """One connection in a read-only, repeatable-read transaction."""

    dialect = POSTGRESQL

    def __init__(self, connection: psycopg.Connection[Any], name: str) -> None:
        self._connection, self._name = connection, name
        self.warnings: list[str] = []
        self._as_json: frozenset[str] = frozenset()

    def describe(self, sql: str) -> tuple[Column, ...]:
        """The columns, from preparing the statement: the server also refuses a second one here."""
        from psycopg import pq

        plain = self._connection.pgconn
        for answer in (plain.prepare(b"", sql.encode()), plain.describe_prepared(b"")):
            if answer.status != pq.ExecStatus.COMMAND_OK:
                raise self._refused(answer, sql)
        if answer.nfields == 0:
            raise SourceError("The statement gives no rows.", where=self._name, hint="Write one SELECT.")
        raw = [(answer.fname(i) or b"?").decode() for i in range(answer.nfields)]
        names, repeated = unique_names(raw)
        if repeated:
            self.warnings.append(
                f"Several columns are called {', '.join(repeated)}: the later ones got a number."
            )
        oids = [answer.ftype(i) for i in range(answer.nfields)]
        known = self._catalog({oid for oid in oids if oid not in _TYPES and oid != _NUMERIC})
        types = [_type(oid, answer.fmod(i), known) for i, oid in enumerate(oids)]
        nested = {
            name for name, oid in zip(names, oids, strict=True) if known.get(oid, ("", ""))[1] in ("A", "C")
        }
        self._as_json = frozenset(nested)
        return tuple(Column(name, of) for name, of in zip(names, types, strict=True))

    def _catalog(self, oids: set[int]) -> dict[int, tuple[str, str]]:
        """Name and category (``A``: array, ``C``: composite) of types that are not built in."""
        if not oids:
            return {}
        rows = self._run(
            "SELECT oid, format_type(oid, NULL), "
            "CASE WHEN typtype = 'c' OR oid IN (2249, 2287) THEN 'C' ELSE typcategory END"
            " FROM pg_type WHERE oid = ANY(%s)",
            (list(oids),),
        )
        return {int(oid): (str(name), str(category)) for oid, name, category in rows}

    def _refused(self, answer: Any, sql: str) -> GatewayError:
        from psycopg.pq import DiagnosticField as Field

        message = (answer.error_field(Field.MESSAGE_PRIMARY) or b"the server gave no reason").decode()
        hint = (answer.error_field(Field.MESSAGE_HINT) or b"").decode()
        position = int(answer.error_field(Field.STATEMENT_POSITION) or 0)
        state = (answer.error_field(Field.SQLSTATE) or b"").decode()
        at = f" at {place(sql, position)} of the query" if position else ""
        return _error(f"{message}{at}", state, self._name, hint)

    def orders_as(self, sql: str, column: Column) -> str:
        """By the type."""
        return natural_order(column.type)

    def one(self, sql: str) -> tuple[object, ...]:
        """The first row."""
        return self._run(sql)[0]

    def _run(self, sql: str, values: tuple[object, ...] | None = None) -> list[tuple[Any, ...]]:
        import psycopg

        try:
            return self._connection.execute(sql.encode(), values).fetchall()
        except psycopg.Error as error:
            raise translated(error, self._name) from None

    def stream(self, sql: str, columns: tuple[Column, ...]) -> Iterator[Delivery]:
        """The rows: CSV from the server, whose types are known, into exact columns."""
        names = [column.name for column in columns]
        if self._as_json:
            aliases = [f"c{i}" for i in range(len(names))]
            items = [
                f"to_json({a})" if n in self._as_json else a for a, n in zip(aliases, names, strict=True)
            ]
            sql = f"SELECT {', '.join(items)} FROM (\n{sql}\n) AS ig_c({', '.join(aliases)})"
        for block in self._blocks(f"COPY (\n{sql}\n) TO STDOUT (FORMAT csv)"):
            yield Delivery(_frame(block, columns, self._name), len(block))

    def _blocks(self, statement: str) -> Iterator[bytes]:
        """Whole records. libpq is asked directly: one Python call a row, waiting without holding the GIL."""
        from psycopg import pq

        plain = self._connection.pgconn
        answer = plain.exec_(statement.encode())
        if answer.status != pq.ExecStatus.COPY_OUT:
            raise self._refused(answer, "")
        parts: list[bytes | memoryview] = []
        size = 0
        while True:
            length, data = plain.get_copy_data(1)
            if length > 0:
                parts.append(data)
                size += length
                if size >= BATCH_BYTES or len(parts) >= BATCH_ROWS:
                    yield b"".join(parts)
                    parts, size = [], 0
            elif length == 0:
                with selectors.DefaultSelector() as waiting:
                    waiting.register(plain.socket, selectors.EVENT_READ)
                    waiting.select()
                self._consume(plain)
            else:
                break
        while (result := plain.get_result()) is not None:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise self._refused(result, "")
        if parts:
            yield b"".join(parts)

    def _consume(self, plain: Any) -> None:
        import psycopg

        try:
            plain.consume_input()
        except psycopg.OperationalError as error:
            raise translated(error, self._name) from None

    def close(self) -> None:
        """End the connection; the server notices when it next sends."""
        self._connection.close()


def _type(oid: int, modifier: int, known: dict[int, tuple[str, str]]) -> DataType:
    if oid == _NUMERIC:
        if modifier < 4:
            return DataType(Kind.DECIMAL)
        precision, scale = ((modifier - 4) >> 16) & 0xFFFF, (modifier - 4) & 0x7FF
        scale = scale - 0x800 if scale & 0x400 else scale
        if scale < 0 or scale > precision:
            return DataType(Kind.DECIMAL)
        return DataType(Kind.DECIMAL, precision=precision, scale=scale)
    if oid in _VARCHARS and modifier > 4:
        return DataType(Kind.TEXT, length=modifier - 4)
    if oid in _TYPES:
        return _TYPES[oid]
    name, category = known.get(oid, ("", ""))
    return JSON if category in ("A", "C") else DataType(Kind.OTHER, native=name)


def _frame(block: bytes, columns: tuple[Column, ...], name: str) -> pl.DataFrame:
    schema = {column.name: pl.String() for column in columns}
    try:
        texts = pl.read_csv(block, has_header=False, schema=schema, infer_schema=False)
    except pl.exceptions.ComputeError as error:
        reason = str(error).splitlines()[0]
        raise SourceError(
            f"The rows cannot be read as text: {reason}",
            where=name,
            hint="Is the database's encoding SQL_ASCII?",
        ) from None
    return pl.DataFrame([_column(texts[column.name], column.type) for column in columns])


def _column(texts: pl.Series, of: DataType) -> pl.Series:
    if of.kind is Kind.BINARY:
        return texts.str.slice(2).str.decode("hex")
    return typed(texts, of)


def translated(error: psycopg.Error, name: str) -> GatewayError:
    """An error of psycopg in our words."""
    text = error.diag.message_primary or (str(error).strip().splitlines() or ["the server gave no reason"])[0]
    return _error(text, error.sqlstate or "", name, error.diag.message_hint or "")


def _error(text: str, state: str, name: str, hint: str) -> GatewayError:
    lost = not state or (state[:2] in ("08", "53", "57", "58", "40") and state != "57014")
    if lost:
        return UnavailableError(text, where=name, hint="Try again.")
    if state == "57014":
        return SourceError(text, where=name, hint="Give the source more time ('timeout') or a quicker query.")
    if state == "25006":
        hint = "A source only reads: write one SELECT."
    return SourceError(re.sub(r"\s+", " ", text), where=name, hint=hint or None)
