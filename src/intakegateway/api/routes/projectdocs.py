"""``/projects/{project}/export`` and ``/projects/apply``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from intakegateway.api.deps import CurrentActor, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.base import Slug
from intakegateway.model.views.projectdocs import Applied, ApplyRequest

router = nouns("/projects", tags=["projects"])
_YAML: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The project.",
        "content": {
            "application/yaml": {"schema": {"type": "object"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}


@router.get(
    "/{project}/export",
    summary="A project as a file",
    response_class=Response,
    responses={**_YAML, **answers(404)},
)
def export_project(
    gateway: TheGateway, actor: CurrentActor, project: str,
    format: Annotated[str, Query(pattern="^(yaml|json)$")] = "yaml",
    task: Annotated[
        list[str] | None, Query(max_length=500, description="Only these tasks (names or ids), and what they use.")
    ] = None,
) -> Response:  # fmt: skip
    """Secrets are references such as `${WAREHOUSE_PASSWORD}`."""
    if format == "json":
        return JSONResponse(gateway.exports.export(actor, project, task or ()))
    text = gateway.exports.as_text(actor, project, task or ())
    headers = {"Content-Disposition": f'attachment; filename="{"tasks" if task else "project"}.yaml"'}
    return Response(text, media_type="application/yaml", headers=headers)


@router.post("/apply", summary="Make a project like a file", responses=answers(403, 404, 409))
def apply_project(
    gateway: TheGateway, actor: CurrentActor, request: ApplyRequest,
    name: Annotated[Slug | None, Query(description="Under another name than the file's.")] = None,
) -> Applied:  # fmt: skip
    """All of it or nothing; with `dry_run` only what would change."""
    return gateway.applying.apply(actor, request, name)
