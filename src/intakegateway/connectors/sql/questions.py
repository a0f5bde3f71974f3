"""What a source asks of a database, as SQL text made by pure functions."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from intakegateway.connectors.sql.dialect import Dialect, literal, quote, table_text
from intakegateway.model.schema import TableName


class Condition(Struct, frozen=True):
    """``column operator value``; ``bare``: the value is a number and is not quoted.

    ``bytewise``: texts are compared by their UTF-8 bytes, whatever the collation, as a frame does.
    ``or_null`` lets rows pass where the column is null.
    """

    column: str
    operator: str
    value: str
    bare: bool = False
    bytewise: bool = False
    or_null: bool = False

    def text(self, dialect: Dialect) -> str:
        """The condition in SQL."""
        column = quote(dialect, self.column)
        side = BYTEWISE[dialect.name].format(a=column) if self.bytewise else column
        value = self.value if self.bare else literal(dialect, self.value)
        compared = f"{side} {self.operator} {value}"
        return f"({compared} OR {column} IS NULL)" if self.or_null else compared


BYTEWISE = {
    "postgresql": '{a} COLLATE "C"',
    "mysql": "BINARY {a}",
    "sqlite": "{a} COLLATE BINARY",
    "duckdb": '{a} COLLATE "binary"',
}


class Question(Struct, frozen=True):
    """A query or a table, narrowed down."""

    query: str | None = None
    table: TableName | None = None
    conditions: tuple[Condition, ...] = ()
    limit: int | None = None

    def where(self, *more: Condition) -> Question:
        """The same with more conditions."""
        return replace(self, conditions=(*self.conditions, *more))

    def text(self, dialect: Dialect) -> str:
        """The statement. A query without conditions or limit stays as it was written."""
        if self.table is not None:
            base = f"SELECT * FROM {table_text(dialect, self.table)}"
        else:
            base = bare_query(self.query or "")
            if self.conditions or self.limit is not None:
                base = f"SELECT * FROM (\n{base}\n) AS ig_q"
        if self.conditions:
            base += " WHERE " + " AND ".join(condition.text(dialect) for condition in self.conditions)
        return base if self.limit is None else f"{base} LIMIT {self.limit}"


def bare_query(query: str) -> str:
    """The query without the semicolons that end it."""
    return query.strip().rstrip("; \t\r\n")


def place(query: str, position: int) -> str:
    """``line 2, column 7`` of the character at ``position`` (from 1)."""
    before = query[: max(position - 1, 0)]
    return f"line {before.count(chr(10)) + 1}, column {len(before) - (before.rfind(chr(10)) + 1) + 1}"


def unique_names(names: list[str]) -> tuple[list[str], list[str]]:
    """Names with ``_2``, ``_3`` … after repeated ones, and the names that were repeated."""
    taken, given, repeated = set(names), [], []
    seen: set[str] = set()
    for name in names:
        candidate, number = name, 1
        while candidate in seen or (number > 1 and candidate in taken):
            number += 1
            candidate = f"{name}_{number}"
        if candidate != name:
            repeated.append(name)
        seen.add(candidate)
        given.append(candidate)
    return given, repeated
