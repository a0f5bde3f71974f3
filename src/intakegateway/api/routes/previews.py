"""Looks at sources and tasks: ``/preview``, ``/preview-fields``, ``/plan``, and those of a task."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from intakegateway.api.deps import CurrentActor, CurrentProject, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.previews import (
    FieldsView,
    PlanDraft,
    PlanView,
    PreviewView,
    SourceLook,
    TaskLook,
    TaskPreviewView,
)

router = nouns(tags=["previews"], responses=answers(403, 404, 503))

Reference = Annotated[str, Path(alias="task", max_length=200, description="Name or id.")]


@router.post("/preview", summary="The first rows of a source")
def preview_source(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, look: SourceLook
) -> PreviewView:
    """As table (`data`), tree and raw text, with fields and their types; or of pasted JSON."""
    return gateway.previews.source(actor, project, look)


@router.post("/preview-fields", summary="The fields of a source")
def preview_fields(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, look: SourceLook
) -> FieldsView:
    """Flat and as a tree; JSON that is pasted and is none is answered with line and column."""
    return gateway.previews.fields(actor, project, look)


@router.post("/preview-task", summary="What a task that is not saved makes of its first rows")
def preview_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, look: TaskLook
) -> TaskPreviewView:
    """Each row before and after, with the rules that it fails; counts by rule."""
    return gateway.previews.task(actor, project, look)


@router.post("/tasks/{task}/preview", summary="What a task makes of its first rows")
def preview_of_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference,
    look: TaskLook | None = None,
) -> TaskPreviewView:  # fmt: skip
    """Of the saved definition, or of the one in the body."""
    return gateway.previews.task(actor, project, (look or TaskLook()).model_copy(update={"task": task}))


@router.post("/tasks/{task}/preview-fields", summary="The fields of a task's source")
def preview_fields_of_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference,
    look: TaskLook | None = None,
) -> FieldsView:  # fmt: skip
    """By its first rows."""
    return gateway.previews.task_fields(
        actor, project, (look or TaskLook()).model_copy(update={"task": task})
    )


@router.post("/plan", summary="What a run of a task that is not saved would do")
def plan_definition(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, draft: PlanDraft
) -> PlanView:
    """A dry run against the real destination: statements, counts, samples, warnings. Nothing is written."""
    return gateway.plans.plan(actor, project, draft)


@router.post("/tasks/{task}/plan", summary="What a run of a task would do")
def plan_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference,
    draft: PlanDraft | None = None,
) -> PlanView:  # fmt: skip
    """Of the saved definition, or of the one in the body."""
    return gateway.plans.plan(actor, project, (draft or PlanDraft()).model_copy(update={"task": task}))
