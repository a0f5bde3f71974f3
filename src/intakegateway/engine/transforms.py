"""The transforms as expressions, chained into stages that end where a value may fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from intakegateway.engine.cast import make_cast
from intakegateway.engine.cast_step import Cast, canonical_text
from intakegateway.engine.stages import Pure, Reading, Stage
from intakegateway.engine.transform_casts import (
    boolean_words,
    epoch_to_timestamp,
    known_values,
    local_to_timestamp,
    number_to_numeral,
    round_cast,
)
from intakegateway.engine.transform_texts import TEXT_STEPS, digest, json_at, json_document
from intakegateway.model import transforms as t
from intakegateway.model.errors import DefinitionError
from intakegateway.model.frames import data_type
from intakegateway.model.transform_step import Step
from intakegateway.model.types import (
    BOOLEAN,
    DATE,
    DECIMAL,
    FLOAT,
    INTEGER,
    TIMESTAMP,
    TIMESTAMPTZ,
    DataType,
    Kind,
)


def chain(
    source: pl.DataType, steps: Sequence[t.Transform], target: DataType | None, reading: Reading
) -> tuple[list[Stage], pl.DataType]:
    """The stages from a frame type through the transforms to a column type, and what comes out.

    With no ``target`` the transforms' own result is left as it is.
    """
    stages: list[Stage] = []
    pure: Pure | None = None
    dtype: pl.DataType = pl.String() if source == pl.Null else source
    if source == pl.Null:
        pure = _then(None, lambda e: e.cast(pl.String))
    as_read = True
    for step in steps:
        if isinstance(step, tuple(TEXT_STEPS)):
            if dtype != pl.String:
                pure, dtype = _then(pure, canonical_text(dtype)), pl.String()
            pure = _then(pure, TEXT_STEPS[type(step)](step))
            continue
        done = _free(step, dtype)
        if done is not None:
            pure, dtype = _then(pure, done[0]), done[1]
            as_read = as_read and not isinstance(step, (t.Lookup, t.FormatDate))
            continue
        cast = _fallible(step, dtype, reading if as_read else Reading(check_nul=reading.check_nul))
        if cast is not None:
            stages.append(Stage(pure, cast, step.name))
            pure, dtype, as_read = None, cast.to, False
        if isinstance(step, t.FormatDate):
            text_format = step.format
            pure, dtype = _then(pure, lambda e, f=text_format: e.dt.strftime(f)), pl.String()  # type: ignore[misc]
    if target is not None:
        last = make_cast(
            dtype,
            target,
            date_format=reading.date_format if as_read else "",
            decimal_comma=reading.decimal_comma and as_read,
            check_nul=reading.check_nul,
        )
        stages.append(Stage(pure, last))
        return stages, last.to if last is not None else dtype
    stages.append(Stage(pure, None))
    return stages, dtype


def result_type(step: t.Transform, before: DataType) -> DataType:
    """The type of a transform's result, for columns that are to be made."""
    match step:
        case t.ToInt():
            return INTEGER
        case t.ToFloat():
            return FLOAT
        case t.ToDecimal():
            return _decimal(step)
        case t.ToBool():
            return BOOLEAN
        case t.ToDate():
            return DATE
        case t.ToTimestamp():
            return TIMESTAMPTZ if _gives_zone(step) else TIMESTAMP
        case t.ParseNumber():
            return DECIMAL
        case t.Round():
            if before.kind in (Kind.INTEGER, Kind.FLOAT):
                return before
            return DataType(Kind.DECIMAL, precision=38, scale=step.digits)
        case t.Lookup():
            return _lookup_type(step, before)
        case t.NullIf() | t.Default():
            return before
        case t.Json():
            return DataType(Kind.TEXT) if step.path else DataType(Kind.JSON)
        case _:
            return DataType(Kind.TEXT)


def _then(first: Pure | None, second: Pure) -> Pure:
    if first is None:
        return second
    return lambda expr: second(first(expr))


