"""Modes that stage all rows first and publish them in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
from msgspec.structs import replace

from intakegateway.connectors.base import LoadRequest, Settled
from intakegateway.connectors.sql.dialect import table_text
from intakegateway.connectors.sql.driver import Session
from intakegateway.connectors.sql.facts import Facts
from intakegateway.connectors.sql.inserts import inserting
from intakegateway.connectors.sql.judge import Case
from intakegateway.connectors.sql.refusals import Refusals
from intakegateway.connectors.sql.settling import Apply, Outcome, settle_stage
from intakegateway.connectors.sql.stage import Stage
from intakegateway.connectors.sql.statements import (
    MergePlan,
    count_outcomes,
    count_skipped,
    delete_matching,
    drop_duplicates,
    insert_missing,
    null_patterns,
    update_changed,
)
from intakegateway.model.load import Mode


class Merge:
    """Upsert, truncate-insert, delete-insert, and insert where rows cannot be sent straight into the
    target. Staged outside of the transaction, so that the target is held for the merge alone."""

    def __init__(
        self, session: Session, case: Case, request: LoadRequest, *, judge_first: bool = False
    ) -> None:
        self._session, self._case, self._request = session, case, request
        self._judge_first = judge_first
        if case.plan:
            case.stage.watch(case.plan.keys)
        self._refusals = Refusals()

    def take(self, frame: pl.DataFrame) -> None:
        """Rows with their numbers."""
        self._refusals.merge(self._case.stage.add(frame))

    def finish(self) -> Settled:
        """Merge, in a transaction that stays open; what became of the rows."""
        case, dialect = self._case, self._case.stage.dialect
        case.stage.create()
        index_keys(case, self._request.keys)
        deduplicated = drop_older(case) if self._request.mode is Mode.UPSERT else 0
        case.stage.analyze()
        self._session.begin()
        target = table_text(dialect, case.facts.name)
        if dialect.lock and self._request.mode is not Mode.APPEND:
            self._session.run(dialect.lock.format(table=target))
        apply = upserting(case) if case.plan else inserting(target, case.stage.columns)
        outcome, refusals = settle_stage(
            case, apply, clear_way=self._way(target), judge_first=self._judge_first
        )
        self._refusals.merge(refusals)
        return Settled(
            inserted=outcome.inserted,
            updated=outcome.updated,
            unchanged=outcome.unchanged,
            skipped=outcome.skipped,
            deduplicated=deduplicated,
            refused=self._refusals.frame(),
        )

    def _way(self, target: str) -> Callable[[], None] | None:
        stage, dialect = self._case.stage, self._case.stage.dialect
        match self._request.mode:
            case Mode.TRUNCATE_INSERT:
                template = "DELETE FROM {table}" if self._case.facts.referenced else dialect.empty_table
                return _running(stage, [template.format(table=target)])
            case Mode.DELETE_INSERT:
                return lambda: _delete_staged(stage, target, self._request.keys)
            case _:
                return None


def _running(stage: Stage, statements: list[str]) -> Callable[[], None]:
    def run() -> None:
        for statement in statements:
            stage.session.run(statement)

    return run


def _delete_staged(stage: Stage, target: str, keys: Sequence[str]) -> None:
    """Take away what the staged rows replace, a combination of nulls in the keys after the other."""
    for nulls in stage.session.fetch(null_patterns(stage.dialect, stage.source, keys)):
        stage.session.run(delete_matching(stage.dialect, target, stage.source, keys, nulls))


def index_keys(case: Case, keys: Sequence[str]) -> None:
    """An index on the staged keys, where something will be looked up by them."""
    plan = case.plan
    if plan is None or not plan.indexed or case.stage.suspects(plan.keys) is None:
        case.stage.index(keys)


def drop_older(case: Case) -> int:
    """Of staged rows with equal keys only the last stays; how many went."""
    if case.plan is None or not case.stage.rows or case.stage.suspects(case.plan.keys) == []:
        return 0
    case.stage.analyze()
    gone = case.stage.session.run(drop_duplicates(case.stage.dialect, case.stage.table, case.plan.keys))
    case.stage.rows -= gone
    return gone


def upserting(case: Case) -> Apply:
    """Applies staged rows by updating what they change and inserting what is missing, counting exactly."""
    plan = case.plan
    assert plan is not None
    single = keys_are_unique(case.facts, plan)

    def apply(stage: Stage, rows: tuple[int, int] | None) -> Outcome:
        run, dialect = stage.session, stage.dialect
        here = replace(plan, source=stage.source)
        if not single or rows is not None or case.facts.triggers:
            return _counted_before(stage, here, rows, single=single)
        skipped = int(run.fetch(count_skipped(dialect, here, rows))[0][0]) if here.skip else 0
        update = update_changed(dialect, here, rows)
        updated = run.run(update) if update else 0
        inserted = run.run(insert_missing(dialect, here, rows))
        return Outcome(inserted, updated, stage.rows - inserted - updated - skipped, skipped)

    return apply


def _counted_before(stage: Stage, plan: MergePlan, rows: tuple[int, int] | None, *, single: bool) -> Outcome:
    """Keys that stand more than once in the target: one staged row may change several rows there.

    Or a trigger may leave rows out, which are not to be taken for unchanged ones.
    """
    counts = dict(stage.session.fetch(count_outcomes(stage.dialect, plan, rows)))
    update = update_changed(stage.dialect, plan, rows)
    changed = stage.session.run(update) if update else 0
    inserted = stage.session.run(insert_missing(stage.dialect, plan, rows))
    updated = min(changed, counts.get(2, 0)) if single else counts.get(2, 0)
    return Outcome(inserted, updated, counts.get(1, 0), counts.get(0, 0))


def keys_are_unique(facts: Facts, plan: MergePlan) -> bool:
    """Whether the table itself makes sure that no two rows have the same keys."""
    wanted = set(plan.keys)
    return any(
        unique.name != "" and not unique.where and len(unique.parts) == len(unique.columns)
        and wanted.issuperset(unique.columns) for unique in facts.uniques
    )  # fmt: skip
