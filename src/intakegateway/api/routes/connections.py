"""``/connections``."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from intakegateway.api.deps import CurrentActor, CurrentProject, Paging, TheGateway, Version, etag
from intakegateway.api.errors import answers
from intakegateway.api.kept_answers import from_the_store
from intakegateway.api.routing import nouns
from intakegateway.model.views.base import Page
from intakegateway.model.views.connections import (
    ConnectionChange,
    ConnectionClone,
    ConnectionDraft,
    ConnectionTrial,
    ConnectionView,
    QueryDraft,
    QueryView,
    SchemasView,
    TableShapeView,
    TablesView,
    TestView,
)

router = nouns("/connections", tags=["connections"])


@router.get("", summary="Connections of the project", responses=answers(404))
@from_the_store
def find_connections(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, paging: Paging,
    kind: Annotated[str | None, Query(max_length=50)] = None,
    search: Annotated[str | None, Query(max_length=100, description="A part of the name.")] = None,
) -> Page[ConnectionView]:  # fmt: skip
    """Sorted by `name`, `kind`, `created_at`, `updated_at` or `id`. Secrets are never shown."""
    return gateway.connections.find_all(actor, project, paging, kind, search)


@router.post("", status_code=201, summary="Make a connection", responses=answers(403, 404, 409))
def create_connection(
    gateway: TheGateway,
    actor: CurrentActor,
    project: CurrentProject,
    draft: ConnectionDraft,
    response: Response,
) -> ConnectionView:
    """Its settings are those of `/connectors/{kind}/schema`."""
    made = gateway.connections.create(actor, project, draft)
    etag(response, made.version)
    return made


@router.post("/test", summary="Test settings before they are saved", responses=answers(403, 404, 429, 501))
def test_settings(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, trial: ConnectionTrial
) -> TestView:
    """Step by step, within 5 seconds. With `id`, that connection's secrets fill what is left out."""
    return gateway.connection_tests.test_settings(actor, project, trial)


@router.get("/{connection}", summary="One connection", responses=answers(404))
def get_connection(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, connection: str, response: Response
) -> ConnectionView:
    """By id or name."""
    found = gateway.connections.get(actor, project, connection)
    etag(response, found.version)
    return found


@router.patch("/{connection}", summary="Change a connection", responses=answers(403, 404, 409, 412))
def change_connection(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, connection: str, change: ConnectionChange,
    version: Version, response: Response,
) -> ConnectionView:  # fmt: skip
    """`config` replaces all settings but secrets: one that is left out stays, null takes it away."""
    found = gateway.connections.change(actor, project, connection, change, version)
    etag(response, found.version)
    return found


@router.delete(
    "/{connection}", status_code=204, summary="Delete a connection", responses=answers(403, 404, 409)
)
def delete_connection(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, connection: str,
    force: Annotated[bool, Query(description="Also when tasks use it.")] = False,
) -> None:  # fmt: skip
    """Refused with their names while tasks use it."""
    gateway.connections.delete(actor, project, connection, force=force)


@router.post(
    "/{connection}/clone", status_code=201, summary="Copy a connection", responses=answers(403, 404, 409)
)
def clone_connection(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, connection: str, draft: ConnectionClone
) -> ConnectionView:
    """With its secrets."""
    return gateway.connections.clone(actor, project, connection, draft)


@router.post("/{connection}/activate", summary="Make it the active destination", responses=answers(403, 404))
def activate_connection(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, connection: str
) -> ConnectionView:
    """Tasks that name no destination load into it."""
    return gateway.connections.activate(actor, project, connection)


@router.post("/{connection}/test", summary="Test a connection", responses=answers(403, 404, 429, 501))
def test_connection(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, connection: str
) -> TestView:
    """Step by step, within 5 seconds; the result is kept with the connection."""
    return gateway.connection_tests.test(actor, project, connection)


@router.get("/{connection}/schemas", summary="Schemas of a database", responses=answers(403, 404, 501, 503))
def find_database_schemas(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, connection: str
) -> SchemasView:
    """Where the account may not look, `may_look` is false and `message` says so."""
    return gateway.introspection.schemas(actor, project, connection)


@router.get("/{connection}/tables", summary="Tables of a database", responses=answers(403, 404, 501, 503))
def find_tables(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, connection: str,
    schema: Annotated[str, Query(max_length=300, description="Left out: the default one.")] = "",
) -> TablesView:  # fmt: skip
    """Tables and views, by name."""
    return gateway.introspection.tables(actor, project, connection, schema)


@router.get(
    "/{connection}/tables/{table}/columns", summary="Columns and keys of a table",
    responses=answers(403, 404, 501, 503),
)  # fmt: skip
def find_columns(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, connection: str, table: str,
    schema: Annotated[str, Query(max_length=300, description="Left out: the default one.")] = "",
) -> TableShapeView:  # fmt: skip
    """With types, defaults, primary, unique and foreign keys."""
    return gateway.introspection.columns(actor, project, connection, table, schema)


@router.post(
    "/{connection}/query-preview",
    summary="The first rows of a query",
    responses=answers(403, 404, 429, 501, 503),
)
def preview_query(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, connection: str, draft: QueryDraft
) -> QueryView:
    """In a read-only session, with a limit on rows and time."""
    return gateway.introspection.query(actor, project, connection, draft)
