"""What the information schema of MySQL or MariaDB says about a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from intakegateway.connectors.sql.dialect import MYSQL, quote
from intakegateway.connectors.sql.driver import Session
from intakegateway.connectors.sql.facts import Check, FactColumn, Facts, ForeignKey, Unique
from intakegateway.connectors.sql.types import read_type
from intakegateway.model.errors import DestinationError
from intakegateway.model.schema import Column, TableName
from intakegateway.model.types import JSON, Kind

_TABLE = """
SELECT table_schema, table_name, table_type,
  (SELECT count(*) FROM information_schema.triggers g
   WHERE g.event_object_schema = t.table_schema AND g.event_object_table = t.table_name),
  (SELECT count(*) FROM information_schema.referential_constraints r
   WHERE r.unique_constraint_schema = t.table_schema AND r.referenced_table_name = t.table_name)
FROM information_schema.tables t WHERE table_schema = %s AND table_name = %s
"""
_COLUMNS = """
SELECT column_name, column_type, is_nullable, column_default, extra, collation_name
FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position
"""
_INDEXES = """
SELECT index_name, column_name, sub_part FROM information_schema.statistics
WHERE table_schema = %s AND table_name = %s AND non_unique = 0
ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index
"""
_FOREIGN = """
SELECT constraint_name, column_name, referenced_table_schema, referenced_table_name, referenced_column_name
FROM information_schema.key_column_usage
WHERE table_schema = %s AND table_name = %s AND referenced_table_name IS NOT NULL
ORDER BY constraint_name, ordinal_position
"""
_CHECKS = """
SELECT c.constraint_name, c.check_clause FROM information_schema.check_constraints c
JOIN information_schema.table_constraints t
  ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name{same_table}
WHERE t.table_schema = %s AND t.table_name = %s AND t.constraint_type = 'CHECK'
"""
_JSON_CHECK = re.compile(r"json_valid\(`((?:[^`]|``)+)`\)", re.IGNORECASE)
_CONSTANT = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?|'(?:[^'\\]|'')*'", re.IGNORECASE)


# A longer text that comes from another table is cut by MariaDB to the rest of its length by 256 (65,536, …):
# nothing or a piece of it is left, and no error is given (seen in 10.11).
_MOST_BYTES = {
    "tinytext": 255, "text": 65_535, "mediumtext": 16_777_215,
    "tinyblob": 255, "blob": 65_535, "mediumblob": 16_777_215,
}  # fmt: skip
_ONE_BYTE = frozenset({
    "latin1", "latin2", "latin5", "latin7", "ascii", "cp850", "cp852", "cp866", "cp1250", "cp1251", "cp1256",
    "cp1257", "greek", "hebrew", "koi8r", "koi8u", "macroman", "macce", "dec8", "hp8", "swe7", "armscii8",
    "geostd8", "keybcs2", "tis620",
})  # fmt: skip


def read_facts(session: Session, name: TableName, where: str) -> Facts | None:
    """The table, or None. Raises ``DestinationError`` for a database that is not there."""
    database, version = session.fetch("SELECT DATABASE(), VERSION()")[0]
    schema = name.schema or database
    if not supported_name(name.name) or not supported_name(schema):
        return None
    found = session.fetch(_TABLE, schema, name.name)
    if not found:
        there = "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s"
        if name.schema and not session.fetch(there, schema):
            raise DestinationError(
                f"there is no database '{schema}'.",
                where=where,
                hint=f"Make it first: CREATE DATABASE {quote(MYSQL, schema)}",
            )
        return None
    maria = "mariadb" in str(version).lower()
    rows = session.fetch(_COLUMNS, schema, name.name)
    names = {str(row[0]).lower(): str(row[0]) for row in rows}
    sql = _CHECKS.format(same_table=" AND t.table_name = c.table_name" if maria else "")
    checks = list(_checks(session.fetch(sql, schema, name.name), names))
    documents = {m[1] for check in checks if (m := _JSON_CHECK.fullmatch(check.expression.strip()))}
    uniques = tuple(_uniques(session.fetch(_INDEXES, schema, name.name)))
    primary = next((unique.columns for unique in uniques if unique.primary), ())
    return Facts(
        name=TableName(found[0][1], found[0][0]),
        columns=tuple(_column(row, maria, documents) for row in rows),
        primary_key=primary,
        uniques=uniques,
        foreign_keys=tuple(_foreign_keys(session.fetch(_FOREIGN, schema, name.name))),
        checks=tuple(check for check in checks if not _JSON_CHECK.fullmatch(check.expression.strip())),
        triggers=bool(found[0][3]),
        referenced=bool(found[0][4]),
    )


def supported_name(name: str) -> bool:
    """Names have characters of the Basic Multilingual Plane only (MySQL manual, 9.2: no emoji)."""
    return all(character <= "\uffff" for character in name)


def _column(row: tuple[Any, ...], maria: bool, documents: set[str]) -> FactColumn:
    name, native, nullable, default, extra, collation = row
    extra = str(extra or "").lower()
    # MariaDB writes a default as SQL, MySQL as its plain value.
    given = default is not None and not (maria and str(default).upper() == "NULL")
    of = JSON if name in documents else read_type(MYSQL, str(native))
    text = str(collation or "")
    charset, most = text.partition("_")[0], _MOST_BYTES.get(str(native).partition(" ")[0].lower(), 0)
    if most and (of.kind is Kind.BINARY or charset in _ONE_BYTE):
        of, most = replace(of, length=most), 0
    column = Column(
        str(name),
        of,
        nullable=nullable == "YES",
        has_default=given or "auto_increment" in extra or "default_generated" in extra,
        generated="virtual" in extra or "stored" in extra or "persistent" in extra,
    )
    constant = str(default) if given and maria and _CONSTANT.fullmatch(str(default)) else ""
    return FactColumn(
        column,
        "json" if of == JSON else str(native),
        constant,
        probed=of.kind is Kind.JSON,
        collation=f" CHARACTER SET utf8mb4 COLLATE {text}" if text.startswith("utf8mb4") else "",
        most_bytes=most if of.kind is Kind.TEXT else 0,
    )


def _uniques(rows: list[tuple[Any, ...]]) -> Iterator[Unique]:
    for index in dict.fromkeys(row[0] for row in rows):
        parts = [row for row in rows if row[0] == index]
        # A key over an expression or over the beginning of a text is left to the server to hold.
        if any(part[1] is None or part[2] is not None for part in parts):
            continue
        columns = tuple(str(part[1]) for part in parts)
        texts = tuple(quote(MYSQL, column) for column in columns)
        yield Unique(str(index), columns, texts, primary=index == "PRIMARY")


def _foreign_keys(rows: list[tuple[Any, ...]]) -> Iterator[ForeignKey]:
    for name in dict.fromkeys(row[0] for row in rows):
        parts = [row for row in rows if row[0] == name]
        target = TableName(str(parts[0][3]), str(parts[0][2]))
        yield ForeignKey(str(name), tuple(str(p[1]) for p in parts), target, tuple(str(p[4]) for p in parts))


def _checks(rows: list[tuple[Any, ...]], names: dict[str, str]) -> Iterator[Check]:
    for name, clause in rows:
        expression = str(clause)
        used = (names.get(found.lower()) for found in re.findall(r"`([^`]+)`", expression))
        columns = tuple(dict.fromkeys(column for column in used if column))
        yield Check(str(name), expression, columns)
