"""The OpenAPI document: what the application around the routes adds to what they say of themselves."""

from __future__ import annotations

from typing import Any

from intakegateway.api import cookies
from intakegateway.api.errors import SCHEMAS, Problem, answers
from intakegateway.api.routing import PREFIX

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "examples": ["7f2b6c1e-first-load"]},
    "description": "The same request sent again with the same key gets the answer that it got, and does nothing"
    " again: for a day. 409 while the first is being answered, 422 with another body.",
}  # fmt: skip
_PUBLIC = (
    "/health", f"{PREFIX}/setup", f"{PREFIX}/auth/login", f"{PREFIX}/auth/invitation", f"{PREFIX}/auth/providers",
    f"{PREFIX}/auth/oidc/", f"{PREFIX}/auth/saml/", f"{PREFIX}/tasks/{{task}}/push",
)  # fmt: skip
"""What needs nobody to be signed in; a push has a token or a signature of its own."""
_OWN = f"{PREFIX}/tasks/{{task}}/push/"
_SCHEMES = {
    "token": {
        "type": "http", "scheme": "bearer", "description": "An API token: `igw_…`, made at `/auth/tokens`.",
    },
    "session": {
        "type": "apiKey", "in": "cookie", "name": cookies.SESSION,
        "description": "The cookie of a browser that has signed in. What changes something also needs the session's"
        " `csrf_token` (of `/auth/login` or `/auth/me`) as `X-CSRF-Token`.",
    },
}  # fmt: skip


def described(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the schema that ``answers`` refer to, who may ask, and the keys of repeated requests.

    Given to the framework as a model, the schema would be made anew for each status of each route.
    """
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation)
    schema = Problem.model_json_schema(ref_template=SCHEMAS + "{model}", mode="serialization")
    known = document["components"]["schemas"] | schema.pop("$defs") | {"Problem": schema}
    document["components"]["schemas"] = dict(sorted(known.items()))
    document["components"]["securitySchemes"] = _SCHEMES
    document["security"] = [{"token": []}, {"session": []}]
    return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    content = operation.get("requestBody", {}).get("content", {})
    more: list[int] = []
    if "application/json" in content:
        more.append(415)
    if path.startswith(_PUBLIC) and not path.startswith(_OWN):
        operation["security"] = []
    elif method == "post" and (not content or "application/json" in content):
        more.append(409)
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    own = operation["responses"]
    own.update({str(status): one for status, one in answers(*more).items() if str(status) not in own})
    operation["responses"] = dict(sorted(own.items()))
