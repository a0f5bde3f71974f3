"""From sqlglot's tree to Polars expressions."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
import sqlglot
from sqlglot import exp

from intakegateway.engine import expression_functions as functions
from intakegateway.engine.cast import make_cast
from intakegateway.engine.expression_conditions import CONDITIONS
from intakegateway.engine.expression_moments import MOMENT_NODES, shifted, span_of
from intakegateway.engine.expression_values import (
    WORKING_DECIMAL,
    Value,
    arithmetic,
    as_type,
    literal,
    null,
)
from intakegateway.engine.expressions import SPECIAL, CastStep, Check
from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.frames import polars_type
from intakegateway.model.types import (
    BOOLEAN,
    DATE,
    FLOAT,
    INTEGER,
    TEXT,
    DataType,
    Kind,
    parse_type,
)

_SYMBOLS = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_NAMES = {"STR_POSITION": "POSITION", "POW": "POWER", "M_D5": "MD5", "MD5": "MD5", "CONCAT_WS": "CONCAT_WS"}
_ARGUMENTS = ("this", "expression", "start", "length", "substr", "decimals", "delimiter", "part_index",
              "replacement", "modifiers", "expressions")  # fmt: skip
_HARMLESS = ("safe", "coalesce", "ignore_nulls", "single_replace", "position", "typed", "is_left", "big_int")
_DEEPEST = 150


def shortened(text: str) -> str:
    """An expression as messages show it."""
    return text if len(text) <= 200 else f"{text[:199]}…"


class Compiler:
    """One expression on its way to Polars."""

    def __init__(self, text: str, fields: Mapping[str, DataType], now: datetime) -> None:
        self.text = text
        self.fields = fields
        self.now = now
        self.names: set[str] = set()
        self.steps: list[CastStep] = []
        self.checks: list[Check] = []
        self._guards: list[pl.Expr] = []
        self._depth = 0

    def compile(self) -> Value:
        """The value of the whole. Raises ``DefinitionError``."""
        return self.value(self.parse())

    def parse(self) -> Any:
        """The tree, of which only the syntax has been checked. Raises ``DefinitionError``."""
        if not self.text.strip():
            raise DefinitionError("the expression is empty.")
        try:
            tree = sqlglot.parse_one(self.text, dialect="postgres")
        except sqlglot.errors.ParseError as wrong:
            first = wrong.errors[0] if wrong.errors else {}
            near = str(first.get("highlight") or "")
            raise DefinitionError(
                f"'{shortened(self.text)}' is not an expression: something is wrong or missing at character "
                f"{first.get('col', 1)}" + (f", near '{near}'." if near else ".")
            ) from None
        except sqlglot.errors.SqlglotError as wrong:
            raise DefinitionError(f"'{self.text[:200]}' is not an expression: {wrong}.") from None
        except RecursionError:
            raise DefinitionError(f"the expression '{self.text[:60]}…' is nested too deep.") from None
        return tree

    def value(self, node: Any) -> Value:
        """The value of a node; errors say where it stands."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise DefinitionError(f"the expression is nested more than {_DEEPEST} deep.")
        try:
            made = self._value(node)
        except DefinitionError as wrong:
            if wrong.where is None:
                wrong.where = self._place(node)
            raise
        finally:
            self._depth -= 1
        return Value(~made.expr, BOOLEAN) if node.args.get("negate") else made

    def _place(self, node: Any) -> str:
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        text = shortened(self.text)
        return f"'{text}', character {min(starts) + 1}" if starts else f"'{text}'"

    def _value(self, node: Any) -> Value:
        kind = type(node)
        handled = CONDITIONS.get(kind) or MOMENT_NODES.get(kind)
        if handled is not None:
            return handled(self, node)
        if kind in _SYMBOLS:
            return self._operate(node, _SYMBOLS[kind])
        handler = getattr(self, f"_on_{kind.__name__.lower()}", None)
        if handler is not None:
            return handler(node)  # type: ignore[no-any-return]
        if isinstance(node, exp.Func) and not isinstance(node, exp.AggFunc):
            return self._call(node)
        raise self.refused(node)

    def refused(self, node: Any) -> DefinitionError:
        """The error for a node that has no place in an expression."""
        if isinstance(node, (exp.Query, exp.Subquery, exp.Exists)):
            what, hint = "a query", "An expression works on the values of one row."
        elif isinstance(node, (exp.AggFunc, exp.Window)):
            what, hint = f"{node.sql(dialect='postgres')}", "Sums over several rows are not possible here."
        elif isinstance(node, exp.Star):
            what, hint = "'*'", "Name the columns that are meant."
        elif isinstance(node, exp.Func):
            name = str(node.this if isinstance(node, exp.Anonymous) else node.sql_name())
            what = f"the function {name.upper()}"
            hint = nearest(name.upper(), [*functions.FUNCTIONS, *SPECIAL])
        else:
            what = f"'{node.sql(dialect='postgres')[:80]}'"
            hint = "An expression has columns, constants, operators and functions."
        return DefinitionError(f"{what} is not allowed in an expression.", hint=hint)

    def report(self, wrong: pl.Expr, code: str, message: str) -> None:
        """Note a way to fail, for rows that get to this place."""
        self.checks.append(Check(self._guarded(wrong), code, message))

    def _guarded(self, condition: pl.Expr) -> pl.Expr:
        return functools.reduce(lambda a, b: a & b, self._guards, condition)

    def within(self, guard: pl.Expr, node: Any) -> Value:
        """The value of a node that only counts in rows where ``guard`` is true."""
        self._guards.append(guard)
        try:
            return self.value(node)
        finally:
            self._guards.pop()

    def _on_paren(self, node: Any) -> Value:
        return self.value(node.this)

    def _on_literal(self, node: Any) -> Value:
        if node.is_string:
            return literal(node.this, TEXT)
        text = str(node.this)
        if re.fullmatch(r"[0-9]+", text):
            number = int(text)
            if number >= 2**63:
                raise DefinitionError(f"{text} is too large for an integer.")
            return literal(number, DataType(Kind.INTEGER, bits=32) if number < 2**31 else INTEGER)
        if "e" in text.lower():
            return literal(float(text), FLOAT)
        whole, _, part = text.partition(".")
        of = DataType(Kind.DECIMAL, precision=max(len(whole) + len(part), 1), scale=len(part))
        if of.precision > 38:
            raise DefinitionError(f"{text} has more than 38 digits.")
        from decimal import Decimal

        return Value(pl.lit(Decimal(text)).cast(polars_type(of)), of, Decimal(text))

    def _on_boolean(self, node: Any) -> Value:
        return literal(bool(node.this), BOOLEAN)

    def _on_null(self, _node: Any) -> Value:
        return null()

    def _on_column(self, node: Any) -> Value:
        if isinstance(node.this, exp.Star):
            raise self.refused(node.this)
        name = ".".join(part.name for part in node.parts)
        known = name if name in self.fields else None
        if known is None:
            close = [field for field in self.fields if field.casefold() == name.casefold()]
            known = close[0] if len(close) == 1 else None
        if known is None:
            hint = nearest(name, self.fields) or "There are no columns and fields here."
            raise DefinitionError(f"there is no column or field '{name}'.", hint=hint)
        self.names.add(known)
        of = self.fields[known]
        found = Value(pl.col(known), of)
        if of.kind is Kind.DECIMAL and polars_type(of) == pl.String:
            return self._cast(Value(pl.col(known), TEXT), WORKING_DECIMAL)
        if of.kind in (Kind.JSON, Kind.UUID, Kind.OTHER) or (of.kind is Kind.TEXT and of.length):
            return Value(found.expr, TEXT)
        return found

    def _on_cast(self, node: Any) -> Value:
        self.only(node, "this", "to")
        return self._cast(self.value(node.this), self._type(node.args["to"]))

    def _on_trycast(self, node: Any) -> Value:
        return self._cast(self.value(node.this), self._type(node.args["to"]), tolerant=True)

    def _type(self, node: Any) -> DataType:
        spelled = node.sql(dialect="postgres").lower()
        known = {"double precision": "double", "timestamp with time zone": "timestamptz"}
        try:
            of = parse_type(known.get(spelled, spelled))
        except ValueError as wrong:
            raise DefinitionError(str(wrong)) from None
        if of.kind is Kind.DECIMAL and polars_type(of) == pl.String:
            return WORKING_DECIMAL
        return of

    def _cast(self, value: Value, wanted: DataType, *, tolerant: bool = False) -> Value:
        if value.is_null:
            return as_type(value, wanted, "CAST")
        if wanted.kind is Kind.DATE and value.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
            return Value(value.expr.cast(pl.Date), wanted)
        if value.literal is not None and value.kind is Kind.TEXT and not tolerant:
            return value if wanted.kind is Kind.TEXT else as_type(value, wanted, "CAST")
        cast = make_cast(polars_type(value.type), wanted)
        if cast is None:
            return Value(value.expr, wanted)
        name = f"\0cast{len(self.steps)}"
        source = value.expr
        if self._guards:
            source = pl.when(self._guarded(pl.lit(True))).then(source)
        self.steps.append(CastStep(name, source, cast, tolerant))
        return Value(pl.col(name), wanted)

    def _on_neg(self, node: Any) -> Value:
        value = self.value(node.this)
        if isinstance(value.literal, (int, float)) and not isinstance(value.literal, bool):
            return literal(-value.literal, value.type)
        return arithmetic("-", literal(0, DataType(Kind.INTEGER, bits=32)), value, self.report)

    def _operate(self, node: Any, symbol: str) -> Value:
        span = span_of(node.expression) if symbol in "+-" else None
        if span is not None:
            return shifted(self, self.value(node.this), span.times(-1 if symbol == "-" else 1))
        span = span_of(node.this) if symbol == "+" else None
        if span is not None:
            return shifted(self, self.value(node.expression), span)
        left, right = self.value(node.this), self.value(node.expression)
        if left.kind is Kind.DATE and symbol in "+-" and not left.is_null:
            if right.kind is Kind.INTEGER:
                days = right.expr.cast(pl.Int64) * (-1 if symbol == "-" else 1)
                return Value(left.expr + pl.duration(days=days), DATE)
            if symbol == "-" and right.kind is Kind.DATE:
                return Value((left.expr - right.expr).dt.total_days(), INTEGER)
        return arithmetic(symbol, left, right, self.report)

    def _on_dpipe(self, node: Any) -> Value:
        return functions.join_texts([self.value(node.this), self.value(node.expression)], skip_nulls=False)

    def only(self, node: Any, *allowed: str) -> None:
        """Refuse a node with parts that would be left out. Raises ``DefinitionError``."""
        extra = [k for k, v in node.args.items() if v and k not in (*allowed, "_type", "negate", *_HARMLESS)]
        if extra:
            raise DefinitionError(f"'{node.sql(dialect='postgres')}' has a form that is not supported.")

    def _call(self, node: Any) -> Value:
        name = node.sql_name() if not isinstance(node, exp.Anonymous) else str(node.this).upper()
        name = _NAMES.get(name, name)
        if name == "TRIM":
            name = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(node.args.get("position") or "", "TRIM")
        function = functions.FUNCTIONS.get(name)
        if function is None:
            raise self.refused(node)
        self.only(node, *_ARGUMENTS)
        nodes: list[Any] = []
        for argument in _ARGUMENTS:
            given = node.args.get(argument)
            if given is not None and not (argument == "this" and isinstance(node, exp.Anonymous)):
                nodes += given if isinstance(given, list) else [given]
        if isinstance(node, exp.StrPosition):
            nodes = [node.this, node.args["substr"]]
        if name == "INITCAP":
            nodes = [node.this]
        if not function.least <= len(nodes) <= function.most:
            raise DefinitionError(
                f"{name} is called as {function.signature}; {len(nodes)} arguments are given."
            )
        return function.make([self.value(part) for part in nodes], self.report)
