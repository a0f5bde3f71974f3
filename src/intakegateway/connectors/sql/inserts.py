"""Insert and append: straight into the target while rows are accepted, in judged sets once one is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from intakegateway.connectors.base import Settled
from intakegateway.connectors.sql.dialect import table_text
from intakegateway.connectors.sql.driver import EncodesAhead, RowsRefusedError, Send, Session
from intakegateway.connectors.sql.facts import FactColumn
from intakegateway.connectors.sql.judge import Case
from intakegateway.connectors.sql.refusals import Refusals
from intakegateway.connectors.sql.settling import Apply, Outcome, settle_stage
from intakegateway.connectors.sql.stage import Stage, guarded
from intakegateway.connectors.sql.statements import ROW, insert_all

SET_ROWS = 262_144
"""Rows that are judged together: measured to cost least among 65,536 and 262,144."""


class DirectInsert:
    """Chunks under savepoints. The first refused row changes over to judged sets for the rest."""

    def __init__(self, session: Session, case: Case) -> None:
        self._session, self._case = session, case
        self._table = table_text(case.stage.dialect, case.facts.name)
        self._columns = [(c.name, c.column.type, c.native) for c in case.stage.columns]
        self._inserted = 0
        self._sets: SetInsert | None = None

    def ahead(self, frame: pl.DataFrame) -> Callable[[], None]:
        """The taking of rows, of which what needs no connection is done already. For any thread."""
        if self._sets is not None or not isinstance(self._session, EncodesAhead):
            return partial(self.take, frame)
        return partial(self.take, frame, self._session.encoded(self._columns, frame.drop(ROW)))

    def take(self, frame: pl.DataFrame, send: Send | None = None) -> None:
        """Rows with their numbers; ``send``: they are encoded already."""
        if self._sets is None:
            try:
                with guarded(self._session, self._case.stage.dialect):
                    if send is not None:
                        send(self._table)
                    else:
                        self._session.bulk(self._table, self._columns, frame.drop(ROW))
            except RowsRefusedError:
                self._sets = SetInsert(self._session, self._case, judge_first=True)
            else:
                self._inserted += frame.height
                return
        self._sets.take(frame)

    def finish(self) -> Settled:
        """What became of the rows."""
        if self._sets is None:
            return Settled(inserted=self._inserted)
        rest = self._sets.finish()
        return Settled(inserted=self._inserted + rest.inserted, refused=rest.refused)


class SetInsert:
    """Rows staged and inserted in sets; from the first refused row on, each set is judged first."""

    def __init__(self, session: Session, case: Case, judge_first: bool = False) -> None:
        self._session, self._case, self._judge_first = session, case, judge_first
        self._outcome, self._refusals = Outcome(), Refusals()
        case.stage.in_transaction = True
        for unique in case.facts.uniques:
            case.stage.watch(unique.columns, texts=case.stage.dialect.exact_text == "{a}")

    def take(self, frame: pl.DataFrame) -> None:
        """Rows with their numbers."""
        self._refusals.merge(self._case.stage.add(frame))
        if self._case.stage.rows >= SET_ROWS:
            self._settle()

    def finish(self) -> Settled:
        """What became of the rows."""
        self._settle()
        return Settled(inserted=self._outcome.inserted, refused=self._refusals.frame())

    def _settle(self) -> None:
        stage = self._case.stage
        if not stage.rows:
            return
        target = table_text(stage.dialect, self._case.facts.name)
        outcome, refusals = settle_stage(
            self._case, inserting(target, stage.columns), judge_first=self._judge_first
        )
        self._judge_first = self._judge_first or bool(refusals.rows)
        self._outcome += outcome
        self._refusals.merge(refusals)
        stage.clear()


def inserting(target: str, columns: Sequence[FactColumn]) -> Apply:
    """Applies staged rows by inserting them all."""
    names = [column.name for column in columns]

    def apply(stage: Stage, rows: tuple[int, int] | None) -> Outcome:
        sql = insert_all(stage.dialect, target, stage.source, names, rows)
        return Outcome(inserted=stage.session.run(sql))

    return apply
