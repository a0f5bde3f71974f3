"""A chunk through the shaper, in one line."""

from __future__ import annotations

from typing import Any

import polars as pl

from intakegateway.connectors.base import Chunk, Locators
from intakegateway.engine.layout import Layout
from intakegateway.engine.shape import Checker, Shaped
from intakegateway.engine.shaper import compile_shaper
from intakegateway.model.mapping import Mapping
from intakegateway.model.schema import Column, TableName, TableSchema
from intakegateway.model.types import parse_type


def layout(
    mappings: list[dict[str, Any]], types: dict[str, str], *, required: tuple[str, ...] = (), **more: Any
) -> Layout:
    """A layout for columns of the given types."""
    columns = tuple(Column(name, parse_type(of), nullable=name not in required) for name, of in types.items())
    mapping = tuple(Mapping.model_validate(one) for one in mappings)
    return Layout(TableSchema(TableName("t"), columns), True, columns, mapping, **more)


def chunk(frame: pl.DataFrame | dict[str, list[Any]], *, nul: bool = True) -> Chunk:
    """A chunk with line numbers."""
    made = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame)
    return Chunk(made, Locators("line {a}", pl.int_range(made.height, eager=True)), nul=nul)


def shape(
    frame: pl.DataFrame | dict[str, list[Any]],
    mappings: list[dict[str, Any]],
    types: dict[str, str],
    *,
    rules: Checker | None = None,
    first_row: int = 1,
    excluded: pl.Series | None = None,
    stores_nul_in_text: bool = False,
    **more: Any,
) -> Shaped:
    """One chunk, shaped."""
    shaper = compile_shaper(
        layout(mappings, types, **more), rules=rules, stores_nul_in_text=stores_nul_in_text, excluded=excluded
    )
    return shaper(chunk(frame), first_row)


def reasons(shaped: Shaped) -> list[tuple[int, str, str]]:
    """Row, code and column of every problem."""
    if shaped.problems is None:
        return []
    return [(row, code, column) for row, code, column, _ in shaped.problems.iter_rows()]
