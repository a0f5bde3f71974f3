"""``/schedules`` and ``/tasks/{task}/schedule``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import ValidationError

from intakegateway.api.deps import CurrentActor, CurrentProject, Paging, TheGateway, Version, etag
from intakegateway.api.errors import answers
from intakegateway.api.kept_answers import from_the_store
from intakegateway.api.routing import nouns
from intakegateway.model.schedule import ScheduleSpec
from intakegateway.model.views.base import Page
from intakegateway.model.views.schedules import (
    Backfill,
    BackfillView,
    CalendarView,
    SchedulePreview,
    ScheduleView,
)
from intakegateway.services.explain import as_definition_error

router = nouns(tags=["schedules"])
TASK = "/tasks/{task}/schedule"


@router.get("/schedules", summary="The schedules of a project", responses=answers(404))
@from_the_store
def find_schedules(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, paging: Paging,
    enabled: bool | None = None,
    task: Annotated[str | None, Query(max_length=200, description="Name or id of a task.")] = None,
) -> Page[ScheduleView]:  # fmt: skip
    """Sorted by `next_run_at`, `last_run_at`, `created_at` or `id`."""
    return gateway.schedules.find_all(actor, project, paging, enabled=enabled, task=task)


@router.get("/schedules/preview", summary="The next runs of a schedule that is not saved yet")
def preview_schedule(
    gateway: TheGateway, actor: CurrentActor,
    cron: Annotated[str | None, Query(max_length=200, examples=["0 6 L * *"])] = None,
    every: Annotated[str | None, Query(max_length=20, examples=["90m"])] = None,
    timezone: Annotated[str, Query(max_length=100, examples=["Europe/Berlin"])] = "UTC",
    starts_at: Annotated[datetime | None, Query(description="No run before this.")] = None,
    ends_at: Annotated[datetime | None, Query(description="No run after this.")] = None,
    count: Annotated[int, Query(ge=1, le=100)] = 10,
) -> SchedulePreview:  # fmt: skip
    """In words, with remarks where a change of the clocks moves a run."""
    given = {"cron": cron, "every": every, "timezone": timezone, "starts_at": starts_at, "ends_at": ends_at}
    try:
        spec = ScheduleSpec.model_validate(given)
    except ValidationError as error:
        raise as_definition_error(error, ScheduleSpec, given) from None
    return gateway.schedules.preview(spec, count)


@router.get(
    "/schedules/calendar", summary="What was started and what is planned, by days", responses=answers(404)
)
def calendar(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject,
    first: Annotated[date, Query(alias="from", examples=["2026-03-01"])],
    last: Annotated[date, Query(alias="to", examples=["2026-03-31"])],
    timezone: Annotated[str, Query(max_length=100, description="Whose days.")] = "UTC",
) -> CalendarView:  # fmt: skip
    """The days from `from` to `to`, both included; up to 62 days.

    Planned is what schedules that are on and not paused will start; started is what any of them did.
    Of a task with more than 24 runs on a day, 24 are given, and that there are more.
    """
    return gateway.schedules.calendar(actor, project, first, last, timezone)


@router.get(TASK, summary="The schedule of a task", responses=answers(404))
def get_schedule(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: str, response: Response
) -> ScheduleView:
    """By the task's name or id."""
    found = gateway.schedules.get(actor, project, task)
    etag(response, found.version)
    return found


@router.put(TASK, summary="Give a task a schedule", responses=answers(403, 404, 412))
def put_schedule(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: str, spec: ScheduleSpec,
    version: Version, response: Response,
) -> ScheduleView:  # fmt: skip
    """Replaces the one it has."""
    found = gateway.schedules.put(actor, project, task, spec, version)
    etag(response, found.version)
    return found


@router.delete(TASK, status_code=204, summary="Take a task's schedule away", responses=answers(403, 404))
def delete_schedule(gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: str) -> None:
    """The task and its runs stay."""
    gateway.schedules.delete(actor, project, task)


@router.post(f"{TASK}/enable", summary="Let a schedule run again", responses=answers(403, 404))
def enable_schedule(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: str
) -> ScheduleView:
    """From now on; what was missed is not made up for."""
    return gateway.schedules.enable(actor, project, task)


@router.post(f"{TASK}/disable", summary="Stop a schedule", responses=answers(403, 404))
def disable_schedule(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: str
) -> ScheduleView:
    """Until somebody enables it."""
    return gateway.schedules.disable(actor, project, task)


@router.post(f"{TASK}/resume", summary="Go on after failures", responses=answers(403, 404, 409))
def resume_schedule(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: str
) -> ScheduleView:
    """For a schedule that was paused because its runs failed."""
    return gateway.schedules.resume(actor, project, task)


@router.post(f"{TASK}/backfill", summary="Run for a range of past time", responses=answers(403, 404))
def backfill_schedule(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: str, wanted: Backfill
) -> BackfillView:
    """One run for every planned moment, the oldest first."""
    return gateway.schedules.backfill(actor, project, task, wanted)
