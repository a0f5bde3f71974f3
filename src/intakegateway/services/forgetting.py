"""Runs and projects that go, with all that the storage keeps for them alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from intakegateway.services.context import Context
from intakegateway.services.rejectstate import blobs_of, finished
from intakegateway.store import runs as store
from intakegateway.store.tables.definitions import File
from intakegateway.store.tables.runs import Run


def forget_runs(session: Session, runs: Sequence[Run]) -> set[str]:
    """Delete runs that have ended. Returns the blobs that nobody names any more: delete them after the commit."""
    for run in runs:
        # What became of the rows of a replay is known by its run alone.
        finished(session, run)
    blobs = {blob for run in runs for blob in blobs_of(run)}
    gone = {run.id for run in runs}
    blobs -= _needed(session, {run.parent_run_id for run in runs if run.parent_run_id is not None}, gone)
    store.delete(session, gone)
    return blobs


def blobs_of_project(session: Session, project_id: str) -> set[str]:
    """Everything that the storage keeps for a project."""
    files = session.scalars(select(File.blob).where(File.project_id == project_id))
    keeping = or_(Run.rejects_blob.is_not(None), Run.parent_run_id.is_not(None))
    runs = session.scalars(select(Run).where(Run.project_id == project_id, keeping))
    return {*files, *(blob for run in runs for blob in blobs_of(run))}


def delete_blobs(context: Context, blobs: Collection[str]) -> None:
    """Delete them from the storage."""
    for blob in sorted(blobs):
        context.blobs.delete(blob)


def _needed(session: Session, parents: Collection[str], gone: Collection[str]) -> set[str]:
    """Blobs of other replays of the same rejects: a replay that is tried again reads the same one."""
    if not parents:
        return set()
    others = session.scalars(select(Run).where(Run.parent_run_id.in_(parents), Run.id.not_in(gone)))
    return {blob for run in others for blob in blobs_of(run)}
