"""A dry run: rows staged in a temporary table, judged and counted by queries, and nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from intakegateway.connectors.base import LoadRequest, Settled
from intakegateway.connectors.sql.dialect import quote, quote_all
from intakegateway.connectors.sql.driver import Session
from intakegateway.connectors.sql.judge import Case, judge
from intakegateway.connectors.sql.merges import drop_older, index_keys
from intakegateway.connectors.sql.refusals import Refusals
from intakegateway.connectors.sql.statements import ROW, MergePlan, changed, count_outcomes, is_there, matches
from intakegateway.model.load import Mode

SAMPLES = 5


class Rehearsal:
    """Takes rows as a load would and says what would become of them."""

    def __init__(self, session: Session, case: Case, request: LoadRequest) -> None:
        self._session, self._case, self._request = session, case, request
        self._refusals = Refusals()

    def take(self, frame: pl.DataFrame) -> None:
        """Rows with their numbers."""
        self._refusals.merge(self._case.stage.add(frame))

    def finish(self) -> Settled:
        """The counts, the refusals that are foreseen, and samples."""
        case, stage = self._case, self._case.stage
        stage.create()
        index_keys(case, self._request.keys)
        deduplicated = drop_older(case) if self._request.mode is Mode.UPSERT else 0
        self._session.begin(reading=True)
        try:
            while stage.rows:
                found = judge(case)
                if not found.rows:
                    break
                self._refusals.merge(found)
            counts: dict[int, int] = {}
            if case.plan and case.target is not None:
                counts = dict(self._session.fetch(count_outcomes(stage.dialect, case.plan)))
            return Settled(
                inserted=stage.rows - sum(counts.values()),
                updated=counts.get(2, 0),
                unchanged=counts.get(1, 0),
                skipped=counts.get(0, 0),
                deduplicated=deduplicated,
                refused=self._refusals.frame(),
                inserted_samples=tuple(self._inserted()),
                updated_samples=tuple(self._updated()) if counts.get(2) else (),
            )
        finally:
            self._session.rollback()

    def _inserted(self) -> list[Mapping[str, Any]]:
        stage, plan = self._case.stage, self._case.plan
        names = [column.name for column in stage.columns]
        where = ""
        if plan and self._case.target is not None:
            there = is_there(stage.dialect, plan.target, stage.source, plan.keys, plan.indexed)
            where = f" WHERE NOT {there}"
        answer = self._session.fetch(
            f"SELECT {', '.join(quote_all(stage.dialect, names, 's.'))} FROM {stage.source} AS s{where}"
            f" ORDER BY s.{quote(stage.dialect, ROW)} LIMIT {SAMPLES}"
        )
        return [dict(zip(names, row, strict=True)) for row in answer]

    def _updated(self) -> list[Mapping[str, Mapping[str, Any]]]:
        stage, plan = self._case.stage, self._case.plan
        assert plan is not None
        names = list(plan.names)
        limits = [f"({changed(stage.dialect, plan)})"]
        if plan.skip:
            limits.append(f"NOT ({plan.skip})")
        before = quote_all(stage.dialect, names, "t.")
        after = [_after(quote(stage.dialect, name), plan) for name in names]
        answer = self._session.fetch(
            f"SELECT {', '.join([*before, *after])} FROM {plan.source} AS s JOIN {plan.target} AS t"
            f" ON {matches(stage.dialect, plan.keys)} WHERE {' AND '.join(limits)}"
            f" ORDER BY s.{quote(stage.dialect, ROW)} LIMIT {SAMPLES}"
        )
        half = len(names)
        return [
            {
                "before": dict(zip(names, row[:half], strict=True)),
                "after": dict(zip(names, row[half:], strict=True)),
            }
            for row in answer
        ]


def _after(quoted: str, plan: MergePlan) -> str:
    return f"COALESCE(s.{quoted}, t.{quoted})" if plan.keep_nulls else f"s.{quoted}"
