"""Moments for columns that keep fewer digits of a second than the values have.

Databases cut or round them without a word, each in its own way; here they are rounded, and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import polars as pl

from intakegateway.connectors.sql.dialect import Dialect
from intakegateway.connectors.sql.facts import FactColumn
from intakegateway.model.types import Kind

_ALL = 6
_MOMENT = re.compile(r"(?:datetime|timestamptz|timestamp|time)\b(?:\s*\((\d)\))?", re.IGNORECASE)
_NAMED = {"timestamp_s": 0, "timestamp_ms": 3}
"""Types that say in their name how many digits they keep."""
_DAY = 86_400_000_000_000


class Fractions:
    """Rounds what the ``columns`` cannot keep, and remembers how much that was."""

    def __init__(self, columns: Sequence[FactColumn], dialect: Dialect) -> None:
        found = {column.name: kept_digits(column.native, dialect) for column in columns}
        # A frame's times of day have nanoseconds, which no column of the type keeps.
        times = {column.name for column in columns if column.column.type.kind is Kind.TIME}
        self._digits = {name: digits for name, digits in found.items() if digits < _ALL or name in times}
        self._natives = {column.name: column.native for column in columns}
        self._rounded: Counter[str] = Counter()

    def rounded(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with its moments as the columns will keep them."""
        for name, digits in self._digits.items():
            series = frame[name]
            if not isinstance(series.dtype, pl.Datetime | pl.Time):
                continue
            number = series.to_physical()
            # A column of the type Time counts nanoseconds, the others microseconds.
            step = 10 ** ((9 if series.dtype == pl.Time else _ALL) - digits)
            finer = int((number % step != 0).sum())
            if not finer:
                continue
            self._rounded[name] += finer
            whole = (number + step // 2) // step * step
            if series.dtype == pl.Time:
                whole = whole.clip(None, _DAY - step)
            frame = frame.with_columns(whole.cast(series.dtype).alias(name))
        return frame

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was rounded, in sentences."""
        return tuple(
            f"{count:,} {'value' if count == 1 else 'values'} of '{name}' rounded to "
            + (f"{self._digits[name]} decimals of a second" if self._digits[name] else "whole seconds")
            + f": the column is {self._natives[name]}."
            for name, count in self._rounded.items()
        )


def kept_digits(native: str, dialect: Dialect) -> int:
    """How many digits of a second a column of that declared type keeps; 6 for what is no moment."""
    if native.lower() in _NAMED:
        return _NAMED[native.lower()]
    match = _MOMENT.match(native)
    if match is None or dialect.second_digits < 0:
        return _ALL
    return int(match[1]) if match[1] else dialect.second_digits
