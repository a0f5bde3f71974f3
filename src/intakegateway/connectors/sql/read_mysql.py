"""MySQL and MariaDB as a source: one read-only transaction, result packets into columns as they come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl

from intakegateway.connectors.sql.dialect import MYSQL, quote
from intakegateway.connectors.sql.mysql_connection import Address, code, may_pass, message, read_address
from intakegateway.connectors.sql.questions import unique_names
from intakegateway.connectors.sql.reading import Delivery, natural_order, typed
from intakegateway.model.errors import GatewayError, MissingDriverError, SourceError, UnavailableError
from intakegateway.model.schema import Column
from intakegateway.model.types import (
    BINARY,
    DATE,
    JSON,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    DataType,
    Kind,
)

if TYPE_CHECKING:
    from pymysql.connections import Connection

_INTEGERS = {1: 8, 2: 16, 9: 32, 3: 32, 8: 64}
_DECIMALS, _FLOAT, _DOUBLE, _TIMESTAMP, _DATETIME, _DATE, _TIME, _YEAR, _BIT, _JSON, _GEOMETRY = (
    (0, 246), 4, 5, (7, 17), (12, 18), (10, 14), (11, 19), 13, 16, 245, 255,
)  # fmt: skip
_UNSIGNED, _BINARY_CHARSET = 32, 63
_REPEATED_NAME = 1060
_TIMED_OUT = (1317, 1969, 3024)


def open_reader(url: str) -> MysqlReader:
    """The database behind ``mysql://user:password@host:port/database``."""
    return MysqlReader(read_address(url))


class MysqlReader:
    """Connects to one MySQL or MariaDB database for reading."""

    file = None

    def __init__(self, address: Address) -> None:
        self._address = address
        self.name = address.name

    def connect(self, timeout: float | None) -> MysqlReadSession:
        """A session in one read-only transaction that sees one state of the database."""
        try:
            import pymysql
            import pymysql.cursors
        except ImportError:
            raise MissingDriverError("MySQL", "mysql") from None
        try:
            connection = self._address.connect(cursorclass=pymysql.cursors.SSCursor)
        except (pymysql.Error, OSError) as error:
            text = self._address.scrub(message(error))
            if may_pass(error):
                raise UnavailableError(
                    f"cannot connect: {text}",
                    where=self.name,
                    hint="Check the host and port, and that it runs.",
                ) from None
            raise SourceError(
                f"cannot connect: {text}", where=self.name, hint="Check user, password and database."
            ) from None
        session = MysqlReadSession(connection, self.name)
        try:
            session.start(timeout)
        except GatewayError:
            session.close()
            raise
        return session


