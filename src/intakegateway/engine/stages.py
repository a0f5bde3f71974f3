"""What a value goes through on its way into a column."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from msgspec import Struct

from intakegateway.engine.cast_step import Cast

Pure = Callable[[pl.Expr], pl.Expr]


class Stage(Struct, frozen=True):
    """A pure expression, then at most one step that may fail.

    ``name`` is the transform whose failure it is, empty for the cast to the column's type.
    """

    pure: Pure | None
    cast: Cast | None
    name: str = ""


class Reading(Struct, frozen=True):
    """How text is read where a value arrives as it stands in the source."""

    date_format: str = ""
    decimal_comma: bool = False
    check_nul: bool = True
