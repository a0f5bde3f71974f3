"""``/templates``."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response

from intakegateway.api.deps import CurrentActor, CurrentProject, Paging, TheGateway, Version, etag
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.base import Page
from intakegateway.model.views.shelves import TemplateChange, TemplateDraft, TemplateView

router = nouns("/templates", tags=["templates"])

Reference = Annotated[str, Path(alias="template", max_length=200, description="Name or id.")]


@router.get("", summary="The project's templates", responses=answers(404))
def find_templates(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, paging: Paging,
    search: Annotated[str, Query(max_length=200, description="A part of the name.")] = "",
) -> Page[TemplateView]:  # fmt: skip
    """Sorted by `name`, `created_at`, `updated_at` or `id`."""
    return gateway.templates.find_all(actor, project, paging, search)


@router.post("", status_code=201, summary="Save a template", responses=answers(403, 404, 409))
def create_template(
    gateway: TheGateway,
    actor: CurrentActor,
    project: CurrentProject,
    draft: TemplateDraft,
    response: Response,
) -> TemplateView:
    """Named mappings."""
    made = gateway.templates.create(actor, project, draft)
    etag(response, made.version)
    return made


@router.get("/{template}", summary="One template", responses=answers(404))
def get_template(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, template: Reference, response: Response
) -> TemplateView:
    """By name or id."""
    shown = gateway.templates.get(actor, project, template)
    etag(response, shown.version)
    return shown


@router.patch("/{template}", summary="Change a template", responses=answers(403, 404, 409, 412))
def change_template(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, template: Reference,
    change: TemplateChange, version: Version, response: Response,
) -> TemplateView:  # fmt: skip
    """With `If-Match`, only the version that you have read."""
    saved = gateway.templates.change(actor, project, template, change, version)
    etag(response, saved.version)
    return saved


@router.delete(
    "/{template}", status_code=204, summary="Delete a template", responses=answers(403, 404, 409, 412)
)
def delete_template(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, template: Reference, version: Version
) -> None:
    """It is gone; tasks that have taken it up keep what they have."""
    gateway.templates.delete(actor, project, template, version)
