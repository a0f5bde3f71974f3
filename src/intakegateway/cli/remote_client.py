"""Commands on a gateway that serves elsewhere, through its REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from intakegateway.cli.remote_calls import Calls, part, query_of
from intakegateway.cli.remote_parts import RemoteFiles, RemoteRejects
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

if TYPE_CHECKING:
    from intakegateway.cli.remote_admin import RemoteAudit, RemotePeople, RemoteProjects, RemoteTokens
    from intakegateway.cli.remote_definitions import RemoteDefinitions, RemoteMappings, RemoteShelf
    from intakegateway.cli.remote_looks import RemoteStats
    from intakegateway.cli.remote_notices import RemoteNotifications
    from intakegateway.cli.remote_systems import RemoteConnections, RemoteSchedules
    from intakegateway.model.views.shelves import SchemaView, TemplateView


class RemoteClient:
    """One project of the gateway at ``server``."""

    def __init__(
        self, server: str, token: str | None, project: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._calls = Calls(server, token, project, transport)
        self.files = RemoteFiles(self._calls)
        self.rejects = RemoteRejects(self._calls)

    @property
    def projects(self) -> RemoteProjects:
        """Projects and their members."""
        from intakegateway.cli.remote_admin import RemoteProjects

        return RemoteProjects(self._calls)

    @property
    def people(self) -> RemotePeople:
        """Who may come in."""
        from intakegateway.cli.remote_admin import RemotePeople

        return RemotePeople(self._calls)

    @property
    def tokens(self) -> RemoteTokens:
        """API tokens."""
        from intakegateway.cli.remote_admin import RemoteTokens

        return RemoteTokens(self._calls)

    @property
    def audit(self) -> RemoteAudit:
        """Who changed what."""
        from intakegateway.cli.remote_admin import RemoteAudit

        return RemoteAudit(self._calls)

    @property
    def notifications(self) -> RemoteNotifications:
        """Places that are told about runs."""
        from intakegateway.cli.remote_notices import RemoteNotifications

        return RemoteNotifications(self._calls)

    @property
    def task_edits(self) -> RemoteDefinitions:
        """Tasks, to be made and changed."""
        from intakegateway.cli.remote_definitions import RemoteDefinitions

        return RemoteDefinitions(self._calls)

    @property
    def mappings(self) -> RemoteMappings:
        """The mappings of tasks."""
        from intakegateway.cli.remote_definitions import RemoteMappings

        return RemoteMappings(self._calls)

    @property
    def connection_edits(self) -> RemoteConnections:
        """Connections, to be made and changed, and what is in them."""
        from intakegateway.cli.remote_systems import RemoteConnections

        return RemoteConnections(self._calls)

    @property
    def schedule_edits(self) -> RemoteSchedules:
        """Schedules, to be made and changed."""
        from intakegateway.cli.remote_systems import RemoteSchedules

        return RemoteSchedules(self._calls)

    @property
    def stats(self) -> RemoteStats:
        """How runs have gone, and how the installation is set up."""
        from intakegateway.cli.remote_looks import RemoteStats

        return RemoteStats(self._calls)

    @property
    def templates(self) -> RemoteShelf[TemplateView]:
        """Saved sets of mappings."""
        from intakegateway.cli.remote_definitions import RemoteShelf
        from intakegateway.model.views.shelves import TemplateView

        return RemoteShelf(self._calls, "/templates", TemplateView)

    @property
    def schemas(self) -> RemoteShelf[SchemaView]:
        """Definitions of target tables."""
        from intakegateway.cli.remote_definitions import RemoteShelf
        from intakegateway.model.views.shelves import SchemaView

        return RemoteShelf(self._calls, "/schemas", SchemaView)

    def apply(self, request: ApplyRequest, name: str | None) -> Applied:
        """Make a project like a file."""
        return self._calls.view(Applied, "POST", "/projects/apply", request, name=name)

    def export(self, project: str) -> str:
        """A project as YAML."""
        return self._calls.call("GET", f"/projects/{part(project)}/export").text

    def tasks(self, wanted: TaskFilter, page: PageRequest) -> Page[TaskSummary]:
        """A part of the tasks."""
        return self._calls.view(Page[TaskSummary], "GET", "/tasks", **query_of(wanted, page))

    def task(self, name: str) -> TaskView:
        """A task with its definition."""
        return self._calls.view(TaskView, "GET", f"/tasks/{part(name)}")

    def delete_task(self, name: str) -> None:
        """Delete a task."""
        self._calls.call("DELETE", f"/tasks/{part(name)}")

    def start(self, draft: RunDraftView) -> RunView:
        """Put a run into the queue; small ones have ended when it answers."""
        return self._calls.view(RunView, "POST", "/runs", draft)

    def runs(self, wanted: RunFilter, page: PageRequest) -> Page[RunSummary]:
        """A part of the runs, the newest first."""
        return self._calls.view(Page[RunSummary], "GET", "/runs", **query_of(wanted, page))

    def run(self, run_id: str) -> RunView:
        """Everything about a run."""
        return self._calls.view(RunView, "GET", f"/runs/{part(run_id)}")

    def logs(self, run_id: str, wanted: LogFilter) -> RunLogPage:
        """Lines of a run's log."""
        return self._calls.view(RunLogPage, "GET", f"/runs/{part(run_id)}/logs", **query_of(wanted))

    def cancel(self, run_id: str) -> RunView:
        """Stop a run."""
        return self._calls.view(RunView, "POST", f"/runs/{part(run_id)}/cancel")

    def retry(self, run_id: str, draft: RetryDraft) -> RunView:
        """Run it again."""
        return self._calls.view(RunView, "POST", f"/runs/{part(run_id)}/retry", draft)

    def delete_run(self, run_id: str) -> None:
        """Delete a run that has ended, with its log and its rejects."""
        self._calls.call("DELETE", f"/runs/{part(run_id)}")

    def carry_out(self, run_id: str) -> None:
        """The server does."""

    def connections(self, kind: str | None, page: PageRequest) -> Page[ConnectionView]:
        """A part of the connections."""
        return self._calls.view(Page[ConnectionView], "GET", "/connections", kind=kind, **query_of(page))

    def test(self, connection: str) -> TestView:
        """Test a connection, step by step."""
        return self._calls.view(TestView, "POST", f"/connections/{part(connection)}/test")

    def schedules(self, enabled: bool | None, page: PageRequest) -> Page[ScheduleView]:
        """A part of the schedules."""
        return self._calls.view(Page[ScheduleView], "GET", "/schedules", enabled=enabled, **query_of(page))

    def schedule(self, task: str) -> ScheduleView:
        """The schedule of a task."""
        return self._calls.view(ScheduleView, "GET", f"/tasks/{part(task)}/schedule")

    def switch(self, task: str, enabled: bool) -> ScheduleView:
        """Enable or disable the schedule of a task."""
        act = "enable" if enabled else "disable"
        return self._calls.view(ScheduleView, "POST", f"/tasks/{part(task)}/schedule/{act}")

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()
