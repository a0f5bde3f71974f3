"""Dates and intervals in an expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlglot import exp

from intakegateway.engine.expression_values import (
    MOMENTS,
    OUT_OF_RANGE,
    Interval,
    Value,
    as_type,
    literal,
    need,
)
from intakegateway.model.errors import DefinitionError
from intakegateway.model.types import DATE, INTEGER, TIMESTAMPTZ, DataType, Kind

if TYPE_CHECKING:
    from intakegateway.engine.expression_compiler import Compiler

_UNITS = {
    "YEAR": "1y", "QUARTER": "1q", "MONTH": "1mo", "WEEK": "1w", "DAY": "1d",
    "HOUR": "1h", "MINUTE": "1m", "SECOND": "1s",
}  # fmt: skip
_PARTS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "YEAR": lambda e: e.dt.year(),
    "QUARTER": lambda e: e.dt.quarter(),
    "MONTH": lambda e: e.dt.month(),
    "WEEK": lambda e: e.dt.week(),
    "DAY": lambda e: e.dt.day(),
    "HOUR": lambda e: e.dt.hour(),
    "MINUTE": lambda e: e.dt.minute(),
    "SECOND": lambda e: e.dt.second(),
    "DOW": lambda e: e.dt.weekday() % 7,
    "DAYOFWEEK": lambda e: e.dt.weekday() % 7,
    "ISODOW": lambda e: e.dt.weekday(),
    "DOY": lambda e: e.dt.ordinal_day(),
    "DAYOFYEAR": lambda e: e.dt.ordinal_day(),
    "EPOCH": lambda e: e.dt.epoch("s"),
}
_CLOCK_PARTS = ("HOUR", "MINUTE", "SECOND")


_SPANS = {
    "YEAR": (12, 0, 0), "MONTH": (1, 0, 0), "WEEK": (0, 7, 0), "DAY": (0, 1, 0),
    "HOUR": (0, 0, 3_600_000_000), "MINUTE": (0, 0, 60_000_000), "SECOND": (0, 0, 1_000_000),
}  # fmt: skip


def truncated(value: Value, unit: str) -> Value:
    """``DATE_TRUNC``. Raises ``DefinitionError``."""
    every = _UNITS.get(unit.upper())
    if every is None:
        raise DefinitionError(
            f"'{unit.lower()}' is no unit of DATE_TRUNC. Allowed: {', '.join(_UNITS).lower()}."
        )
    moment = need(value, MOMENTS, "DATE_TRUNC")
    if moment.kind is Kind.DATE and unit.upper() in _CLOCK_PARTS:
        return moment
    return Value(moment.expr.dt.truncate(every), moment.type)


def extracted(value: Value, part: str) -> Value:
    """``EXTRACT``: whole numbers; the day of the week is 0 for Sunday. Raises ``DefinitionError``."""
    take = _PARTS.get(part.upper())
    if take is None:
        raise DefinitionError(f"'{part.lower()}' cannot be extracted. Allowed: {', '.join(_PARTS).lower()}.")
    clock = part.upper() in _CLOCK_PARTS
    moment = need(value, (*MOMENTS, Kind.TIME) if clock else MOMENTS, "EXTRACT")
    expr = moment.expr.cast(pl.Datetime("us")) if moment.kind is Kind.DATE else moment.expr
    return Value(take(expr).cast(pl.Int64), INTEGER)


def span_of(node: Any) -> Interval | None:
    """The interval that a node is, None if it is none. Raises ``DefinitionError``."""
    if isinstance(node, exp.Paren):
        return span_of(node.this)
    if not isinstance(node, exp.Interval):
        return None
    text = f"{node.this.name} {node.args['unit'].name}" if node.args.get("unit") else node.this.name
    months = days = microseconds = 0
    rest = re.sub(r"([+-]?[0-9]+)\s*([A-Za-z]+)\s*", lambda m: f"{m[1]},{m[2]};", text.strip())
    for part in rest.rstrip(";").split(";"):
        match = re.fullmatch(r"([+-]?[0-9]{1,9}),([A-Za-z]+)", part)
        size = _SPANS.get(match[2].upper().removesuffix("S")) if match else None
        if match is None or size is None:
            allowed = ", ".join(_SPANS).lower()
            raise DefinitionError(f"'{text}' is not an interval like '2 days'.", hint=f"Units: {allowed}.")
        count = int(match[1])
        months, days, microseconds = (
            months + count * size[0], days + count * size[1], microseconds + count * size[2]
        )  # fmt: skip
    return Interval(months, days, microseconds)


def shifted(of: Compiler, value: Value, span: Interval) -> Value:
    """A date or moment, moved; the last day of a month stays within its month."""
    moment = need(value, MOMENTS, "adding an interval")
    if moment.kind is Kind.DATE and span.microseconds:
        moment = as_type(moment, DataType(Kind.TIMESTAMP), "adding an interval")
    expr = moment.expr
    for part in (
        Interval(span.months, 0, 0),
        Interval(0, span.days, 0),
        Interval(0, 0, span.microseconds),
    ):
        if part != Interval(0, 0, 0):
            expr = expr.dt.offset_by(part.offset())
    of.report(~expr.dt.year().is_between(1, 9999), OUT_OF_RANGE, "the date is out of range")
    return Value(expr, moment.type)


def _on_dateadd(of: Compiler, node: Any) -> Value:
    return _moved(of, node, 1)


def _on_datesub(of: Compiler, node: Any) -> Value:
    return _moved(of, node, -1)


def _moved(of: Compiler, node: Any, sign: int) -> Value:
    span = span_of(node.expression)
    if span is None:
        raise DefinitionError("DATE_ADD needs an interval: DATE_ADD(day, INTERVAL '1 month').")
    return shifted(of, of.value(node.this), span.times(sign))


def _on_timestamptrunc(of: Compiler, node: Any) -> Value:
    return truncated(of.value(node.this), node.args["unit"].name)


def _on_extract(of: Compiler, node: Any) -> Value:
    return extracted(of.value(node.expression), node.this.name)


def _on_currentdate(of: Compiler, _node: Any) -> Value:
    return literal(of.now.date(), DATE)


def _on_currenttimestamp(of: Compiler, _node: Any) -> Value:
    return literal(of.now, TIMESTAMPTZ)


MOMENT_NODES: dict[type, Callable[[Compiler, Any], Value]] = {
    exp.DateAdd: _on_dateadd,
    exp.DateSub: _on_datesub,
    exp.TimestampTrunc: _on_timestamptrunc,
    exp.DateTrunc: _on_timestamptrunc,
    exp.Extract: _on_extract,
    exp.CurrentDate: _on_currentdate,
    exp.CurrentTimestamp: _on_currenttimestamp,
}
"""How each node is compiled."""
