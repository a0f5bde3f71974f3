"""Tasks as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from intakegateway.model.errors import GatewayError, NotFoundError
from intakegateway.model.views.tasks import (
    LastRun,
    RecentRun,
    TaskSchedule,
    TaskSummary,
    TaskView,
    VersionView,
)
from intakegateway.services import timetable
from intakegateway.services.context import Context
from intakegateway.services.definitions import validated
from intakegateway.services.sealing import masked, opened
from intakegateway.services.task_definitions import ordered, place, warnings_of
from intakegateway.store import tasks as store
from intakegateway.store.rows import listing
from intakegateway.store.tables.definitions import Task, TaskVersion
from intakegateway.store.tables.runs import Run
from intakegateway.store.tables.schedules import Schedule

SUMMARY = listing(Task, TaskSummary, but=("last_run", "recent", "schedule"))
_RECENT = listing(Run, RecentRun, task_id=Run.task_id)
_LAST = listing(Run, LastRun, task_id=Run.task_id)
_SCHEDULE = listing(Schedule, TaskSchedule, but=("words",), task_id=Schedule.task_id)


def kept(session: Session, task: Task) -> TaskVersion:
    """The current version of a task."""
    row = store.version(session, task)
    if row is None:
        raise NotFoundError(f"version of '{task.name}' with the number", str(task.current))
    return row


def summaries(session: Session, tasks: Sequence[dict[str, Any]]) -> list[TaskSummary]:
    """Tasks of a list, as ``SUMMARY`` reads them: three queries more, however many they are."""
    ids = [task["id"] for task in tasks]
    runs: dict[str, list[dict[str, Any]]] = {}
    for run in store.recent_runs(session, _RECENT, ids):
        runs.setdefault(run["task_id"], []).append(run)
    newest = [recent[0]["id"] for recent in runs.values()]
    last = {run["task_id"]: run for run in store.runs(session, _LAST, newest)}
    schedules = {one["task_id"]: _worded(one) for one in store.schedules(session, _SCHEDULE, ids)}
    return SUMMARY.made(
        [
            {
                **task,
                "last_run": last.get(task["id"]),
                "recent": runs.get(task["id"], ()),
                "schedule": schedules.get(task["id"]),
            }
            for task in tasks
        ]
    )


def _worded(schedule: dict[str, Any]) -> dict[str, Any]:
    words = timetable.words(schedule["cron"], schedule["every_seconds"], schedule["timezone"])
    return {**schedule, "words": words}


def view(session: Session, context: Context, task: Task) -> TaskView:
    """One task with its definition, its secrets masked, and what can be doubted about it."""
    row = kept(session, task)
    return TaskView(
        **summaries(session, [store.one(session, SUMMARY, task.id)])[0].model_dump(),
        definition=ordered(masked(row.spec)),
        warnings=_warnings(context, task, row),
        has_push_token=task.push_token_hash is not None,
        has_push_secret=task.push_secret is not None,
    )


def version_view(task: Task, row: TaskVersion) -> VersionView:
    """A version without its definition."""
    return VersionView(
        number=row.number,
        note=row.note,
        created_by=row.created_by,
        created_by_name=row.created_by_name,
        created_at=row.created_at,
        is_current=row.number == task.current,
    )


def _warnings(context: Context, task: Task, row: TaskVersion) -> list[str]:
    """A definition that an earlier release took, or whose key is gone, is shown with what is wrong."""
    try:
        return warnings_of(validated(opened(row.spec, context.box(), place(task.id))))
    except GatewayError as error:
        return [str(error)]
