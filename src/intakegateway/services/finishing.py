"""How a run ends: what came out of it becomes its row, its log and its causes of rejects, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from msgspec import Struct, field
from sqlalchemy import delete
from sqlalchemy.orm import Session

from intakegateway.kit.ids import uuid7
from intakegateway.kit.plainly import plain
from intakegateway.kit.retry import Backoff
from intakegateway.model.errors import CancelledError, GatewayError, UnavailableError
from intakegateway.model.run import Reason, Result, Status
from intakegateway.services import queue
from intakegateway.services.claims import Claim
from intakegateway.services.context import Context
from intakegateway.services.events import RUN_STATUS, emit
from intakegateway.services.events import TOPIC as EVENTS
from intakegateway.services.runlog import Line, Reporter, write_lines
from intakegateway.store import runs as store
from intakegateway.store.tables.runs import RejectGroup, Run

OnFinish = Callable[[Session, Run], None]
"""Called with the run as it ended, in the transaction that ends it. What it raises is logged and undone; the
run ends all the same."""
BACKOFF = Backoff(attempts=1_000_000, initial=2.0, longest=300.0)
"""Waits between the tries of a run whose systems do not answer."""
PATIENCE = 120.0
"""Seconds for which the end of a run is tried to be written while the store does not answer."""

log = structlog.get_logger()


class Ending(Struct, frozen=True):
    """What is to be written. PENDING: the run goes back to the queue."""

    status: Status
    values: dict[str, Any]
    reasons: tuple[Reason, ...] = ()
    lines: Sequence[Line] = field(default=())


def finish(
    context: Context, claim: Claim, reporter: Reporter, outcome: Result | GatewayError,
    hooks: Iterable[OnFinish] = (),
) -> None:  # fmt: skip
    """Write how a claimed run ended; patient while the store is busy.

    Raises ``UnavailableError`` when the store does not answer for long: the run is found by its heartbeat.
    """
    ending = _ending(context, claim, reporter, outcome)
    clock = context.clock
    until = clock.monotonic() + PATIENCE
    while True:
        try:
            write(context, claim.run_id, claim.fence, ending, hooks)
        except UnavailableError:
            if clock.monotonic() >= until:
                raise
            clock.sleep(1.0)
        else:
            return


def write(context: Context, run_id: str, fence: int, ending: Ending, hooks: Iterable[OnFinish] = ()) -> bool:
    """End a run that is under way with this fence, in one transaction; False when somebody else has it."""
    with context.database.write() as session:
        if not store.swap(session, run_id, "RUNNING", fence, status=ending.status, **ending.values):
            return False
        run = session.get_one(Run, run_id)
        write_lines(session, run.project_id, run_id, ending.lines)
        _keep_reasons(session, run_id, ending.reasons)
        data = {"status": ending.status, "task_name": run.task_name, "error": ending.values.get("error")}
        emit(session, run.project_id, RUN_STATUS, data, run_id)
        if ending.status is not Status.PENDING:
            call_hooks(session, run, hooks)
    context.bus.wake(EVENTS)
    context.bus.wake(queue.TOPIC)
    return True


def call_hooks(session: Session, run: Run, hooks: Iterable[OnFinish]) -> None:
    """Tell whoever wants to know that a run has ended."""
    for hook in hooks:
        try:
            with session.begin_nested():
                hook(session, run)
        except Exception as error:
            log.error("run_hook_failed", run_id=run.id, exc_info=error)


def _ending(context: Context, claim: Claim, reporter: Reporter, outcome: Result | GatewayError) -> Ending:
    now = context.now()
    seconds = max((now - claim.started_at).total_seconds(), 0.0)
    values: dict[str, Any] = {
        "heartbeat_at": now, "phases": reporter.phases, "phase": "", "duration_seconds": round(seconds, 3)
    }  # fmt: skip
    if isinstance(outcome, Result):
        values |= {**_columns(outcome), **_stored_rejects(context, claim, outcome), "finished_at": now}
        _tell(reporter, outcome, values["warnings"])
        return Ending(outcome.status, values, outcome.reasons, reporter.take())
    values["error"] = plain({
        "code": outcome.code, "message": outcome.message, "where": outcome.where, "hint": outcome.hint
    })  # fmt: skip
    if isinstance(outcome, CancelledError):
        reporter.line("warning", "run_cancelled", outcome.message)
        return Ending(Status.CANCELLED, {**values, "finished_at": now}, lines=reporter.take())
    wanted = not reporter.stop_asked.is_set() and not claim.only_settles
    if isinstance(outcome, UnavailableError) and wanted and claim.attempt < claim.max_attempts:
        wait = BACKOFF.wait(claim.attempt) or BACKOFF.longest
        reporter.line(
            "warning", "attempt_failed", str(outcome), attempt=claim.attempt, again_in_seconds=round(wait, 1)
        )
        again = {**values, "available_at": now + timedelta(seconds=wait), "worker": ""}
        return Ending(Status.PENDING, again, lines=reporter.take())
    reporter.line("error", "run_failed", str(outcome), code=outcome.code, where=outcome.where)
    return Ending(Status.FAILED, {**values, "finished_at": now}, lines=reporter.take())


def _stored_rejects(context: Context, claim: Claim, result: Result) -> dict[str, Any]:
    """The rejects move to the storage. The rows are loaded by now: a storage that refuses is a warning."""
    warnings = plain(list(result.warnings))
    if result.rejects_path is None:
        return {"warnings": warnings}
    key = f"rejects/{claim.run_id}.parquet"
    try:
        context.blobs.put_file(key, Path(result.rejects_path))
    except GatewayError as error:
        warnings.append(f"The rejected rows could not be stored: {error}")
        return {"warnings": warnings}
    return {"warnings": warnings, "rejects_blob": key}


def _columns(result: Result) -> dict[str, Any]:
    counts = result.counts
    error = None
    if result.error is not None:
        error = {"code": "stopped", "message": result.error, "where": result.table or None, "hint": None}
    return {
        "total_records": counts.read, "inserted_records": counts.inserted, "updated_records": counts.updated,
        "unchanged_records": counts.unchanged, "skipped_records": counts.skipped,
        "deduplicated_records": counts.deduplicated, "rejected_records": counts.rejected,
        "bytes_read": result.bytes_read, "destination_kind": result.destination_kind,
        "destination_table": result.table[:300], "error": plain(error),
        "plan": plain(result.plan.as_json()) if result.plan is not None else None,
    }  # fmt: skip


def _tell(reporter: Reporter, result: Result, warnings: Iterable[str]) -> None:
    for warning in warnings:
        reporter.line("warning", "warning", warning)
    for reason in result.reasons[:100]:
        reporter.line(
            "warning", "rows_rejected", reason.message, code=reason.code, column=reason.column,
            rows=reason.count,
        )  # fmt: skip
    if result.error is not None:
        reporter.line("error", "run_failed", result.error, code="stopped")
    reporter.line(
        "info", "run_finished", f"{result.status}: {result.counts.read:,} rows read.",
        status=str(result.status), **result.counts.as_dict(),
    )  # fmt: skip


def _keep_reasons(session: Session, run_id: str, reasons: Iterable[Reason]) -> None:
    session.execute(delete(RejectGroup).where(RejectGroup.run_id == run_id))
    groups: dict[tuple[str, str], RejectGroup] = {}
    for one in reasons:
        key = (one.code[:50], plain(one.column)[:300])
        if key in groups:
            groups[key].count += one.count
            continue
        groups[key] = RejectGroup(
            id=uuid7(), run_id=run_id, code=key[0], column=key[1], count=one.count, message=plain(one.message)
        )
    session.add_all(groups.values())