class MysqlReadSession:
    """One connection in a read-only transaction."""

    dialect = MYSQL

    def __init__(self, connection: Connection[Any], name: str) -> None:
        self._connection, self._name = connection, name
        self.warnings: list[str] = []
        self._floats: frozenset[str] = frozenset()
        self._bits: frozenset[str] = frozenset()

    def start(self, timeout: float | None) -> None:
        """Settings on which the types rely, and the transaction."""
        # A destination that is slower than the server must not end the query.
        self._run("SET SESSION time_zone = '+00:00', net_write_timeout = 86400, net_read_timeout = 86400")
        if timeout is not None:
            maria = "mariadb" in str(self._connection.get_server_info()).lower()  # type: ignore[no-untyped-call]
            limit = (
                f"max_statement_time = {timeout}" if maria else f"max_execution_time = {timeout * 1000:.0f}"
            )
            self._run(f"SET SESSION {limit}")
        self._run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        self._run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def describe(self, sql: str) -> tuple[Column, ...]:
        """The columns, by running the query for no rows.

        As the query stands in parentheses here, whatever is more or other than one SELECT (a second
        statement, ``INTO OUTFILE``) is a syntax error.
        """
        try:
            fields = self._fields(f"SELECT * FROM (\n{sql}\n) AS ig_d LIMIT 0")
            whole = True
        except SourceError as error:
            if getattr(error.__cause__, "args", (0,))[0] != _REPEATED_NAME:
                raise
            fields, whole = self._fields(f"(\n{sql}\n) LIMIT 0"), False
        names, repeated = unique_names([field.name for field in fields])
        if repeated:
            self.warnings.append(
                f"Several columns are called {', '.join(repeated)}: the later ones got a number."
            )
        self._bits = frozenset(n for n, field in zip(names, fields, strict=True) if field.type_code == _BIT)
        floats = {name for name, field in zip(names, fields, strict=True) if field.type_code == _FLOAT}
        if floats and whole:
            self._floats = frozenset(floats)
        elif floats:
            self.warnings.append(
                f"The server shortens values of type FLOAT ({', '.join(sorted(floats))}) to six digits:"
                " give each column of the query a name of its own, and they come whole."
            )
        return tuple(Column(name, _type(field)) for name, field in zip(names, fields, strict=True))

    def _fields(self, sql: str) -> list[Any]:
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(sql)
            fields = list(cursor._result.fields) if cursor._result is not None else []
            cursor.fetchall()
            return fields

    def orders_as(self, sql: str, column: Column) -> str:
        """By the type."""
        return natural_order(column.type)

    def one(self, sql: str) -> tuple[object, ...]:
        """The first row."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(sql)
            return tuple(cursor.fetchall()[0])

    def _run(self, sql: str) -> None:
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(sql)

    def stream(self, sql: str, columns: tuple[Column, ...]) -> Iterator[Delivery]:
        """The rows, from the packets of one unbuffered result."""
        try:
            from intakegateway.connectors.sql.mysql_rows import PacketError, blocks
            from intakegateway.connectors.sql.mysql_rows import columns as split
        except ImportError:
            raise MissingDriverError("Reading MySQL", "mysql") from None

        if self._floats:
            # The text of a FLOAT is cut to six digits, that of a DOUBLE is whole.
            names = [(quote(MYSQL, column.name), column.name in self._floats) for column in columns]
            items = [f"{name} + 0e0 AS {name}" if wide else name for name, wide in names]
            sql = f"SELECT {', '.join(items)} FROM (\n{sql}\n) AS ig_f"
        with self._translated():
            self._connection.query(sql, unbuffered=True)
        stream = self._connection._rfile  # type: ignore[attr-defined]
        try:
            for block in blocks(stream):
                share = block.received // max(len(block.starts), 1)
                for values in split(block, len(columns)):
                    frame = pl.DataFrame(
                        [_column(v, c, c.name in self._bits) for v, c in zip(values, columns, strict=True)]
                    )
                    yield Delivery(frame, share * frame.height)
        except PacketError as error:
            raise self._broken_off(error.packet) from None
        except OSError as error:
            raise UnavailableError(
                f"the connection was lost: {error}", where=self._name, hint="Try again."
            ) from None
        finally:
            self._forget_result()

    def _broken_off(self, packet: bytes) -> GatewayError:
        import pymysql.err

        if not packet:
            return UnavailableError("the connection was lost.", where=self._name, hint="Try again.")
        try:
            pymysql.err.raise_mysql_exception(packet)
        except pymysql.Error as error:
            return self._error(error)
        raise AssertionError("raise_mysql_exception returns")

    def _forget_result(self) -> None:
        """The packets were read past pymysql, which would wait for them when the connection ends."""
        result = self._connection._result  # type: ignore[attr-defined]
        if result is not None:
            result.unbuffered_active = False
            result.connection = None

    def close(self) -> None:
        """End the connection at once."""
        self._connection._force_close()  # type: ignore[attr-defined]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import pymysql

        try:
            yield
        except (pymysql.Error, OSError) as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> GatewayError:
        text = message(error)
        if code(error) in _TIMED_OUT:
            return SourceError(
                "The query took too long.", where=self._name, hint="Give the source more time ('timeout')."
            )
        if may_pass(error):
            return UnavailableError(text, where=self._name, hint="Try again.")
        return SourceError(text, where=self._name)


def _type(field: Any) -> DataType:
    """The type of a result's column, from its description in the protocol."""
    unsigned, binary = bool(field.flags & _UNSIGNED), field.charsetnr == _BINARY_CHARSET
    match field.type_code:
        case number if number in _INTEGERS:
            return DataType(Kind.INTEGER, bits=_INTEGERS[number], unsigned=unsigned)
        case number if number in _DECIMALS:
            precision = field.length - (0 if unsigned else 1) - (1 if field.scale else 0)
            return DataType(Kind.DECIMAL, precision=precision, scale=field.scale)
        case number if number == _FLOAT:
            return DataType(Kind.FLOAT, bits=32)
        case number if number == _DOUBLE:
            return DataType(Kind.FLOAT)
        case number if number == _YEAR:
            return DataType(Kind.INTEGER, bits=16)
        case number if number == _BIT:
            return DataType(Kind.INTEGER, unsigned=True)
        case number if number in _TIMESTAMP:
            return TIMESTAMPTZ
        case number if number in _DATETIME:
            return TIMESTAMP
        case number if number in _DATE:
            return DATE
        case number if number in _TIME:
            return TIME
        case number if number == _JSON:
            return JSON
        case number if number == _GEOMETRY:
            return BINARY
    return BINARY if binary else TEXT


def _column(values: pl.Series, column: Column, bits: bool) -> pl.Series:
    values = values.alias(column.name)
    if column.type.kind is Kind.BINARY:
        return values
    if bits:
        return values.bin.encode("hex").str.to_integer(base=16, dtype=pl.UInt64)
    try:
        texts = values.cast(pl.String)
    except pl.exceptions.PolarsError:
        return values
    return typed(texts, column.type)
