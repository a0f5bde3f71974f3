"""``/dashboard`` and ``/stats``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query

from intakegateway.api.deps import CurrentActor, CurrentProject, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.stats import Dashboard, RunStats, TaskStats

router = nouns(tags=["statistics"], responses=answers(404))


@router.get("/dashboard", summary="What the first page shows")
def get_dashboard(gateway: TheGateway, actor: CurrentActor, project: CurrentProject) -> Dashboard:
    """Counts, what runs now, what failed, what comes next, the last 24 hours."""
    return gateway.stats.dashboard(actor, project)


@router.get("/stats/runs", summary="Runs over time")
def get_run_stats(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject,
    since: datetime | None = None, until: datetime | None = None, bucket: Literal["hour", "day"] = "day",
    task: Annotated[str | None, Query(max_length=200, description="Name or id of a task.")] = None,
) -> RunStats:  # fmt: skip
    """By the time at which they ended; hours or days without runs are there with zeros."""
    return gateway.stats.runs(actor, project, since=since, until=until, bucket=bucket, task=task)


@router.get("/stats/tasks", summary="How each task has gone")
def get_task_stats(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, since: datetime | None = None,
    until: datetime | None = None,
) -> list[TaskStats]:  # fmt: skip
    """The busiest first."""
    return gateway.stats.tasks(actor, project, since=since, until=until)
