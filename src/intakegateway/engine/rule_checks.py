"""The rules about single rows, each as a Boolean expression and a sentence about rows where it is true."""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from intakegateway.engine.rule_values import comparable, literal, plain_value
from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.frames import polars_type
from intakegateway.model.rules import (
    InRule,
    LengthRule,
    NotNullRule,
    RangeRule,
    RegexRule,
    RuleOptions,
)
from intakegateway.model.schema import Column
from intakegateway.model.types import Kind

Path = tuple[str | int, ...]
"""The keys that lead to a rule, or to a part of it."""

_SHOWN = 60
_TIMES = frozenset({Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
_RANGED = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.TEXT}) | _TIMES


class Check(Struct, frozen=True):
    """One thing that a row may fail.

    ``fails``: true for a row that does (null counts as false). ``message``: a String per row. ``fill``:
    what ``set_null`` and ``set_default`` put into ``column``.
    """

    code: str
    column: str
    fails: pl.Expr
    message: pl.Expr
    rule: RuleOptions
    fill: pl.Expr | None = None


class Columns:
    """The columns that rules may name."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.known = {column.name: column for column in columns}

    def find(self, name: str, path: Path) -> Column:
        """The column of that name. Raises ``DefinitionError`` with the nearest."""
        if name not in self.known:
            raise DefinitionError(
                f"The rule names the column '{name}', which rows do not fill.",
                hint=nearest(name, self.known),
                path=path,
            )
        return self.known[name]


def row_checks(rule: RuleOptions, columns: Columns, path: Path) -> list[Check]:
    """The checks of a rule that looks at one row alone; none for the other kinds of rules."""
    match rule:
        case NotNullRule():
            return [_not_null(rule, columns.find(name, (*path, "not_null")), path) for name in rule.not_null]
        case RangeRule():
            return [_range(rule, columns.find(rule.range.column, (*path, "range")), path)]
        case RegexRule():
            return [_regex(rule, columns.find(rule.regex.column, (*path, "regex")), path)]
        case LengthRule():
            return [_length(rule, columns.find(rule.length.column, (*path, "length")), path)]
        case InRule():
            return [_in(rule, columns.find(rule.allowed.column, (*path, "in")), path)]
        case _:
            return []


def make_check(
    rule: RuleOptions,
    code: str,
    column: Column,
    fails: pl.Expr,
    sentence: pl.Expr,
    path: Path,
) -> Check:
    """A check about one column, with the rule's own message and replacement value."""
    fill = None
    if rule.on_fail == "set_null":
        fill = pl.lit(None)
    elif rule.on_fail == "set_default":
        fill = pl.lit(
            plain_value(rule.default, column, (*path, "default")).first(), dtype=polars_type(column.type)
        )
    return Check(code, column.name, fails, _said(rule, sentence), rule, fill)


def shown(column: Column) -> pl.Expr:
    """A column's values in words for messages, shortened."""
    value = pl.col(column.name)
    text = value.bin.encode("hex") if column.type.kind is Kind.BINARY else value.cast(pl.String)
    return pl.when(text.str.len_chars() > _SHOWN).then(text.str.head(_SHOWN) + "…").otherwise(text)


def _said(rule: RuleOptions, sentence: pl.Expr) -> pl.Expr:
    return pl.lit(rule.message) if rule.message else sentence


def _not_null(rule: NotNullRule, column: Column, path: Path) -> Check:
    missing = pl.col(column.name).is_null()
    return make_check(rule, "NOT_NULL", column, missing, pl.lit(f"'{column.name}' has no value."), path)


def _range(rule: RangeRule, column: Column, path: Path) -> Check:
    low, high = rule.range.min, rule.range.max
    if column.type.kind not in _RANGED:
        raise DefinitionError(
            f"The column '{column.name}' is {column.type}, which has no range.",
            path=(*path, "range", "column"),
        )
    value, place = comparable(column), (*path, "range")
    fails = pl.lit(False)
    if low is not None:
        fails = fails | (value < literal(low, column, (*place, "min")))
    if high is not None:
        fails = fails | (value > literal(high, column, (*place, "max")))
    if low is not None and high is not None:
        ends = pl.select(literal(low, column, place) > literal(high, column, place)).item()
        if ends:
            raise DefinitionError(f"'min' ({low}) is more than 'max' ({high}).", path=place)
    if column.type.kind is Kind.FLOAT:
        fails = fails | value.is_nan()
    ends = (f"at most {high}", f"at least {low}", f"between {low} and {high}")
    wanted = ends[(low is not None) + (low is not None and high is not None)]
    sentence = pl.format("{} is not {}.", shown(column), pl.lit(wanted))
    return make_check(rule, "RANGE", column, fails, sentence, path)


def _regex(rule: RegexRule, column: Column, path: Path) -> Check:
    pattern = rule.regex.pattern
    fails = ~_as_text(column, (*path, "regex", "column")).str.contains(pattern)
    sentence = pl.format("'{}' does not match {}.", shown(column), pl.lit(pattern))
    return make_check(rule, "REGEX", column, fails, sentence, path)


def _length(rule: LengthRule, column: Column, path: Path) -> Check:
    low, high = rule.length.min, rule.length.max
    if column.type.kind is Kind.BINARY:
        size, unit = pl.col(column.name).bin.size(), "bytes"
    else:
        size, unit = _as_text(column, (*path, "length", "column")).str.len_chars(), "characters"
    fails = pl.lit(False)
    if low is not None:
        fails = fails | (size < low)
    if high is not None:
        fails = fails | (size > high)
    if low is None:
        wanted = f"at most {high} are allowed"
    else:
        wanted = f"at least {low} are needed" if high is None else f"{low} to {high} are allowed"
    sentence = pl.format("'{}' has {} {}; {}.", shown(column), size, pl.lit(unit), pl.lit(wanted))
    return make_check(rule, "LENGTH", column, fails, sentence, path)


def _in(rule: InRule, column: Column, path: Path) -> Check:
    place = (*path, "in", "values")
    values = [plain_value(value, column, (*place, n)) for n, value in enumerate(rule.allowed.values)]
    allowed = pl.concat(values)
    if column.type.kind is Kind.DECIMAL and allowed.dtype == pl.String:
        allowed = allowed.cast(pl.Float64)
    fails = ~comparable(column).is_in(allowed.implode())
    listed = ", ".join(str(value) for value in rule.allowed.values[:8])
    listed += ", …" if len(rule.allowed.values) > 8 else ""
    sentence = pl.format("'{}' is not one of {}.", shown(column), pl.lit(listed))
    return make_check(rule, "IN", column, fails, sentence, path)


def _as_text(column: Column, path: Path) -> pl.Expr:
    if column.type.kind is Kind.BINARY:
        raise DefinitionError(f"The column '{column.name}' is {column.type}, which has no text.", path=path)
    return pl.col(column.name).cast(pl.String)
