"""``/audit``."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from intakegateway.api.deps import CurrentActor, Paging, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.kept_answers import from_the_store
from intakegateway.api.routing import nouns
from intakegateway.model.views.audit import Action, AuditFilter, AuditView, Noun
from intakegateway.model.views.base import Page, When

router = nouns("/audit", tags=["audit"])


async def _filter(
    project: Annotated[str | None, Query(max_length=100, description="Name or id.")] = None,
    noun: Noun | None = None,
    noun_id: Annotated[str | None, Query(max_length=64)] = None,
    user: Annotated[str | None, Query(max_length=320, description="Id or e-mail address.")] = None,
    action: Action | None = None,
    since: Annotated[When | None, Query(description="From this moment on.")] = None,
    until: Annotated[When | None, Query(description="Before this moment.")] = None,
) -> AuditFilter:
    return AuditFilter(
        project=project, noun=noun, noun_id=noun_id, user=user, action=action, since=since, until=until
    )


Wanted = Annotated[AuditFilter, Depends(_filter)]


@router.get("", summary="Who changed what, when, from where", responses=answers(403, 404))
@from_the_store
def find_audit_entries(
    gateway: TheGateway, actor: CurrentActor, paging: Paging, wanted: Wanted
) -> Page[AuditView]:
    """Administrators see all, admins of a project theirs. Sorted by `id` or `at`, the newest first."""
    return gateway.audit.find_all(actor, paging, wanted)


@router.get(
    "/export",
    summary="All entries as a file",
    responses={
        200: {"description": "The file.", "content": {"text/csv": {}, "application/x-ndjson": {}}},
        **answers(403, 404),
    },
    response_class=StreamingResponse,
)
def export_audit_entries(
    gateway: TheGateway, actor: CurrentActor, wanted: Wanted, format: Literal["csv", "jsonl"] = "csv"
) -> StreamingResponse:
    """In the order they were written. In CSV, what begins like a formula gets a `'` before it."""
    parts = gateway.audit.export(actor, wanted, as_csv=format == "csv")
    kind = "text/csv; charset=utf-8" if format == "csv" else "application/x-ndjson"
    return StreamingResponse(
        parts, media_type=kind, headers={"Content-Disposition": f'attachment; filename="audit.{format}"'}
    )
