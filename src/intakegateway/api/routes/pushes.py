"""``/tasks/{task}/push``: data that is sent to a task. Who sends it is no user: the task's token lets in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from intakegateway.api.clients import client_ip
from intakegateway.api.deps import CurrentActor, CurrentProject, TheGateway
from intakegateway.api.errors import answers
from intakegateway.api.queries import takes_any_query
from intakegateway.api.routing import nouns
from intakegateway.api.streams import take, take_form
from intakegateway.model.errors import DefinitionError
from intakegateway.model.views.tasks import Pushed, PushToken
from intakegateway.services.incoming import Incoming

router = nouns("/tasks", tags=["push"])

Reference = Annotated[str, Path(alias="task", max_length=200, description="Name or id.")]
_BODY = {
    "security": [],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {}, "example": [{"id": 1, "name": "Ann"}]},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    },
}


@router.post(
    "/{task}/push", status_code=202, summary="Send records or a file to a task",
    responses=answers(409, 413, 507), openapi_extra=_BODY,
)  # fmt: skip
@takes_any_query
async def push_records(
    gateway: TheGateway, request: Request, task: Annotated[str, Path(max_length=36, description="Its id.")],
    name: Annotated[str, Query(max_length=400, description="The file's name; else by its type.")] = "",
    authorization: Annotated[str, Header(description="`Bearer` and the task's push token.")] = "",
    content_length: Annotated[int | None, Header(ge=0)] = None,
    idempotency_key: Annotated[str, Header(max_length=200)] = "",
) -> Pushed:  # fmt: skip
    """JSON (a list, or one record), NDJSON, CSV, or any file that a task can read.

    A run loads it and nothing else. Messages signed as Standard Webhooks need no token. The same
    `webhook-id`, or `Idempotency-Key`, is loaded once however often it comes.
    """
    scheme, _, token = authorization.partition(" ")
    given = token.strip() if scheme.lower() == "bearer" else ""
    headers = {
        key: request.headers.get(key, "") for key in ("webhook-id", "webhook-timestamp", "webhook-signature")
    }
    sender = await run_in_threadpool(gateway.pushes.admit, task, given, headers)
    kind = request.headers.get("content-type", "")
    if kind.lower().startswith("multipart/form-data"):
        if sender.mac is not None:
            raise DefinitionError("a form cannot be signed.", hint="Send the file as the body.")
        incoming = await _only(request, gateway)
    else:
        named = gateway.pushes.file_name(sender.task, name, kind)
        incoming = await run_in_threadpool(gateway.pushes.start, named, content_length)
        await take(request, incoming, sender.observe)
    try:
        sender.check()
        before = await run_in_threadpool(gateway.pushes.known, sender, idempotency_key)
    except BaseException:
        await run_in_threadpool(incoming.discard)
        raise
    if before is not None:
        await run_in_threadpool(incoming.discard)
        return before
    return await run_in_threadpool(
        gateway.pushes.accept, sender, incoming, idempotency_key, client_ip(request)
    )


@router.post("/{task}/push/token", status_code=201, summary="A new push token", responses=answers(403, 404))
def make_token(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference
) -> PushToken:
    """Shown this once. The one before stops to work."""
    return gateway.pushes.make_token(actor, project, task)


@router.delete("/{task}/push/token", status_code=204, summary="No push token", responses=answers(403, 404))
def disable_token(gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference) -> None:
    """No token lets anybody in any more."""
    gateway.pushes.disable(actor, project, task)


@router.post("/{task}/push/secret", status_code=201, summary="A new push secret", responses=answers(403, 404))
def make_secret(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference
) -> PushToken:
    """To sign with, as Standard Webhooks; shown this once. The one before stops to work."""
    return gateway.pushes.make_secret(actor, project, task)


@router.delete("/{task}/push/secret", status_code=204, summary="No push secret", responses=answers(403, 404))
def disable_secret(
    gateway: TheGateway, actor: CurrentActor, project: CurrentProject, task: Reference
) -> None:
    """No signature lets anybody in any more."""
    gateway.pushes.disable(actor, project, task, secret=True)


async def _only(request: Request, gateway: TheGateway) -> Incoming:
    taken = await take_form(request, lambda named: gateway.pushes.start(named, None))
    if len(taken) == 1:
        return taken[0]
    for one in taken:
        await run_in_threadpool(one.discard)
    raise DefinitionError("one push is one file.", hint="Send each file by itself.")
