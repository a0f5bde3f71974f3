"""Values that a source delivered typed, into another type."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from intakegateway.engine.cast_step import (
    ASSUMED_UTC,
    INVALID_TYPE,
    LOSSY,
    OUT_OF_RANGE,
    ROUNDED,
    Cast,
    outcome,
)
from intakegateway.model.frames import data_type, polars_type
from intakegateway.model.types import DataType, Kind

_Check = Callable[[pl.Expr], pl.Expr]


def checked(
    to: pl.DataType,
    value: _Check,
    reasons: Mapping[str, tuple[_Check, str]],
    *,
    assumes: str = "",
    said: str = "",
) -> Cast:
    """A cast from conditions under which it fails: for each code, a test on the source and a sentence.

    The tests stand in order; the last code also stands for any value that comes out null.
    """

    def wrong(expr: pl.Expr) -> pl.Expr:
        tests = [test(expr).fill_null(False) for test, _ in reasons.values()]
        return pl.any_horizontal(tests)

    def careful(values: pl.Series) -> pl.DataFrame:
        source = pl.col("v")
        codes = [
            pl.when(test(source).fill_null(False)).then(pl.lit(name)) for name, (test, _) in reasons.items()
        ]
        codes.append(pl.when(value(source).is_null()).then(pl.lit(list(reasons)[-1])))
        return outcome(values.to_frame("v"), value=value(source), code=pl.coalesce(codes))

    return Cast(
        to=to,
        fast=lambda expr, _example: pl.when(~wrong(expr)).then(value(expr)),
        careful=careful,
        reasons={name: sentence for name, (_, sentence) in reasons.items()},
        notes={assumes: said} if assumes else {},
        assumes=lambda _example: assumes or None,
    )


def never(_expr: pl.Expr) -> pl.Expr:
    """A test that no value fails by itself: only a null result does."""
    return pl.lit(False)


def integer_to(target: DataType, low: int, high: int) -> Cast | None:
    """From an integer to an integer, float, decimal or boolean."""
    to = polars_type(target)
    out = f"is out of range: {low} to {high} is allowed"
    match target.kind:
        case Kind.INTEGER:
            return checked(to, lambda e: e.cast(to, strict=False), {OUT_OF_RANGE: (never, out)})
        case Kind.FLOAT:
            exact = f"has more digits than a {target.bits}-bit float keeps"
            inexact: _Check = lambda e: (  # noqa: E731
                e.cast(to).cast(pl.Int128, strict=False) != e.cast(pl.Int128)
            )
            return checked(to, lambda e: e.cast(to), {LOSSY: (inexact, exact)})
        case Kind.DECIMAL if to == pl.String:
            return None
        case Kind.DECIMAL:
            room = f"is out of range: at most {target.precision - target.scale} digits before the point"
            return checked(
                to, lambda e: e.cast(to, strict=False), {OUT_OF_RANGE: (never, f"{room} are allowed")}
            )
        case Kind.BOOLEAN:
            return checked(
                to,
                lambda e: e.cast(pl.Boolean),
                {INVALID_TYPE: (lambda e: ~e.is_in([0, 1]), "is neither true (1) nor false (0)")},
            )
        case _:
            return None


def float_to(target: DataType, low: int, high: int) -> Cast | None:
    """From a float to an integer, another float or a boolean; decimals go by way of text."""
    to = polars_type(target)
    match target.kind:
        case Kind.INTEGER:
            return checked(
                to,
                lambda e: e.cast(to, strict=False),
                {
                    INVALID_TYPE: (lambda e: ~e.is_finite(), "is not a whole number"),
                    LOSSY: (
                        lambda e: e != e.floor(),
                        "has digits after the point, which a whole number would lose",
                    ),
                    OUT_OF_RANGE: (never, f"is out of range: {low} to {high} is allowed"),
                },
            )
        case Kind.FLOAT:
            return checked(
                to,
                lambda e: e.cast(to),
                {
                    OUT_OF_RANGE: (
                        lambda e: (e.cast(to).is_infinite() & e.is_finite()) | ((e.cast(to) == 0) & (e != 0)),
                        f"is out of range: a {target.bits}-bit float cannot hold it",
                    )
                },
            )
        case Kind.BOOLEAN:
            return checked(
                to,
                lambda e: e == 1,
                {INVALID_TYPE: (lambda e: ~e.is_in([0.0, 1.0]), "is neither true (1) nor false (0)")},
            )
        case _:
            return None


def decimal_to(target: DataType, low: int, high: int) -> Cast | None:
    """From a decimal to an integer or a float; decimals of another size go by way of text if inexact."""
    to = polars_type(target)
    if target.kind is Kind.INTEGER:
        return checked(
            to,
            lambda e: e.cast(pl.Int128, strict=False).cast(to, strict=False),
            {
                LOSSY: (
                    lambda e: e.truncate(0) != e,
                    "has digits after the point, which a whole number would lose",
                ),
                OUT_OF_RANGE: (never, f"is out of range: {low} to {high} is allowed"),
            },
        )
    if target.kind is Kind.FLOAT:
        return checked(to, lambda e: e.cast(to), {OUT_OF_RANGE: (never, "is out of range")})
    return None


def temporal_to(source: pl.DataType, target: DataType) -> Cast | None:
    """Between dates, times and moments; None where there is no such cast."""
    to = polars_type(target)
    has_zone = data_type(source).kind is Kind.TIMESTAMPTZ
    time_lost = {LOSSY: (lambda e: e.dt.truncate("1d") != e, "has a time of day, which a date would lose")}
    in_range = {OUT_OF_RANGE: (never, "is out of range")}
    is_moment = isinstance(source, pl.Datetime)

    def utc(expr: pl.Expr) -> pl.Expr:
        return expr.dt.convert_time_zone("UTC") if has_zone else expr

    def microseconds(expr: pl.Expr) -> pl.Expr:
        return utc(expr).dt.cast_time_unit("us")

    match target.kind:
        case Kind.DATE if is_moment:
            return checked(to, lambda e: e.dt.date(), dict(time_lost))
        case Kind.TIMESTAMP if source == pl.Date:
            return checked(to, lambda e: e.cast(to), in_range)
        case Kind.TIMESTAMPTZ if source == pl.Date:
            return checked(
                to,
                lambda e: e.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
                in_range,
                assumes=ASSUMED_UTC,
                said="without a time zone, taken as UTC",
            )
        case Kind.TIMESTAMP | Kind.TIMESTAMPTZ if is_moment:
            wants_zone = target.kind is Kind.TIMESTAMPTZ
            zone = "UTC" if wants_zone else None
            said = "without a time zone, taken as UTC" if wants_zone else "with a time zone, written as UTC"
            assumes = ASSUMED_UTC if wants_zone != has_zone else ""
            simple = checked(
                to,
                lambda e: microseconds(e).dt.replace_time_zone(zone),
                in_range,
                assumes=assumes,
                said=said,
            )
            if isinstance(source, pl.Datetime) and source.time_unit == "ns":
                return _from_nanoseconds(simple)
            return simple
        case _:
            return None


def _from_nanoseconds(simple: Cast) -> Cast:
    """The same cast, with values that are finer than a microsecond rounded and noted."""
    finer: _Check = lambda e: e.dt.epoch("ns") % 1000 != 0  # noqa: E731

    def careful(values: pl.Series) -> pl.DataFrame:
        rounded = (pl.col("v") + pl.duration(nanoseconds=500)).dt.truncate("1us")
        value = simple.fast(rounded, "")
        note = pl.when(finer(pl.col("v"))).then(pl.lit(ROUNDED))
        return outcome(values.to_frame("v"), value=value, note=note)

    return Cast(
        to=simple.to,
        fast=lambda expr, example: pl.when(~finer(expr)).then(simple.fast(expr, example)),
        careful=careful,
        reasons=simple.reasons,
        notes={**simple.notes, ROUNDED: "rounded to microseconds"},
        assumes=simple.assumes,
    )
