"""What a database's catalog says about a table: enough to judge rows before it does."""

from __future__ import annotations

from msgspec import Struct

from intakegateway.connectors.sql.dialect import Dialect, quote_all
from intakegateway.connectors.sql.types import native_type
from intakegateway.model.schema import Column, TableName, TableSchema
from intakegateway.model.types import Kind


class FactColumn(Struct, frozen=True):
    """One column: ``native`` is its declared type; ``default`` the SQL of a default that has no side effect.

    ``probed``: only the database can say whether a text fits (an enum, a domain, JSON, an array).
    """

    column: Column
    native: str
    default: str = ""
    probed: bool = False
    collation: str = ""
    """Written after the type of a staged text that has to compare as the column does; empty: it does anyway."""
    most_bytes: int = 0
    """Bytes of a text in UTF-8 that the column keeps whole; 0: it has no such limit, or refuses what is longer."""

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name


class Unique(Struct, frozen=True):
    """A unique key: ``parts`` are SQL texts over the table's columns, ``where`` limits it (partial).

    ``columns`` are those that the parts and ``where`` use. ``name`` is empty for keys that the request
    asks for and the table does not hold.
    """

    name: str
    columns: tuple[str, ...]
    parts: tuple[str, ...]
    where: str = ""
    nulls_equal: bool = False
    primary: bool = False


class ForeignKey(Struct, frozen=True):
    """``columns`` of a row must stand in ``target_columns`` of ``target``, unless one of them is null."""

    name: str
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]


class Check(Struct, frozen=True):
    """A condition over the table's columns; refused is what makes it false (null passes)."""

    name: str
    expression: str
    columns: tuple[str, ...]


class Facts(Struct, frozen=True):
    """A table, as its database holds it."""

    name: TableName
    columns: tuple[FactColumn, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[Unique, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    triggers: bool = False
    """Whether a trigger may change or refuse rows, so that only the database knows."""
    bulk: bool = True
    """Whether rows may be sent straight into it; if not (a view), they are staged and inserted."""
    referenced: bool = False
    """Whether other tables' foreign keys point here, or it may not be truncated for another reason."""

    def column(self, name: str) -> FactColumn:
        """The column of that name. Raises ``KeyError``."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in the table's order."""
        return tuple(column.name for column in self.columns)

    def schema(self) -> TableSchema:
        """The same, as the engine sees it. Partial and computed unique keys are left out."""
        plain = (u for u in self.uniques if not u.where and not u.primary and len(u.parts) == len(u.columns))
        return TableSchema(
            name=self.name,
            columns=tuple(column.column for column in self.columns),
            primary_key=self.primary_key,
            uniques=tuple(unique.columns for unique in plain),
        )


def plain_unique(
    dialect: Dialect, name: str, columns: tuple[str, ...], *, primary: bool = False, nulls_equal: bool = False
) -> Unique:
    """A unique key over whole columns."""
    parts = tuple(quote_all(dialect, columns))
    return Unique(name, columns, parts, nulls_equal=nulls_equal, primary=primary)


def expected_facts(dialect: Dialect, table: TableSchema) -> Facts:
    """What the catalog will say of a table that is yet to be made."""
    keyed = {*table.primary_key, *(name for unique in table.uniques for name in unique)}
    columns = tuple(
        FactColumn(
            column,
            native_type(dialect, column.type, key=column.name in keyed),
            probed=column.type.kind in (Kind.OTHER, Kind.JSON),
            collation=dialect.made_text,
        )
        for column in table.columns
    )
    uniques = [plain_unique(dialect, "", unique) for unique in table.uniques]
    if table.primary_key:
        uniques.insert(0, plain_unique(dialect, "", table.primary_key, primary=True))
    return Facts(table.name, columns, primary_key=table.primary_key, uniques=tuple(uniques))
