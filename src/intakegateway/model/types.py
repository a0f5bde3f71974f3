"""The types of columns, independent of any system.

The same dozen kinds are what inference finds, what a target schema is written in and what every
dialect translates to its own names. How each one looks inside a Polars frame stands in
``model.frames``.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a value is."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    JSON = "json"
    UUID = "uuid"
    BINARY = "binary"
    OTHER = "other"
    """A type that only the destination understands (an enum, ``inet``, an array): passed as text."""


class DataType(Struct, frozen=True):
    """A kind with its size.

    ``bits``: 8, 16, 32 or 64 for integers, 32 or 64 for floats. ``precision`` and ``scale``: decimal
    digits in total and after the point; 0 precision means unbounded. ``length``: most characters of a
    text or bytes of a binary; 0 means unbounded. ``native``: the destination's own name, for ``other``.
    """

    kind: Kind
    bits: int = 64
    unsigned: bool = False
    precision: int = 0
    scale: int = 0
    length: int = 0
    native: str = ""

    def __str__(self) -> str:
        if self.kind is Kind.DECIMAL and self.precision:
            return f"decimal({self.precision},{self.scale})"
        if self.kind in (Kind.TEXT, Kind.BINARY) and self.length:
            return f"{self.kind}({self.length})"
        if self.kind is Kind.INTEGER and (self.bits != 64 or self.unsigned):
            return f"{'u' if self.unsigned else ''}int{self.bits}"
        if self.kind is Kind.FLOAT and self.bits != 64:
            return "float32"
        if self.kind is Kind.OTHER:
            return self.native or "other"
        return str(self.kind)


TEXT = DataType(Kind.TEXT)
INTEGER = DataType(Kind.INTEGER)
FLOAT = DataType(Kind.FLOAT)
DECIMAL = DataType(Kind.DECIMAL)
BOOLEAN = DataType(Kind.BOOLEAN)
DATE = DataType(Kind.DATE)
TIME = DataType(Kind.TIME)
TIMESTAMP = DataType(Kind.TIMESTAMP)
TIMESTAMPTZ = DataType(Kind.TIMESTAMPTZ)
JSON = DataType(Kind.JSON)
UUID = DataType(Kind.UUID)
BINARY = DataType(Kind.BINARY)

_SPELLING = re.compile(r"\s*([a-z_ ]+?)\s*(\d+)?\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.IGNORECASE)
_NAMES = {
    "text": TEXT, "string": TEXT, "varchar": TEXT, "char": TEXT,
    "integer": INTEGER, "bigint": INTEGER, "uint": DataType(Kind.INTEGER, unsigned=True),
    "int": INTEGER, "smallint": DataType(Kind.INTEGER, bits=16),
    "decimal": DECIMAL, "numeric": DECIMAL,
    "float": FLOAT, "double": FLOAT, "real": DataType(Kind.FLOAT, bits=32),
    "boolean": BOOLEAN, "bool": BOOLEAN,
    "date": DATE, "time": TIME, "timestamp": TIMESTAMP, "datetime": TIMESTAMP, "timestamptz": TIMESTAMPTZ,
    "json": JSON, "jsonb": JSON, "uuid": UUID, "binary": BINARY, "bytea": BINARY, "blob": BINARY,
}  # fmt: skip


def parse_type(text: str) -> DataType:
    """Read a type as people write it: ``integer``, ``int32``, ``decimal(12,2)``, ``varchar(40)``.

    Raises ``ValueError`` with the names that are allowed.
    """
    match = _SPELLING.fullmatch(text)
    base = _NAMES.get(match[1].lower()) if match else None
    if match is None or base is None:
        raise ValueError(f"'{text}' is not a type. Allowed: {', '.join(sorted(_NAMES))}.")
    bits, first, second = (int(part) if part else 0 for part in match.group(2, 3, 4))
    if base.kind is Kind.INTEGER and bits in (8, 16, 32, 64):
        return DataType(Kind.INTEGER, bits=bits, unsigned=base.unsigned)
    if base.kind is Kind.FLOAT and bits in (32, 64):
        return DataType(Kind.FLOAT, bits=bits)
    if bits:
        raise ValueError(f"'{text}' is not a type. Integers have 8, 16, 32 or 64 bits, floats 32 or 64.")
    if base.kind is Kind.DECIMAL:
        if second > first:
            raise ValueError(f"'{text}': a decimal cannot have more digits after the point than in total.")
        return DataType(Kind.DECIMAL, precision=first, scale=second)
    if base.kind in (Kind.TEXT, Kind.BINARY):
        return DataType(base.kind, length=first)
    return base


def shown_type(text: str) -> DataType:
    """Read a type as we show it: what is none of ours is the destination's own (``inet``, an enum)."""
    try:
        return parse_type(text)
    except ValueError:
        return DataType(Kind.OTHER, native=text)
