"""What PostgreSQL's catalog says about a table, in five queries."""

from __future__ import annotations

from typing import Any

from intakegateway.connectors.sql.dialect import POSTGRESQL, quote
from intakegateway.connectors.sql.driver import Session
from intakegateway.connectors.sql.facts import Check, FactColumn, Facts, ForeignKey, Unique
from intakegateway.connectors.sql.types import read_type
from intakegateway.model.errors import DestinationError
from intakegateway.model.schema import Column, TableName
from intakegateway.model.types import DataType, Kind

_TABLE = """
SELECT c.oid, n.nspname, c.relkind,
  EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D')
    OR EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid AND c.relkind <> 'v'),
  EXISTS (SELECT 1 FROM pg_constraint f WHERE f.confrelid = c.oid AND f.contype = 'f' AND f.conrelid <> c.oid)
    OR c.relkind NOT IN ('r', 'p') OR NOT has_table_privilege(c.oid, 'TRUNCATE'),
  c.relkind <> 'v' AND NOT row_security_active(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'f', 'm', 'S')
  AND CASE WHEN $2 = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = $2 END
ORDER BY c.relpersistence = 't' LIMIT 1
"""
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull OR t.typnotnull,
  a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), t.typtype,
  CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_CONSTRAINTS = """
SELECT k.conname, k.contype::text, pg_get_expr(k.conbin, k.conrelid), n.nspname, r.relname,
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(num, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place),
  ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(num, place)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.place)
FROM pg_constraint k LEFT JOIN pg_class r ON r.oid = k.confrelid
LEFT JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE k.conrelid = $1 AND k.contype IN ('c', 'f') ORDER BY k.conname
"""
_INDEXES = """
SELECT c.relname, i.indisprimary, pg_get_expr(i.indpred, i.indrelid), to_jsonb(i) ->> 'indnullsnotdistinct',
  ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) n ORDER BY n),
  ARRAY(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
        ORDER BY array_position(i.indkey::int2[], a.attnum)),
  ARRAY(SELECT DISTINCT a.attname::text FROM pg_depend d
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid > 0)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid ORDER BY i.indisprimary DESC, c.relname
"""
_NO_TABLES = {"m": "materialized view", "S": "sequence"}
_VOLATILE = ("nextval(", "random(", "uuid", "clock_timestamp(")


def read_facts(session: Session, name: TableName, where: str) -> Facts | None:
    """The table, or None. Raises ``DestinationError`` for a schema that is not there."""
    if len(name.name.encode()) > POSTGRESQL.max_identifier_bytes:
        # The server would cut the name, and find another table.
        return None
    found = session.fetch(_TABLE, name.name, name.schema)
    if not found:
        if name.schema and not session.fetch("SELECT 1 FROM pg_namespace WHERE nspname = $1", name.schema):
            raise DestinationError(
                f"there is no schema '{name.schema}'.",
                where=where,
                hint=f"Make it first: CREATE SCHEMA {quote(POSTGRESQL, name.schema)}",
            )
        return None
    oid, schema, sort, triggers, kept, bulk = found[0]
    if sort in _NO_TABLES:
        raise DestinationError(
            f"'{name.name}' is a {_NO_TABLES[sort]}: rows cannot be written into it.",
            where=where,
            hint="Choose another table.",
        )
    columns = tuple(_column(row) for row in session.fetch(_COLUMNS, oid))
    constraints = session.fetch(_CONSTRAINTS, oid)
    uniques = tuple(_unique(row) for row in session.fetch(_INDEXES, oid))
    primary = next((unique.columns for unique in uniques if unique.primary), ())
    return Facts(
        name=TableName(name.name, schema),
        columns=columns,
        primary_key=primary,
        uniques=uniques,
        foreign_keys=tuple(
            ForeignKey(row[0], tuple(row[5]), TableName(row[4], row[3]), tuple(row[6]))
            for row in constraints
            if row[1] == "f"
        ),
        checks=tuple(Check(row[0], row[2], tuple(row[5])) for row in constraints if row[1] == "c"),
        triggers=triggers,
        bulk=bulk,
        referenced=kept,
    )


def _column(row: tuple[Any, ...]) -> FactColumn:
    name, native, required, identity, generated, default, sort, base = row
    of = read_type(POSTGRESQL, base or native)
    if of.kind is Kind.OTHER:
        of = DataType(Kind.OTHER, native=native)
    has_default = default is not None or bool(identity)
    column = Column(
        name, of, nullable=not required, has_default=has_default, generated=bool(generated) or identity == "a"
    )
    known = default if default and not any(word in default for word in _VOLATILE) and not generated else ""
    probed = sort == "d" or of.kind in (Kind.OTHER, Kind.JSON)
    return FactColumn(column, native, known, probed)


def _unique(row: tuple[Any, ...]) -> Unique:
    name, primary, predicate, nulls_equal, parts, columns, used = row
    every = (
        tuple(dict.fromkeys([*columns[: len(parts)], *used]))
        if predicate or len(columns) < len(parts)
        else None
    )
    return Unique(
        name=name,
        columns=every if every is not None else tuple(columns[: len(parts)]),
        parts=tuple(parts),
        where=predicate or "",
        nulls_equal=nulls_equal == "true",
        primary=primary,
    )
