"""What SQLite's catalog says about a table; its checks are read from the text that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from intakegateway.connectors.sql.dialect import SQLITE, literal, quote
from intakegateway.connectors.sql.driver import Session
from intakegateway.connectors.sql.facts import Check, FactColumn, Facts, ForeignKey, Unique
from intakegateway.connectors.sql.types import read_type
from intakegateway.model.errors import DestinationError
from intakegateway.model.schema import Column, TableName

_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\]
    | --[^\n]* | /\*.*?\*/ | \w+ | \s+ | .""",
    re.VERBOSE | re.DOTALL,
)
_CONSTANT = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?|'(?:[^']|'')*'|null|true|false", re.IGNORECASE)


def read_facts(session: Session, name: TableName, where: str) -> Facts | None:
    """The table, or None. Raises ``DestinationError`` for a schema that is not attached."""
    schemas = {row[1].lower(): row[1] for row in session.fetch("PRAGMA database_list")}
    schema = schemas.get((name.schema or "main").lower())
    if schema is None:
        raise DestinationError(
            f"there is no schema '{name.schema}'.",
            where=where,
            hint="SQLite has 'main' only; leave the schema out.",
        )
    q = quote(SQLITE, schema)
    found = session.fetch(
        f"SELECT name, sql, type FROM {q}.sqlite_master"
        " WHERE type IN ('table', 'view') AND lower(name) = lower(?1) ORDER BY name <> ?1",
        name.name,
    )
    if not found:
        return None
    table, made, _ = found[0]
    text = literal(SQLITE, table)
    info = session.fetch(f"PRAGMA {q}.table_xinfo({text})")
    keys = sorted((row for row in info if row[5]), key=lambda row: int(row[5]))
    primary = tuple(row[1] for row in keys)
    is_row_number = len(keys) == 1 and keys[0][2].upper() == "INTEGER"
    columns = tuple(_column(row, is_row_number) for row in info if row[6] != 1)
    names = {column.name.lower(): column.name for column in columns}
    uniques = _uniques(session, q, text, primary)
    triggers = session.fetch(
        f"SELECT 1 FROM {q}.sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(?1)", table
    )
    return Facts(
        name=TableName(table, schema),
        columns=columns,
        primary_key=primary,
        uniques=tuple(uniques),
        foreign_keys=tuple(_foreign_keys(session, q, text, schema)),
        checks=tuple(_checks(made or "", names)),
        triggers=bool(triggers),
    )


def _column(row: tuple[Any, ...], is_row_number: bool) -> FactColumn:
    _, name, declared, required, default, key, hidden = row
    counted = bool(key) and is_row_number
    column = Column(
        name,
        read_type(SQLITE, declared),
        nullable=not (required or counted),
        has_default=default is not None or counted,
        generated=hidden in (2, 3),
    )
    constant = default if default and _CONSTANT.fullmatch(default.strip()) else ""
    return FactColumn(column, declared, constant)


def _uniques(session: Session, schema: str, table: str, primary: tuple[str, ...]) -> Iterator[Unique]:
    seen_primary = False
    for row in session.fetch(f"PRAGMA {schema}.index_list({table})"):
        index, unique, origin, partial = row[1:5]
        if not unique:
            continue
        parts = [p for p in session.fetch(f"PRAGMA {schema}.index_xinfo({literal(SQLITE, index)})") if p[5]]
        if partial or any(part[2] is None for part in parts):
            continue
        columns = tuple(part[2] for part in parts)
        texts = tuple(
            quote(SQLITE, part[2]) + ("" if part[4].upper() == "BINARY" else f" COLLATE {part[4]}")
            for part in parts
        )
        seen_primary = seen_primary or origin == "pk"
        label = (
            index if origin == "c" else "PRIMARY KEY" if origin == "pk" else f"UNIQUE ({', '.join(columns)})"
        )
        yield Unique(label, columns, texts, primary=origin == "pk")
    if primary and not seen_primary:
        texts = tuple(quote(SQLITE, name) for name in primary)
        yield Unique("PRIMARY KEY", primary, texts, primary=True)


def _foreign_keys(session: Session, schema: str, table: str, schema_name: str) -> Iterator[ForeignKey]:
    rows = session.fetch(f"PRAGMA {schema}.foreign_key_list({table})")
    for number in dict.fromkeys(row[0] for row in rows):
        parts = sorted((row for row in rows if row[0] == number), key=lambda row: int(row[1]))
        target = parts[0][2]
        there = session.fetch(f"PRAGMA {schema}.table_info({literal(SQLITE, target)})")
        if not there:
            continue
        keys = sorted((row for row in there if row[5]), key=lambda row: int(row[5]))
        names = {row[1].lower(): row[1] for row in there}
        named = [part[4] for part in parts]
        targets = [names.get(str(n).lower(), n) for n in named] if all(named) else [row[1] for row in keys]
        if len(targets) == len(parts):
            stored = session.fetch(
                f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table' AND lower(name) = lower(?1)",
                target,
            )
            name = TableName(stored[0][0] if stored else target, schema_name)
            yield ForeignKey("", tuple(part[3] for part in parts), name, tuple(targets))


def _checks(made: str, names: dict[str, str]) -> Iterator[Check]:
    """The CHECK conditions in a CREATE TABLE, with the names that ``CONSTRAINT`` gives them."""
    tokens = [t for t in _TOKEN.findall(made) if not t.isspace() and not t.startswith(("--", "/*"))]
    place = 0
    while place < len(tokens):
        if tokens[place].upper() != "CHECK" or tokens[place + 1 : place + 2] != ["("]:
            place += 1
            continue
        name = tokens[place - 1] if place > 1 and tokens[place - 2].upper() == "CONSTRAINT" else ""
        depth, end = 1, place + 2
        while end < len(tokens) and depth:
            depth += {"(": 1, ")": -1}.get(tokens[end], 0)
            end += 1
        inside = tokens[place + 2 : end - 1]
        expression = _joined(inside)
        used = (names.get(token.strip('"`[]').lower()) for token in inside)
        columns = tuple(dict.fromkeys(found for found in used if found))
        yield Check(name.strip('"`[]') or expression, expression, columns)
        place = end


def _joined(tokens: list[str]) -> str:
    """Tokens as SQL: blanks between words alone, so that ``>=`` and ``count(`` stay whole."""
    text = ""
    for token in tokens:
        if (
            text
            and (text[-1].isalnum() or text[-1] in "_\"'`]")
            and (token[0].isalnum() or token[0] in "_\"'`[")
        ):
            text += " "
        text += token
    return text
