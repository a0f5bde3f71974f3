"""Rules in SQL expression syntax: a row fails where the condition is false, or where it cannot be worked out."""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from intakegateway.engine.expressions import Program, compile_condition
from intakegateway.engine.problems import Findings
from intakegateway.engine.rule_checks import Check, Columns, Path
from intakegateway.model.errors import DefinitionError
from intakegateway.model.rules import ExpressionRule


class Condition(Struct, frozen=True):
    """One EXPRESSION rule."""

    check: Check
    program: Program

    def judge(self, typed: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame | None]:
        """Rows where the condition is false, and the problems (rows counted from 0) of working it out."""
        found = Findings(typed.height)
        holds = self.program(typed, self.check.column, found)
        return (~holds).fill_null(False), found.problems(0)


def compile_rule(rule: ExpressionRule, columns: Columns, path: Path) -> Condition:
    """The rule's condition. Raises ``DefinitionError`` for names and types that do not fit."""
    types = {name: column.type for name, column in columns.known.items()}
    try:
        program = compile_condition(rule.expression, types)
    except DefinitionError as wrong:
        place = (*path, "expression")
        raise DefinitionError(wrong.message, where=wrong.where, hint=wrong.hint, path=place) from None
    sentence = pl.lit(rule.message or f"{rule.expression} is not true.")
    return Condition(Check("EXPRESSION", "", pl.lit(False), sentence, rule), program)
