"""A look at the values of each field: how many are missing or different, smallest, largest, most usual.

Memory is bounded whatever the input: up to 20,000 different values of a field are counted exactly; beyond,
their number is estimated (HyperLogLog, about 2 % off) and the most usual ones are counted approximately.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl
from msgspec import Struct

from intakegateway.engine.inference import Survey
from intakegateway.model.schema import Field
from intakegateway.model.types import Kind

TOP = 10
SHOWN_CHARACTERS = 100

_COUNTED = 20_000
_KEPT = 5_000
_GATHERED_BYTES = 32 << 20
_REGISTERS = 4_096
_ORDERED_AS_TEXT = frozenset({Kind.TEXT, Kind.UUID, Kind.TIME, Kind.TIMESTAMP, Kind.DATE})


class ColumnProfile(Struct, frozen=True):
    """What the values of a field are like.

    ``field`` has its type, nulls, notes and samples. ``minimum`` and ``maximum`` are values as text, by
    the order of the type; None where the type has none (booleans, documents, dates in other formats than
    ISO 8601). Lengths are in characters, of texts only. ``top`` are the most usual values with their
    counts. ``exact``: ``distinct`` and ``top`` are counted, not estimated.
    """

    field: Field
    rows: int
    distinct: int
    exact: bool
    minimum: str | None = None
    maximum: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    mean_length: float | None = None
    top: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values only."""
        return {
            "name": self.field.name,
            "type": str(self.field.type),
            "rows": self.rows,
            "nulls": self.field.nulls,
            "distinct": self.distinct,
            "distinct_exact": self.exact,
            "min": self.minimum,
            "max": self.maximum,
            "min_length": self.min_length,
            "max_length": self.max_length,
            "mean_length": None if self.mean_length is None else round(self.mean_length, 1),
            "top": [{"value": value, "count": count} for value, count in self.top],
            "notes": list(self.field.notes),
        }


def profile(
    frames: Iterable[pl.DataFrame], *, narrow: bool = True, decimal_comma: bool | None = None
) -> list[ColumnProfile]:
    """Profile all fields of the frames, in the order in which they come up.

    Options as for ``engine.inference.Survey``, which finds the types.
    """
    survey = Survey(narrow=narrow, decimal_comma=decimal_comma)
    seen: dict[str, _Seen] = {}
    rows = 0
    for frame in _gathered(frames):
        rows += frame.height
        survey.add(frame)
        for column in frame.iter_columns():
            seen.setdefault(column.name, _Seen()).add(column)
    return [seen[field.name].profile(field, rows) for field in survey.fields(whole=True)]


def _gathered(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Small frames of the same fields together, since each look at a column has a price of its own."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        if held and (
            held[0].schema != frame.schema or sum(f.estimated_size() for f in held) > _GATHERED_BYTES
        ):
            yield pl.concat(held)
            held = []
        held.append(frame)
    if held:
        yield pl.concat(held)


