"""MySQL and MariaDB as a destination: sessions over PyMySQL, ``LOAD DATA LOCAL`` for the rows.

``LOAD DATA LOCAL`` turns errors into warnings, whatever the SQL mode. So rows go to a staging table without
constraints first, any warning takes them back, and ``INSERT … SELECT`` in strict mode brings them into
the target.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import polars as pl

from intakegateway.connectors import mysql_infile
from intakegateway.connectors.guard import current
from intakegateway.connectors.mysql_catalog import read_facts
from intakegateway.connectors.mysql_errors import refused, translate
from intakegateway.connectors.sql.destination import SqlDestination
from intakegateway.connectors.sql.dialect import MYSQL, quote
from intakegateway.connectors.sql.driver import RowsRefusedError, Session
from intakegateway.connectors.sql.facts import Facts
from intakegateway.connectors.sql.mysql_connection import opened
from intakegateway.model.errors import DestinationError, MissingDriverError
from intakegateway.model.schema import TableName
from intakegateway.model.types import DataType, Kind

if TYPE_CHECKING:
    from pymysql.connections import Connection

CONNECT_SECONDS = 10
SETTINGS = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO,"
    "ERROR_FOR_DIVISION_BY_ZERO', time_zone = '+00:00', foreign_key_checks = 1, unique_checks = 1"
    # MariaDB hashes joins by columns without an index, as MySQL does, only when it is told to.
    "/*M!100100 , join_cache_level = 4, join_buffer_size = 16777216, join_buffer_space_limit = 67108864 */"
)
_DDL_LOCK = "intakegateway.ddl"
_SLICE = 1_000
"""Rows of one ``INSERT`` where the server takes no ``LOAD DATA LOCAL``."""


def open_destination(url: str) -> SqlDestination:
    """The database behind ``mysql://user:password@host:port/database`` (or ``mariadb://``).

    Options: ``ssl_ca=FILE`` to check the server's certificate, ``ssl=true`` to encrypt without a check.
    """
    return SqlDestination(MysqlDriver(url))


class MysqlDriver:
    """Connects to one database of a server."""

    dialect = MYSQL
    path = None

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2]
        user = f"{parts.username}@" if parts.username else ""
        self.name = f"{parts.scheme}://{user}{place}{parts.path}"
        database = unquote(parts.path.strip("/"))
        if not parts.hostname or not database:
            raise DestinationError(
                "the address names no host or no database.",
                where=self.name,
                hint="Allowed: mysql://user:password@host:3306/database",
            )
        self._guard = current()
        self._options: dict[str, Any] = {
            "host": parts.hostname,
            "port": parts.port or 3306,
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "database": database,
            **_tls(dict(parse_qsl(parts.query)), self.name),
        }

    def connect(self, *, asking: bool = False) -> Session:
        """A session in autocommit and strict mode, in UTC."""
        try:
            import pymysql
            from pymysql.constants import CLIENT
        except ImportError:
            raise MissingDriverError("MySQL", "mysql") from None
        try:
            more = {"charset": "utf8mb4", "autocommit": True, "local_infile": True,
                    "connect_timeout": CONNECT_SECONDS, "client_flag": CLIENT.FOUND_ROWS}  # fmt: skip
            connection = opened({**self._options, **more}, self._guard, self.name)
        except (pymysql.Error, RuntimeError) as error:
            raise translate(error, self.name) from None
        session = MysqlSession(connection, self.name, infile=mysql_infile.watch(connection))
        session.run(SETTINGS)
        return session

    def facts(self, session: Session, name: TableName) -> Facts | None:
        """What the catalog says of the table."""
        return read_facts(session, name, self.name)

    def locked_for_ddl(self, session: Session) -> None:
        """DDL commits what is open, so the lock is the session's own; it ends with the session."""
        session.fetch(f"SELECT GET_LOCK('{_DDL_LOCK}', 30)")


