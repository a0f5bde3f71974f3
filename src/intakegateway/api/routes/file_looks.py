"""``/files/{file}/preview`` and ``/files/{file}/profile``."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from intakegateway.api.deps import CurrentActor, CurrentProject, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.routing import nouns
from intakegateway.model.views.files import FileTaskView, ProfileView
from intakegateway.model.views.previews import MOST_ROWS, PreviewView

router = nouns("/files", tags=["files"], responses=answers(404, 409, 503))

Reference = Annotated[str, Path(alias="file", max_length=300, description="Id, or name (the newest).")]
Text = Annotated[str | None, Query(max_length=300)]


@router.get("/{file}/preview", summary="The first rows of a file")
def preview_file(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, file: Reference,
    rows: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
    format: Text = None, encoding: Text = None, delimiter: Text = None, quote: Text = None,
    skip_rows: Annotated[int | None, Query(ge=0, le=1_000_000)] = None,
    header: bool | None = None, sheet: Text = None, records: Text = None, member: Text = None,
) -> PreviewView:  # fmt: skip
    """As table, tree and raw text. What is left out is found from the content."""
    options = {
        "format": format, "encoding": encoding, "delimiter": delimiter, "quote": quote, "skip_rows": skip_rows,
        "header": header, "sheet": sheet, "records": records, "member": member,
    }  # fmt: skip
    return gateway.file_looks.preview(actor, project, file, options, rows)


@router.get("/{file}/task", summary="A task for a file", responses=answers(403, 404, 409))
def propose_task(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, file: Reference
) -> FileTaskView:
    """By the project's `defaults`, `table_naming` and `tables`, with what was found out about the file.

    Nothing is kept: `POST /tasks` takes the `definition`.
    """
    return gateway.file_tasks.propose(actor, project, file)


@router.get("/{file}/profile", summary="What the values of a file are like")
def profile_file(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, file: Reference
) -> ProfileView:
    """Nulls, distinct values, least, greatest, lengths and most usual values of each field."""
    return gateway.file_looks.profile(actor, project, file)
