"""One load in progress, for every SQL database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import polars as pl
from msgspec.structs import replace

from intakegateway.connectors.base import LoadRequest, Settled
from intakegateway.connectors.sql import ledger
from intakegateway.connectors.sql.dialect import Dialect, table_text
from intakegateway.connectors.sql.driver import EncodesAhead, Session
from intakegateway.connectors.sql.facts import Facts
from intakegateway.connectors.sql.fractions import Fractions
from intakegateway.connectors.sql.inserts import DirectInsert, SetInsert
from intakegateway.connectors.sql.judge import Case
from intakegateway.connectors.sql.leftovers import own_stage
from intakegateway.connectors.sql.merges import Merge
from intakegateway.connectors.sql.planning import (
    foreseen,
    merge_plan,
    stage_name,
    stamp,
    target_text,
    with_asked_key,
    written_columns,
)
from intakegateway.connectors.sql.refusals import Refusals
from intakegateway.connectors.sql.rehearsal import Rehearsal
from intakegateway.connectors.sql.screen import screen
from intakegateway.connectors.sql.stage import Stage
from intakegateway.connectors.sql.statements import ROW
from intakegateway.kit.pump import Pump
from intakegateway.model.errors import GatewayError
from intakegateway.model.load import Mode
from intakegateway.model.run import Counts

CHUNK_ROWS = 65_536
CHUNK_BYTES = 4 << 20


class Strategy(Protocol):
    """How the rows of one mode get into the target."""

    def take(self, frame: pl.DataFrame) -> None:
        """Rows, with their numbers in ``_ig_row``."""
        ...

    def finish(self) -> Settled:
        """What became of them."""
        ...


class SqlWriter:
    """The writer of ``connectors.base`` over a session that it owns."""

    def __init__(
        self, session: Session, dialect: Dialect, facts: Facts | None, request: LoadRequest, has_ledger: bool
    ) -> None:
        self._session, self._dialect, self._request = session, dialect, request
        self._has_ledger = has_ledger and not request.dry_run
        self._now = datetime.now(UTC).replace(tzinfo=None)
        there = facts
        facts = foreseen(dialect, facts, request) if request.dry_run or facts is None else facts
        self._columns, self._stamps = written_columns(facts, request)
        keyed = request.mode is Mode.UPSERT or facts.primary_key
        required = request.keys if request.mode is Mode.UPSERT else facts.primary_key
        brought = {column.name for column in self._columns}
        self._required = [name for name in required if keyed and name in brought]
        self._schema = facts.name.schema
        self._refusals = Refusals()
        self._fractions = Fractions(self._columns, dialect)
        self._may_leave_out = facts.triggers and not request.dry_run
        self._sent = 0
        self._waiting: list[pl.DataFrame] = []
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self._stage: Stage | None = None
        self._strategy = self._begin(there, facts)
        self._sender: Pump[Callable[[], None]] | None = None
        if isinstance(session, EncodesAhead):
            # While the database takes rows, the next ones are looked through and encoded.
            self._sender = Pump(lambda take: take(), request.memory_budget // 8, name="sender")
            self._sender.start()

    def _begin(self, there: Facts | None, facts: Facts) -> Strategy:
        session, dialect, request = self._session, self._dialect, self._request
        if self._has_ledger:
            ledger.claim(session, dialect, self._schema, request.load_id, request.part, request.fence)
        facts, asked = with_asked_key(dialect, facts, request)
        name = stage_name(dialect, request)
        self._stage = stage = Stage(session, dialect, self._columns, name)
        if not dialect.stages_are_temporary:
            own_stage(session, dialect, name, f"Load '{request.load_id}' (part {request.part})")
            stage.create()
        target = target_text(dialect, there, facts)
        plan = merge_plan(dialect, facts, request, stage, target, self._stamps, self._now)
        case = Case(
            facts,
            stage,
            None if request.mode is Mode.TRUNCATE_INSERT else target,
            plan,
            request.keys if request.mode is Mode.DELETE_INSERT else (),
        )
        if request.dry_run:
            return Rehearsal(session, case, request)
        own = any(key.target == facts.name for key in facts.foreign_keys)
        if request.mode not in (Mode.INSERT, Mode.APPEND) or own or not dialect.savepoints:
            return Merge(session, case, request, judge_first=asked)
        if asked and not dialect.stages_are_temporary:
            stage.index(request.keys)
        session.begin()
        if asked:
            if dialect.lock:
                session.run(dialect.lock.format(table=table_text(dialect, facts.name)))
            return SetInsert(session, case, judge_first=True)
        # What is sent straight into a table is not counted there, and a trigger may leave rows out.
        direct = dialect.direct_bulk and facts.bulk and not facts.triggers
        return DirectInsert(session, case) if direct else SetInsert(session, case)

    def write(self, batch: pl.DataFrame, rows: pl.Series) -> None:
        """Take rows; they are sent in chunks."""
        if not batch.height:
            return
        frame = batch.with_columns(rows.cast(pl.Int64).alias(ROW), *self._stamp_values())
        frame = frame.select(ROW, *(column.name for column in self._columns))
        frame = self._fractions.rounded(frame)
        frame, refused = screen(frame, self._columns, self._required, self._dialect)
        self._refusals.merge(refused)
        self._sent += frame.height
        self._waiting.append(frame)
        self._waiting_rows += frame.height
        self._waiting_bytes += int(frame.estimated_size())
        if self._waiting_rows >= CHUNK_ROWS or self._waiting_bytes >= min(
            CHUNK_BYTES, self._request.memory_budget
        ):
            self._flush()

    def settle(self) -> Settled:
        """Send the rest and say what became of every row."""
        self._flush()
        if self._sender is not None:
            self._sender.finish()
        settled = self._strategy.finish()
        if self._may_leave_out:
            settled = _with_left_out(settled, self._sent)
        self._refusals.add_frame(settled.refused)
        warnings = (*settled.warnings, *self._fractions.warnings)
        return replace(settled, refused=self._refusals.frame(), warnings=warnings)

    def commit(self, counts: Counts) -> None:
        """Ledger and rows in one transaction."""
        if not self._request.dry_run:
            if self._has_ledger:
                request = self._request
                ledger.settle(
                    self._session, self._dialect, self._schema, request.load_id, request.part,
                    request.fence, counts,
                )  # fmt: skip
            self._session.commit()
        self._end()

    def abort(self) -> None:
        """Undo everything; a connection that is gone has undone it."""
        if self._sender is not None:
            self._sender.stop()
        with suppress(GatewayError):
            self._session.rollback()
        self._end()

    def _end(self) -> None:
        with suppress(GatewayError):
            if self._stage is not None:
                self._stage.drop()
        with suppress(GatewayError):
            self._session.close()

    def _flush(self) -> None:
        if not self._waiting_rows:
            self._waiting.clear()
            return
        frame = pl.concat(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0
        if frame.height < 2 * CHUNK_ROWS:
            self._take(frame)
            return
        for start in range(0, frame.height, CHUNK_ROWS):
            self._take(frame[start : start + CHUNK_ROWS])

    def _take(self, frame: pl.DataFrame) -> None:
        if self._sender is None:
            self._strategy.take(frame)
            return
        direct = self._strategy if isinstance(self._strategy, DirectInsert) else None
        take = direct.ahead(frame) if direct is not None else partial(self._strategy.take, frame)
        # Encoded rows take about as many bytes again.
        self._sender.put(take, int(frame.estimated_size()) * (2 if direct is not None else 1))

    def _stamp_values(self) -> list[pl.Expr]:
        """The load's own time in the audit columns, except where the merge writes it."""
        if self._request.mode is Mode.UPSERT:
            return []
        return [stamp(column, self._now).alias(column.name) for column in self._stamps]


def _with_left_out(settled: Settled, sent: int) -> Settled:
    """With the rows that the database took and did not write, as a trigger told it: they are skipped."""
    known = settled.inserted + settled.updated + settled.unchanged + settled.skipped + settled.deduplicated
    missing = sent - known - settled.refused["row"].n_unique()
    if missing <= 0:
        return settled
    rows = "1 row was" if missing == 1 else f"{missing:,} rows were"
    warning = f"{rows} left out, or put elsewhere, by a trigger of the table: counted as skipped."
    return replace(settled, skipped=settled.skipped + missing, warnings=(*settled.warnings, warning))
