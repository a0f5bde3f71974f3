"""The type of what a mapping makes, before any row is read: what a new column has to hold."""

from __future__ import annotations

import datetime
from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from decimal import Decimal

import polars as pl
from msgspec.structs import replace

from intakegateway.engine.inference import Survey
from intakegateway.engine.widening import common_type
from intakegateway.model.errors import DefinitionError
from intakegateway.model.mapping import Mapping
from intakegateway.model.schema import Field
from intakegateway.model.types import BOOLEAN, DATE, FLOAT, INTEGER, TEXT, TIMESTAMP, DataType, Kind

_ROOMY_DIGITS = 18, 38
"""Decimal columns are made for this many digits: the next file may have longer numbers."""


def column_types(
    mapping: Sequence[Mapping], fields: Lookup[str, Field], known: Lookup[str, DataType]
) -> list[DataType]:
    """The type of the columns that each mapping is to fill: declared, or found from the values.

    ``known`` has the types of columns that are there already. An expression may use the columns of other
    mappings, in any order, and source fields. Raises ``DefinitionError`` for an expression that is wrong.
    """
    columns = dict(known)
    found: dict[int, DataType] = {}
    waiting = sorted(range(len(mapping)), key=lambda place: mapping[place].expression is not None)
    while waiting:
        place = _ready(mapping, waiting)
        waiting.remove(place)
        found[place] = _mapped_type(mapping[place], fields, columns, place)
        columns.update(dict.fromkeys(mapping[place].targets, found[place]))
    return [found[place] for place in range(len(mapping))]


def _ready(mapping: Sequence[Mapping], waiting: list[int]) -> int:
    """The first mapping that needs none of the others; in a circle, just the first."""
    for place in waiting:
        # To gather the others' columns takes as long as there are mappings: most need nothing of them.
        names = expression_names(mapping[place])
        if not names or not names & {
            n for other in waiting if other != place for n in mapping[other].targets
        }:
            return place
    return waiting[0]


def expression_names(mapping: Mapping) -> frozenset[str]:
    """The columns and fields that a mapping's expression names; none for one that cannot be read."""
    if mapping.expression is None:
        return frozenset()
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(mapping.expression, dialect="postgres")
    except (sqlglot.errors.SqlglotError, RecursionError):
        return frozenset()
    return frozenset(".".join(part.name for part in node.parts) for node in tree.find_all(exp.Column))


def _mapped_type(
    mapping: Mapping, fields: Lookup[str, Field], columns: Lookup[str, DataType], place: int
) -> DataType:
    declared = mapping.data_type
    if declared is not None:
        return declared
    found = _before_transforms(mapping, fields, columns, place)
    if mapping.transforms:
        from intakegateway.engine.transforms import result_type

        for step in mapping.transforms:
            found = result_type(step, found)
    if mapping.default is not None:
        return common_type(found, type_of_value(mapping.default, found)) or TEXT
    return found


def _before_transforms(
    mapping: Mapping, fields: Lookup[str, Field], columns: Lookup[str, DataType], place: int
) -> DataType:
    if mapping.expression is not None:
        from intakegateway.engine.expressions import check_expression

        own = {target: fields[target].type for target in mapping.targets if target in fields}
        types = {**{name: field.type for name, field in fields.items()}, **columns, **own}
        try:
            return check_expression(mapping.expression, types)
        except DefinitionError as wrong:
            path = ("mapping", place, "expression")
            raise DefinitionError(wrong.message, where=wrong.where, hint=wrong.hint, path=path) from None
    if mapping.split is not None or mapping.join is not None:
        return TEXT
    if "constant" in mapping.model_fields_set:
        return type_of_value(mapping.constant)
    field = fields.get(mapping.source or "")
    return roomy(field) if field is not None else TEXT


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
