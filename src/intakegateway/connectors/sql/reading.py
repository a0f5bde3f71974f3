"""What a database's reading module offers to the generic source, and texts into types without loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import polars as pl
from msgspec import Struct

from intakegateway.connectors.sql.dialect import Dialect
from intakegateway.model.frames import polars_type
from intakegateway.model.schema import Column
from intakegateway.model.types import DataType, Kind

BATCH_ROWS = 65_536
BATCH_BYTES = 8 << 20
"""A chunk ends at so many rows or so many bytes, whatever comes first."""


class Delivery(Struct, frozen=True):
    """Rows as they came. ``index`` (Int64) numbers the rows of ``frame`` within this delivery.

    ``bad`` has the rows that could not be read: ``index`` (Int64), ``raw``, ``message``. ``index`` is None
    when there are none.
    """

    frame: pl.DataFrame
    bytes: int
    index: pl.Series | None = None
    bad: pl.DataFrame | None = None


class ReadSession(Protocol):
    """One read-only connection, in one transaction that sees one state of the database.

    Raises ``SourceError`` with the database's message, ``UnavailableError`` for a lost connection.
    """

    dialect: Dialect
    warnings: list[str]

    def describe(self, sql: str) -> tuple[Column, ...]:
        """The columns of the result, without running the query. Repeated names get a number."""
        ...

    def orders_as(self, sql: str, column: Column) -> str:
        """How values of the column are ordered: ``number``, ``time``, ``text``; empty: not at all."""
        ...

    def stream(self, sql: str, columns: tuple[Column, ...]) -> Iterator[Delivery]:
        """The rows in the database's order, as ``describe`` named the columns, in bounded memory."""
        ...

    def one(self, sql: str) -> tuple[object, ...]:
        """The first row of a small query."""
        ...

    def close(self) -> None:
        """End the connection at once, whatever is still on its way."""
        ...


_ORDERS = {
    Kind.INTEGER: "number", Kind.DECIMAL: "number", Kind.FLOAT: "number", Kind.DATE: "time",
    Kind.TIMESTAMP: "time", Kind.TIMESTAMPTZ: "time", Kind.TEXT: "text", Kind.UUID: "",
}  # fmt: skip


def natural_order(of: DataType) -> str:
    """How values of a type are ordered: ``number``, ``time``, ``text``; empty: not at all."""
    return _ORDERS.get(of.kind, "")


_TIMES = {
    Kind.DATE: "%Y-%m-%d",
    Kind.TIME: "%H:%M:%S%.f",
    Kind.TIMESTAMP: "%Y-%m-%d %H:%M:%S%.f",
    Kind.TIMESTAMPTZ: "%Y-%m-%d %H:%M:%S%.f",
}


def typed(texts: pl.Series, of: DataType) -> pl.Series:
    """Values that a database wrote as text, in the type's frame type if every one of them survives.

    Else they stay text (``infinity``, ``0000-00-00``, ``838:59:59``, a decimal of 60 digits): nothing is
    lost, and what does not fit the destination is refused there, row by row. Times of kind
    ``timestamptz`` are expected in UTC, with or without ``+00``.
    """
    wanted = polars_type(of)
    if wanted == pl.String() or texts.dtype != pl.String():
        return texts
    match of.kind:
        case Kind.BOOLEAN:
            truth = {"t": True, "f": False, "true": True, "false": False, "1": True, "0": False}
            made = texts.replace_strict(truth, default=None, return_dtype=pl.Boolean)
        case Kind.DATE:
            made = texts.str.to_date(_TIMES[of.kind], strict=False)
        case Kind.TIME:
            made = texts.str.to_time(_TIMES[of.kind], strict=False)
        case Kind.TIMESTAMP:
            made = texts.str.to_datetime(_TIMES[of.kind], time_unit="us", strict=False)
        case Kind.TIMESTAMPTZ:
            naive = texts.str.strip_suffix("+00")
            made = naive.str.to_datetime(_TIMES[of.kind], time_unit="us", strict=False)
            made = made.dt.replace_time_zone("UTC")
        case Kind.BINARY:
            return texts
        case _:
            made = texts.cast(wanted, strict=False)
    return made if made.null_count() == texts.null_count() else texts
