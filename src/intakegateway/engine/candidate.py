"""What a column of texts might be: one candidate per type, each able to prove that every value survives it.

A candidate answers for a whole chunk at once with ``all_fit`` (true: all values fit and are of the sizes seen
before; false may also mean "look again"). Only then are values looked at one by one with ``fits``, and those
that fit are handed to ``absorb``, which sizes the type. Checking a chunk as one long text is twice as fast as
value by value. Canonical forms, that is, what does not come back letter by letter:

- integers: nothing changes; numbers with leading zeros, ``+``, spaces and ``-0`` are not integers
- decimals: ``.5`` is ``0.5``, trailing zeros up to the column's scale; minus zero is no decimal
- floats: only texts whose digits all fit a 64-bit float; the spelling of the exponent
- booleans: ``yes`` is true; letter case
- dates and times: one format per column; ISO 8601 with ``T`` or a space; moments with a zone become UTC
- UUID: lower case; JSON: unchanged
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

import polars as pl
from msgspec import Struct

from intakegateway.model.types import DataType


class Finding(Struct, frozen=True):
    """What a column turned out to be."""

    type: DataType
    date_format: str = ""
    decimal_comma: bool = False
    notes: tuple[str, ...] = ()


class Candidate(Protocol):
    """A type that all values so far have survived."""

    kind: ClassVar[str]

    def all_fit(self, value: pl.Expr) -> pl.Expr:
        """One Boolean for a chunk: true when every value that is not null or blank fits, as is."""
        ...

    def each_fits(self, value: pl.Expr) -> pl.Expr:
        """One Boolean for a sample of values (not null, not blank): whether each of them fits."""
        ...

    def fits(self, values: pl.Series) -> pl.Series:
        """Whether each of these values (not null, not blank) fits."""
        ...

    def absorb(self, values: pl.Series) -> None:
        """Make the type large enough for these values, all of which fit."""
        ...

    def wider(self) -> list[Candidate]:
        """Candidates that take over when a value does not fit; all values so far fit them too."""
        ...

    def finding(self) -> Finding:
        """The type as it stands."""
        ...


def answered(values: pl.Series, question: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """What an expression makes of these values."""
    return values.to_frame("v").select(question(pl.col("v")).alias("v"))["v"]


_END = "\\x00"


def all_match(value: pl.Expr, pattern: str) -> pl.Expr:
    """Whether all values that are not null or blank match, tested on all of them as one text.

    A value with a NUL inside might pass as two; such a value is refused on its own account.
    """
    return (value.str.join("\0") + "\0").str.contains(f"^(?:(?:{pattern})?{_END})*$")


def all_true(value: pl.Expr, fits: pl.Expr) -> pl.Expr:
    """Whether ``fits`` is true for every value that is not null or blank."""
    return (fits.fill_null(False) | value.is_null() | (value == "")).all()
