"""Commands on the store of this machine; no server needs to run."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import structlog

from intakegateway.bootstrap import Gateway, build
from intakegateway.cli.local_parts import LocalFiles, LocalRejects
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.connections import ConnectionView, TestView
from intakegateway.model.views.projectdocs import Applied, ApplyRequest
from intakegateway.model.views.runs import (
    FINISHED,
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
from intakegateway.services.accounts import COMMAND_LINE
from intakegateway.services.sweeping import Sweeper
from intakegateway.settings import read_settings

if TYPE_CHECKING:
    from intakegateway.cli.local_admin import LocalAudit, LocalPeople, LocalProjects, LocalTokens
    from intakegateway.cli.local_definitions import LocalDefinitions, LocalMappings, LocalShelf
    from intakegateway.cli.local_looks import LocalStats
    from intakegateway.cli.local_notices import LocalNotifications
    from intakegateway.cli.local_systems import LocalConnections, LocalSchedules
    from intakegateway.model.views.shelves import SchemaView, TemplateView

_LOOK = 0.5
"""Seconds after which it is tried again to begin a run that could not begin yet."""


class LocalClient:
    """The services themselves, asked by the command line."""

    def __init__(self, project: str) -> None:
        settings = read_settings()
        _show_defects_only()
        self._gateway: Gateway = build(settings)
        self._named = project
        self.files = LocalFiles(self._gateway, lambda: self._project)
        self.rejects = LocalRejects(self._gateway)
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._broken: list[Exception] = []
        """What ended a thread that was to execute a run."""

    @property
    def projects(self) -> LocalProjects:
        """Projects and their members."""
        from intakegateway.cli.local_admin import LocalProjects

        return LocalProjects(self._gateway)

    @property
    def people(self) -> LocalPeople:
        """Who may come in."""
        from intakegateway.cli.local_admin import LocalPeople

        return LocalPeople(self._gateway)

    @property
    def tokens(self) -> LocalTokens:
        """API tokens."""
        from intakegateway.cli.local_admin import LocalTokens

        return LocalTokens(self._gateway)

    @property
    def audit(self) -> LocalAudit:
        """Who changed what."""
        from intakegateway.cli.local_admin import LocalAudit

        return LocalAudit(self._gateway)

    @property
    def notifications(self) -> LocalNotifications:
        """Places that are told about runs."""
        from intakegateway.cli.local_notices import LocalNotifications

        return LocalNotifications(self._gateway, lambda: self._project)

    @property
    def task_edits(self) -> LocalDefinitions:
        """Tasks, to be made and changed."""
        from intakegateway.cli.local_definitions import LocalDefinitions

        return LocalDefinitions(self._gateway, lambda: self._project)

    @property
    def mappings(self) -> LocalMappings:
        """The mappings of tasks."""
        from intakegateway.cli.local_definitions import LocalMappings

        return LocalMappings(self._gateway, lambda: self._project)

    @property
    def connection_edits(self) -> LocalConnections:
        """Connections, to be made and changed, and what is in them."""
        from intakegateway.cli.local_systems import LocalConnections

        return LocalConnections(self._gateway, lambda: self._project)

    @property
    def schedule_edits(self) -> LocalSchedules:
        """Schedules, to be made and changed."""
        from intakegateway.cli.local_systems import LocalSchedules

        return LocalSchedules(self._gateway, lambda: self._project)

    @property
    def stats(self) -> LocalStats:
        """How runs have gone, and how the installation is set up."""
        from intakegateway.cli.local_looks import LocalStats

        return LocalStats(self._gateway, lambda: self._project)

    @property
    def templates(self) -> LocalShelf[TemplateView]:
        """Saved sets of mappings."""
        from intakegateway.cli.local_definitions import LocalShelf

        return LocalShelf(self._gateway.templates, lambda: self._project)

    @property
    def schemas(self) -> LocalShelf[SchemaView]:
        """Definitions of target tables."""
        from intakegateway.cli.local_definitions import LocalShelf

        return LocalShelf(self._gateway.schemas, lambda: self._project)

    @property
    def _project(self) -> str:
        return self._gateway.projects.id_of(COMMAND_LINE, self._named)

    def apply(self, request: ApplyRequest, name: str | None) -> Applied:
        """Make a project like a file."""
        return self._gateway.applying.apply(COMMAND_LINE, request, name)

    def export(self, project: str) -> str:
        """A project as YAML."""
        self._gateway.projects.get(COMMAND_LINE, project)
        return self._gateway.exports.as_text(COMMAND_LINE, project)

    def tasks(self, wanted: TaskFilter, page: PageRequest) -> Page[TaskSummary]:
        """A part of the tasks."""
        return self._gateway.tasks.find_all(COMMAND_LINE, self._project, wanted, page)

    def task(self, name: str) -> TaskView:
        """A task with its definition."""
        return self._gateway.tasks.get(COMMAND_LINE, self._project, name)

    def delete_task(self, name: str) -> None:
        """Delete a task."""
        self._gateway.tasks.delete(COMMAND_LINE, self._project, name)

    def start(self, draft: RunDraftView) -> RunView:
        """Put a run into the queue."""
        waiting = draft.model_copy(update={"wait": False})
        return self._gateway.runs.start(COMMAND_LINE, self._project, waiting)

    def runs(self, wanted: RunFilter, page: PageRequest) -> Page[RunSummary]:
        """A part of the runs, the newest first."""
        return self._gateway.runs.find_all(COMMAND_LINE, self._project, wanted, page)

    def run(self, run_id: str) -> RunView:
        """Everything about a run. Raises what kept it from being executed here."""
        if self._broken:
            raise self._broken[0]
        return self._gateway.runs.get(COMMAND_LINE, run_id)

    def logs(self, run_id: str, wanted: LogFilter) -> RunLogPage:
        """Lines of a run's log."""
        return self._gateway.runs.logs(COMMAND_LINE, run_id, wanted)

    def cancel(self, run_id: str) -> RunView:
        """Stop a run."""
        return self._gateway.runs.cancel(COMMAND_LINE, run_id)

    def retry(self, run_id: str, draft: RetryDraft) -> RunView:
        """Run it again."""
        waiting = draft.model_copy(update={"wait": False})
        return self._gateway.runs.retry(COMMAND_LINE, run_id, waiting)

    def delete_run(self, run_id: str) -> None:
        """Delete a run that has ended, with its log and its rejects."""
        self._gateway.runs.delete(COMMAND_LINE, run_id)

    def carry_out(self, run_id: str) -> None:
        """Execute it in a thread of this process, unless the pool of a server takes it first."""
        thread = threading.Thread(target=self._carry_out, args=(run_id,), name="run")
        self._threads.append(thread)
        thread.start()

    def _carry_out(self, run_id: str) -> None:
        try:
            self._execute(run_id)
        except Exception as error:  # noqa: BLE001 who waits for the run is told, in the main thread
            self._broken.append(error)

    def _execute(self, run_id: str) -> None:
        # What a process has left behind that was killed would keep this run from beginning, by the limits.
        Sweeper(self._gateway.context, self._gateway.on_finish).sweep(f"command line {os.getpid()}")
        executor = self._gateway.runs.executor
        while not self._closed.is_set() and self.run(run_id).status not in FINISHED:
            if not executor.next(run_id):
                self._closed.wait(_LOOK)

    def connections(self, kind: str | None, page: PageRequest) -> Page[ConnectionView]:
        """A part of the connections."""
        return self._gateway.connections.find_all(COMMAND_LINE, self._project, page, kind, None)

    def test(self, connection: str) -> TestView:
        """Test a connection, step by step."""
        return self._gateway.connection_tests.test(COMMAND_LINE, self._project, connection)

    def schedules(self, enabled: bool | None, page: PageRequest) -> Page[ScheduleView]:
        """A part of the schedules."""
        return self._gateway.schedules.find_all(COMMAND_LINE, self._project, page, enabled=enabled)

    def schedule(self, task: str) -> ScheduleView:
        """The schedule of a task."""
        return self._gateway.schedules.get(COMMAND_LINE, self._project, task)

    def switch(self, task: str, enabled: bool) -> ScheduleView:
        """Enable or disable the schedule of a task."""
        act = self._gateway.schedules.enable if enabled else self._gateway.schedules.disable
        return act(COMMAND_LINE, self._project, task)

    def close(self) -> None:
        """Close the store, once what was begun here has ended."""
        self._closed.set()
        for thread in self._threads:
            thread.join()
        self._gateway.close()


def _show_defects_only() -> None:
    """What runs log is in their own logs; on a terminal it would stand between what commands print."""
    structlog.configure(
        processors=[
            _without_failures, structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )  # fmt: skip


def _without_failures(_logger: Any, _method: str, event: Any) -> Any:
    """The command itself says why a run failed."""
    if event.get("event") == "run_failed":
        raise structlog.DropEvent
    return event
