"""``/tasks``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Depends, Path, Query, Response

from intakegateway.api.deps import CurrentActor, CurrentProject, Paging, TheGateway, Version, etag
from intakegateway.api.errors import answers
from intakegateway.api.kept_answers import from_the_store
from intakegateway.api.routing import nouns
from intakegateway.model.views.base import Page
from intakegateway.model.views.cursors import CursorView
from intakegateway.model.views.tasks import (
    EXAMPLE,
    Difference,
    LastState,
    ScheduleState,
    TaskChange,
    TaskCopy,
    TaskFilter,
    TaskSummary,
    TaskView,
    VersionDetail,
    VersionView,
)

router = nouns("/tasks", tags=["tasks"])

Reference = Annotated[str, Path(alias="task", max_length=200, description="Name or id.")]
Definition = Annotated[
    dict[str, Any],
    Body(description="A task, as in YAML files; its schema is at `/schema/task`.", examples=[EXAMPLE]),
]
Note = Annotated[str, Query(max_length=500, description="Why; kept with the version.")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


async def _filter(
    search: Annotated[str, Query(max_length=200, description="A part of the task's or table's name.")] = "",
    source_kind: Annotated[str, Query(max_length=30)] = "",
    connection: Annotated[str, Query(max_length=100, description="Read from or loaded into.")] = "",
    table: Annotated[str, Query(max_length=300)] = "",
    state: Annotated[list[LastState] | None, Query(description="Of the last run: one or several.")] = None,
    schedule: Annotated[ScheduleState | None, Query(description="Whether it runs by itself.")] = None,
) -> TaskFilter:
    return TaskFilter(
        search=search, source_kind=source_kind, connection=connection, table=table,
        state=tuple(sorted(state or ())), schedule=schedule,
    )  # fmt: skip


@router.get("", summary="Tasks, with their last run and their schedule", responses=answers(404))
@from_the_store
def find_tasks(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, paging: Paging,
    wanted: Annotated[TaskFilter, Depends(_filter)],
) -> Page[TaskSummary]:  # fmt: skip
    """Sorted by `name`, `table`, `source_kind`, `connection`, `created_at`, `updated_at` or `id`."""
    return gateway.tasks.find_all(actor, project, wanted, paging)


@router.post("", status_code=201, summary="Make a task", responses=answers(403, 404, 409))
def create_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, definition: Definition,
    response: Response, note: Note = "",
) -> TaskView:  # fmt: skip
    """What is wrong is named with its key's path. Secrets are sealed, and shown as `***` ever after."""
    made = gateway.tasks.create(actor, project, definition, note)
    etag(response, made.version)
    return made


@router.get("/{task}", summary="One task with its definition", responses=answers(404))
def get_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, response: Response
) -> TaskView:
    """By name or id."""
    shown = gateway.tasks.get(actor, project, task)
    etag(response, shown.version)
    return shown


@router.put("/{task}", summary="Save a task's definition", responses=answers(403, 404, 409, 412))
def replace_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference,
    definition: Definition, version: Version, response: Response, note: Note = "",
) -> TaskView:  # fmt: skip
    """Makes a version, unless nothing differs. `***` where a secret was keeps it."""
    saved = gateway.tasks.replace(actor, project, task, definition, version, note)
    etag(response, saved.version)
    return saved


@router.patch("/{task}", summary="Rename or describe a task", responses=answers(403, 404, 409, 412))
def change_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, change: TaskChange,
    version: Version, response: Response,
) -> TaskView:  # fmt: skip
    """The name is a part of the definition, so this makes a version too."""
    saved = gateway.tasks.change(actor, project, task, change, version)
    etag(response, saved.version)
    return saved


@router.delete("/{task}", status_code=204, summary="Delete a task", responses=answers(403, 404, 409, 412))
def delete_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, version: Version
) -> None:
    """Its runs and their rejects stay. Refused while it runs."""
    gateway.tasks.delete(actor, project, task, version)


@router.post("/{task}/clone", status_code=201, summary="Copy a task", responses=answers(403, 404, 409))
def clone_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, response: Response,
    copy: TaskCopy | None = None,
) -> TaskView:  # fmt: skip
    """With its secrets; without its schedule, push token and runs."""
    made = gateway.tasks.clone(actor, project, task, copy.name if copy else None)
    etag(response, made.version)
    return made


@router.get("/{task}/versions", summary="A task's versions, the newest first", responses=answers(404))
@from_the_store
def find_versions(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, paging: Paging
) -> Page[VersionView]:
    """Sorted by `number`."""
    return gateway.tasks.versions(actor, project, task, paging)


@router.get("/{task}/versions/{number}", summary="One version", responses=answers(404))
def get_version(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, number: Number
) -> VersionDetail:
    """With its definition."""
    return gateway.tasks.version(actor, project, task, number)


@router.get("/{task}/versions/{number}/diff", summary="What changed", responses=answers(404))
def diff_versions(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, number: Number,
    to: Annotated[int, Query(ge=1, le=2**31 - 1, description="The other version.")],
) -> list[Difference]:  # fmt: skip
    """Every key whose value differs between this version and `to`."""
    return gateway.tasks.diff(actor, project, task, number, to)


@router.post(
    "/{task}/versions/{number}/restore", summary="Go back to a version", responses=answers(403, 404, 409, 412)
)
def restore_version(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, number: Number,
    version: Version, response: Response,
) -> TaskView:  # fmt: skip
    """As a new version: those in between stay."""
    saved = gateway.tasks.restore(actor, project, task, number, version)
    etag(response, saved.version)
    return saved


@router.get("/{task}/cursor", summary="How far a task has read", responses=answers(404))
def get_cursor(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference
) -> CursorView:
    """Of a task that reads only what is new; 404 for any other."""
    return gateway.task_cursors.get(actor, project, task)


@router.delete(
    "/{task}/cursor", status_code=204, summary="Let a task read from the beginning again",
    responses=answers(403, 404, 409),
)  # fmt: skip
def forget_cursor(gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference) -> None:
    """The next run begins where the definition says. Refused while the task runs."""
    gateway.task_cursors.forget(actor, project, task)
