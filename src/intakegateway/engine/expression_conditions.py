"""Conditions and choices in an expression: comparisons, AND and OR, LIKE, CASE, COALESCE."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlglot import exp

from intakegateway.engine.expression_functions import FUNCTIONS
from intakegateway.engine.expression_values import Value, as_type, common, need, null, truth
from intakegateway.model.errors import DefinitionError
from intakegateway.model.types import BOOLEAN, Kind

if TYPE_CHECKING:
    from intakegateway.engine.expression_compiler import Compiler

_COMPARISONS: dict[type, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    exp.EQ: lambda a, b: a == b,
    exp.NEQ: lambda a, b: a != b,
    exp.GT: lambda a, b: a > b,
    exp.GTE: lambda a, b: a >= b,
    exp.LT: lambda a, b: a < b,
    exp.LTE: lambda a, b: a <= b,
    exp.NullSafeEQ: lambda a, b: a.eq_missing(b),
    exp.NullSafeNEQ: lambda a, b: a.ne_missing(b),
}


def _compare(of: Compiler, node: Any) -> Value:
    left, right = of.value(node.this), of.value(node.expression)
    return compared(left, right, _COMPARISONS[type(node)], f"'{node.sql(dialect='postgres')}'")


def compared(left: Value, right: Value, test: Callable[[pl.Expr, pl.Expr], pl.Expr], what: str) -> Value:
    """A comparison of two values of one common type. Raises ``DefinitionError``."""
    kind = common([left, right], what)
    if left.is_null and right.is_null:
        return Value(pl.lit(None, dtype=pl.Boolean), BOOLEAN)
    return Value(test(as_type(left, kind, what).expr, as_type(right, kind, what).expr), BOOLEAN)


def _on_and(of: Compiler, node: Any) -> Value:
    left = truth(of.value(node.this), "AND")
    right = truth(of.within(left.expr.fill_null(True), node.expression), "AND")
    return Value(left.expr & right.expr, BOOLEAN)


def _on_or(of: Compiler, node: Any) -> Value:
    left = truth(of.value(node.this), "OR")
    right = truth(of.within(~left.expr.fill_null(False), node.expression), "OR")
    return Value(left.expr | right.expr, BOOLEAN)


def _on_not(of: Compiler, node: Any) -> Value:
    return Value(~truth(of.value(node.this), "NOT").expr, BOOLEAN)


def _on_is(of: Compiler, node: Any) -> Value:
    value = of.value(node.this)
    if isinstance(node.expression, exp.Null):
        return Value(value.expr.is_null(), BOOLEAN)
    wanted = of.value(node.expression)
    return compared(truth(value, "IS"), truth(wanted, "IS"), lambda a, b: a.eq_missing(b), "IS")


def _on_in(of: Compiler, node: Any) -> Value:
    if node.args.get("query") or node.args.get("unnest") or node.args.get("field"):
        raise of.refused(node.args.get("query") or node)
    value = of.value(node.this)
    tests = [compared(value, of.value(item), lambda a, b: a == b, "IN").expr for item in node.expressions]
    if not tests:
        raise DefinitionError("IN needs at least one value: IN (1, 2).")
    return Value(functools.reduce(lambda a, b: a | b, tests), BOOLEAN)


def _on_between(of: Compiler, node: Any) -> Value:
    of.only(node, "this", "low", "high")
    value, low, high = (of.value(node.args[part]) for part in ("this", "low", "high"))
    above = compared(value, low, lambda a, b: a >= b, "BETWEEN")
    below = compared(value, high, lambda a, b: a <= b, "BETWEEN")
    return Value(above.expr & below.expr, BOOLEAN)


def _on_like(of: Compiler, node: Any) -> Value:
    return _like(of, node, "")


def _on_ilike(of: Compiler, node: Any) -> Value:
    return _like(of, node, "i")


def _like(of: Compiler, node: Any, flags: str) -> Value:
    text = need(of.value(node.this), (Kind.TEXT,), "LIKE").expr
    pattern = of.value(node.expression).literal
    if not isinstance(pattern, str):
        raise DefinitionError("the pattern of LIKE has to be written as a text, not calculated.")
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    regex = "".join(wild.get(p) or re.escape(p[-1]) for p in pieces)
    return Value(text.str.contains(f"(?s{flags})^{regex}$"), BOOLEAN)


def _on_regexpilike(of: Compiler, node: Any) -> Value:
    pattern = of.value(node.expression)
    loose = Value(pattern.expr, pattern.type, f"(?i){pattern.literal}" if pattern.literal else None)
    return FUNCTIONS["REGEXP_LIKE"].make([of.value(node.this), loose], of.report)


def _on_case(of: Compiler, node: Any) -> Value:
    subject = of.value(node.this) if node.this is not None else None
    passed: list[pl.Expr] = []
    branches: list[tuple[pl.Expr, Value]] = []
    for branch in node.args["ifs"]:
        before = _no(passed)
        if subject is None:
            test = truth(of.within(before, branch.this), "WHEN").expr
        else:
            other = of.within(before, branch.this)
            test = compared(subject, other, lambda a, b: a == b, "CASE").expr
        test = test.fill_null(False)
        branches.append((test, of.within(before & test, branch.args["true"])))
        passed.append(test)
    default = node.args.get("default")
    last = of.within(_no(passed), default) if default is not None else null()
    return _chosen(branches, last, "CASE")


def _on_if(of: Compiler, node: Any) -> Value:
    test = truth(of.value(node.this), "IF").expr.fill_null(False)
    yes = of.within(test, node.args["true"])
    no = of.within(~test, node.args["false"]) if node.args.get("false") is not None else null()
    return _chosen([(test, yes)], no, "IF")


def _no(passed: list[pl.Expr]) -> pl.Expr:
    return ~functools.reduce(lambda a, b: a | b, passed) if passed else pl.lit(True)


def _chosen(branches: list[tuple[pl.Expr, Value]], last: Value, what: str) -> Value:
    kind = common([value for _, value in branches] + [last], what)
    if kind == null().type:
        return null()
    chosen = as_type(last, kind, what).expr
    for test, value in reversed(branches):
        chosen = pl.when(test).then(as_type(value, kind, what).expr).otherwise(chosen)
    return Value(chosen, kind)


def _on_coalesce(of: Compiler, node: Any) -> Value:
    values: list[Value] = []
    for part in (node.this, *node.expressions):
        guard = pl.all_horizontal([v.expr.is_null() for v in values]) if values else pl.lit(True)
        values.append(of.within(guard, part))
    kind = common(values, "COALESCE")
    if kind == null().type:
        return null()
    return Value(pl.coalesce([as_type(value, kind, "COALESCE").expr for value in values]), kind)


def _on_nullif(of: Compiler, node: Any) -> Value:
    left, right = of.value(node.this), of.value(node.expression)
    same = compared(left, right, lambda a, b: a == b, "NULLIF").expr.fill_null(False)
    return Value(pl.when(~same).then(left.expr), left.type)


CONDITIONS: dict[type, Callable[[Compiler, Any], Value]] = {
    **dict.fromkeys(_COMPARISONS, _compare),
    exp.And: _on_and,
    exp.Or: _on_or,
    exp.Not: _on_not,
    exp.Is: _on_is,
    exp.In: _on_in,
    exp.Between: _on_between,
    exp.Like: _on_like,
    exp.ILike: _on_ilike,
    exp.RegexpILike: _on_regexpilike,
    exp.Case: _on_case,
    exp.If: _on_if,
    exp.Coalesce: _on_coalesce,
    exp.Nullif: _on_nullif,
}
"""How each node is compiled."""
