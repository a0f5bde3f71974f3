"""What is new since the last run: the greatest value of a field, and where the next run starts."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta

import polars as pl
from msgspec import Struct

from intakegateway.connectors.cursors import SavedCursor
from intakegateway.connectors.http_api.templates import Cursor
from intakegateway.model.errors import DefinitionError, SourceError, nearest
from intakegateway.model.http import Incremental, seconds

_TIME = r"^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?$"
_NUMBER = r"^-?(?:0|[1-9]\d*)(?:\.\d+)?$"
_EPOCH_MILLISECONDS = 100_000_000_000
_EPOCH_SECONDS = 100_000_000


class Tracker(Struct):
    """Follows the greatest value of the cursor field over the chunks of one reading.

    ISO timestamps are compared as moments (without a zone: as UTC), numbers by value, all else as text. What
    a field holds is decided by its first chunk; values of another kind later are left out, with a warning.
    """

    spec: Incremental
    warnings: list[str]
    best: SavedCursor | None = None
    _kind: str = ""
    _ignored: int = 0

    def observe(self, frame: pl.DataFrame) -> None:
        """Look at one chunk. Raises ``SourceError`` when its records do not have the field."""
        name = self.spec.field
        if name not in frame.columns:
            if frame.height and not self._kind:
                raise SourceError(
                    f"The records have no field '{name}' for the cursor.", hint=nearest(name, frame.columns)
                )
            return
        values = frame[name].drop_nulls()
        if values.is_empty():
            return
        numeric = values.dtype.is_numeric()
        texts = values.cast(pl.String)
        if not self._kind:
            self._kind = self.spec.type if self.spec.type != "auto" else _kind_of(texts)
            if self.best is not None and self.best.kind != self._kind:
                self.best = None
        candidate = _greatest(values if numeric and self._kind == "number" else texts, self._kind)
        self._note(candidate[1])
        if candidate[0] is not None:
            self._keep(candidate[0])

    def _keep(self, value: str) -> None:
        if self.best is not None:
            both = pl.Series([self.best.value, value])
            found, _ = _greatest(both, self._kind)
            value = found if found is not None else value
        self.best = SavedCursor(value, self._kind)

    def _note(self, ignored: int) -> None:
        if ignored and not self._ignored:
            self.warnings.append(
                f"Some values of the cursor field '{self.spec.field}' are not of the kind '{self._kind}': "
                "the cursor leaves them out."
            )
        self._ignored += ignored


def starting_at(spec: Incremental, saved: SavedCursor | None) -> Cursor:
    """The cursor of a run: the saved one less the lookback, or ``start``, or none.

    Raises ``DefinitionError`` for a lookback that does not fit the cursor.
    """
    if saved is None:
        start = spec.start
        return Cursor() if start is None else Cursor(str(start), isinstance(start, (int, float)))
    back = spec.lookback
    amount = seconds(back)
    assert isinstance(amount, (int, float))  # the model has checked it
    if not amount or saved.kind == "text":
        if amount:
            raise DefinitionError(
                f"'lookback' needs a time or a number, but the cursor is the text '{saved.value}'.",
                path=("source", "incremental", "lookback"),
            )
        return Cursor(saved.value, saved.kind == "number")
    if saved.kind == "number":
        return Cursor(_number_less(saved.value, amount, isinstance(back, str)), True)
    return Cursor(_time_less(saved.value, amount))


def _number_less(value: str, amount: float, is_duration: bool) -> str:
    whole = re.fullmatch(r"-?\d+", value) is not None
    if is_duration:
        size = abs(float(value))
        if size < _EPOCH_SECONDS:
            raise DefinitionError(
                f"'lookback' is a duration, but the cursor is the number {value}.",
                hint="Give a plain number to take from it.",
                path=("source", "incremental", "lookback"),
            )
        amount *= 1000 if size >= _EPOCH_MILLISECONDS else 1
    return str(int(value) - int(amount)) if whole and amount == int(amount) else str(float(value) - amount)


def _time_less(value: str, amount: float) -> str:
    """``value`` earlier by ``amount`` seconds, written as it was: zone, separator, digits of the seconds."""
    text = value.strip()
    back = timedelta(seconds=amount)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return (date.fromisoformat(text) - timedelta(days=math.ceil(amount / 86400))).isoformat()
    zone = re.search(r"\s*(?:[Zz]|[+-]\d\d(?::?\d\d)?)$", text[10:])
    suffix = zone[0] if zone else ""
    naked = text.removesuffix(suffix).replace(",", ".")
    fraction = naked.partition(".")[2]
    moment = datetime.fromisoformat(naked[:26].upper()) - back
    shown = moment.isoformat(sep=text[10], timespec="microseconds")
    whole, _, micros = shown.partition(".")
    if fraction:
        return f"{whole}.{micros.ljust(len(fraction), '0')[: len(fraction)]}{suffix}"
    if micros != "000000":
        whole = (moment.replace(microsecond=0)).isoformat(sep=text[10])
    return f"{whole if naked.count(':') > 1 else whole[:16]}{suffix}"


def _kind_of(texts: pl.Series) -> str:
    half = texts.len() / 2
    if texts.str.contains(_TIME).sum() > half:
        return "timestamp"
    if texts.str.contains(_NUMBER).sum() > half:
        return "number"
    return "text"


def _greatest(values: pl.Series, kind: str) -> tuple[str | None, int]:
    """The greatest value as it was written, and how many were not of this kind."""
    if kind == "text":
        return str(values.max()), 0
    order = (
        values if values.dtype.is_numeric() else _moments(values) if kind == "timestamp" else _numbers(values)
    )
    at = order.arg_max()
    if at is None or order.null_count() == order.len():
        return None, values.len()
    return str(values[at]), order.null_count()


def _numbers(texts: pl.Series) -> pl.Series:
    whole = texts.cast(pl.Int64, strict=False)
    return whole if whole.null_count() == 0 else texts.cast(pl.Float64, strict=False)


def _moments(texts: pl.Series) -> pl.Series:
    """Timestamps in UTC with microseconds; null for what is none."""
    column = pl.col("t")
    parts = column.str.strip_chars().str.to_uppercase().str.replace(",", ".", literal=True)
    spelt = (
        parts.str.replace(r"^(\d{4}-\d\d-\d\d)$", "${1}T00:00:00")
        .str.replace(r"^(\d{4}-\d\d-\d\d)\s+", "${1}T")
        .str.replace(r"(T\d\d:\d\d)(\s*(?:Z|[+-].*)?)$", "${1}:00${2}")
        .str.replace(r"\s*Z$", "+00:00")
        .str.replace(r"\s*([+-]\d\d)$", "${1}:00")
        .str.replace(r"(T\d\d:\d\d:\d\d(?:\.\d+)?)$", "${1}+00:00")
        .str.replace(r"\s*([+-]\d\d):?(\d\d)$", "${1}:${2}")
    )
    frame = texts.rename("t").to_frame()
    return frame.select(
        spelt.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC", strict=False)
    )["t"]
