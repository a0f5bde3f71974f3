"""Asking a gateway that serves elsewhere, through its REST API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from msgspec import Struct
from pydantic import BaseModel, RootModel, ValidationError

from intakegateway.model.errors import (
    CancelledError,
    ConflictError,
    DefinitionError,
    DestinationError,
    ForbiddenError,
    GatewayError,
    SourceError,
    StaleFenceError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
)

View = TypeVar("View", bound=BaseModel)
API = "/api/v1"
_NO_TLS = "Nothing there speaks TLS: an address that begins with http:// may be the right one."
_SECONDS = httpx.Timeout(90.0, connect=10.0)
"""A start of a small run is answered at its end, for which a server waits up to a minute."""
_ERRORS: Mapping[str, type[GatewayError]] = {
    kind.code: kind
    for kind in (
        CancelledError, ConflictError, DefinitionError, DestinationError, ForbiddenError, SourceError,
        StaleFenceError, TooLargeError, UnauthenticatedError, UnavailableError,
    )
} | {"invalid": DefinitionError, "bad_request": DefinitionError}  # fmt: skip
"""By the code of a problem; others are plain errors that keep their code."""
PIECE = 1 << 20
"""Bytes that are held at once of what is downloaded."""


class Calls:
    """The gateway at ``server``; raises what it answers as the errors that it met.

    ``project``: the one that is asked about, where a call names no other; empty: none.
    """

    def __init__(
        self, server: str, token: str | None, project: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        parts = urlsplit(server)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise DefinitionError(
                f"'{server}' is not the address of a gateway.", where="--server",
                hint="Give it as browsers see it, such as https://data.example.org.",
            )  # fmt: skip
        if parts.username or parts.password:
            raise DefinitionError(
                "the address of a gateway holds no user and password.", where="--server",
                hint="Sign in with --token, or with the variable INTAKEGATEWAY_TOKEN.",
            )  # fmt: skip
        self._address = server.rstrip("/").removesuffix(API)
        self._project = project
        headers = {"Accept": "application/json, application/problem+json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            self._http = httpx.Client(
                base_url=f"{self._address}{API}", headers=headers, timeout=_SECONDS, transport=transport
            )
        except (ValueError, UnicodeError):
            raise DefinitionError("the token has characters that no token has.", where="--token") from None

    def absolute(self, link: str) -> str:
        """A link of the gateway's, with its address if it is only a path."""
        return f"{self._address}{link}" if link.startswith("/") else link

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def view(
        self, view: type[View], method: str, path: str, body: BaseModel | Iterable[bytes] | None = None,
        *, held: int | None = None, **query: Any,
    ) -> View:  # fmt: skip
        """An answer as a view."""
        answer = self.call(method, path, body, held=held, **query)
        try:
            return view.model_validate_json(answer.content)
        except ValidationError:
            raise self._stranger(answer) from None

    def views(self, view: type[View], method: str, path: str, **query: Any) -> list[View]:
        """An answer that is a list of views without pages."""
        return self.view(RootModel[list[view]], method, path, **query).root  # type: ignore[valid-type]

    def call(
        self, method: str, path: str, body: BaseModel | Iterable[bytes] | None = None, *,
        held: int | None = None, **query: Any,
    ) -> httpx.Response:  # fmt: skip
        """An answer. Bytes are sent as they come. ``held``: the version that was read and is edited."""
        with self._reached():
            request = self._request(method, path, body, query)
            if held is not None:
                request.headers["If-Match"] = f'"{held}"'
            answer = self._http.send(request)
        self._check(answer)
        return answer

    @contextmanager
    def stream(self, path: str, **query: Any) -> Iterator[httpx.Response]:
        """A download; a break in the middle of it is an error."""
        with self._reached():
            answer = self._http.send(self._request("GET", path, None, query), stream=True)
            try:
                if answer.is_error:
                    answer.read()
                self._check(answer)
                yield answer
            finally:
                answer.close()

    def _request(
        self, method: str, path: str, body: BaseModel | Iterable[bytes] | None, query: Mapping[str, Any]
    ) -> httpx.Request:
        asked = {key: value for key, value in query.items() if value is not None}
        headers: dict[str, str] = {}
        content: str | Iterable[bytes] | None
        if isinstance(body, BaseModel):
            content, headers["Content-Type"] = body.model_dump_json(exclude_none=True), "application/json"
        else:
            content = body
            if isinstance(body, Form):
                headers["Content-Type"] = f"multipart/form-data; boundary={body.BOUNDARY}"
            elif isinstance(body, Text):
                content, headers["Content-Type"] = body.text, body.kind
            elif body is not None:
                headers["Content-Type"] = "application/octet-stream"
        params = {"project": self._project, **asked} if self._project else asked
        return self._http.build_request(method, path, params=params, content=content, headers=headers)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise UnavailableError(
                f"the gateway does not answer: {said}.", where=self._address,
                hint=_NO_TLS if "WRONG_VERSION_NUMBER" in said else "Is it running, and is this its address?",
            ) from None  # fmt: skip

    def _check(self, answer: httpx.Response) -> None:
        if answer.is_redirect:
            raise DefinitionError(
                f"this address leads on to '{answer.headers.get('location', '')}'.", where=self._address,
                hint="Give that one as --server: a token is sent nowhere else by itself.",
            )  # fmt: skip
        if answer.is_error:
            raise self._refused(answer)

    def _refused(self, answer: httpx.Response) -> GatewayError:
        """A problem as the error that the server met."""
        try:
            problem = answer.json()
        except ValueError:
            problem = None
        if not isinstance(problem, dict) or not isinstance(problem.get("detail"), str):
            return self._stranger(answer)
        code = str(problem.get("code") or "error")
        hint = problem.get("hint")
        if answer.status_code == 401:
            hint = "Give a valid token with --token, or in the variable INTAKEGATEWAY_TOKEN."
        error = _ERRORS.get(code, GatewayError)(problem["detail"], where=problem.get("where"), hint=hint)
        if code not in _ERRORS:
            error.code = code
        return error

    def _stranger(self, answer: httpx.Response) -> GatewayError:
        kind = answer.headers.get("content-type", "nothing").partition(";")[0]
        return UnavailableError(
            f"what answers here is not a gateway of this version (status {answer.status_code}, {kind}).",
            where=self._address, hint="Check the address, and what stands between you and the gateway.",
        )  # fmt: skip


class Text(Struct, frozen=True):
    """A document that is sent as it is written."""

    text: str
    kind: str = "application/json"

    def __iter__(self) -> Iterator[bytes]:
        yield self.text.encode()


class Form(Struct, frozen=True):
    """A form of one file, in pieces."""

    name: str
    pieces: Iterable[bytes]
    BOUNDARY = "intakegateway-form-7f3a9c5d"

    def __iter__(self) -> Iterator[bytes]:
        quoted = self.name.replace("\\", "_").replace('"', "_").replace("\r", "_").replace("\n", "_")
        head = f'Content-Disposition: form-data; name="file"; filename="{quoted}"'
        yield f"--{self.BOUNDARY}\r\n{head}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()
        yield from self.pieces
        yield f"\r\n--{self.BOUNDARY}--\r\n".encode()


def part(name: str) -> str:
    """A name as a part of a path; dots alone would climb."""
    from urllib.parse import quote

    return quote(name, safe="") if name.strip(".") else quote(name, safe="").replace(".", "%2E")


def query_of(*models: BaseModel) -> dict[str, Any]:
    """The fields that are given, as a query has them."""
    found: dict[str, Any] = {}
    for model in models:
        found |= model.model_dump(mode="json", exclude_defaults=True)
    return found
