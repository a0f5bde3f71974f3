"""Runs as people see them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from intakegateway.kit.masking import public_url
from intakegateway.model.run import Status
from intakegateway.model.views.runs import RejectGroupView, RunLink, RunSummary, RunView
from intakegateway.services.rejectstate import counts_of
from intakegateway.services.runlog import seconds_left
from intakegateway.services.sealing import masked
from intakegateway.store import rejects as reject_store
from intakegateway.store import runs as store
from intakegateway.store.rows import listing
from intakegateway.store.tables.runs import Run

SUMMARY = listing(Run, RunSummary)
"""None of its columns is large."""
_LINK = listing(Run, RunLink)


def view(session: Session, run: Run, now: datetime) -> RunView:
    """Everything about a run, without secrets."""
    retries, replays = store.links(session, _LINK, run.id)
    plain = {name: getattr(run, name) for name in RunSummary.model_fields}
    seconds = run.duration_seconds
    running = run.status == Status.RUNNING
    if running and run.started_at is not None:
        seconds = max((now - run.started_at).total_seconds(), 0.0)
    plain["duration_seconds"] = round(seconds, 3)
    groups = store.reject_groups(session, run.id)
    rejects, by_group = counts_of(run, groups, reject_store.marks(session, run.id))
    return RunView.model_validate({
        **plain,
        "load_id": run.load_id,
        "phases": run.phases,
        "rows_per_second": round(run.total_records / seconds, 1) if seconds > 0 else 0.0,
        "seconds_left": seconds_left(run.bytes_read, run.bytes_total, seconds) if running else None,
        "available_at": run.available_at,
        "heartbeat_at": run.heartbeat_at,
        "worker": run.worker,
        "warnings": run.warnings,
        "error": run.error,
        "reject_groups": [
            RejectGroupView(id=one.id, code=one.code, column=one.column, count=one.count, message=one.message,
                            status=one.status, counts=by_group[one.id])
            for one in groups
        ],
        "rejects": rejects,
        "plan": run.plan,
        "spec": masked(run.spec),
        "input": masked(run.input),
        "callback_url": public_url(run.callback_url) if run.callback_url else None,
        "retries": retries,
        "replays": replays,
    })  # fmt: skip
