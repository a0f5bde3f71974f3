"""``/tasks/{task}/mappings`` and ``/mappings/{id}``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Body, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from intakegateway.api.deps import CurrentActor, CurrentProject, TheGateway, Version, etag
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.api.streams import whole
from intakegateway.model.views.tasks import BulkTransform, MappingsDraft, MappingsView, TemplateUse

router = nouns(tags=["mappings"])

Reference = Annotated[str, Path(alias="task", max_length=200, description="Name or id.")]
MappingId = Annotated[str, Path(alias="mapping", max_length=250, description="`<task id>.<position>`")]
_MOST_BYTES = 5_000_000
_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": {"schema": {"type": "string"}}, "application/json": {"schema": {}}},
    }
}
_EDITS = answers(403, 404, 409, 412)


@router.get("/tasks/{task}/mappings", summary="A task's mappings", responses=answers(404))
def find_mappings(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, response: Response
) -> MappingsView:
    """The ETag is the task's: send it as `If-Match` with an edit, since positions move."""
    return _tagged(response, gateway.mappings.find_all(actor, project, task))


@router.post("/tasks/{task}/mappings", status_code=201, summary="Add mappings", responses=_EDITS)
def add_mappings(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, draft: MappingsDraft,
    version: Version, response: Response,
) -> MappingsView:  # fmt: skip
    """All or none; what is wrong is named as `mappings[3].to`."""
    return _tagged(response, gateway.mappings.add(actor, project, task, draft, version))


@router.delete("/tasks/{task}/mappings", summary="Clear all mappings", responses=_EDITS)
def clear_mappings(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, version: Version,
    response: Response,
) -> MappingsView:  # fmt: skip
    """Fields then go to the columns of the same name."""
    return _tagged(response, gateway.mappings.clear(actor, project, task, version))


@router.post("/tasks/{task}/mappings/transform", summary="Apply one transform to many", responses=_EDITS)
def transform_mappings(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, draft: BulkTransform,
    version: Version, response: Response,
) -> MappingsView:  # fmt: skip
    """At the end of what they do already, or at its beginning."""
    return _tagged(response, gateway.mappings.transform(actor, project, task, draft, version))


@router.post("/tasks/{task}/mappings/apply", summary="Apply a template", responses=_EDITS)
def apply_template(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, use: TemplateUse,
    version: Version, response: Response,
) -> MappingsView:  # fmt: skip
    """Columns that are filled already keep their mapping, unless `replace`."""
    return _tagged(response, gateway.mappings.apply(actor, project, task, use, version))


@router.get(
    "/tasks/{task}/mappings/file",
    summary="Mappings as a file",
    responses=answers(404),
    response_class=Response,
)
def export_mappings(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference,
    format: Annotated[Literal["yaml", "json"], Query()] = "yaml",
) -> Response:  # fmt: skip
    """As `--mapping FILE` of the command line takes it."""
    text = gateway.mappings.exported(actor, project, task, as_yaml_text=format == "yaml")
    headers = {"Content-Disposition": f'attachment; filename="mapping.{format}"'}
    return Response(text, headers=headers, media_type=f"application/{format}")


@router.put(
    "/tasks/{task}/mappings/file", summary="Mappings from a file", responses=answers(403, 404, 409, 412, 413),
    openapi_extra=_FILE,
)  # fmt: skip
async def import_mappings(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference, request: Request,
    version: Version, response: Response,
) -> MappingsView:  # fmt: skip
    """YAML or JSON, in place of the mappings that are there."""
    text = (await whole(request, _MOST_BYTES)).decode("utf-8-sig", "replace")
    shown = await run_in_threadpool(gateway.mappings.imported, actor, project, task, text, version)
    return _tagged(response, shown)


@router.put("/mappings/{mapping}", summary="Change a mapping", responses=_EDITS)
def put_mapping(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, mapping: MappingId,
    change: Annotated[dict[str, Any], Body(examples=[{"to": "id", "from": "id"}])], version: Version,
    response: Response,
) -> MappingsView:  # fmt: skip
    """At its position."""
    return _tagged(response, gateway.mappings.put(actor, project, mapping, change, version))


@router.delete("/mappings/{mapping}", summary="Delete a mapping", responses=_EDITS)
def delete_mapping(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, mapping: MappingId, version: Version,
    response: Response,
) -> MappingsView:  # fmt: skip
    """Those after it move up, so their ids change."""
    return _tagged(response, gateway.mappings.delete(actor, project, mapping, version))


def _tagged(response: Response, shown: MappingsView) -> MappingsView:
    etag(response, shown.version)
    return shown
