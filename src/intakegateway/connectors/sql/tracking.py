"""How far an incremental query has read: the greatest value of its field, and where the next run starts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl
from msgspec import Struct

from intakegateway.connectors.cursors import SavedCursor
from intakegateway.connectors.sql.questions import Condition
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.http import seconds
from intakegateway.model.sql import SqlIncremental


def new_rows(spec: SqlIncremental, saved: SavedCursor | None, order: str) -> tuple[Condition, ...]:
    """The condition that leaves only what is new; none on a first run without ``start``.

    Raises ``DefinitionError`` for a start or lookback that does not fit the field.
    """
    bytewise = order == "text"
    if saved is None:
        if spec.start is None:
            return ()
        start = str(spec.start)
        return (Condition(spec.field, ">=", _checked(start, order), order == "number", bytewise),)
    amount = seconds(spec.lookback)
    assert isinstance(amount, (int, float))  # the model has checked it
    if not amount:
        return (Condition(spec.field, ">", _checked(saved.value, order), order == "number", bytewise),)
    value = _less(spec, saved.value, amount, order)
    return (Condition(spec.field, ">=", value, order == "number", bytewise),)


def _checked(value: str, order: str) -> str:
    if order == "number":
        try:
            return f"{Decimal(value):f}"
        except InvalidOperation:
            raise DefinitionError(
                f"The incremental field holds numbers, but its start is '{value}'.",
                path=("source", "incremental", "start"),
            ) from None
    return value


def _less(spec: SqlIncremental, value: str, amount: float, order: str) -> str:
    unfit = isinstance(spec.lookback, str) and not spec.lookback.strip().replace(".", "", 1).isdigit()
    if order == "number" and not unfit:
        return f"{Decimal(value) - Decimal(str(amount)):f}"
    if order != "number" and (earlier := _earlier(value, amount)):
        return earlier
    raise DefinitionError(
        f"lookback '{spec.lookback}' does not fit the field '{spec.field}'.",
        hint="Give a duration (10m) for dates and timestamps, a plain number for numbers, none for texts.",
        path=("source", "incremental", "lookback"),
    )


def _earlier(value: str, amount: float) -> str:
    """An ISO date or moment less ``amount`` seconds, spelt alike; empty for any other text."""
    try:
        if len(value) == 10:
            return str(date.fromisoformat(value) - timedelta(days=-(-amount // 86400)))
        return (datetime.fromisoformat(value) - timedelta(seconds=amount)).isoformat(value[10])
    except (ValueError, TypeError, IndexError):
        return ""


class Tracker(Struct):
    """Follows the greatest value of the field over the chunks of one reading."""

    field: str
    order: str
    best: Any = None
    nulls: int = 0

    def observe(self, frame: pl.DataFrame) -> None:
        """Look at one chunk. Raises ``SourceError`` for a value that cannot be ordered with the others."""
        values = frame[self.field]
        self.nulls += values.null_count()
        greatest: Any = values.max()
        if self.order == "number" and values.dtype == pl.String:
            try:
                greatest = max((Decimal(text) for text in values.drop_nulls()), default=None)
            except InvalidOperation:
                raise self._unordered() from None
        elif self.order == "time" and values.dtype == pl.String and greatest is not None:
            raise self._unordered()
        if greatest is not None:
            try:
                self.best = greatest if self.best is None else max(self.best, greatest)
            except TypeError:
                raise self._unordered() from None

    def _unordered(self) -> SourceError:
        return SourceError(
            f"The incremental field '{self.field}' has a value that cannot be compared with the others"
            " (such as infinity, or a date that does not exist).",
            hint="Leave such rows out in the query, or choose another field.",
        )

    def saved(self) -> SavedCursor | None:
        """What to keep; None when no value was seen."""
        if self.best is None:
            return None
        text = repr(self.best) if isinstance(self.best, float) else str(self.best)
        return SavedCursor(text, self.order)
