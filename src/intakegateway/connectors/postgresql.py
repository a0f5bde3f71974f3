"""PostgreSQL as a destination: sessions over psycopg, errors in our words, ``COPY`` for the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import polars as pl

from intakegateway.connectors.guard import current
from intakegateway.connectors.postgresql_catalog import read_facts
from intakegateway.connectors.postgresql_connection import connect
from intakegateway.connectors.postgresql_copy import copy_encoded, copy_frame, encoded
from intakegateway.connectors.sql.destination import SqlDestination
from intakegateway.connectors.sql.dialect import POSTGRESQL
from intakegateway.connectors.sql.driver import RowsRefusedError, Send, Session
from intakegateway.connectors.sql.facts import Facts
from intakegateway.model.errors import DestinationError, GatewayError, MissingDriverError, UnavailableError
from intakegateway.model.schema import TableName
from intakegateway.model.types import DataType

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 10
SETTINGS = "; ".join(
    f"SET {name} = {value}"
    for name, value in {
        "client_encoding": "'UTF8'",
        "TimeZone": "'UTC'",
        "DateStyle": "'ISO'",
        "IntervalStyle": "'postgres'",
        "standard_conforming_strings": "on",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        # Merges hash whole loads, and staged rows are read several times.
        "work_mem": "'128MB'",
        "temp_buffers": "'64MB'",
    }.items()
)
_DDL_LOCK = 0x16A7E6A7
"""The advisory lock that makes two gateways prepare tables one after the other."""


def open_destination(url: str) -> SqlDestination:
    """The database behind ``postgresql://user:password@host:port/database?sslmode=…``."""
    return SqlDestination(PostgresqlDriver(url))


class PostgresqlDriver:
    """Connects to one PostgreSQL database."""

    dialect = POSTGRESQL
    path = None

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        options.setdefault("connect_timeout", str(CONNECT_SECONDS))
        options.setdefault("application_name", "intakegateway")
        self._conninfo = parts._replace(scheme="postgresql", query=urlencode(options)).geturl()
        self.name = public_url(url)
        self._guard = current()

    def connect(self, *, asking: bool = False) -> Session:
        """A session in autocommit, with settings that every statement of ours relies on."""
        try:
            import psycopg
        except ImportError:
            raise MissingDriverError("PostgreSQL", "postgresql") from None
        try:
            connection = connect(
                self._conninfo, self._guard, self.name, autocommit=True, cursor_factory=psycopg.RawCursor
            )
        except psycopg.ProgrammingError as error:
            raise DestinationError(
                f"the address cannot be read: {_first_line(error)}",
                where=self.name,
                hint="Allowed: postgresql://user:password@host:port/database?sslmode=require",
            ) from None
        except psycopg.Error as error:
            raise self._not_connected(error) from None
        session = PostgresqlSession(connection, self.name)
        session.run(SETTINGS)
        return session

    def facts(self, session: Session, name: TableName) -> Facts | None:
        """What the catalog says of the table."""
        return read_facts(session, name, self.name)

    def locked_for_ddl(self, session: Session) -> None:
        """``CREATE … IF NOT EXISTS`` fails when two do it at once: one waits."""
        session.fetch(f"SELECT pg_advisory_xact_lock({_DDL_LOCK})")

    def _not_connected(self, error: Exception) -> GatewayError:
        text = re.sub(r"^connection (?:failed: )+", "", " ".join(str(error).split()))
        for words, hint in _LASTING:
            if any(word in text for word in words):
                return DestinationError(f"cannot connect: {text}", where=self.name, hint=hint)
        return UnavailableError(
            f"cannot connect: {text}",
            where=self.name,
            hint="Check the host and port, and that the server runs.",
        )


_LASTING = (
    (("password authentication failed", "no password supplied", "authentication failed"),
     "Check the user and the password of the connection."),
    (("does not exist",), "Check the names of the database and of the user."),
    (("could not translate host name", "failed to resolve host", "Name or service not known"),
     "Check the name of the host."),
    (("no pg_hba.conf entry", "permission denied", "is not permitted to log in"),
     "Ask the database's administrator to let this user in."),
    (("does not support SSL", "certificate", "sslmode"), "Check the sslmode of the connection."),
    (("invalid port", "invalid integer value", "invalid connection option", "invalid URI"),
     "Allowed: postgresql://user:password@host:port/database?sslmode=require"),
)  # fmt: skip


