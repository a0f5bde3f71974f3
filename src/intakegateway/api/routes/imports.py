"""``/import``."""

from __future__ import annotations

from intakegateway.api.deps import CurrentActor, CurrentProject, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.runs import ImportDraft, RunSummary

router = nouns("/import", tags=["runs"])


@router.post("", status_code=202, summary="Run tasks by name", responses=answers(403, 404))
def start_import(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, draft: ImportDraft
) -> list[RunSummary]:
    """A task, or all tasks whose names match a glob; into another connection if one is given."""
    return gateway.runs.start_import(actor, project, draft)
