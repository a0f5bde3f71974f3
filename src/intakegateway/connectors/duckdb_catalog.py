"""What DuckDB's catalog says about a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from intakegateway.connectors.sql.dialect import DUCKDB, quote
from intakegateway.connectors.sql.driver import Session
from intakegateway.connectors.sql.facts import Check, FactColumn, Facts, ForeignKey, plain_unique
from intakegateway.connectors.sql.types import read_type
from intakegateway.model.errors import DestinationError
from intakegateway.model.schema import Column, TableName
from intakegateway.model.types import Kind

_HERE = (
    "database_name = current_database() AND lower(schema_name) = lower($1) AND lower(table_name) = lower($2)"
)
_COLUMNS = f"""
SELECT table_name, column_name, data_type, is_nullable, column_default, is_generated
FROM duckdb_columns() WHERE {_HERE} ORDER BY column_index
"""
_CONSTRAINTS = f"""
SELECT constraint_type, constraint_name, expression, constraint_column_names, referenced_table, referenced_column_names
FROM duckdb_constraints() WHERE {_HERE} ORDER BY constraint_index
"""
_INDEXES = (
    f"SELECT index_name, expressions FROM duckdb_indexes() WHERE {_HERE} AND is_unique AND NOT is_primary"
)
_REFERRING = """
SELECT count(*) FROM duckdb_constraints() WHERE database_name = current_database()
AND constraint_type = 'FOREIGN KEY' AND lower(schema_name) = lower($1) AND lower(referenced_table) = lower($2)
"""
_CONSTANT = re.compile(r"(CAST\()?([-+]?[\d.]+(e[-+]?\d+)?|'(?:[^']|'')*')( AS [\w()., ]+\))?", re.IGNORECASE)


def read_facts(session: Session, name: TableName, where: str) -> Facts | None:
    """The table, or None. Raises ``DestinationError`` for a schema that is not there."""
    schema = name.schema or "main"
    rows = session.fetch(_COLUMNS, schema, name.name)
    if not rows:
        there = "SELECT 1 FROM duckdb_schemas() WHERE lower(schema_name) = lower($1)"
        if name.schema and not session.fetch(there, schema):
            raise DestinationError(
                f"there is no schema '{schema}'.",
                where=where,
                hint=f"Make it first: CREATE SCHEMA {quote(DUCKDB, schema)}",
            )
        return None
    constraints = session.fetch(_CONSTRAINTS, schema, name.name)
    primary = next((tuple(row[3]) for row in constraints if row[0] == "PRIMARY KEY"), ())
    uniques = [
        plain_unique(DUCKDB, str(row[1] or ""), tuple(row[3]), primary=row[0] == "PRIMARY KEY")
        for row in constraints
        if row[0] in ("PRIMARY KEY", "UNIQUE")
    ]
    names = {str(row[1]) for row in rows}
    for index, expressions in session.fetch(_INDEXES, schema, name.name):
        columns = tuple(
            part.strip().strip("'").strip('"') for part in str(expressions).strip("[]").split(",")
        )
        if names.issuperset(columns):
            uniques.append(plain_unique(DUCKDB, str(index), columns))
    return Facts(
        name=TableName(str(rows[0][0]), schema),
        columns=tuple(_column(row) for row in rows),
        primary_key=primary,
        uniques=tuple(uniques),
        foreign_keys=tuple(_foreign_keys(constraints, schema)),
        checks=tuple(
            Check(str(row[1] or row[2]), str(row[2]), tuple(row[3]))
            for row in constraints
            if row[0] == "CHECK"
        ),
        referenced=session.fetch(_REFERRING, schema, name.name)[0][0] > 0,
    )


def _column(row: tuple[Any, ...]) -> FactColumn:
    _, name, native, nullable, default, generated = row
    of = read_type(DUCKDB, str(native))
    column = Column(
        str(name), of, nullable=bool(nullable), has_default=default is not None, generated=bool(generated)
    )
    constant = str(default) if default is not None and _CONSTANT.fullmatch(str(default)) else ""
    return FactColumn(column, str(native), constant, probed=of.kind in (Kind.OTHER, Kind.JSON))


def _foreign_keys(constraints: list[tuple[Any, ...]], schema: str) -> Iterator[ForeignKey]:
    for kind, name, _, columns, target, target_columns in constraints:
        if kind == "FOREIGN KEY":
            yield ForeignKey(
                str(name or ""), tuple(columns), TableName(str(target), schema), tuple(target_columns)
            )