class PostgresqlSession:
    """One psycopg connection."""

    def __init__(self, connection: psycopg.Connection[Any], name: str) -> None:
        self._connection, self._name = connection, name

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._connection.closed

    @property
    def changes(self) -> None:
        """Not counted."""

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement; how many rows it changed."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(sql.encode(), values or None)
            return max(cursor.rowcount, 0)

    def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query; all its rows."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(sql.encode(), values or None)
            return cursor.fetchall()

    def bulk(self, table: str, columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame) -> None:
        """``COPY`` a frame into a table."""
        with self._translated():
            copy_frame(self._connection, table, columns, frame)

    def encoded(self, columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame) -> Send:
        """The bytes of a ``COPY``, which are then sent."""
        form, pieces = encoded(columns, frame)

        def send(table: str) -> None:
            with self._translated():
                copy_encoded(self._connection, table, columns, form, pieces)

        return send

    def begin(self, *, reading: bool = False) -> None:
        """Start a transaction; deferred constraints speak up at once, while the row can still be found."""
        self.run("BEGIN; SET CONSTRAINTS ALL IMMEDIATE")

    def commit(self) -> None:
        """End it, keeping everything."""
        self.run("COMMIT")

    def rollback(self) -> None:
        """End it, keeping nothing."""
        if not self._connection.closed and self._connection.info.transaction_status:
            self.run("ROLLBACK")

    def close(self) -> None:
        """End the connection."""
        with self._translated():
            self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise translate(error, self._name) from error


_CODES = {
    "23505": "UNIQUE", "23503": "FOREIGN_KEY", "23514": "CHECK", "23502": "NOT_NULL", "22001": "TOO_LONG",
    "22003": "OUT_OF_RANGE", "22008": "OUT_OF_RANGE", "23P01": "REFUSED",
}  # fmt: skip
_OF_A_VALUE = re.compile(r"COPY .*, line \d+, column ", re.DOTALL)
_LOST = ("08", "53", "55", "57", "58", "XX")
_LASTING_CLASSES = ("0A", "20", "24", "25", "26", "28", "2B", "2D", "34", "3B", "3D", "3F", "42", "F0", "HV")


def translate(error: psycopg.Error, name: str) -> GatewayError:
    """An error of psycopg in our words: a refused row, something that may pass, or neither."""
    state, diagnosis = error.sqlstate or "", error.diag
    text = diagnosis.message_primary or _first_line(error)
    if state == "55000":
        return DestinationError(text, where=name, hint=diagnosis.message_hint)
    if not state or state[:2] in _LOST or state in ("40001", "40P01"):
        return UnavailableError(text, where=name, hint="Try again.")
    if state[:2] == "42" and _OF_A_VALUE.match(diagnosis.context or ""):
        # A value that names something which is not there (a ``regclass``).
        return RowsRefusedError(text, "INVALID_VALUE", _blamed(diagnosis))
    if state[:2] in _LASTING_CLASSES or state[:2] == "40":
        hint = "Ask for the right to do this." if state == "42501" else None
        return DestinationError(text, where=name, hint=hint)
    detail = f" ({diagnosis.message_detail})" if diagnosis.message_detail else ""
    code = _CODES.get(state, "INVALID_VALUE" if state[:2] == "22" else "REFUSED")
    return RowsRefusedError(f"{text}{detail}", code, _blamed(diagnosis), diagnosis.constraint_name or "")


def _blamed(diagnosis: Any) -> str:
    """The column or columns that the server names."""
    if diagnosis.column_name:
        return str(diagnosis.column_name)
    key = re.match(r"Key \((.+?)\)=\(", diagnosis.message_detail or "")
    return key[1].replace('"', "").replace(", ", ",") if key else ""


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["the server gave no reason"])[0]


def public_url(url: str) -> str:
    """The URL without password."""
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    shown = [(key, value) for key, value in parse_qsl(parts.query) if "password" not in key.lower()]
    return parts._replace(netloc=f"{user.partition(':')[0]}{at}{place}", query=urlencode(shown)).geturl()
