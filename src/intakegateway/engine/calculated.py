"""Calculated columns: the mapping's expressions over what the other columns became."""

from __future__ import annotations

import polars as pl

from intakegateway.engine.layout import Layout
from intakegateway.engine.problems import Findings


class Calculated:
    def __call__(self, raw: pl.DataFrame, made: dict[str, pl.Series], found: Findings) -> None: ...


def compile_calculated(layout: Layout) -> Calculated | None:
    return None
