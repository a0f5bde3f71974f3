"""Tables as the gateway sees them."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from intakegateway.model.types import TEXT, DataType


class Column(Struct, frozen=True):
    """One column of a table.

    ``has_default``: the database fills it when a load leaves it out (a default, an identity, a
    sequence). ``generated``: the database computes it and refuses values for it.
    """

    name: str
    type: DataType = TEXT
    nullable: bool = True
    has_default: bool = False
    generated: bool = False

    @property
    def required(self) -> bool:
        """Whether a row without a value for it is refused."""
        return not (self.nullable or self.has_default or self.generated)


class TableName(Struct, frozen=True):
    """A table's name, with its schema where the system has them (empty: the connection's default)."""

    name: str
    schema: str = ""

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


class TableSchema(Struct, frozen=True):
    """A table: its columns in order, its primary key and its unique keys (each a tuple of columns)."""

    name: TableName
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in the table's order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that exact name. Raises ``KeyError``."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def with_columns(self, *added: Column) -> TableSchema:
        """The same table with more columns at its end."""
        return replace(self, columns=(*self.columns, *added))


class Field(Struct, frozen=True):
    """One field of a source, as a survey of its values found it.

    ``type`` is the narrowest type that every value survives. ``nulls`` and ``values`` count over the
    rows that were seen; ``whole`` says whether those were all rows. ``date_format`` is the one format
    that all values of a date or timestamp share, empty for ISO 8601. ``notes`` are sentences about
    what was decided and why (leading zeros kept, ambiguous dates, long numbers). ``decimal_comma``: the
    values are numbers with a decimal comma.
    """

    name: str
    type: DataType = TEXT
    nulls: int = 0
    values: int = 0
    max_length: int = 0
    date_format: str = ""
    whole: bool = False
    notes: tuple[str, ...] = ()
    samples: tuple[str, ...] = field(default=())
    decimal_comma: bool = False
