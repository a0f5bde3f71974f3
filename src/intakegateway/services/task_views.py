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
from intakegateway.store.rows import M, listing, made
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
    recent = _by_task(RecentRun, store.recent_runs(session, _RECENT, ids))
    last = _by_task(LastRun, store.last_runs(session, _LAST, ids))
    schedules = _by_task(TaskSchedule, [_worded(one) for one in store.schedules(session, _SCHEDULE, ids)])
    return made(
        TaskSummary,
        [
            {
                **task,
                "last_run": next(iter(last.get(task["id"], ())), None),
                "recent": recent.get(task["id"], []),
                "schedule": next(iter(schedules.get(task["id"], ())), None),
            }
            for task in tasks
        ],
    )


def _by_task(model: type[M], values: Sequence[dict[str, Any]]) -> dict[str, list[M]]:
    """Models by the id of the task that each belongs to, in their order."""
    tasks = [one.pop("task_id") for one in values]
    found: dict[str, list[M]] = {}
    for task, one in zip(tasks, made(model, values), strict=True):
        found.setdefault(task, []).append(one)
    return found


def _worded(schedule: dict[str, Any]) -> dict[str, Any]:
    words = timetable.words(schedule["cron"], schedule["every_seconds"], schedule["timezone"])
    # In the order of the fields.
    return {"id": schedule["id"], "words": words, **schedule}


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
