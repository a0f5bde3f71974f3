"""Calculated values in SQL expression syntax: parsed, checked for types, compiled to Polars.

sqlglot only reads the text; every node is then compiled here, and a node that this module does not
know is refused. So there is no way to a query, a file, a network or another row.

Names are columns (as their types are after the casts) or source fields; a dotted name
(``user.address.city``) is one name, an odd one stands in double quotes. Upper and lower case may differ
where only one name fits. Allowed are ``+ - * / %``, ``||``, comparisons, ``AND OR NOT``, ``IS [NOT]
NULL``, ``[NOT] IN (…)``, ``BETWEEN``, ``LIKE``, ``ILIKE``, ``~``, ``CASE``, ``COALESCE``, ``NULLIF``,
``CAST`` and ``::``, ``TRY_CAST``, ``DATE_TRUNC``, ``EXTRACT``, intervals, ``CURRENT_DATE``,
``CURRENT_TIMESTAMP`` (one moment for the whole run, in UTC) and the functions of
``engine.expression_functions``. A null gives a null, as in SQL. A cast, a division or an arithmetic
result that fails in a row is a problem of that row, unless the row's own ``CASE``, ``COALESCE``,
``AND`` or ``OR`` never gets there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl
from msgspec import Struct

from intakegateway.engine.cast_step import Cast
from intakegateway.engine.problems import Findings
from intakegateway.model.errors import DefinitionError
from intakegateway.model.frames import polars_type
from intakegateway.model.types import TEXT, DataType, Kind

SPECIAL = (
    "CASE", "COALESCE", "NULLIF", "CAST", "TRY_CAST", "DATE_TRUNC", "EXTRACT", "DATE_ADD", "DATE_SUB", "IF",
    "CURRENT_DATE", "CURRENT_TIMESTAMP", "LIKE", "ILIKE", "BETWEEN", "IN",
)  # fmt: skip


class CastStep(Struct, frozen=True):
    """A cast in the middle of an expression; its result is a column of its own, ``name``."""

    name: str
    source: pl.Expr
    cast: Cast
    tolerant: bool = False


class Check(Struct, frozen=True):
    """Rows where ``wrong`` is true fail, with ``code`` and a sentence."""

    wrong: pl.Expr
    code: str
    message: str


class Program(Struct, frozen=True):
    """A compiled expression. ``names`` are the columns and fields that it reads."""

    text: str
    type: DataType
    expr: pl.Expr
    names: frozenset[str]
    steps: tuple[CastStep, ...] = ()
    checks: tuple[Check, ...] = ()

    def __call__(self, frame: pl.DataFrame, column: str, found: Findings) -> pl.Series:
        """The values over ``frame``, which has ``names`` in their canonical types.

        Failures become problems of ``column`` in ``found``.
        """
        work = frame
        for step in self.steps:
            read = work.select(step.source.alias("v"))
            given = _full(read["v"], frame.height)
            value = given.to_frame("v").select(step.cast.fast(pl.col("v"), "").alias("v"))["v"]
            if value.null_count() != given.null_count():
                quiet = Findings(frame.height) if step.tolerant else found
                value = quiet.repair(step.cast, given, value, column, "")
            work = work.with_columns(value.alias(step.name))
        results = [self.expr.alias("value")]
        results += [check.wrong.fill_null(False).alias(f"wrong{n}") for n, check in enumerate(self.checks)]
        answer = work.select(results)
        for number, check in enumerate(self.checks):
            wrong = _full(answer[f"wrong{number}"], frame.height)
            if wrong.any():
                found.add(wrong.arg_true(), check.code, column, f"{check.message}: {self.text}")
        return _full(answer["value"], frame.height)


def _full(values: pl.Series, height: int) -> pl.Series:
    """An expression of constants has one value; every row gets it."""
    return values.new_from_index(0, height) if values.len() == 1 != height else values


def compile_expression(text: str, fields: Mapping[str, DataType], *, now: datetime | None = None) -> Program:
    """Read and check an expression over ``fields``.

    ``now`` is the moment of CURRENT_TIMESTAMP; left out: this one. Raises ``DefinitionError`` with the
    place, what is wrong and what is allowed.
    """
    from intakegateway.engine.expression_compiler import Compiler

    compiler = Compiler(text, fields, now or datetime.now(UTC))
    value = compiler.compile()
    of = TEXT if value.is_null else value.type
    # Decimals are worked on with 38 digits; the type says how many of them can be in use.
    exact = value.is_null or of.kind is Kind.DECIMAL
    return Program(
        text=text,
        type=of,
        expr=value.expr.cast(polars_type(of), strict=False) if exact else value.expr,
        names=frozenset(compiler.names),
        steps=tuple(compiler.steps),
        checks=tuple(compiler.checks),
    )


def check_expression(text: str, fields: Mapping[str, DataType]) -> DataType:
    """The type of an expression's result. Raises ``DefinitionError``."""
    return compile_expression(text, fields).type


def check_syntax(text: str) -> None:
    """Refuse an expression that cannot be read, whatever its names are. Raises ``DefinitionError``."""
    from intakegateway.engine.expression_compiler import Compiler

    Compiler(text, {}, datetime.now(UTC)).parse()


def compile_condition(text: str, fields: Mapping[str, DataType], *, now: datetime | None = None) -> Program:
    """The same for an expression that has to be true or false. Raises ``DefinitionError``."""
    program = compile_expression(text, fields, now=now)
    if program.type.kind is not Kind.BOOLEAN:
        raise DefinitionError(
            f"'{text}' gives {program.type}, but a condition has to be true or false.",
            hint="Compare it with something, as in total >= 0.",
        )
    return program
