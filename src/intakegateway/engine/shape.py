"""One chunk of source fields into typed destination columns, and the problems of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import polars as pl

from intakegateway.connectors.base import Chunk
from intakegateway.model.schema import Column

PROBLEM_SCHEMA: dict[str, type[pl.DataType]] = {
    "row": pl.Int64,
    "code": pl.String,
    "column": pl.String,
    "message": pl.String,
}
"""One line per row and reason. ``row`` is the row's number in the load (chunk offset + index).
Codes: a rule's name in upper case (NOT_NULL, RANGE, REGEX, LENGTH, IN, UNIQUE, EXPRESSION, REFERENCE),
INVALID_TYPE, TOO_LONG, OUT_OF_RANGE, LOSSY, NUL_CHARACTER, or those of a transform."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """One chunk after mapping, casts and rules.

    ``frame`` and ``rows`` (Int64 numbers) hold the good rows only; ``bad`` is a Boolean mask over the
    chunk's rows, None when there are none; ``problems`` has every reason of every bad row;
    ``deduplicated`` rows are neither good nor bad. ``warned`` counts rows that failed a rule of
    severity ``warning``, per (code, column, message).
    """

    frame: pl.DataFrame
    rows: pl.Series
    bad: pl.Series | None
    problems: pl.DataFrame | None
    deduplicated: int = 0
    warned: tuple[tuple[str, str, str, int], ...] = ()


class Shaper(Protocol):
    """Compiled once per load by ``engine.shaper.compile_shaper``; called for each chunk, in order."""

    columns: tuple[Column, ...]

    def __call__(self, chunk: Chunk, first_row: int) -> Shaped:
        """Shape the chunk's ``frame``. ``first_row`` is the number of its first row."""
        ...
