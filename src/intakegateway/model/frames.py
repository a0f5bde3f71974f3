"""How each type looks inside a Polars frame, once a row has passed the casts."""

from __future__ import annotations

import polars as pl

from intakegateway.model.types import (
    BINARY,
    BOOLEAN,
    DATE,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    DataType,
    Kind,
)

MAX_DECIMAL_DIGITS = 38
"""The most digits that a Polars (and Arrow) 128-bit decimal holds."""

_SIGNED = {8: pl.Int8(), 16: pl.Int16(), 32: pl.Int32(), 64: pl.Int64()}
_UNSIGNED = {8: pl.UInt8(), 16: pl.UInt16(), 32: pl.UInt32(), 64: pl.UInt64()}
_SIMPLE: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.TIME: pl.Time(),
    Kind.TIMESTAMP: pl.Datetime("us"),
    Kind.TIMESTAMPTZ: pl.Datetime("us", "UTC"),
    Kind.JSON: pl.String(),
    Kind.UUID: pl.String(),
    Kind.BINARY: pl.Binary(),
    Kind.OTHER: pl.String(),
}


def polars_type(of: DataType) -> pl.DataType:
    """The frame type that holds values of ``of`` without loss.

    Decimals without a precision, or with more than 38 digits, are kept as validated numerals in
    text; so are JSON (one document), UUID (lower case with dashes) and ``other``.
    """
    match of.kind:
        case Kind.INTEGER:
            return (_UNSIGNED if of.unsigned else _SIGNED)[of.bits]
        case Kind.FLOAT:
            return pl.Float32() if of.bits == 32 else pl.Float64()
        case Kind.DECIMAL:
            if 0 < of.precision <= MAX_DECIMAL_DIGITS:
                return pl.Decimal(of.precision, of.scale)
            return pl.String()
        case kind:
            return _SIMPLE[kind]


def data_type(of: pl.DataType) -> DataType:
    """The type of a column that a source delivered already typed."""
    for bits in (8, 16, 32, 64):
        if of == _SIGNED[bits]:
            return DataType(Kind.INTEGER, bits=bits)
        if of == _UNSIGNED[bits]:
            return DataType(Kind.INTEGER, bits=bits, unsigned=True)
    match of:
        case pl.Float32():
            return DataType(Kind.FLOAT, bits=32)
        case pl.Float64():
            return DataType(Kind.FLOAT)
        case pl.Decimal():
            return DataType(Kind.DECIMAL, precision=of.precision or MAX_DECIMAL_DIGITS, scale=of.scale)
        case pl.Boolean():
            return BOOLEAN
        case pl.Date():
            return DATE
        case pl.Time():
            return TIME
        case pl.Datetime():
            return TIMESTAMPTZ if of.time_zone else TIMESTAMP
        case pl.Binary():
            return BINARY
        case _:
            return TEXT
