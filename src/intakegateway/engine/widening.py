"""Which type holds the values of two types, every one of them exactly."""

from __future__ import annotations

from msgspec.structs import replace

from intakegateway.model.frames import MAX_DECIMAL_DIGITS
from intakegateway.model.types import DataType, Kind

_INTEGER_DIGITS = {8: 3, 16: 5, 32: 10, 64: 19}
_EXACT_INTEGER_BITS = {32: 16, 64: 32}
"""Integers up to this size are exact in a float of that size."""


def common_type(one: DataType, other: DataType) -> DataType | None:
    """The narrowest type that holds all values of both without loss, or None where only text would do.

    A date beside a timestamp, or a moment with a zone beside one without, has no such type: which
    midnight, or whose zone, would be a guess.
    """
    if one == other:
        return one
    kinds = {one.kind, other.kind}
    if kinds == {Kind.TEXT} or kinds == {Kind.BINARY}:
        return replace(one, length=max(one.length, other.length) if one.length and other.length else 0)
    if kinds == {Kind.INTEGER}:
        return _common_integer(one, other)
    if kinds <= {Kind.INTEGER, Kind.DECIMAL}:
        return _common_decimal(one, other)
    if kinds == {Kind.FLOAT}:
        return replace(one, bits=max(one.bits, other.bits))
    if kinds == {Kind.FLOAT, Kind.INTEGER}:
        whole, real = (one, other) if one.kind is Kind.INTEGER else (other, one)
        for bits, exact in _EXACT_INTEGER_BITS.items():
            if bits >= real.bits and whole.bits + (0 if whole.unsigned else -1) < exact + 1:
                return replace(real, bits=bits)
        return None
    return one if len(kinds) == 1 and one.kind is not Kind.OTHER else None


def holds(column: DataType, values: DataType) -> bool:
    """Whether a column of the first type takes every value of the second as it is."""
    return (column.kind is Kind.TEXT and not column.length) or common_type(column, values) == column


def _common_integer(one: DataType, other: DataType) -> DataType | None:
    if one.unsigned == other.unsigned:
        return one if one.bits >= other.bits else other
    signed, unsigned = (other, one) if one.unsigned else (one, other)
    for bits in (16, 32, 64):
        if bits >= signed.bits and bits > unsigned.bits:
            return DataType(Kind.INTEGER, bits=bits)
    return DataType(Kind.DECIMAL, precision=20)


def _common_decimal(one: DataType, other: DataType) -> DataType | None:
    first, second = _as_decimal(one), _as_decimal(other)
    if not first.precision or not second.precision:
        return DataType(Kind.DECIMAL)
    scale = max(first.scale, second.scale)
    whole = max(first.precision - first.scale, second.precision - second.scale)
    if whole + scale > MAX_DECIMAL_DIGITS:
        return None
    return DataType(Kind.DECIMAL, precision=whole + scale, scale=scale)


def _as_decimal(of: DataType) -> DataType:
    if of.kind is Kind.DECIMAL:
        return of
    return DataType(Kind.DECIMAL, precision=_INTEGER_DIGITS[of.bits] + (of.unsigned and of.bits == 64))
