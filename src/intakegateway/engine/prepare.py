"""Before the first row is written: look at the source and the table, and decide the layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
from msgspec import Struct, field

from intakegateway.connectors.base import Destination, Source
from intakegateway.connectors.sql.names import fit_bmp_names, fit_names, parse_table_name
from intakegateway.engine.duplicates import Losers, find_losers
from intakegateway.engine.fitting import fitting
from intakegateway.engine.inference import Survey
from intakegateway.engine.layout import Layout
from intakegateway.engine.resolve import needs_survey, resolve
from intakegateway.engine.shape import Shaper
from intakegateway.engine.shaper import compile_shaper
from intakegateway.engine.tape import Tape
from intakegateway.model.errors import DefinitionError
from intakegateway.model.schema import Field, TableSchema
from intakegateway.model.sources import FileSource
from intakegateway.model.task import TaskSpec
from intakegateway.model.types import DataType


class Prepared(Struct, frozen=True):
    """What is decided before rows are written."""

    task: TaskSpec
    destination: Destination
    layout: Layout
    losers: Mapping[int, Losers] = field(default_factory=dict)

    def shaper(self) -> Shaper:
        """A fresh shaper with the rules in it."""
        checker = None
        if self.task.rules:
            from intakegateway.engine.rules import compile_rules

            checker = compile_rules(
                self.task.rules,
                self.layout.columns,
                existing=self.destination.existing,
                losers=self.losers,
            )
        nul = self.destination.capabilities.stores_nul_in_text
        return compile_shaper(self.layout, rules=checker, stores_nul_in_text=nul)


def prepare(
    task: TaskSpec, tape: Tape, source: Source, destination: Destination, table: TableSchema | None,
    scratch: Path,
) -> Prepared:  # fmt: skip
    """Look at as much of the source as it takes, and resolve the mapping. ``table``: as it is now.

    Raises ``DefinitionError`` for a mapping or rule that does not fit, ``DestinationError`` for a
    missing table that must not be made, and what the source raises.
    """
    layout = _layout(task, tape, source, destination, table)
    prepared = Prepared(task, destination, layout)
    if not task.rules:
        return prepared
    from intakegateway.model.rules import DedupeRule, UniqueRule

    unique = {n: rule for n, rule in enumerate(task.rules) if isinstance(rule, DedupeRule | UniqueRule)}
    losers = {}
    for number, rule in unique.items():
        order_by = rule.order_by if isinstance(rule, DedupeRule) else None
        keep = rule.keep if isinstance(rule, DedupeRule) else "first"
        losers[number] = find_losers(
            _good_rows(tape, prepared.shaper()),
            rule.keys,
            scratch / f"rule-{number}",
            keep=keep,
            order_by=order_by,
        )
    return Prepared(task, destination, layout, losers)


def _layout(
    task: TaskSpec, tape: Tape, source: Source, destination: Destination, table: TableSchema | None
) -> Layout:
    name, able, fixed = parse_table_name(task.load.table), destination.capabilities, source.fixed_fields
    comma = _decimal_comma(task)
    fit = fit_names if able.names_beyond_bmp else fit_bmp_names
    if not task.load.columns:
        if task.load.held_to is not None:
            raise DefinitionError(
                f"the columns of the schema '{task.load.held_to}' are kept by a server; there is none here.",
                hint="Write them as 'columns', or run the task on the server.",
                path=("load", "schema"),
            )
        whole = needs_survey(task, table, fixed)
        into: dict[str, DataType] = {}
        if table is not None and not whole and not task.mapping:
            into = {column.name: column.type for column in table.columns}
        fields, empty = survey(tape, whole=whole, decimal_comma=comma, into=into)
        return resolve(task, fields, table, able, fit, name=name, fixed_fields=fixed, empty=empty)
    from intakegateway.engine.held import held_table, resolve_held

    fields, _ = survey(
        tape, whole=needs_survey(task, held_table(task, table, name), fixed), decimal_comma=comma
    )
    return resolve_held(task, fields, table, able, fit, name=name, fixed_fields=fixed)


def survey(
    tape: Tape, *, whole: bool, decimal_comma: bool | None = None, into: Mapping[str, DataType] | None = None
) -> tuple[list[Field], bool]:
    """The fields of a source, by all of its values or by its first chunk; and whether there was no row.

    ``into``: the types of columns that fields of the same name go into. Of a first chunk, the texts that
    all become such values are not asked what else they might be, which takes longer than to read them.
    """
    found, empty = Survey(decimal_comma=decimal_comma, samples=False), True
    clear: dict[str, DataType] = {}
    names: list[str] = []
    for _, chunk in tape.chunks():
        frame = chunk.frame
        empty = empty and not frame.height
        if not whole and into and not chunk.typed:
            clear, names = fitting(frame, into, decimal_comma=bool(decimal_comma)), frame.columns
            frame = frame.drop(clear)
        if frame.width or not clear:
            found.add(frame, typed=chunk.typed)
        if not whole:
            break
    fields = found.fields(whole or tape.whole)
    if clear:
        asked = {field.name: field for field in fields}
        fields = [asked[name] if name in asked else Field(name, clear[name]) for name in names]
    return fields, empty


def _decimal_comma(task: TaskSpec) -> bool | None:
    return task.source.decimal_comma if isinstance(task.source, FileSource) else None


def _good_rows(tape: Tape, shaper: Shaper) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
    for first, chunk in tape.chunks():
        shaped = shaper(chunk, first)
        yield shaped.frame, shaped.rows
