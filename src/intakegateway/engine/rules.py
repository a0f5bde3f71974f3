"""The cleaning rules of a task over one chunk after another.

First the values that ``set_null`` and ``set_default`` change are changed, in the order of the rules; then all
other rules look at the result, together. A row gets all its reasons. UNIQUE and DEDUPE are decided before
(``engine.duplicates``), among rows that no other rule and no cast refuses: here their losers are looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import polars as pl
from msgspec import Struct, field

from intakegateway.engine.references import Existing, References
from intakegateway.engine.rule_checks import Check, Columns, make_check, row_checks
from intakegateway.engine.shape import PROBLEM_SCHEMA, Checked, Checker, Touch
from intakegateway.model.errors import DefinitionError
from intakegateway.model.rules import DedupeRule, ExpressionRule, ReferenceRule, RuleOptions, UniqueRule
from intakegateway.model.schema import Column

if TYPE_CHECKING:
    from intakegateway.engine.conditions import Condition

_FOUND = "\0found"


class LostRows(Protocol):
    """The rows that lost against another row with the same keys."""

    def mask(self, rows: pl.Series) -> pl.Series:
        """For each row number, whether it lost."""
        ...


def compile_rules(
    rules: Sequence[RuleOptions],
    columns: tuple[Column, ...],
    *,
    existing: Existing | None = None,
    losers: Mapping[int, LostRows] | None = None,
) -> Checker:
    """The rules as one callable.

    ``columns`` are those that rows bring. ``existing`` answers for REFERENCE rules. ``losers`` holds, per
    place of a UNIQUE or DEDUPE rule in ``rules``, the rows that lost; a rule without an entry lets all
    rows pass (the pass that finds the losers runs without them).
    Raises ``DefinitionError`` for columns that rows do not bring and for values of another type.
    """
    known = Columns(columns)
    checker = _Rules([], [], [], [], [], {id(rule): place for place, rule in enumerate(rules)})
    for place, rule in enumerate(rules):
        path: tuple[str | int, ...] = ("rules", place)
        for check in row_checks(rule, known, path):
            (checker.setters if check.fill is not None else checker.checks).append(check)
        if isinstance(rule, ExpressionRule):
            from intakegateway.engine.conditions import compile_rule

            checker.conditions.append(compile_rule(rule, known, path))
        if isinstance(rule, ReferenceRule):
            checker.references.append(_reference(rule, known, existing, path))
        if isinstance(rule, (UniqueRule, DedupeRule)):
            _check_keys(rule, known, path)
            if losers is not None and place in losers:
                checker.duplicates.append((rule, losers[place]))
    return checker


class _Rules(Struct):
    setters: list[Check]
    checks: list[Check]
    references: list[tuple[Check, References]]
    conditions: list[Condition]
    duplicates: list[tuple[UniqueRule | DedupeRule, LostRows]]
    places: dict[int, int]
    """Where each rule stands, by its identity: two rules may be equal."""

    def __call__(self, typed: pl.DataFrame, rows: pl.Series, bad: pl.Series | None) -> Checked:
        found = _Found(rows, bad)
        for check in self.setters:
            typed = found.fill(typed, check)
        for check, references in self.references:
            missing = references.missing(typed)
            if check.fill is not None:
                typed = found.fill(typed.with_columns(missing.alias(_FOUND)), check).drop(_FOUND)
            else:
                found.note(typed, check, missing)
        if self.checks:
            any_fails = typed.select(
                check.fails.any().alias(str(n)) for n, check in enumerate(self.checks)
            ).row(0)
            failing = [check for check, fails in zip(self.checks, any_fails, strict=True) if fails]
            masks = typed.select(c.fails.fill_null(False).alias(str(n)) for n, c in enumerate(failing))
            for check, mask in zip(failing, masks.iter_columns(), strict=True):
                found.note(typed, check, mask)
        for condition in self.conditions:
            fails, problems = condition.judge(typed)
            found.note(typed, condition.check, fails)
            if problems is not None:
                found.cannot_tell(condition.check, problems)
        for rule, lost in self.duplicates:
            found.drop(typed, rule, lost.mask(rows))
        return found.checked(typed, self.places)


class _Found(Struct):
    """What the rules have found in one chunk so far."""

    rows: pl.Series
    bad: pl.Series | None
    problems: list[pl.DataFrame] = field(default_factory=list)
    rejected: pl.Series | None = None
    dropped: pl.Series | None = None
    warned: dict[tuple[str, str, str], int] = field(default_factory=dict)
    stop: str | None = None
    touched: list[tuple[RuleOptions, Touch, pl.Series]] = field(default_factory=list)

    def fill(self, typed: pl.DataFrame, check: Check) -> pl.DataFrame:
        """Put another value where the check fails, and count those rows in a warning."""
        mask = typed.select(check.fails.fill_null(False).alias("m"))["m"]
        if not mask.any() or check.fill is None:
            return typed
        what = "null" if check.rule.on_fail == "set_null" else f"'{check.rule.default}'"
        self._warn(check, mask, f"{_said(check)}; {check.column} was set to {what}.")
        value = pl.when(mask).then(check.fill).otherwise(pl.col(check.column))
        return typed.with_columns(value.cast(typed.schema[check.column]).alias(check.column))

    def note(self, typed: pl.DataFrame, check: Check, mask: pl.Series) -> None:
        """Reject, or count in a warning, the rows where the mask is true."""
        if not mask.any():
            return
        if check.rule.severity == "warning":
            self._warn(check, mask, f"{_said(check)}.")
            return
        # Polars gives up on an expression over a part without rows, which a filter may leave behind.
        told = typed.filter(mask).rechunk().select(check.message.cast(pl.String).alias("message"))
        numbers = self.rows.filter(mask)
        said = pl.DataFrame({"row": numbers, "message": _one_each(told["message"], numbers.len())})
        named = (pl.lit(check.code).alias("code"), pl.lit(check.column).alias("column"))
        self._reject(check, mask, said.with_columns(named))

    def _reject(self, check: Check, mask: pl.Series, problems: pl.DataFrame) -> None:
        self.problems.append(problems.select(list(PROBLEM_SCHEMA)))
        self.touched.append((check.rule, "rejected", mask))
        self.rejected = mask if self.rejected is None else self.rejected | mask
        if check.rule.on_fail == "stop" and self.stop is None:
            message = self.problems[-1]["message"][0]
            self.stop = f"A rule stopped the run ({check.code}): {message}"

    def cannot_tell(self, check: Check, problems: pl.DataFrame) -> None:
        """Rows for which a condition could not be worked out (a division by zero): they fail it as well."""
        mask = pl.Series([False]).new_from_index(0, self.rows.len()).scatter(problems["row"].unique(), True)
        if check.rule.severity == "warning":
            self._warn(check, mask, f"{_said(check)}: {problems['message'][0]}")
            return
        self._reject(check, mask, problems.with_columns(self.rows.gather(problems["row"]).alias("row")))

    def drop(self, typed: pl.DataFrame, rule: UniqueRule | DedupeRule, lost: pl.Series) -> None:
        """Reject (UNIQUE) or drop (DEDUPE) the rows that lost; rows that are bad anyway are left alone."""
        for wrong in (self.bad, self.rejected):
            lost = lost if wrong is None else lost & ~wrong
        if not lost.any():
            return
        keys = ",".join(rule.keys)
        sentence = pl.lit(rule.message or f"Another row has the same {' and '.join(rule.keys)}.")
        check = Check(
            "UNIQUE" if isinstance(rule, UniqueRule) else "DEDUPE", keys, pl.lit(True), sentence, rule
        )
        if isinstance(rule, UniqueRule) or rule.severity == "warning":
            self.note(typed, check, lost)
        else:
            self.dropped = lost if self.dropped is None else self.dropped | lost
            self.touched.append((rule, "deduplicated", lost))

    def checked(self, typed: pl.DataFrame, places: Mapping[int, int]) -> Checked:
        """The outcome; rows to reject are not dropped as well."""
        dropped = self.dropped
        if dropped is not None and self.rejected is not None:
            dropped = dropped & ~self.rejected
        return Checked(
            frame=typed,
            problems=pl.concat(self.problems) if self.problems else None,
            dropped=dropped if dropped is not None and dropped.any() else None,
            warned=tuple((*key, count) for key, count in self.warned.items()),
            stop=self.stop,
            touched=tuple((places[id(rule)], what, mask) for rule, what, mask in self.touched),
        )

    def _warn(self, check: Check, mask: pl.Series, sentence: str) -> None:
        counted = mask if self.bad is None else mask & ~self.bad
        if count := int(counted.sum()):
            key = (check.code, check.column, sentence)
            self.warned[key] = self.warned.get(key, 0) + count
            self.touched.append((check.rule, "warned" if check.fill is None else "changed", counted))


def _one_each(messages: pl.Series, count: int) -> pl.Series:
    """A constant message is one value for all rows."""
    return messages if messages.len() == count else messages.new_from_index(0, count)


def _said(check: Check) -> str:
    rule = check.rule
    what = rule.message or rule.name or f"{check.code} fails"
    return f"{what.rstrip('.')}" + (f" for {check.column}" if check.column and not rule.message else "")


def _reference(
    rule: ReferenceRule, known: Columns, existing: Existing | None, path: tuple[str | int, ...]
) -> tuple[Check, References]:
    names = rule.reference.columns
    found = [known.find(name, (*path, "reference", "column")) for name in names]
    if existing is None:
        raise DefinitionError("This destination cannot look up references.", path=path)
    if len(names) > 1 and rule.on_fail in ("set_null", "set_default"):
        raise DefinitionError(
            f"'on_fail: {rule.on_fail}' fits a reference of one column.", path=(*path, "on_fail")
        )
    to = rule.reference.to or names
    values = [pl.col(name).cast(pl.String) for name in names]
    told = pl.concat_str(values, separator=", ")
    target = f"{rule.reference.table} ({', '.join(to)})"
    sentence = pl.format("'{}' is not in {}.", told, pl.lit(target))
    made = make_check(rule, "REFERENCE", found[0], pl.col(_FOUND), sentence, path)
    check = Check(made.code, ",".join(names), made.fails, made.message, rule, made.fill)
    return check, References(names, rule.reference.table, to, existing)


def _check_keys(rule: UniqueRule | DedupeRule, known: Columns, path: tuple[str | int, ...]) -> None:
    kind = "unique" if isinstance(rule, UniqueRule) else "dedupe"
    for name in rule.keys:
        known.find(name, (*path, kind, "keys"))
    if isinstance(rule, DedupeRule) and rule.order_by is not None:
        known.find(rule.order_by, (*path, kind, "order_by"))
