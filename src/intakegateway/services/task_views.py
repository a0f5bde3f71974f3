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
from intakegateway.services.schedules import spec_of
from intakegateway.services.sealing import masked, opened
from intakegateway.services.task_definitions import ordered, place, warnings_of
from intakegateway.store import tasks as store
from intakegateway.store.tables.definitions import Task, TaskVersion
from intakegateway.store.tables.schedules import Schedule

_OWN = [name for name in TaskSummary.model_fields if name not in ("last_run", "recent", "schedule")]


def kept(session: Session, task: Task) -> TaskVersion:
    """The current version of a task."""
    row = store.version(session, task)
    if row is None:
        raise NotFoundError(f"version of '{task.name}' with the number", str(task.current))
    return row


def summaries(session: Session, tasks: Sequence[Task]) -> list[TaskSummary]:
    """Tasks of a list: two queries more, however many they are."""
    ids = [task.id for task in tasks]
    runs, schedules = store.recent_runs(session, ids), store.schedules(session, ids)
    return [
        TaskSummary(
            **_columns(task),
            last_run=LastRun.model_validate(runs[task.id][0]) if task.id in runs else None,
            recent=[RecentRun.model_validate(run) for run in runs.get(task.id, ())],
            schedule=_schedule(schedules[task.id]) if task.id in schedules else None,
        )
        for task in tasks
    ]


def _schedule(row: Schedule) -> TaskSchedule:
    return TaskSchedule.model_validate(row).model_copy(update={"words": timetable.in_words(spec_of(row))})


def view(session: Session, context: Context, task: Task) -> TaskView:
    """One task with its definition, its secrets masked, and what can be doubted about it."""
    row = kept(session, task)
    return TaskView(
        **summaries(session, [task])[0].model_dump(),
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


def _columns(task: Task) -> dict[str, Any]:
    return {name: getattr(task, name) for name in _OWN}
