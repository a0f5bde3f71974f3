"""The type of what a mapping makes, before any row is read: what a new column has to hold."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from collections.abc import Mapping as Lookup
from dataclasses import replace
from decimal import Decimal

import polars as pl

from intakegateway.engine.inference import Survey
from intakegateway.engine.widening import common_type
from intakegateway.model.mapping import Mapping
from intakegateway.model.schema import Field
from intakegateway.model.types import BOOLEAN, DATE, FLOAT, INTEGER, TEXT, TIMESTAMP, DataType, Kind

ResultType = Callable[[Mapping, Lookup[str, DataType]], DataType]
"""The type of a mapping's transforms or expression, from the types of its fields."""

_ROOMY_DIGITS = 18, 38
"""Decimal columns are made for this many digits: the next file may have longer numbers."""


def mapped_type(mapping: Mapping, fields: Lookup[str, Field], result_type: ResultType) -> DataType:
    """The type of a column that this mapping is to fill: declared, or found from the values."""
    declared = mapping.data_type
    if declared is not None:
        return declared
    if mapping.split is not None or mapping.join is not None:
        found = TEXT
    elif "constant" in mapping.model_fields_set and not mapping.transforms:
        return type_of_value(mapping.constant)
    elif mapping.expression is not None or mapping.transforms:
        types = {name: field.type for name, field in fields.items()}
        found = result_type(mapping, types)
    else:
        field = fields.get(mapping.source or "")
        found = roomy(field) if field is not None else TEXT
    if mapping.default is not None:
        return common_type(found, type_of_value(mapping.default, found)) or TEXT
    return found


def roomy(field: Field) -> DataType:
    """The field's type with room for longer numbers than the ones that were seen as text."""
    of = field.type
    if of.kind is not Kind.DECIMAL or not field.max_length or not of.precision:
        return of
    return replace(of, precision=next(digits for digits in _ROOMY_DIGITS if digits >= of.precision))


def type_of_value(value: object, like: DataType = TEXT) -> DataType:
    """The type of one value as it stands in a definition; a text that reads as ``like`` is that."""
    match value:
        case None:
            return TEXT
        case bool():
            return BOOLEAN
        case int():
            return INTEGER if -(2**63) <= value < 2**63 else DataType(Kind.DECIMAL, precision=38)
        case float():
            return _decimal_of(Decimal(repr(value))) if like.kind is Kind.DECIMAL else FLOAT
        case Decimal():
            return _decimal_of(value)
        case datetime.datetime():
            return TIMESTAMP if like.kind is not Kind.TIMESTAMPTZ else like
        case datetime.date():
            return DATE
        case str() if like.kind is not Kind.TEXT:
            survey = Survey()
            survey.add(pl.DataFrame({"v": [value]}, schema={"v": pl.String}))
            return survey.fields(whole=True)[0].type
        case _:
            return TEXT


def _decimal_of(value: Decimal) -> DataType:
    parts = value.as_tuple()
    exponent = parts.exponent if isinstance(parts.exponent, int) else 0
    scale = max(0, -exponent)
    return DataType(Kind.DECIMAL, precision=max(len(parts.digits) + max(0, exponent), scale, 1), scale=scale)
