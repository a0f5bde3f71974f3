"""``/runs/{run_id}/rejects`` and ``/runs/{run_id}/replay``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, File, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from intakegateway.api.deps import CurrentActor, Paging, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.base import Page
from intakegateway.model.views.rejects import (
    CheckDraft,
    CheckView,
    DiscardDraft,
    EditsDraft,
    EditsMade,
    EditView,
    EverywhereDraft,
    Format,
    Imported,
    RejectFilter,
    RejectGroups,
    RejectPage,
    RejectsChanged,
    RejectValues,
    ReplayDraft,
    RuleDraft,
    RuleProposal,
    Selection,
    State,
)
from intakegateway.model.views.runs import FINISHED, RunView
from intakegateway.services.rejectexports import MEDIA
from intakegateway.services.rejectimports import ImportFormat
from intakegateway.store.blobs import PIECE

router = nouns("/runs/{run_id}", tags=["rejects"])
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": RunView, "description": "It waits or goes on: look again later."}
}


def _filter(
    group: Annotated[str | None, Query(max_length=36, description="A cause's id.")] = None,
    column: Annotated[str | None, Query(max_length=300)] = None,
    search: Annotated[str, Query(max_length=200, description="In places, messages, original values.")] = "",
    state: State | None = None,
    edited: bool | None = None,
) -> RejectFilter:
    return RejectFilter(
        group=group, column=column, search=search.replace("\x00", ""), state=state, edited=edited
    )


Filter = Annotated[RejectFilter, Depends(_filter)]


@router.get("/rejects", summary="Rejects of a run", responses=answers(404))
def find_rejects(
    gateway: TheGateway, actor: CurrentActor, run_id: str, wanted: Filter,
    after: Annotated[int, Query(ge=-1, le=2**31, description="Only greater numbers.")] = -1,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> RejectPage:  # fmt: skip
    """In the order of their numbers; give `next` as `after` to go on, or any number to go there."""
    return gateway.rejects.find_all(actor, run_id, wanted, after, limit)


@router.get("/rejects/groups", summary="Why rows were rejected", responses=answers(404))
def find_reject_groups(gateway: TheGateway, actor: CurrentActor, run_id: str) -> RejectGroups:
    """By code and column, most rows first, and how many of them are open, replayed, discarded."""
    return gateway.rejects.groups(actor, run_id)


@router.get("/rejects/values", summary="Values of a field of open rejects", responses=answers(404))
def find_reject_values(
    gateway: TheGateway, actor: CurrentActor, run_id: str,
    field: Annotated[str, Query(min_length=1, max_length=300)],
    group: Annotated[str | None, Query(max_length=36)] = None,
    search: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> RejectValues:  # fmt: skip
    """As they are now, with their counts, the most frequent first."""
    return gateway.rejects.values(actor, run_id, field, group, search.replace("\x00", ""), limit)


@router.get("/rejects/edits", summary="Edits, the newest first", responses=answers(404))
def find_reject_edits(
    gateway: TheGateway, actor: CurrentActor, run_id: str, paging: Paging
) -> Page[EditView]:
    """Each with the action (`batch`) that made it."""
    return gateway.corrections.find_all(actor, run_id, paging)


@router.post("/rejects/edits", summary="Set values of rejects", responses=answers(403, 404, 409))
def edit_rejects(gateway: TheGateway, actor: CurrentActor, run_id: str, draft: EditsDraft) -> EditsMade:
    """Nothing is loaded; a replay takes the values."""
    return gateway.corrections.edit(actor, run_id, draft)


@router.post(
    "/rejects/edits/everywhere", summary="Edit all equal values of a field", responses=answers(403, 404, 409)
)
def edit_rejects_everywhere(
    gateway: TheGateway, actor: CurrentActor, run_id: str, draft: EverywhereDraft
) -> EditsMade:
    """With `preview`, only tells how many rejects it would change."""
    return gateway.corrections.edit_everywhere(actor, run_id, draft)


@router.post("/rejects/edits/undo", summary="Take back the latest edit", responses=answers(403, 404, 409))
def undo_reject_edit(gateway: TheGateway, actor: CurrentActor, run_id: str) -> EditsMade:
    """With all that the same action edited."""
    return gateway.corrections.undo(actor, run_id)


@router.delete("/rejects/edits", summary="Take back edits", responses=answers(403, 404, 409))
def clear_reject_edits(
    gateway: TheGateway, actor: CurrentActor, run_id: str,
    row: Annotated[int | None, Query(ge=0, le=2**31)] = None,
    field: Annotated[str | None, Query(min_length=1, max_length=300)] = None,
) -> EditsMade:  # fmt: skip
    """All of them, or those of one reject or one field."""
    return gateway.corrections.clear(actor, run_id, row, field)


@router.post("/rejects/check", summary="Check edits without loading", responses=answers(403, 404, 409, 503))
def check_rejects(
    gateway: TheGateway, actor: CurrentActor, run_id: str, draft: CheckDraft | None = None
) -> CheckView:
    """By the task's mapping and rules, and by the destination as a dry run asks it; nothing is written."""
    return gateway.replays.check(actor, run_id, draft or CheckDraft())


