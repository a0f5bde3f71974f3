"""Errors become answers here, in one table: ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

import http
import re
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from intakegateway.api import request_ids
from intakegateway.api.methods import allowed
from intakegateway.model.errors import GatewayError, RateLimitError, UnavailableError
from intakegateway.settings import SettingsError

STATUS = {
    "definition": 422, "source": 422, "destination": 422, "missing_driver": 501, "unavailable": 503,
    "too_many_rejects": 422, "stale_fence": 409, "cancelled": 409, "unbalanced": 500, "storage": 507,
    "unauthenticated": 401, "forbidden": 403, "not_found": 404, "conflict": 409, "stale_edit": 412,
    "rate_limited": 429, "too_large": 413, "settings": 500,
}  # fmt: skip
"""By the error's code."""
_SOON = 5
"""Seconds after which what does not answer may be asked again."""

_MOST_DETAILS = 100
_OBJECT_WANTED = ("model_attributes_type", "model_type", "dict_type")
_JSON = re.compile(r"application/([\w.+-]+\+)?json\b", re.IGNORECASE)

log = structlog.get_logger()
SCHEMAS = "#/components/schemas/"


class Detail(BaseModel):
    """One thing that was wrong."""

    path: str = Field(description="The field, as ``mapping[3].expression``.", examples=["name"])
    message: str


class Problem(BaseModel):
    """What went wrong, for programs (``code``) and for people (``detail``, ``hint``)."""

    type: str = "about:blank"
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["not_found"])
    detail: str = Field(examples=["there is no project 'sales'."])
    hint: str | None = None
    where: str | None = None
    errors: list[Detail] = []
    request_id: str | None = Field(
        default=None, description="What the log of the gateway knows this request by; also in `X-Request-Id`."
    )


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: the problems that a route may answer with."""
    content = {"application/problem+json": {"schema": {"$ref": f"{SCHEMAS}Problem"}}}
    return {
        status: {"description": http.HTTPStatus(status).phrase, "content": content} for status in statuses
    }


def dotted(path: tuple[str | int, ...]) -> str:
    """``("mapping", 3, "to")`` as ``mapping[3].to``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f"{'.' if text else ''}{step}"
    return text


def problem(
    status: int, code: str, detail: str, *, hint: str | None = None, where: str | None = None,
    errors: list[Detail] | None = None, headers: dict[str, str] | None = None,
) -> JSONResponse:  # fmt: skip
    """The answer."""
    content = Problem(
        title=http.HTTPStatus(status).phrase, status=status, code=code, detail=detail, hint=hint, where=where,
        errors=errors or [], request_id=request_ids.current(),
    )  # fmt: skip
    return JSONResponse(
        content.model_dump(mode="json"), status, headers, media_type="application/problem+json"
    )


def install(app: FastAPI) -> None:
    """Answer every error of ours, of the framework and of nobody's with a problem."""
    app.add_exception_handler(GatewayError, _ours)
    app.add_exception_handler(SettingsError, misconfigured)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unexpected)


def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, GatewayError)
    return answer_of(error)


def answer_of(error: GatewayError) -> JSONResponse:
    """The answer that says what one of our errors does."""
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimitError) else None
    if isinstance(error, UnavailableError):
        headers = {"Retry-After": str(_SOON)}
    path: tuple[str | int, ...] = getattr(error, "path", ())
    details = [Detail(path=dotted(path), message=error.message)] if path else []
    status = STATUS.get(error.code, 500)
    if status == 401:
        headers = {"WWW-Authenticate": "Bearer"}
    return problem(
        status, error.code, error.message, hint=error.hint, where=error.where, errors=details, headers=headers
    )


def misconfigured(request: Request, error: Exception) -> JSONResponse:
    """Settings that were right at the start, such as the file of keys."""
    log.error("settings_unusable", path=request.url.path, reason=str(error))
    return problem(
        503, "settings", "the gateway's own settings or keys cannot be used as they are; why was logged.",
        hint="Tell the administrator.", headers={"Retry-After": str(_SOON)},
    )  # fmt: skip


def is_json(content_type: str) -> bool:
    """Whether a body of this type is JSON."""
    return _JSON.match(content_type) is not None


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    details = []
    found = error.errors()
    whole = next((one for one in found if tuple(one["loc"]) == ("body",)), None)
    if whole is not None and whole["type"] == "missing":
        return problem(
            422, "invalid", "the body is missing.", errors=[Detail(path="", message="Field required")]
        )
    if whole is not None and not is_json(request.headers.get("content-type", "")):
        kind = request.headers.get("content-type", "").partition(";")[0][:100]
        came = f"as '{kind}'" if kind else "without its type"
        return problem(
            415, "unsupported_media_type", f"the body came {came}, and must be JSON.",
            hint="Send it with 'Content-Type: application/json'.",
        )  # fmt: skip
    if whole is not None and whole["type"] in _OBJECT_WANTED:
        return problem(422, "invalid", "the body must be a JSON object.")
    for one in found[:_MOST_DETAILS]:
        place = tuple(one["loc"])
        path = place[1:] if place[:1] in (("body",), ("query",), ("path",), ("header",)) else place
        message = str(one["msg"]).removeprefix("Value error, ")
        details.append(Detail(path=dotted(path), message=message))
    first = details[0]
    said = f"{first.path}: {first.message}" if first.path else first.message
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return problem(422, "invalid", f"{said}{more}", errors=details)


def _framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 400: "bad_request", 413: "too_large"}
    headers = dict(error.headers) if error.headers else None
    detail = "there is nothing at this address." if error.status_code == 404 else str(error.detail)
    if error.status_code == 405:
        methods = ", ".join(allowed(request))
        detail, headers = (
            f"'{request.method}' is not for this address.",
            {**(headers or {}), "Allow": methods},
        )
        return problem(405, "method_not_allowed", detail, hint=f"Allowed: {methods}.", headers=headers)
    return problem(error.status_code, codes.get(error.status_code, "error"), detail, headers=headers)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", path=request.url.path, method=request.method, exc_info=error)
    return problem(
        500, "internal", "an unexpected error; it was logged.",
        hint="Try again; if it stays, tell the administrator the request's id.",
        headers={"Connection": "close"},  # the server ends it with the error: nobody else should send into it
    )  # fmt: skip