class _Seen:
    def __init__(self) -> None:
        self._counts: pl.DataFrame | None = None
        self._exact = True
        self._registers = pl.Series("rank", [0] * _REGISTERS, dtype=pl.UInt8)
        self._texts: list[tuple[str, str]] = []
        self._numbers: list[tuple[float, str]] = []
        self._lengths: tuple[int, int, int, int] | None = None

    def add(self, column: pl.Series) -> None:
        values = column.drop_nulls().alias("v")
        if not len(values) or values.dtype.is_nested():
            return
        frame = values.to_frame()
        text = pl.col("v").bin.encode("hex") if values.dtype == pl.Binary else pl.col("v").cast(pl.String)
        self._count(frame, text)
        self._measure(frame, text, numeric=values.dtype.is_numeric())
        if values.dtype == pl.String:
            self._measure_lengths(values)

    def profile(self, field: Field, rows: int) -> ColumnProfile:
        low, high = self._ends(field)
        top: tuple[tuple[str, int], ...] = ()
        distinct = 0
        if self._counts is not None:
            most = self._counts.sort(["n", "text"], descending=[True, False]).head(TOP)
            top = tuple((text, count) for text, count in most.select("text", "n").iter_rows())
            distinct = self._counts.height if self._exact else self._estimate()
        lengths = self._lengths
        return ColumnProfile(
            field=field,
            rows=rows,
            distinct=distinct,
            exact=self._exact,
            minimum=low,
            maximum=high,
            min_length=lengths[0] if lengths else None,
            max_length=lengths[1] if lengths else None,
            mean_length=lengths[2] / lengths[3] if lengths else None,
            top=top,
        )

    def _count(self, frame: pl.DataFrame, text: pl.Expr) -> None:
        hashed = frame.select(
            pl.col("v").hash(seed=7).alias("h"), text.str.head(SHOWN_CHARACTERS).alias("text")
        )
        counts = hashed.group_by("h").agg(pl.col("text").first(), pl.len().cast(pl.Int64).alias("n"))
        if not self._exact:
            self._rank(counts["h"])
        if self._counts is not None:
            both = pl.concat([self._counts, counts])
            counts = both.group_by("h").agg(pl.col("text").first(), pl.col("n").sum())
        if counts.height > _COUNTED:
            if self._exact:
                self._rank(counts["h"])
            self._exact = False
            counts = counts.top_k(_KEPT, by="n")
        self._counts = counts

    def _rank(self, hashes: pl.Series) -> None:
        bucket = (pl.col("h") % _REGISTERS).alias("bucket")
        rest = pl.col("h") // _REGISTERS
        rank = (rest.bitwise_leading_zeros() - 12 + 1).cast(pl.UInt8).alias("rank")
        found = hashes.to_frame("h").select(bucket, rank).group_by("bucket").agg(pl.col("rank").max())
        mine = pl.DataFrame(
            {"bucket": pl.int_range(_REGISTERS, dtype=pl.UInt64, eager=True), "old": self._registers}
        )
        joined = mine.join(found, on="bucket", how="left", maintain_order="left")
        self._registers = joined.select(pl.max_horizontal("old", pl.col("rank")).alias("rank"))["rank"]

    def _estimate(self) -> int:
        """HyperLogLog (Flajolet et al. 2007); never asked for fewer values than it is good for."""
        alpha = 0.7213 / (1 + 1.079 / _REGISTERS)
        total = float((2.0 ** -self._registers.cast(pl.Float64)).sum())
        return round(alpha * _REGISTERS**2 / total)

    def _measure(self, frame: pl.DataFrame, text: pl.Expr, *, numeric: bool) -> None:
        number = pl.col("v").cast(pl.Float64, strict=False)
        short = text.str.head(SHOWN_CHARACTERS)
        ordered = pl.col("v")
        found = frame.select(
            low=short.get(ordered.arg_min()),
            high=short.get(ordered.arg_max()),
        ).row(0)
        self._texts += [(found[0], found[0]), (found[1], found[1])]
        self._texts = [min(self._texts), max(self._texts)]
        if numeric or frame.schema["v"] == pl.String:
            ends = frame.filter(number.is_not_null() & number.is_not_nan()).select(
                low=number.min(), low_text=short.get(number.arg_min(), null_on_oob=True),
                high=number.max(), high_text=short.get(number.arg_max(), null_on_oob=True),
            ).row(0)  # fmt: skip
            if ends[0] is not None:
                self._numbers += [(ends[0], ends[1]), (ends[2], ends[3])]
                self._numbers = [min(self._numbers), max(self._numbers)]

    def _measure_lengths(self, values: pl.Series) -> None:
        lengths = values.str.len_chars()
        shortest, longest, total = (int(n) for n in (lengths.min() or 0, lengths.max() or 0, lengths.sum()))  # type: ignore[arg-type]
        if self._lengths is not None:
            low, high, before, count = self._lengths
            self._lengths = min(low, shortest), max(high, longest), before + total, count + len(values)
        else:
            self._lengths = shortest, longest, total, len(values)

    def _ends(self, field: Field) -> tuple[str | None, str | None]:
        if field.type.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT) and not field.decimal_comma:
            ends = [text for _, text in self._numbers]
        elif field.type.kind in _ORDERED_AS_TEXT and not field.date_format:
            ends = [text for _, text in self._texts]
        else:
            ends = []
        return (ends[0], ends[-1]) if ends else (None, None)
