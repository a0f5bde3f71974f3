"""Statements that make tables, the columns that they lack, and the ledger: SQL text only."""

from __future__ import annotations

from intakegateway.connectors.sql.dialect import Dialect, quote, quote_all, table_text
from intakegateway.connectors.sql.facts import Facts
from intakegateway.connectors.sql.names import fit_names
from intakegateway.connectors.sql.types import is_wider, native_type
from intakegateway.model.schema import Column, TableSchema
from intakegateway.model.types import Kind


def create_table(
    dialect: Dialect, wanted: TableSchema, indexes: tuple[tuple[str, ...], ...] = ()
) -> list[str]:
    """The table with its primary and unique keys, then its indexes; repeating it does no harm."""
    keyed = {*wanted.primary_key, *(name for keys in (*wanted.uniques, *indexes) for name in keys)}
    parts = [_column(dialect, column, wanted.primary_key, column.name in keyed) for column in wanted.columns]
    if wanted.primary_key and not _is_row_number(dialect, wanted):
        parts.append(f"PRIMARY KEY ({', '.join(quote_all(dialect, wanted.primary_key))})")
    parts += [f"UNIQUE ({', '.join(quote_all(dialect, unique))})" for unique in wanted.uniques]
    table = table_text(dialect, wanted.name)
    statements = [f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(parts)})"]
    made = [_index(dialect, wanted, columns) for columns in indexes if columns != wanted.primary_key]
    return statements + made


def alter_table(dialect: Dialect, wanted: TableSchema, facts: Facts) -> list[str]:
    """What the present table lacks: columns (which may be null), and wider types of the same kind."""
    table = table_text(dialect, facts.name)
    present = {_fold(dialect, column.name): column for column in facts.columns}
    statements = []
    for column in wanted.columns:
        there = present.get(_fold(dialect, column.name))
        name = quote(dialect, column.name)
        if there is None:
            exists = "IF NOT EXISTS " if dialect.if_not_exists_column else ""
            statements.append(f"ALTER TABLE {table} ADD COLUMN {exists}{name} {_made(dialect, column)}")
        elif dialect.alter_type and not there.probed and is_wider(column.type, there.column.type):
            key = any(there.name in unique.columns for unique in facts.uniques)
            native = native_type(dialect, column.type, key=key)
            # A type without its collation would put the column back to the table's.
            native += there.collation
            if dialect.name == "mysql" and not there.column.nullable:
                native += " NOT NULL"
            statements.append(dialect.alter_type.format(table=table, column=name, type=native))
    return statements


def _column(dialect: Dialect, column: Column, primary_key: tuple[str, ...], keyed: bool) -> str:
    text = f"{quote(dialect, column.name)} {_made(dialect, column, keyed=keyed)}"
    if (
        primary_key == (column.name,)
        and dialect.name == "sqlite"
        and native_type(dialect, column.type) == "INTEGER"
    ):
        return f"{text} PRIMARY KEY"
    return f"{text} NOT NULL" if column.name in primary_key or not column.nullable else text


def _made(dialect: Dialect, column: Column, *, keyed: bool = False) -> str:
    """The type of a new column. Texts are compared as they are in the source: ``a``, ``A`` and ``a `` differ."""
    exact = dialect.made_text if column.type.kind is Kind.TEXT else ""
    return native_type(dialect, column.type, key=keyed) + exact


def _is_row_number(dialect: Dialect, wanted: TableSchema) -> bool:
    """A single integer key is SQLite's own row number: one tree less to keep."""
    if dialect.name != "sqlite" or len(wanted.primary_key) != 1:
        return False
    return native_type(dialect, wanted.column(wanted.primary_key[0]).type) == "INTEGER"


def _index(dialect: Dialect, wanted: TableSchema, columns: tuple[str, ...]) -> str:
    plain = f"ix_{wanted.name.name}_{'_'.join(columns)}"
    name = quote(dialect, fit_names([plain], dialect.max_identifier_bytes, False)[plain])
    exists = "" if dialect.name == "mysql" else "IF NOT EXISTS "
    on = table_text(dialect, wanted.name)
    if dialect.name == "sqlite":
        name, on = f"{quote(dialect, wanted.name.schema or 'main')}.{name}", quote(dialect, wanted.name.name)
    return f"CREATE INDEX {exists}{name} ON {on} ({', '.join(quote_all(dialect, columns))})"


def _fold(dialect: Dialect, name: str) -> str:
    return name.casefold() if dialect.folds_case else name
