"""Routers of the nouns: made once in a process, shared by every application of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial, wraps
from threading import RLock
from typing import Any

from fastapi import APIRouter, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import compile_path

from intakegateway.api.errors import answers
from intakegateway.api.kept_answers import is_from_the_store
from intakegateway.api.queries import only_known
from intakegateway.api.solving import light
from intakegateway.api.writing import writer

PREFIX = "/api/v1"
_PUT_BY_FRAMEWORK = "response_of_route"


class Route(APIRoute):
    """A route whose answer is written as JSON by the thread that made it, not by the event loop.

    What an endpoint returns is a model already: it is not validated again. To read an endpoint's parameters
    takes some milliseconds, and most of a start for all of them: until somebody asks for this route, or for
    what is written about it, it knows no more than which requests are its own.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        self._whole = partial(self._complete, path, endpoint, given)
        self._lock = RLock()
        self.path, self.endpoint = path, endpoint
        self.name = given.get("name") or endpoint.__name__
        self.methods = {method.upper() for method in given.get("methods") or ("GET",)}
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)

    def _complete(self, path: str, endpoint: Callable[..., Any], given: dict[str, Any]) -> None:
        written = _written(endpoint, given.get("status_code"))
        super().__init__(path, written, **given)
        if written is not endpoint and self.body_field is None:
            self.app = light(self.dependant, is_from_the_store(endpoint)) or self.app
        self.app = only_known(self.app, endpoint, self.dependant)

    def __getattr__(self, name: str) -> Any:
        """What is not known yet."""
        if name.startswith("__") or name in ("_whole", "_lock"):
            raise AttributeError(name)
        with self._lock:
            complete = vars(self).pop("_whole", None)
            if complete is not None:
                complete()
        return object.__getattribute__(self, name)


def nouns(
    prefix: str = "", *, tags: list[str], responses: dict[int | str, dict[str, Any]] | None = None,
    outside: bool = False,
) -> APIRouter:  # fmt: skip
    """A router under ``/api/v1`` (``outside``: beside it); ``responses``: that all its routes may answer with."""
    return APIRouter(
        prefix=prefix if outside else PREFIX + prefix, tags=[*tags], route_class=Route,
        responses={**answers(400, 401, 403, 413, 422, 503), **(responses or {})},
        generate_unique_id_function=lambda route: route.name,
    )  # fmt: skip


def _written(endpoint: Callable[..., Any], status: int | None) -> Callable[..., Any]:
    """``endpoint``, answering with bytes if it makes a model in a thread."""
    signature = inspect.signature(endpoint, eval_str=True)
    model = signature.return_annotation
    is_model = isinstance(model, type) and issubclass(model, BaseModel)
    if not is_model or inspect.iscoroutinefunction(endpoint):
        return endpoint
    parameters = list(signature.parameters.values())
    own = next((one.name for one in parameters if one.annotation is Response), None)
    name = own or _PUT_BY_FRAMEWORK
    if own is None:
        parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=Response))

    @wraps(endpoint)
    def answer(**values: Any) -> Any:
        # Its status and headers are those that dependencies and the endpoint have set.
        framework: Response = values[name] if own is not None else values.pop(name)
        made = endpoint(**values)
        if not isinstance(made, model):
            if not issubclass(model, type(made)):
                return made
            # Services make a `Page`, routes say of what: the same fields, and its items are models already.
            made = model.model_construct(**vars(made))
        written = Response(
            writer(model)(made), framework.status_code or status or 200, media_type="application/json"
        )
        written.raw_headers.extend(framework.raw_headers)
        return written

    answer.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return answer
