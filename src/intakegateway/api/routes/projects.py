"""``/projects``."""

from __future__ import annotations

from fastapi import Response

from intakegateway.api.deps import CurrentActor, Paging, TheGateway, Version, etag
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.base import Page
from intakegateway.model.views.projects import (
    MemberDraft,
    MemberView,
    ProjectChange,
    ProjectDraft,
    ProjectView,
)

router = nouns("/projects", tags=["projects"])


@router.get("", summary="Projects that you may see")
def find_projects(gateway: TheGateway, actor: CurrentActor, paging: Paging) -> Page[ProjectView]:
    """Sorted by `name`, `created_at` or `id`."""
    return gateway.projects.find_all(actor, paging)


@router.post("", status_code=201, summary="Make a project", responses=answers(403, 409))
def create_project(gateway: TheGateway, actor: CurrentActor, draft: ProjectDraft) -> ProjectView:
    """Only administrators of the installation may."""
    return gateway.projects.create(actor, draft)


@router.get("/{project}", summary="One project", responses=answers(404))
def get_project(gateway: TheGateway, actor: CurrentActor, project: str, response: Response) -> ProjectView:
    """By name or id."""
    found = gateway.projects.get(actor, project)
    etag(response, found.version)
    return found


@router.patch("/{project}", summary="Change a project", responses=answers(403, 404, 409, 412))
def change_project(
    gateway: TheGateway, actor: CurrentActor, project: str, change: ProjectChange, version: Version,
    response: Response,
) -> ProjectView:  # fmt: skip
    """With `If-Match`, only the version that you have read."""
    found = gateway.projects.change(actor, project, change, version)
    etag(response, found.version)
    return found


@router.delete("/{project}", status_code=204, summary="Delete a project", responses=answers(403, 404, 409))
def delete_project(gateway: TheGateway, actor: CurrentActor, project: str) -> None:
    """With everything in it."""
    gateway.projects.delete(actor, project)


@router.get("/{project}/members", summary="Who belongs to a project", responses=answers(404))
def find_members(gateway: TheGateway, actor: CurrentActor, project: str) -> list[MemberView]:
    """By e-mail address."""
    return gateway.projects.members(actor, project)


@router.put("/{project}/members", summary="Give a person a role", responses=answers(403, 404))
def set_member(gateway: TheGateway, actor: CurrentActor, project: str, draft: MemberDraft) -> MemberView:
    """Adds them, or changes their role."""
    return gateway.projects.set_member(actor, project, draft)


@router.delete(
    "/{project}/members/{user_id}", status_code=204, summary="Take a person out", responses=answers(403, 404)
)
def remove_member(gateway: TheGateway, actor: CurrentActor, project: str, user_id: str) -> None:
    """Their account stays."""
    gateway.projects.remove_member(actor, project, user_id)