@router.post("/replay", summary="Load rejects again", responses={**_ACCEPTED, **answers(403, 404, 409)})
def replay_rejects(
    gateway: TheGateway,
    actor: CurrentActor,
    run_id: str,
    response: Response,
    draft: ReplayDraft | None = None,
) -> RunView:
    """Open rejects with their edits, as a run of their own. They are loaded once, however often it is asked."""
    run = gateway.replays.start(actor, run_id, draft or ReplayDraft())
    response.status_code = 200 if run.status in FINISHED else 202
    return run


@router.post("/rejects/discard", summary="Leave rejects out", responses=answers(403, 404, 409))
def discard_rejects(
    gateway: TheGateway, actor: CurrentActor, run_id: str, draft: DiscardDraft
) -> RejectsChanged:
    """For a reason. They stay in the list and can be restored."""
    return gateway.rejects.discard(actor, run_id, draft)


@router.post("/rejects/restore", summary="Open discarded rejects again", responses=answers(403, 404))
def restore_rejects(
    gateway: TheGateway, actor: CurrentActor, run_id: str, draft: Selection | None = None
) -> RejectsChanged:
    """All of them, or those that are selected."""
    return gateway.rejects.restore(actor, run_id, draft or Selection())


@router.post("/rejects/rule", summary="Make a rule of edits", responses=answers(403, 404, 409))
def propose_rule(gateway: TheGateway, actor: CurrentActor, run_id: str, draft: RuleDraft) -> RuleProposal:
    """The task's mapping with a step that does what the edits did; save it as the task's new mapping."""
    return gateway.proposals.propose(actor, run_id, draft.field)


@router.get(
    "/rejects/export", summary="Rejects as a file", response_class=StreamingResponse,
    responses={200: {"content": {kind.partition(";")[0]: {} for kind in MEDIA.values()}}, **answers(404, 413, 501)},
)  # fmt: skip
def export_rejects(
    gateway: TheGateway, actor: CurrentActor, run_id: str, wanted: Filter, format: Format = "csv"
) -> StreamingResponse:
    """With their numbers, edits and errors. In CSV, a text that begins like a formula has an apostrophe before it."""
    pieces = gateway.reject_exports.export(actor, run_id, format, wanted)
    headers = {"Content-Disposition": f'attachment; filename="rejects-{run_id[:36]}.{format}"'}
    return StreamingResponse(pieces, media_type=MEDIA[format], headers=headers)


@router.post("/rejects/import", summary="Take corrected rejects", responses=answers(403, 404, 409, 413))
def import_rejects(
    gateway: TheGateway, actor: CurrentActor, run_id: str,
    file: Annotated[UploadFile, File(description="An export, corrected.")],
    format: ImportFormat = "csv",
) -> Imported:  # fmt: skip
    """Cells that differ become edits; nothing is loaded. To send it again changes nothing more."""
    return gateway.reject_imports.take(actor, run_id, format, _pieces(file))


def _pieces(file: UploadFile) -> Iterator[bytes]:
    while piece := file.file.read(PIECE):
        yield piece
