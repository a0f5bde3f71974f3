"""The way from a request to the arguments of its endpoint, for routes that take no body.

The framework finds out with each request what is the same for all of them: which parameters are models, which
functions are coroutines, what is remembered under which key. For lists that is most of what an answer costs.
Here the tree of a route's dependencies is read once, when the route is made. A parameter that is not in the
request takes its default; one that is goes through the framework's own check, so that what is refused, and
with which words, is the framework's.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from fastapi import Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from intakegateway.api.kept_answers import KeptAnswers

_SOURCES: tuple[tuple[str, Callable[[Request], Any]], ...] = (
    ("path_params", lambda request: request.path_params),
    ("query_params", lambda request: request.query_params),
    ("header_params", lambda request: request.headers),
    ("cookie_params", lambda request: request.cookies),
)
_UNCHANGING = (str, int, float, bool, tuple, frozenset, type(None))


class _Given(Struct, frozen=True):
    """Parameters from one part of a request. ``defaults``: by name; ``asked``: by the name in the request."""

    of: Callable[[Request], Any]
    defaults: Mapping[str, Any]
    asked: Mapping[str, Any]
    always: Sequence[Any]


class _Call(Struct, frozen=True):
    """A function and where its arguments come from."""

    call: Callable[..., Any]
    name: str | None
    needs: Sequence[_Call]
    given: Sequence[_Given]
    connections: Sequence[str]
    response: str | None
    waits: bool


def light(dependant: Dependant, keeps: bool) -> ASGIApp | None:
    """The application of a route whose endpoint returns a ``Response`` from a thread; None if it needs more.

    ``keeps``: the answer may be given again, see ``kept_answers``.
    """
    plan = _plan(dependant)
    if plan is None or plan.waits or dependant.body_params:
        return None
    endpoint = plan.call

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request, errors = Request(scope, receive, send), list[Any]()
        framework = _blank()
        values = await _solved(plan, request, framework, {}, errors)
        if errors:
            raise RequestValidationError(errors)
        response: Response
        if keeps:
            question = (scope["path"], scope["query_string"], values.get("project"), values["actor"].sight)
            kept: KeptAnswers = request.app.state.kept_answers
            body = await kept.body(question, partial(endpoint, **values))
            response = Response(body, media_type="application/json")
            response.raw_headers.extend(framework.raw_headers)
        else:
            response = await run_in_threadpool(endpoint, **values)
        await response(scope, receive, send)

    return app


def _blank() -> Response:
    """What dependencies put headers and a status into."""
    response = Response()
    del response.headers["content-length"]
    response.status_code = None  # type: ignore[assignment]
    return response


async def _solved(
    plan: _Call, request: Request, response: Response, known: dict[Callable[..., Any], Any], errors: list[Any]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for one in plan.needs:
        if one.call not in known:
            before = len(errors)
            arguments = await _solved(one, request, response, known, errors)
            if len(errors) > before:
                continue
            made: Awaitable[Any] | Any
            made = one.call(**arguments) if one.waits else await run_in_threadpool(one.call, **arguments)
            known[one.call] = await made if one.waits else made
        if one.name is not None:
            values[one.name] = known[one.call]
    for given in plan.given:
        received = given.of(request)
        values.update(given.defaults)
        fields = [*given.always, *(given.asked[name] for name in given.asked if name in received)]
        if fields:
            found, wrong = request_params_to_args(fields, received)
            values.update(found)
            errors.extend(wrong)
    for name in plan.connections:
        values[name] = request
    if plan.response is not None:
        values[plan.response] = response
    return values


def _plan(dependant: Dependant) -> _Call | None:
    call = dependant.call
    needs = [_plan(one) for one in dependant.dependencies]
    special = (
        dependant.websocket_param_name, dependant.background_tasks_param_name, dependant.own_oauth_scopes,
        dependant.security_scopes_param_name, dependant.concurrency, not dependant.use_cache,
    )  # fmt: skip
    if call is None or None in needs or any(special) or dependant.body_params or _generates(call):
        return None
    given = []
    for source, of in _SOURCES:
        fields = getattr(dependant, source)
        if not fields:
            continue
        if any(_is_model(field) for field in fields):
            return None
        free = [field for field in fields if _may_be_left_out(field)]
        given.append(
            _Given(
                of,
                {field.name: field.default for field in free},
                {field.alias: field for field in free},
                [field for field in fields if field not in free],
            )
        )
    connections = [
        name for name in (dependant.request_param_name, dependant.http_connection_param_name) if name
    ]
    return _Call(
        call, dependant.name, [one for one in needs if one is not None], given, connections,
        dependant.response_param_name, inspect.iscoroutinefunction(call),
    )  # fmt: skip


def _generates(call: Callable[..., Any]) -> bool:
    return inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call)


def _is_model(field: Any) -> bool:
    annotation = field.field_info.annotation
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _may_be_left_out(field: Any) -> bool:
    """Whether a request without it gives its default, which no endpoint can change, under one name."""
    info = field.field_info
    names = {field.alias} == {info.validation_alias or field.alias}
    fixed = not info.is_required() and info.default_factory is None and not info.validate_default
    return names and fixed and isinstance(field.default, _UNCHANGING)
