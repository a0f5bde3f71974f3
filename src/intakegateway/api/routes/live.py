"""``/events``, ``/runs/{run}/stream`` and ``/ws``: what happens, as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Header, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from intakegateway.api.deps import CurrentActor, TheGateway, authenticate
from intakegateway.api.errors import answers
from intakegateway.api.hub import Hub, Subscription
from intakegateway.api.routing import nouns
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import DefinitionError, GatewayError, NotFoundError, UnauthenticatedError
from intakegateway.services.projects import DEFAULT
from intakegateway.store.tables.runs import Run

router = nouns(tags=["live"])
HEARTBEAT_SECONDS = 15.0
"""A sign of life, so that proxies keep the connection and dead ones are noticed."""
RECHECK_SECONDS = 60.0
"""How often it is looked whether the client may still listen."""
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream of events.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
LastEventId = Annotated[
    int | None, Header(alias="Last-Event-ID", ge=0, le=2**53, description="Go on after this event.")
]


@router.get(
    "/events", summary="Everything that happens in a project", response_class=StreamingResponse,
    responses={**_STREAM, **answers(404)},
)  # fmt: skip
async def all_events(
    request: Request, gateway: TheGateway, actor: CurrentActor, last_event_id: LastEventId = None,
    project: Annotated[str | None, Query(max_length=100, description="Name or id; left out: all yours.")] = None,
) -> StreamingResponse:  # fmt: skip
    """Server-Sent Events: `run_status`, `run_progress`, `run_log`, `schedule_triggered`."""
    projects: list[str] | None = None if actor.is_admin and actor.only_project is None else [*actor.roles]
    if actor.only_project is not None:
        projects = [actor.only_project]
    if project is not None:
        projects = [await asyncio.to_thread(gateway.projects.id_of, actor, project)]
    hub: Hub = request.app.state.hub
    subscription = await hub.subscribe(projects)
    return _streamed(hub, subscription, last_event_id, _still(request, projects))


@router.get(
    "/runs/{run}/stream", summary="What happens in a run", response_class=StreamingResponse,
    responses={**_STREAM, **answers(404)},
)  # fmt: skip
async def run_events(
    request: Request, gateway: TheGateway, actor: CurrentActor, run: str, last_event_id: LastEventId = None
) -> StreamingResponse:
    """From the run's first event on, or after `Last-Event-ID`; ends when the run has ended."""
    project_id = await asyncio.to_thread(_project_of, gateway, actor, run)
    hub: Hub = request.app.state.hub
    subscription = await hub.subscribe([project_id], [run])
    return _streamed(hub, subscription, last_event_id or 0, _still(request, [project_id]), ends=True)


@router.websocket("/ws")
async def socket(websocket: WebSocket) -> None:
    """Send `{"subscribe": {"project": …, "runs": […], "after": id}}`; a token may come with it as `token`."""
    hub: Hub = websocket.app.state.hub
    await websocket.accept()
    subscription: Subscription | None = None
    pump: asyncio.Task[None] | None = None
    try:
        while True:
            try:
                wanted = await websocket.receive_json()
                subscription, after = await _wanted(websocket, hub, wanted)
            except (GatewayError, ValueError, KeyError) as error:
                code = error.code if isinstance(error, GatewayError) else "invalid"
                said = str(error) if isinstance(error, GatewayError) else "this is not a message of this API."
                await websocket.send_json({"error": {"code": code, "detail": said}})
                continue
            if pump is not None:
                pump.cancel()
            pump = asyncio.create_task(_pumped(websocket, hub, subscription, after))
    except WebSocketDisconnect:
        return
    finally:
        if pump is not None:
            pump.cancel()


def _project_of(gateway: TheGateway, actor: Actor, run_id: str) -> str:
    with gateway.context.database.read() as session:
        run = session.get(Run, run_id)
        project_id = run.project_id if run is not None else ""
    if not project_id or actor.role_in(project_id) is None:
        raise NotFoundError("run", run_id)
    return project_id


def _still(request: Request | WebSocket, projects: list[str] | None) -> Callable[[], bool]:
    """Whether who asked may still listen; looked at from time to time."""

    def look() -> bool:
        try:
            actor = authenticate(request)
        except UnauthenticatedError:
            return False
        if projects is None:
            return actor.is_admin
        return all(actor.role_in(one) is not None for one in projects)

    return look


def _streamed(
    hub: Hub,
    subscription: Subscription,
    after: int | None,
    may_listen: Callable[[], bool],
    *,
    ends: bool = False,
) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    frames = _frames(hub, subscription, after, may_listen, ends)
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)


async def _frames(
    hub: Hub, subscription: Subscription, after: int | None, may_listen: Callable[[], bool], ends: bool
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    checked = loop.time()
    try:
        yield b"retry: 2000\n\n"
        earlier = await hub.history(subscription, after) if after is not None else []
        for message in earlier:
            yield message.frame
        if ends and any(_is_last(message.kind, message.body) for message in earlier):
            return
        while not subscription.is_cut:
            messages = await subscription.take(HEARTBEAT_SECONDS)
            yield b"".join(message.frame for message in messages) or b": still here\n\n"
            if ends and any(_is_last(message.kind, message.body) for message in messages):
                return
            if loop.time() - checked > RECHECK_SECONDS:
                checked = loop.time()
                if not await asyncio.to_thread(may_listen):
                    return
    finally:
        hub.unsubscribe(subscription)


def _is_last(kind: str, body: bytes) -> bool:
    if kind != "run_status":
        return False
    import orjson

    return orjson.loads(body)["data"].get("status") not in ("PENDING", "RUNNING")


async def _wanted(websocket: WebSocket, hub: Hub, wanted: Any) -> tuple[Subscription, int | None]:
    if not isinstance(wanted, dict) or not isinstance(wanted.get("subscribe"), dict):
        raise DefinitionError('send {"subscribe": {"project": …, "runs": […], "after": …}}.')
    what = wanted["subscribe"]
    unknown = set(what) - {"project", "runs", "after"}
    if unknown:
        raise DefinitionError(f"'{min(unknown)}' is not known. Allowed: project, runs, after.")
    actor = await asyncio.to_thread(authenticate, websocket, wanted.get("token"))
    gateway = websocket.app.state.gateway
    after = what.get("after")
    if isinstance(after, str) and after.isdecimal() and len(after) < 17:
        after = int(after)
    if after is not None and (not isinstance(after, int) or not 0 <= after <= 2**53):
        raise DefinitionError("'after' must be the id of an event.")
    runs = what.get("runs")
    if runs is not None and not (isinstance(runs, list) and all(isinstance(one, str) for one in runs)):
        raise DefinitionError("'runs' must be a list of ids.")
    project_id = await asyncio.to_thread(
        gateway.projects.id_of, actor, str(what.get("project") or DEFAULT), Role.VIEWER
    )
    return await hub.subscribe([project_id], runs), after


async def _pumped(websocket: WebSocket, hub: Hub, subscription: Subscription, after: int | None) -> None:
    try:
        for message in await hub.history(subscription, after) if after is not None else []:
            await websocket.send_text(message.body.decode())
        while not subscription.is_cut:
            for message in await subscription.take(HEARTBEAT_SECONDS):
                await websocket.send_text(message.body.decode())
        await websocket.close(1013)
    finally:
        hub.unsubscribe(subscription)
