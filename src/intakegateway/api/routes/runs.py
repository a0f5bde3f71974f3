"""``/runs``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Response
from fastapi.responses import StreamingResponse

from intakegateway.api.deps import CurrentActor, CurrentProject, Paging, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.kept_answers import from_the_store
from intakegateway.api.routing import nouns
from intakegateway.model.errors import DefinitionError
from intakegateway.model.run import Status
from intakegateway.model.views.base import Id, Page
from intakegateway.model.views.runs import (
    FINISHED,
    LogFilter,
    RetryDraft,
    RunDraftView,
    RunFilter,
    RunLogPage,
    RunLogView,
    RunSummary,
    RunView,
    Trigger,
)

router = nouns("/runs", tags=["runs"])
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": RunView, "description": "It waits or goes on: look again later."}
}


async def _filter(
    task: Annotated[str | None, Query(max_length=200, min_length=1, description="Id or name.")] = None,
    status: Annotated[list[Status] | None, Query(description="One or several.")] = None,
    trigger: Trigger | None = None,
    schedule: Annotated[Id | None, Query(description="A schedule's id.")] = None,
    connection: Annotated[str | None, Query(max_length=200, min_length=1)] = None,
    since: Annotated[datetime | None, Query(description="Queued at or after.")] = None,
    until: Annotated[datetime | None, Query(description="Queued before.")] = None,
    search: Annotated[str, Query(max_length=200, description="In the task's name, or a run's id.")] = "",
    has_rejects: bool | None = None,
    min_seconds: Annotated[
        float | None, Query(ge=0, le=1e9, description="It has ended, and took that long.")
    ] = None,
    max_seconds: Annotated[
        float | None, Query(ge=0, le=1e9, description="It has ended, and took less.")
    ] = None,
    before: Annotated[Id | None, Query(description="A run's id: only older ones.")] = None,
) -> RunFilter:
    return RunFilter(
        task=task, status=tuple(sorted(status or ())), trigger=trigger, schedule=schedule,
        connection=connection, since=_zoned(since, "since"), until=_zoned(until, "until"),
        search=search.replace("\x00", ""), has_rejects=has_rejects, min_seconds=min_seconds,
        max_seconds=max_seconds, before=before,
    )  # fmt: skip


def _zoned(moment: datetime | None, name: str) -> datetime | None:
    """In UTC; a time without a zone is in it already."""
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise DefinitionError("there is no such time in UTC.", path=(name,)) from None


async def _log_filter(
    level: Annotated[str, Query(pattern="^(debug|info|warning|error)$")] = "debug",
    search: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[int, Query(ge=0, le=2**62, description="Lines after this id.")] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 200,
    newest: Annotated[bool, Query(description="The last lines that fit, not the first.")] = False,
) -> LogFilter:
    return LogFilter(level=level, search=search.replace("\x00", ""), after=after, limit=limit, newest=newest)


Filter = Annotated[RunFilter, Depends(_filter)]
Lines = Annotated[LogFilter, Depends(_log_filter)]


@router.post("", summary="Run a task, or a definition", responses={**_ACCEPTED, **answers(403, 404)})
def start_run(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, draft: RunDraftView, response: Response
) -> RunView:
    """Small input (up to 5 MB) is loaded at once: 200 with the result. Else 202, and it runs in the background."""
    return _answered(gateway.runs.start(actor, project, draft), response)


@router.get("", summary="Runs, the newest first", responses=answers(404))
@from_the_store
def find_runs(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, wanted: Filter, paging: Paging
) -> Page[RunSummary]:
    """Sorted by `queued_at`, `finished_at` or `id`. `total` of long lists may be some seconds old."""
    return gateway.runs.find_all(actor, project, wanted, paging)


@router.get("/{run_id}", summary="Everything about a run", responses=answers(404))
@from_the_store
def get_run(gateway: TheGateway, actor: CurrentActor, run_id: str) -> RunView:
    """Counts, phases, rate, why rows were rejected, warnings, and the runs that belong to it."""
    return gateway.runs.get(actor, run_id)


@router.post("/{run_id}/cancel", status_code=202, summary="Stop a run", responses=answers(403, 404, 409))
def cancel_run(gateway: TheGateway, actor: CurrentActor, run_id: str) -> RunView:
    """One that waits is cancelled at once; one that runs stops within seconds, and writes nothing."""
    return gateway.runs.cancel(actor, run_id)


@router.post("/{run_id}/retry", summary="Run it again", responses={**_ACCEPTED, **answers(403, 404, 409)})
def retry_run(
    gateway: TheGateway, actor: CurrentActor, run_id: str, response: Response,
    draft: RetryDraft | None = None,
) -> RunView:  # fmt: skip
    """A new run, linked to this one."""
    return _answered(gateway.runs.retry(actor, run_id, draft or RetryDraft()), response)


@router.delete("/{run_id}", status_code=204, summary="Forget a run", responses=answers(403, 404, 409))
def delete_run(gateway: TheGateway, actor: CurrentActor, run_id: str) -> None:
    """With its log and its rejects."""
    gateway.runs.delete(actor, run_id)


@router.get("/{run_id}/logs", summary="What a run logged", responses=answers(404))
@from_the_store
def get_logs(gateway: TheGateway, actor: CurrentActor, run_id: str, wanted: Lines) -> RunLogPage:
    """In the order of writing; give `last` as `after` to go on."""
    return gateway.runs.logs(actor, run_id, wanted)


@router.get(
    "/{run_id}/logs/download", summary="The log as a file", response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {}}}, **answers(404)},
)  # fmt: skip
def download_logs(gateway: TheGateway, actor: CurrentActor, run_id: str, wanted: Lines) -> StreamingResponse:
    """One JSON object a line."""
    lines = gateway.runs.log_lines(actor, run_id, wanted)
    headers = {"Content-Disposition": f'attachment; filename="run-{run_id[:36]}.log.ndjson"'}
    return StreamingResponse(_written(lines), media_type="application/x-ndjson", headers=headers)


def _written(lines: Iterator[RunLogView]) -> Iterator[str]:
    for line in lines:
        yield line.model_dump_json() + "\n"


def _answered(run: RunView, response: Response) -> RunView:
    response.status_code = 200 if run.status in FINISHED else 202
    return run
