"""What a value goes through on its way into a column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from intakegateway.engine.cast_step import Cast

Pure = Callable[[pl.Expr], pl.Expr]


@dataclass(frozen=True, slots=True)
class Stage:
    """A pure expression, then at most one step that may fail.

    ``name`` is the transform whose failure it is, empty for the cast to the column's type.
    """

    pure: Pure | None
    cast: Cast | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How text is read where a value arrives as it stands in the source."""

    date_format: str = ""
    decimal_comma: bool = False
    check_nul: bool = True
