"""What commands ask a gateway: one that serves somewhere, or this installation's own store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import typer

if TYPE_CHECKING:
    from intakegateway.cli.client_admin import Audit, People, Projects, Tokens
    from intakegateway.cli.client_definitions import Definitions, Mappings, Shelf
    from intakegateway.cli.client_looks import Stats
    from intakegateway.cli.client_notices import Notifications
    from intakegateway.cli.client_parts import Files, Rejects
    from intakegateway.cli.client_systems import Connections, Schedules
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
    from intakegateway.model.views.shelves import SchemaView, TemplateView
    from intakegateway.model.views.tasks import TaskFilter, TaskSummary, TaskView

T = TypeVar("T")
PAGE = 500
"""Items that are asked for at once where all are wanted."""

Server = Annotated[
    str | None,
    typer.Option(
        "--server", metavar="URL", envvar="INTAKEGATEWAY_SERVER",
        help="A gateway that serves; left out: the data folder of this machine.",
    ),
]  # fmt: skip
Token = Annotated[
    str | None,
    typer.Option(
        "--token", metavar="TOKEN", envvar="INTAKEGATEWAY_TOKEN", help="An API token, for --server."
    ),
]
Project = Annotated[
    str,
    typer.Option(
        "--project", metavar="NAME", envvar="INTAKEGATEWAY_PROJECT", help="The project it is about."
    ),
]


class Client(Protocol):
    """A gateway, and one project of it. Everything may raise ``GatewayError``."""

    @property
    def files(self) -> Files:
        """The project's files."""
        ...

    @property
    def rejects(self) -> Rejects:
        """The rejects of runs."""
        ...

    @property
    def projects(self) -> Projects:
        """The projects of the gateway, and who belongs to them."""
        ...

    @property
    def people(self) -> People:
        """Who may come in."""
        ...

    @property
    def tokens(self) -> Tokens:
        """API tokens."""
        ...

    @property
    def audit(self) -> Audit:
        """Who changed what."""
        ...

    @property
    def notifications(self) -> Notifications:
        """Places that are told about runs, and what they were sent."""
        ...

    @property
    def task_edits(self) -> Definitions:
        """Tasks, to be made and changed."""
        ...

    @property
    def mappings(self) -> Mappings:
        """The mappings of tasks."""
        ...

    @property
    def connection_edits(self) -> Connections:
        """Connections, to be made and changed, and what is in them."""
        ...

    @property
    def schedule_edits(self) -> Schedules:
        """Schedules, to be made and changed."""
        ...

    @property
    def stats(self) -> Stats:
        """How runs have gone, and how the installation is set up."""
        ...

    @property
    def templates(self) -> Shelf[TemplateView]:
        """Saved sets of mappings."""
        ...

    @property
    def schemas(self) -> Shelf[SchemaView]:
        """Definitions of target tables."""
        ...

    def apply(self, request: ApplyRequest, name: str | None) -> Applied:
        """Make a project like a file."""
        ...

    def export(self, project: str) -> str:
        """A project as YAML."""
        ...

    def tasks(self, wanted: TaskFilter, page: PageRequest) -> Page[TaskSummary]:
        """A part of the tasks."""
        ...

    def task(self, name: str) -> TaskView:
        """A task with its definition."""
        ...

    def delete_task(self, name: str) -> None:
        """Delete a task."""
        ...

    def start(self, draft: RunDraftView) -> RunView:
        """Put a run into the queue; small ones may have ended already."""
        ...

    def runs(self, wanted: RunFilter, page: PageRequest) -> Page[RunSummary]:
        """A part of the runs, the newest first."""
        ...

    def run(self, run_id: str) -> RunView:
        """Everything about a run."""
        ...

    def logs(self, run_id: str, wanted: LogFilter) -> RunLogPage:
        """Lines of a run's log."""
        ...

    def cancel(self, run_id: str) -> RunView:
        """Stop a run."""
        ...

    def retry(self, run_id: str, draft: RetryDraft) -> RunView:
        """Run it again."""
        ...

    def delete_run(self, run_id: str) -> None:
        """Delete a run that has ended, with its log and its rejects."""
        ...

    def carry_out(self, run_id: str) -> None:
        """See to it that a run that waits is executed: at once where nothing else may do so."""
        ...

    def connections(self, kind: str | None, page: PageRequest) -> Page[ConnectionView]:
        """A part of the connections."""
        ...

    def test(self, connection: str) -> TestView:
        """Test a connection, step by step."""
        ...

    def schedules(self, enabled: bool | None, page: PageRequest) -> Page[ScheduleView]:
        """A part of the schedules."""
        ...

    def schedule(self, task: str) -> ScheduleView:
        """The schedule of a task."""
        ...

    def switch(self, task: str, enabled: bool) -> ScheduleView:
        """Enable or disable the schedule of a task."""
        ...

    def close(self) -> None:
        """Give back what is held open."""
        ...


@contextmanager
def connected(server: str | None, token: str | None, project: str = "default") -> Iterator[Client]:
    """The gateway at ``server``, or else the store of this machine, as whoever may read its data folder."""
    client: Client
    if server:
        from intakegateway.cli.remote_client import RemoteClient

        client = RemoteClient(server, token, project)
    else:
        from intakegateway.cli.local_client import LocalClient

        client = LocalClient(project)
    try:
        yield client
    finally:
        client.close()


def everything(find: Callable[[PageRequest], Page[T]]) -> list[T]:
    """All items of a list that comes in pages."""
    from intakegateway.model.views.base import PageRequest

    found: list[T] = []
    while True:
        page = find(PageRequest(limit=PAGE, offset=len(found)))
        found += page.items
        if not page.items or len(found) >= page.total:
            return found
