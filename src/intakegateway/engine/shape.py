"""One chunk of source fields into typed destination columns, and the problems of its rows."""

from __future__ import annotations

from typing import Literal, Protocol

import polars as pl
from msgspec import Struct

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
INVALID_TYPE, TOO_LONG, OUT_OF_RANGE, LOSSY, NUL_CHARACTER, DIVISION_BY_ZERO, UNMATCHED (a value that a
``lookup`` or a ``split`` pattern does not know)."""


Touch = Literal["rejected", "warned", "changed", "deduplicated"]
"""What a rule does to a row that fails it."""


class Checked(Struct, frozen=True):
    """What the rules say about one chunk.

    ``frame`` has the same rows and columns as the frame that was checked, with the values that
    ``set_null`` and ``set_default`` changed. ``problems`` (``PROBLEM_SCHEMA``) has one line per row and
    reason for the rows to reject. ``dropped`` is a Boolean mask of the rows that are duplicates of
    others, None when there are none. ``warned`` counts rows that failed a rule of severity
    ``warning``, per (code, column, message). ``stop`` is the sentence with which the run has to end.
    ``touched`` says of each rule that failed which rows those are: its place, what became of them, a mask.
    """

    frame: pl.DataFrame
    problems: pl.DataFrame | None = None
    dropped: pl.Series | None = None
    warned: tuple[tuple[str, str, str, int], ...] = ()
    stop: str | None = None
    touched: tuple[tuple[int, Touch, pl.Series], ...] = ()


class Checker(Protocol):
    """The rules of a task, compiled once per load by ``engine.rules``; called per chunk, in order."""

    def __call__(self, typed: pl.DataFrame, rows: pl.Series, bad: pl.Series | None) -> Checked:
        """Check all rows of a chunk after the casts.

        ``typed`` has the layout's columns in canonical frame types; ``rows`` (Int64) are the rows'
        numbers. ``bad`` is a Boolean mask of the rows that a cast has refused already, None when there
        are none: they are checked too (a row gets all its reasons), with null for a value that could
        not be read, but they must not take part in finding duplicates. The caller leaves out what a
        rule says about a column whose value could not be read.
        """
        ...


class Shaped(Struct, frozen=True):
    """One chunk after mapping, casts and rules.

    ``frame`` and ``rows`` (Int64 numbers) hold the good rows only; ``bad`` is a Boolean mask over the
    chunk's rows, None when there are none; ``problems`` has every reason of every bad row;
    ``deduplicated`` rows are neither good nor bad. ``warned`` counts rows that failed a rule of
    severity ``warning``, and values that a cast had to change in a harmless way (codes ROUNDED,
    ASSUMED_UTC), per (code, column, message).
    """

    frame: pl.DataFrame
    rows: pl.Series
    bad: pl.Series | None
    problems: pl.DataFrame | None
    deduplicated: int = 0
    warned: tuple[tuple[str, str, str, int], ...] = ()
    stop: str | None = None
    """A rule asks to end the run, with this sentence."""
    touched: tuple[tuple[int, Touch, pl.Series], ...] = ()
    """As ``Checked`` has it."""


class Shaper(Protocol):
    """Compiled once per load by ``engine.shaper.compile_shaper``; called for each chunk, in order."""

    columns: tuple[Column, ...]

    def __call__(self, chunk: Chunk, first_row: int) -> Shaped:
        """Shape the chunk's ``frame``. ``first_row`` is the number of its first row."""
        ...