class MysqlSession:
    """One PyMySQL connection."""

    def __init__(self, connection: Connection[Any], name: str, *, infile: bool = True) -> None:
        self._connection, self._name = connection, name
        self._open_transaction = False
        self._infile = infile

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return not self._connection.open

    @property
    def changes(self) -> None:
        """Not counted."""

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement; how many rows it found to change."""
        with self._translated(), self._connection.cursor() as cursor:
            return max(int(cursor.execute(sql, values or None)), 0)

    def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query; all its rows."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    def bulk(self, table: str, columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame) -> None:
        """Send a frame, all of it or nothing; a warning about any value counts as an error."""
        outer = self._open_transaction
        self.run("SAVEPOINT _ig_bulk" if outer else "START TRANSACTION")
        try:
            self._send(table, columns, frame)
        except BaseException:
            if not self.closed:
                self.run("ROLLBACK TO SAVEPOINT _ig_bulk" if outer else "ROLLBACK")
            raise
        self.run("RELEASE SAVEPOINT _ig_bulk" if outer else "COMMIT")

    def begin(self, *, reading: bool = False) -> None:
        """Start a transaction."""
        self.run("START TRANSACTION")
        self._open_transaction = True

    def commit(self) -> None:
        """End it, keeping everything."""
        self.run("COMMIT")
        self._open_transaction = False

    def rollback(self) -> None:
        """End it, keeping nothing."""
        if not self.closed:
            self.run("ROLLBACK")
        self._open_transaction = False

    def close(self) -> None:
        """End the connection."""
        if not self.closed:
            with self._translated():
                self._connection.close()

    def _send(self, table: str, columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame) -> None:
        if self._infile:
            try:
                self._load_data(table, columns, frame)
                return
            except DestinationError as error:
                if not _LOCAL_OFF.search(error.message):
                    raise
                self._infile = False
        names = ", ".join(quote(MYSQL, name) for name, _, _ in columns)
        into = f"INSERT INTO {table} ({names})".replace("%", "%%")
        sql = f"{into} VALUES ({', '.join(['%s'] * len(columns))})"
        plain = frame.select(_inserted(n, of) for n, (_, of, _) in zip(frame.columns, columns, strict=True))
        with self._translated(), self._connection.cursor() as cursor:
            for start in range(0, plain.height, _SLICE):
                cursor.executemany(sql, plain[start : start + _SLICE].rows())

    def _load_data(
        self, table: str, columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame
    ) -> None:
        fields, settings = [], []
        for number, (name, of, _) in enumerate(columns):
            quoted = quote(MYSQL, name)
            binary = of.kind is Kind.BINARY
            fields.append(f"@b{number}" if binary else quoted)
            settings += [f"{quoted} = UNHEX(@b{number})"] if binary else []
        with tempfile.TemporaryDirectory(prefix="ig-mysql-") as folder:
            path = Path(folder) / "rows.tsv"
            text = frame.select(_sent(n, of) for n, (_, of, _) in zip(frame.columns, columns, strict=True))
            text.write_csv(
                path, include_header=False, separator="\t", quote_style="never", null_value="\\N",
                datetime_format="%Y-%m-%d %H:%M:%S%.6f", time_format="%H:%M:%S%.6f", date_format="%Y-%m-%d",
            )  # fmt: skip
            with mysql_infile.sending(self._connection, path):
                sent = self.run(
                    f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE {table} CHARACTER SET utf8mb4"
                    " FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n'"
                    f" ({', '.join(fields)})" + (f" SET {', '.join(settings)}" if settings else "")
                )
        warned = self.fetch("SHOW WARNINGS LIMIT 1")
        if warned:
            raise refused(int(warned[0][1]), str(warned[0][2]))
        if sent != frame.height:
            raise RowsRefusedError(f"{frame.height} rows were sent and {sent} arrived", "REFUSED")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import pymysql

        try:
            yield
        except pymysql.Error as error:
            raise translate(error, self._name) from error


_LOCAL_OFF = re.compile(r"local (data|infile)|loading local|not allowed", re.IGNORECASE)


def _sent(name: str, of: DataType) -> pl.Expr:
    """A column as ``LOAD DATA`` reads it."""
    column = pl.col(name)
    match of.kind:
        case Kind.BOOLEAN:
            return column.cast(pl.Int8)
        case Kind.TIMESTAMPTZ:
            return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        case Kind.BINARY:
            return column.bin.encode("hex")
        case Kind.TEXT | Kind.JSON | Kind.UUID | Kind.OTHER:
            return column.str.replace_many(["\\", "\t", "\n", "\0"], ["\\\\", "\\t", "\\n", "\\0"])
        case _:
            return column


def _inserted(name: str, of: DataType) -> pl.Expr:
    if of.kind is Kind.TIMESTAMPTZ:
        return pl.col(name).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return pl.col(name)


def _tls(options: dict[str, str], name: str) -> dict[str, Any]:
    """PyMySQL's words for the URL's options. Raises ``DestinationError`` for others."""
    allowed = ("ssl", "ssl_ca", "ssl_cert", "ssl_key", "charset")
    unknown = [key for key in options if key not in allowed]
    if unknown:
        raise DestinationError(
            f"'{unknown[0]}' is not an option.", where=name, hint=f"Allowed: {', '.join(allowed)}."
        )
    given: dict[str, Any] = {key: options[key] for key in ("ssl_ca", "ssl_cert", "ssl_key") if key in options}
    if options.get("ssl", "").lower() in ("true", "1", "yes") and not given:
        given["ssl"] = {"check_hostname": False, "verify_mode": False}
    return given
