"""Commands on a gateway that serves elsewhere, through its REST API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from intakegateway.cli.remote_parts import Form, RemoteFiles, RemoteRejects, part, query_of
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
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.connections import ConnectionView, TestView
from intakegateway.model.views.projectdocs import Applied, ApplyRequest
from intakegateway.model.views.runs import (
    LogFilter,
    RetryDraft,
    RunDraftView,
    RunFilter,
    RunLogPage,
    RunSummary,
    RunView,
)
from intakegateway.model.views.schedules import ScheduleView
from intakegateway.model.views.tasks import TaskFilter, TaskSummary, TaskView

View = TypeVar("View", bound=BaseModel)
API = "/api/v1"
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


class RemoteClient:
    """One project of the gateway at ``server``."""

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
        self.files = RemoteFiles(self)
        self.rejects = RemoteRejects(self)

    def apply(self, request: ApplyRequest, name: str | None) -> Applied:
        """Make a project like a file."""
        return self.view(Applied, "POST", "/projects/apply", request, name=name)

    def export(self, project: str) -> str:
        """A project as YAML."""
        return self.call("GET", f"/projects/{part(project)}/export").text

    def tasks(self, wanted: TaskFilter, page: PageRequest) -> Page[TaskSummary]:
        """A part of the tasks."""
        return self.view(Page[TaskSummary], "GET", "/tasks", **query_of(wanted, page))

    def task(self, name: str) -> TaskView:
        """A task with its definition."""
        return self.view(TaskView, "GET", f"/tasks/{part(name)}")

    def delete_task(self, name: str) -> None:
        """Delete a task."""
        self.call("DELETE", f"/tasks/{part(name)}")

    def start(self, draft: RunDraftView) -> RunView:
        """Put a run into the queue; small ones have ended when it answers."""
        return self.view(RunView, "POST", "/runs", draft)

    def runs(self, wanted: RunFilter, page: PageRequest) -> Page[RunSummary]:
        """A part of the runs, the newest first."""
        return self.view(Page[RunSummary], "GET", "/runs", **query_of(wanted, page))

    def run(self, run_id: str) -> RunView:
        """Everything about a run."""
        return self.view(RunView, "GET", f"/runs/{part(run_id)}")

    def logs(self, run_id: str, wanted: LogFilter) -> RunLogPage:
        """Lines of a run's log."""
        return self.view(RunLogPage, "GET", f"/runs/{part(run_id)}/logs", **query_of(wanted))

    def cancel(self, run_id: str) -> RunView:
        """Stop a run."""
        return self.view(RunView, "POST", f"/runs/{part(run_id)}/cancel")

    def retry(self, run_id: str, draft: RetryDraft) -> RunView:
        """Run it again."""
        return self.view(RunView, "POST", f"/runs/{part(run_id)}/retry", draft)

    def carry_out(self, run_id: str) -> None:
        """The server does."""

    def connections(self, kind: str | None, page: PageRequest) -> Page[ConnectionView]:
        """A part of the connections."""
        return self.view(Page[ConnectionView], "GET", "/connections", kind=kind, **query_of(page))

    def test(self, connection: str) -> TestView:
        """Test a connection, step by step."""
        return self.view(TestView, "POST", f"/connections/{part(connection)}/test")

    def schedules(self, enabled: bool | None, page: PageRequest) -> Page[ScheduleView]:
        """A part of the schedules."""
        return self.view(Page[ScheduleView], "GET", "/schedules", enabled=enabled, **query_of(page))

    def schedule(self, task: str) -> ScheduleView:
        """The schedule of a task."""
        return self.view(ScheduleView, "GET", f"/tasks/{part(task)}/schedule")

    def switch(self, task: str, enabled: bool) -> ScheduleView:
        """Enable or disable the schedule of a task."""
        act = "enable" if enabled else "disable"
        return self.view(ScheduleView, "POST", f"/tasks/{part(task)}/schedule/{act}")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def view(
        self, view: type[View], method: str, path: str, body: BaseModel | Iterable[bytes] | None = None,
        **query: Any,
    ) -> View:  # fmt: skip
        """An answer as a view."""
        answer = self.call(method, path, body, **query)
        try:
            return view.model_validate_json(answer.content)
        except ValidationError:
            raise self._stranger(answer) from None

    def call(
        self, method: str, path: str, body: BaseModel | Iterable[bytes] | None = None, **query: Any
    ) -> httpx.Response:
        """An answer. Bytes are sent as they come."""
        with self._reached():
            answer = self._http.send(self._request(method, path, body, query))
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
            elif body is not None:
                headers["Content-Type"] = "application/octet-stream"
        params = {"project": self._project, **asked}
        return self._http.build_request(method, path, params=params, content=content, headers=headers)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise UnavailableError(
                f"the gateway does not answer: {said}.", where=self._address,
                hint="Is it running, and is this its address?",
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
