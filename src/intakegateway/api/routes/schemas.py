"""``/schemas``."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response

from intakegateway.api.deps import CurrentActor, CurrentProject, Paging, TheGateway, Version, etag
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.base import Page
from intakegateway.model.views.shelves import SchemaChange, SchemaDraft, SchemaView

router = nouns("/schemas", tags=["schemas"])

Reference = Annotated[str, Path(alias="schema", max_length=200, description="Name or id.")]


@router.get("", summary="The project's schemas", responses=answers(404))
def find_schemas(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, paging: Paging,
    search: Annotated[str, Query(max_length=200, description="A part of the name.")] = "",
) -> Page[SchemaView]:  # fmt: skip
    """Sorted by `name`, `created_at`, `updated_at` or `id`."""
    return gateway.schemas.find_all(actor, project, paging, search)


@router.post("", status_code=201, summary="Save a schema", responses=answers(403, 404, 409))
def create_schema(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, draft: SchemaDraft, response: Response
) -> SchemaView:
    """Named columns of a target table."""
    made = gateway.schemas.create(actor, project, draft)
    etag(response, made.version)
    return made


@router.get("/{schema}", summary="One schema", responses=answers(404))
def get_schema(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, schema: Reference, response: Response
) -> SchemaView:
    """By name or id."""
    shown = gateway.schemas.get(actor, project, schema)
    etag(response, shown.version)
    return shown


@router.patch("/{schema}", summary="Change a schema", responses=answers(403, 404, 409, 412))
def change_schema(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, schema: Reference,
    change: SchemaChange, version: Version, response: Response,
) -> SchemaView:  # fmt: skip
    """With `If-Match`, only the version that you have read."""
    saved = gateway.schemas.change(actor, project, schema, change, version)
    etag(response, saved.version)
    return saved


@router.delete("/{schema}", status_code=204, summary="Delete a schema", responses=answers(403, 404, 409, 412))
def delete_schema(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, schema: Reference, version: Version
) -> None:
    """Refused while tasks are held to it."""
    gateway.schemas.delete(actor, project, schema, version)
