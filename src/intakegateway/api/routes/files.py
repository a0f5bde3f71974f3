"""``/files``."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from intakegateway.api.deps import CurrentActor, CurrentProject, Paging, TheGateway
from intakegateway.api.digests import WholeDigest, sha256_of
from intakegateway.api.errors import answers, problem
from intakegateway.api.kept_answers import from_the_store
from intakegateway.api.ranges import asked_range, download, not_there
from intakegateway.api.routing import nouns
from intakegateway.api.streams import pieces, take, take_form
from intakegateway.api.uploaded_once import UploadKey, once
from intakegateway.model.errors import ConflictError, DefinitionError
from intakegateway.model.views.base import Page
from intakegateway.model.views.files import FileDraft, FileFilter, FilesView, FileView, Standing

router = nouns("/files", tags=["files"])

Reference = Annotated[str, Path(alias="file", max_length=300, description="Id, or name (the newest).")]
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_PIECE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def _filter(
    search: Annotated[str, Query(max_length=200, description="A part of the name.")] = "",
    format: Annotated[str, Query(max_length=30)] = "",
    status: Standing | None = None,
) -> FileFilter:
    return FileFilter(search=search, format=format, status=status)


@router.get("", summary="Uploaded files", responses=answers(404))
@from_the_store
def find_files(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, paging: Paging,
    wanted: Annotated[FileFilter, Depends(_filter)],
) -> Page[FileView]:  # fmt: skip
    """Sorted by `created_at`, `name`, `size`, `format` or `id`; the newest first."""
    return gateway.files.find_all(actor, project, wanted, paging)


@router.post(
    "", status_code=201, summary="Upload files", responses=answers(403, 404, 409, 413, 507),
    openapi_extra=_BODY, response_model=FilesView,
)  # fmt: skip
async def upload_files(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, request: Request,
    name: Annotated[str, Query(max_length=400, description="The file's name, for a body that is one.")] = "",
    content_length: Annotated[int | None, Header(ge=0)] = None, digest: WholeDigest = "", key: UploadKey = "",
) -> FilesView | Response:  # fmt: skip
    """A multipart form with files, or one file as the body with its name in `?name=`.

    It goes to disk as it comes; format, encoding and delimiter are found out at its end. A body with another
    digest than was sent with it is refused.
    """
    is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    if is_form:
        taken = await take_form(request, lambda named: gateway.files.start(actor, project, named))
    else:
        if not name:
            raise DefinitionError("the file's name is missing.", hint="Give it in ?name=.", path=("name",))
        expected = digest or sha256_of(request.headers.get("content-digest"))
        incoming = await run_in_threadpool(gateway.files.start, actor, project, name, content_length)
        incoming.expected = expected
        await take(request, incoming)
        taken = [incoming]
    return await once(
        request, gateway, actor, key, taken,
        lambda: FilesView(items=gateway.files.store_all(actor, project, taken)),
    )  # fmt: skip


@router.post(
    "/uploads", status_code=201, summary="Announce a file that comes in pieces",
    responses=answers(403, 404, 413, 507),
)  # fmt: skip
def begin_upload(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, draft: FileDraft, response: Response
) -> FileView:
    """Then `PATCH` its content. Several files may be under way at once."""
    made = gateway.files.begin(actor, project, draft)
    response.headers["Upload-Offset"] = "0"
    response.headers["Location"] = f"{made.id}/content"
    return made


@router.patch(
    "/{file}/content", summary="Send a piece of a file", responses=answers(403, 404, 409, 507),
    openapi_extra=_PIECE,
)  # fmt: skip
async def send_piece(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, file: Reference, request: Request,
    response: Response,
    upload_offset: Annotated[int, Header(ge=0, le=1 << 50, description="Where the piece begins.")],
    digest: WholeDigest = "",
) -> FileView:  # fmt: skip
    """From where the upload stands. What has arrived stays when the connection breaks: `HEAD` tells how far.

    No piece counts twice, so this needs no `Idempotency-Key`: one that is sent again is refused (409).

    With `Repr-Digest` at the last piece, a file that arrived damaged is refused and begins anew.
    """
    incoming = await run_in_threadpool(gateway.files.resume, actor, project, file, upload_offset)
    incoming.expected = digest
    try:
        async for piece in pieces(request):
            await run_in_threadpool(incoming.write, piece)
    except (ClientDisconnect, ConflictError):
        await run_in_threadpool(gateway.files.advance, actor, project, incoming)
        raise
    except BaseException:
        await run_in_threadpool(incoming.pause)
        raise
    shown = await run_in_threadpool(gateway.files.advance, actor, project, incoming)
    response.headers["Upload-Offset"] = str(shown.received)
    response.headers["Upload-Length"] = str(shown.size)
    return shown


@router.head(
    "/{file}/content", summary="How far an upload is", responses=answers(404), response_class=Response
)
def upload_state(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, file: Reference
) -> Response:
    """In `Upload-Offset` and `Upload-Length`."""
    received, size = gateway.files.received(actor, project, file)
    headers = {
        "Upload-Offset": str(received),
        "Upload-Length": str(size),
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
    }
    return Response(headers=headers)


@router.get("/{file}", summary="One file", responses=answers(404))
def get_file(gateway: TheGateway, actor: CurrentActor, project: CurrentProject, file: Reference) -> FileView:
    """With what was found out about it."""
    return gateway.files.get(actor, project, file)


@router.get(
    "/{file}/content", summary="Download a file",
    responses={**answers(404, 409, 416), 200: {"content": {"application/octet-stream": {}}},
               206: {"content": {"application/octet-stream": {}}, "description": "A part of it"}},
    response_class=Response,
)  # fmt: skip
def download_file(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, file: Reference, request: Request
) -> Response:
    """As it was uploaded; `Range` asks for a part."""
    known = gateway.files.get(actor, project, file)
    tag = f'"{known.sha256}"'
    part = asked_range(request, known.size, tag)
    if part == (-1, -1):
        return problem(
            416, "range", f"the file has {known.size:,} bytes; this part is not in it.",
            headers=not_there(known.size),
        )  # fmt: skip
    found, body = gateway.files.content(actor, project, known.id, part[0] if part else 0)
    return download(body, name=found.name, size=found.size, tag=tag, part=part)


@router.delete("/{file}", status_code=204, summary="Delete a file", responses=answers(403, 404, 409))
def delete_file(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, file: Reference,
    force: Annotated[bool, Query(description="Also when tasks read it.")] = False,
) -> None:  # fmt: skip
    """Refused while a task reads it, with the tasks' names."""
    gateway.files.delete(actor, project, file, force=force)
