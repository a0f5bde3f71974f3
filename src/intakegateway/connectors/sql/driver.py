"""What a database's module offers to the generic core: a driver that connects, and sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import polars as pl

from intakegateway.connectors.sql.dialect import Dialect
from intakegateway.connectors.sql.facts import Facts
from intakegateway.model.errors import DestinationError
from intakegateway.model.schema import TableName
from intakegateway.model.types import DataType


class RowsRefusedError(DestinationError):
    """A statement failed because of a row's content: the core finds the row and lets the rest pass.

    ``row_code`` is one of the codes of ``connectors.base.REFUSED_SCHEMA``; ``column`` and
    ``constraint`` are empty where the database does not say.
    """

    def __init__(self, message: str, row_code: str, column: str = "", constraint: str = "") -> None:
        super().__init__(message)
        self.row_code = row_code
        self.column = column
        self.constraint = constraint


Send = Callable[[str], None]
"""Sends rows that wait in the form in which the database takes them into a table (SQL text)."""


class Session(Protocol):
    """One connection. Used by one thread at a time.

    Every method raises ``RowsRefusedError`` for what a row's content caused, ``UnavailableError`` for a
    lost connection, a deadlock or a serialization failure, ``DestinationError`` for the rest. Outside
    of ``begin`` … ``commit`` each statement is its own transaction.
    """

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        ...

    @property
    def changes(self) -> int | None:
        """The rows that were ever changed here, by triggers too, in statements that stand or were undone later;
        None where the database does not count them so."""
        ...

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement; how many rows it changed. ``values`` go to the dialect's placeholders."""
        ...

    def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query; all its rows."""
        ...

    def bulk(self, table: str, columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame) -> None:
        """Send a frame into a table (SQL text) as one statement.

        ``columns``: name, type and native type of each column of the frame, in its order. All rows
        arrive, or none and an error.
        """
        ...

    def begin(self, *, reading: bool = False) -> None:
        """Start a transaction; ``reading``: one that changes nothing but temporary tables."""
        ...

    def commit(self) -> None:
        """End it, keeping everything."""
        ...

    def rollback(self) -> None:
        """End it, keeping nothing; nothing happens outside of a transaction."""
        ...

    def close(self) -> None:
        """Give the connection back; an open transaction is rolled back."""
        ...


@runtime_checkable
class EncodesAhead(Protocol):
    """A session whose rows can be brought into their form while it is busy with other rows, by another thread."""

    def encoded(self, columns: Sequence[tuple[str, DataType, str]], frame: pl.DataFrame) -> Send:
        """What ``bulk`` would do with the frame, as far as it needs no connection, and then the rest of it."""
        ...


class Driver(Protocol):
    """One database behind one URL."""

    dialect: Dialect
    name: str
    """The URL without secrets, for people."""

    @property
    def path(self) -> Path | None:
        """The file that is the database; None for a server."""
        ...

    def connect(self, *, asking: bool = False) -> Session:
        """A session in autocommit. Raises ``DestinationError`` or ``UnavailableError``.

        ``asking``: for questions and tables only, beside a session that loads rows; where a second
        connection would wait for the first, it may look through the first one's eyes.
        """
        ...

    def facts(self, session: Session, name: TableName) -> Facts | None:
        """The catalog's word on a table, or None where there is none.

        Raises ``DestinationError`` for an unknown schema. The answer's name has the schema filled in.
        """
        ...

    def locked_for_ddl(self, session: Session) -> None:
        """Within a transaction: make others that change tables wait for its end."""
        ...
