"""Staged rows into the target: all at once, and where a row is refused, all but the refused ones."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import fields

from intakegateway.connectors.sql.driver import RowsRefusedError
from intakegateway.connectors.sql.judge import Case, judge
from intakegateway.connectors.sql.refusals import Refusals
from intakegateway.connectors.sql.stage import Stage, guarded
from intakegateway.model.errors import DestinationError

_ONE_BY_ONE = 64
"""Rows that are tried one by one rather than by halves, where the row before them was refused."""


class Outcome(Struct, frozen=True):
    """Rows by what became of them."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


Apply = Callable[[Stage, tuple[int, int] | None], Outcome]
"""Brings a stage's rows, or a range of them, into the target."""


def settle_stage(
    case: Case,
    apply: Apply,
    *,
    clear_way: Callable[[], None] | None = None,
    judge_first: bool = False,
) -> tuple[Outcome, Refusals]:
    """Bring the staged rows into the target; what became of them, and which were refused.

    First all together; when a row is refused, the sets of ``judge`` find the bad ones; what they cannot
    explain (a trigger, an exclusion) is found by halving. ``clear_way`` empties or deletes before.
    """
    stage, refusals = case.stage, Refusals()
    if case.facts.triggers and stage.dialect.savepoints and stage.aside is None:
        stage.aside = Stage(stage.session, stage.dialect, stage.columns, "_ig_aside")
    if judge_first:
        refusals.merge(judge(case, thoroughly=False))
    while True:
        try:
            with guarded(stage.session, stage.dialect):
                if clear_way is not None:
                    clear_way()
                outcome = apply(stage, None) if stage.rows else Outcome()
            break
        except RowsRefusedError as error:
            if not stage.rows:
                raise
            found = judge(case)
            if not found.rows:
                if not stage.dialect.savepoints:
                    raise DestinationError(error.message, where=case.facts.name.name) from error
                found, kept = _halve(case, apply, clear_way)
                if kept is not None:
                    refusals.merge(found)
                    outcome = kept
                    break
            refusals.merge(found)
    if stage.aside is not None and stage.aside.rows:
        outcome, refusals = _second_chance(stage.aside, apply, outcome, refusals)
    return outcome, refusals


def _halve(case: Case, apply: Apply, clear_way: Callable[[], None] | None) -> tuple[Refusals, Outcome | None]:
    """Find the refused rows by halving. The outcome is None when all has to be done again without them:
    a delete-insert must not delete what a refused row would have replaced."""
    stage = case.stage
    session = stage.session
    session.run("SAVEPOINT _ig_halves")
    if clear_way is not None:
        clear_way()
    outcome, refusals = halves(stage, apply)
    if case.leaving and refusals.rows:
        session.run("ROLLBACK TO SAVEPOINT _ig_halves")
        session.run("RELEASE SAVEPOINT _ig_halves")
        stage.remove(sorted(refusals.rows))
        return refusals, None
    session.run("RELEASE SAVEPOINT _ig_halves")
    return refusals, outcome


def halves(stage: Stage, apply: Apply) -> tuple[Outcome, Refusals]:
    """Apply ranges of rows, each half as large where it fails, down to the refused ones."""
    outcome, refusals = Outcome(), Refusals()
    stage.index_rows()
    low, high = stage.bounds()
    waiting = [(low, high)]
    refused_before = low - 2
    alone: dict[tuple[str, str], list[tuple[int, str]]] = {}
    while waiting:
        low, high = waiting.pop()
        try:
            with guarded(stage.session, stage.dialect, rows_only=True):
                outcome += apply(stage, (low, high))
        except RowsRefusedError as error:
            if low == high:
                refused_before = low
                alike = alone.setdefault((error.row_code, error.column), [])
                alike.append((low, error.message))
            elif refused_before == low - 1 and high - low < _ONE_BY_ONE:
                # Refused rows come in company: to halve among them would try each row twice.
                waiting += [(row, row) for row in range(high, low - 1, -1)]
            else:
                middle = (low + high) // 2
                waiting += [(middle + 1, high), (low, middle)]
    for (code, column), alike in alone.items():
        refusals.add([row for row, _ in alike], code, column, [message for _, message in alike])
    return outcome, refusals


def _second_chance(
    aside: Stage, apply: Apply, outcome: Outcome, refusals: Refusals
) -> tuple[Outcome, Refusals]:
    """A trigger may mend a row before it is checked: what the sets refused is tried for itself."""
    judged = refusals.frame()
    tried = set(aside.numbers())
    mended, still = halves(aside, apply)
    final = Refusals()
    final.add_frame(judged.filter(judged["row"].is_in(list(still.rows)) | ~judged["row"].is_in(list(tried))))
    named = final.rows
    unexplained = still.frame()
    final.add_frame(unexplained.filter(~unexplained["row"].is_in(list(named))))
    return outcome + mended, final
