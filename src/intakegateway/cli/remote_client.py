"""Commands on a gateway that serves elsewhere, through its REST API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, ValidationError

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

    def apply(self, request: ApplyRequest, name: str | None) -> Applied:
        """Make a project like a file."""
        return self._view(Applied, "POST", "/projects/apply", request, name=name)

    def export(self, project: str) -> str:
        """A project as YAML."""
        return self._call("GET", f"/projects/{_part(project)}/export").text

    def tasks(self, wanted: TaskFilter, page: PageRequest) -> Page[TaskSummary]:
        """A part of the tasks."""
        return self._view(Page[TaskSummary], "GET", "/tasks", **_query(wanted, page))

    def task(self, name: str) -> TaskView:
        """A task with its definition."""
        return self._view(TaskView, "GET", f"/tasks/{_part(name)}")

    def delete_task(self, name: str) -> None:
        """Delete a task."""
        self._call("DELETE", f"/tasks/{_part(name)}")

    def start(self, draft: RunDraftView) -> RunView:
        """Put a run into the queue; small ones have ended when it answers."""
        return self._view(RunView, "POST", "/runs", draft)

    def runs(self, wanted: RunFilter, page: PageRequest) -> Page[RunSummary]:
        """A part of the runs, the newest first."""
        return self._view(Page[RunSummary], "GET", "/runs", **_query(wanted, page))

    def run(self, run_id: str) -> RunView:
        """Everything about a run."""
        return self._view(RunView, "GET", f"/runs/{_part(run_id)}")

    def logs(self, run_id: str, wanted: LogFilter) -> RunLogPage:
        """Lines of a run's log."""
        return self._view(RunLogPage, "GET", f"/runs/{_part(run_id)}/logs", **_query(wanted))

    def cancel(self, run_id: str) -> RunView:
        """Stop a run."""
        return self._view(RunView, "POST", f"/runs/{_part(run_id)}/cancel")

    def retry(self, run_id: str, draft: RetryDraft) -> RunView:
        """Run it again."""
        return self._view(RunView, "POST", f"/runs/{_part(run_id)}/retry", draft)

    def carry_out(self, run_id: str) -> None:
        """The server does."""

    def connections(self, kind: str | None, page: PageRequest) -> Page[ConnectionView]:
        """A part of the connections."""
        return self._view(Page[ConnectionView], "GET", "/connections", kind=kind, **_query(page))

    def test(self, connection: str) -> TestView:
        """Test a connection, step by step."""
        return self._view(TestView, "POST", f"/connections/{_part(connection)}/test")

    def schedules(self, enabled: bool | None, page: PageRequest) -> Page[ScheduleView]:
        """A part of the schedules."""
        return self._view(Page[ScheduleView], "GET", "/schedules", enabled=enabled, **_query(page))

    def schedule(self, task: str) -> ScheduleView:
        """The schedule of a task."""
        return self._view(ScheduleView, "GET", f"/tasks/{_part(task)}/schedule")

    def switch(self, task: str, enabled: bool) -> ScheduleView:
        """Enable or disable the schedule of a task."""
        act = "enable" if enabled else "disable"
        return self._view(ScheduleView, "POST", f"/tasks/{_part(task)}/schedule/{act}")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _view(
        self, view: type[View], method: str, path: str, body: BaseModel | None = None, **query: Any
    ) -> View:
        answer = self._call(method, path, body, **query)
        try:
            return view.model_validate_json(answer.content)
        except ValidationError:
            raise self._stranger(answer) from None

    def _call(self, method: str, path: str, body: BaseModel | None = None, **query: Any) -> httpx.Response:
        asked = {
            "project": self._project,
            **{key: value for key, value in query.items() if value is not None},
        }
        content = None if body is None else body.model_dump_json(exclude_none=True)
        headers = {} if content is None else {"Content-Type": "application/json"}
        try:
            answer = self._http.request(method, path, params=asked, content=content, headers=headers)
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise UnavailableError(
                f"the gateway does not answer: {said}.", where=self._address,
                hint="Is it running, and is this its address?",
            ) from None  # fmt: skip
        if answer.is_redirect:
            raise DefinitionError(
                f"this address leads on to '{answer.headers.get('location', '')}'.", where=self._address,
                hint="Give that one as --server: a token is sent nowhere else by itself.",
            )  # fmt: skip
        if answer.is_error:
            raise self._refused(answer)
        return answer

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


def _part(name: str) -> str:
    """A name as a part of a path; dots alone would climb."""
    return quote(name, safe="") if name.strip(".") else quote(name, safe="").replace(".", "%2E")


def _query(*models: BaseModel) -> dict[str, Any]:
    """The fields that are given, as a query has them."""
    found: dict[str, Any] = {}
    for model in models:
        found |= model.model_dump(mode="json", exclude_defaults=True)
    return found
