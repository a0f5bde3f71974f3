"""Calculated columns: the mapping's expressions over what the other columns became.

A name in an expression is a mapped column (after its casts) or, if there is none of that name, a source
field in the type that the survey found. A column's own expression sees the source field of its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
from msgspec import Struct

from intakegateway.engine.cast import make_cast
from intakegateway.engine.expressions import Program, compile_expression
from intakegateway.engine.lanes import constant, fill, source_of
from intakegateway.engine.layout import Layout
from intakegateway.engine.problems import Findings
from intakegateway.engine.stages import Reading, Stage
from intakegateway.model.errors import DefinitionError
from intakegateway.model.frames import polars_type
from intakegateway.model.mapping import Mapping
from intakegateway.model.schema import Column
from intakegateway.model.types import TEXT, DataType


class _Calculation(Struct, frozen=True):
    column: Column
    program: Program
    stages: tuple[Stage, ...]
    own: str
    fallback: pl.Series | None


class Calculated(Struct, frozen=True):
    """The calculated columns of a load, each after those that it needs."""

    layout: Layout
    calculations: tuple[_Calculation, ...]
    check_nul: bool

    def __call__(self, raw: pl.DataFrame, made: dict[str, pl.Series], found: Findings) -> None:
        """Add the columns to ``made``, and what fails to ``found``."""
        fields: dict[str, pl.Series] = {}
        for calculation in self.calculations:
            column = calculation.column
            inputs = []
            for name in calculation.program.names:
                if name in made and name != calculation.own:
                    inputs.append(made[name].alias(name))
                    continue
                if name not in fields:
                    fields[name] = self._field(raw, name, column.name, found)
                inputs.append(fields[name].alias(name))
            # An expression of constants reads nothing, and still has a value in every row.
            frame = pl.DataFrame(inputs) if inputs else pl.DataFrame(height=raw.height)
            value = calculation.program(frame, column.name, found)
            for stage in calculation.stages:
                value = _run(stage, value, column.name, found)
            made[column.name] = fill(value, calculation.fallback)

    def _field(self, raw: pl.DataFrame, name: str, column: str, found: Findings) -> pl.Series:
        wanted = self.layout.field_types.get(name, TEXT)
        expr, dtype = source_of(name, dict(raw.schema))
        given = raw.with_columns(expr.alias(name))[name]
        cast = make_cast(
            dtype,
            wanted,
            date_format=self.layout.date_formats.get(name, ""),
            decimal_comma=self.layout.decimal_comma,
            check_nul=False,
        )
        return _run(Stage(None, cast), given, column, found)


def compile_calculated(layout: Layout, *, check_nul: bool) -> Calculated | None:
    """The calculations of a layout, None when there are none. Raises ``DefinitionError``."""
    columns = {column.name: column for column in layout.columns}
    wanted = {
        str(mapping.to): (number, mapping)
        for number, mapping in enumerate(layout.mapping)
        if mapping.expression is not None and str(mapping.to) in columns
    }
    if not wanted:
        return None
    types = known_types(layout)
    now = datetime.now(UTC)
    made: dict[str, _Calculation] = {}
    for name, (number, mapping) in wanted.items():
        own = {**types, name: layout.field_types.get(name, TEXT)}
        path = ("mapping", number, "expression")
        try:
            program = compile_expression(mapping.expression or "", own, now=now)
        except DefinitionError as wrong:
            raise DefinitionError(wrong.message, where=wrong.where, hint=wrong.hint, path=path) from None
        made[name] = _calculation(columns[name], mapping, program, number, check_nul=check_nul)
    return Calculated(layout, tuple(_in_order(made, wanted)), check_nul)


def known_types(layout: Layout) -> dict[str, DataType]:
    """The type of every name that an expression may use: columns first, then source fields."""
    filled = {target for mapping in layout.mapping for target in mapping.targets}
    columns = {column.name: column.type for column in layout.columns if column.name in filled}
    sources = {mapping.source: TEXT for mapping in layout.mapping if mapping.source}
    aside = dict.fromkeys(layout.aside, TEXT)
    return {**sources, **aside, **layout.field_types, **columns}


def _calculation(
    column: Column, mapping: Mapping, program: Program, number: int, *, check_nul: bool
) -> _Calculation:
    source = polars_type(program.type)
    if mapping.transforms:
        from intakegateway.engine.transforms import chain

        stages, _ = chain(source, mapping.transforms, column.type, Reading(check_nul=check_nul))
    else:
        stages = [Stage(None, make_cast(source, column.type, check_nul=check_nul))]
    fallback = None
    if mapping.default is not None:
        fallback = constant(mapping.default, column, ("mapping", number, "default"))
    return _Calculation(column, program, tuple(stages), column.name, fallback)


def _in_order(
    made: dict[str, _Calculation], wanted: dict[str, tuple[int, Mapping]]
) -> Iterator[_Calculation]:
    """Each calculation after those that it reads. Raises ``DefinitionError`` for a circle."""
    left = dict(made)
    while left:
        ready = [name for name, one in left.items() if not (one.program.names & left.keys()) - {name}]
        if not ready:
            names = ", ".join(left)
            first = wanted[next(iter(left))][0]
            raise DefinitionError(
                f"the calculated columns {names} need each other, so none can be the first.",
                path=("mapping", first, "expression"),
            )
        for name in ready:
            yield left.pop(name)


def _run(stage: Stage, given: pl.Series, column: str, found: Findings) -> pl.Series:
    if stage.pure is not None:
        given = given.to_frame("v").select(stage.pure(pl.col("v")).alias("v"))["v"]
    if stage.cast is None:
        return given
    value = given.to_frame("v").select(stage.cast.fast(pl.col("v"), "").alias("v"))["v"]
    assumed = stage.cast.assumes("")
    if assumed is not None:
        found.note(assumed, column, stage.cast.notes[assumed], value.len() - value.null_count())
    if value.null_count() != given.null_count():
        value = found.repair(stage.cast, given, value, column, stage.name)
    return value