def _free(step: Step, dtype: pl.DataType) -> tuple[Pure, pl.DataType] | None:
    """Transforms that cannot fail."""
    match step:
        case t.NullIf():
            texts = [_text(value) for value in step.values]
            spell = canonical_text(dtype)
            return (lambda e: pl.when(~spell(e).is_in(texts)).then(e)), dtype
        case t.Default():
            literal = pl.lit(_typed(step.value, dtype), dtype=dtype)
            return (lambda e: e.fill_null(literal)), dtype
        case t.Hash():
            spell = canonical_text(dtype)
            return (lambda e: digest(spell(e), step)), pl.String()
        case t.Json() if not step.path:
            return json_document(dtype), pl.String()
        case t.Json():
            return (lambda e: json_at(canonical_text(dtype)(e), step.path.removeprefix("$."))), pl.String()
        case t.Lookup() if step.unmatched != "reject" or step.default is not None:
            return _lookup(step, dtype)
        case t.Round() if dtype.is_integer():
            return (lambda e: e), dtype
        case t.Round() if dtype.is_float():
            return (lambda e: e.round(step.digits, mode="half_away_from_zero")), dtype
        case t.FormatDate() if isinstance(dtype, (pl.Date, pl.Datetime, pl.Time)):
            return (lambda e: e.dt.strftime(step.format)), pl.String()
        case _:
            return None


def _fallible(step: Step, dtype: pl.DataType, reading: Reading) -> Cast | None:
    """Transforms that a value may fail; None where the value is right already."""
    comma = reading.decimal_comma
    match step:
        case t.ToInt():
            return make_cast(dtype, INTEGER, decimal_comma=comma)
        case t.ToFloat():
            return make_cast(dtype, FLOAT, decimal_comma=comma)
        case t.ToDecimal():
            return make_cast(dtype, _decimal(step), decimal_comma=comma)
        case t.ToBool():
            if step.true:
                return boolean_words(canonical_text(dtype), step)
            return make_cast(dtype, BOOLEAN)
        case t.ToDate():
            return make_cast(dtype, DATE, date_format=step.format or reading.date_format)
        case t.ToTimestamp():
            if step.unit:
                return epoch_to_timestamp(dtype, step.unit)
            target = TIMESTAMPTZ if _gives_zone(step) else TIMESTAMP
            date_format = step.format or reading.date_format
            if step.zone and dtype == pl.String:
                return local_to_timestamp(step.zone, date_format)
            return make_cast(dtype, target, date_format=date_format)
        case t.FormatDate():
            return make_cast(dtype, TIMESTAMP, date_format=reading.date_format)
        case t.ParseNumber():
            return number_to_numeral(canonical_text(dtype), step)
        case t.Round():
            return round_cast(dtype, step.digits, decimal_comma=comma)
        case t.Lookup():
            return known_values(_lookup(step, dtype))
        case _:
            return None


def _decimal(step: t.ToDecimal) -> DataType:
    return (
        DECIMAL if step.scale is None else DataType(Kind.DECIMAL, precision=step.precision, scale=step.scale)
    )


def _gives_zone(step: t.ToTimestamp) -> bool:
    return bool(step.unit or step.zone) or any(z in step.format for z in ("%z", "%:z", "%#z", "%+"))


def _lookup(step: t.Lookup, dtype: pl.DataType) -> tuple[Pure, pl.DataType]:
    spell = canonical_text(dtype)
    keeps = step.default is None and step.unmatched == "keep"
    to = pl.String() if keeps else _common([*step.values.values(), step.default])
    new = [None if v is None else (_text(v) if to == pl.String else v) for v in step.values.values()]
    default = None if step.default is None else (_text(step.default) if to == pl.String else step.default)

    def look(expr: pl.Expr) -> pl.Expr:
        text = spell(expr)
        found = text.replace_strict(
            list(step.values), new, default=text if keeps else default, return_dtype=to
        )
        # A null is no value, so it stays null whatever the default is.
        return pl.when(expr.is_not_null()).then(found)

    return look, to


def _lookup_type(step: t.Lookup, before: DataType) -> DataType:
    if step.default is None and step.unmatched == "keep":
        return before if before.kind is Kind.TEXT else DataType(Kind.TEXT)
    match _common([*step.values.values(), step.default]):
        case pl.Int64():
            return INTEGER
        case pl.Float64():
            return FLOAT
        case pl.Boolean():
            return BOOLEAN
        case _:
            return DataType(Kind.TEXT)


def _common(values: Sequence[t.Scalar | None]) -> pl.DataType:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pl.Boolean()
    if kinds == {int}:
        return pl.Int64()
    if kinds in ({float}, {int, float}):
        return pl.Float64()
    return pl.String()


def _text(value: t.Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(value: t.Scalar, dtype: pl.DataType) -> Any:
    """A value of the definition as the values at this place are. Raises ``DefinitionError``."""
    given = pl.Series([_text(value)])
    cast = make_cast(pl.String(), data_type(dtype), check_nul=False)
    if cast is None:
        return given[0]
    read = cast.careful(given)
    if read["code"].null_count() == 0:
        why = cast.messages(given, read["code"])[0].rstrip(".")
        raise DefinitionError(f"default: {why}: the values here are {data_type(dtype)}.")
    return read["value"][0]
