"""``intakegateway tasks``: the tasks of a gateway."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli import taskedits
from intakegateway.cli.client import Project, Server, Token, connected, everything
from intakegateway.cli.errors import SUCCESS

if TYPE_CHECKING:
    from intakegateway.model.views.tasks import TaskSummary, TaskView, VersionDetail

tasks = typer.Typer(
    help="Tasks of a gateway: make, change, run and delete them; their versions.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(metavar="TASK", help="Its name or id.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the end: leave it in the queue.")]


@tasks.command("list")
def find_all(
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="Only with it in the task's or table's name.")
    ] = "",
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """All tasks, with their last run and what runs next."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.tasks import TaskFilter

    wanted = valid(TaskFilter, {"search": search})
    with connected(server, token, project) as client:
        found = everything(lambda page: client.tasks(wanted, page))
    if as_json:
        write_json({"items": [one.model_dump(mode="json") for one in found], "total": len(found)})
    else:
        _print(found)
    return SUCCESS


@tasks.command()
def show(
    task: Name,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=1, help="An earlier version of the task.")
    ] = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """A task's definition as YAML; secrets are shown as ***."""
    from intakegateway.cli.execution import write_json
    from intakegateway.services.definitions import as_yaml

    with connected(server, token, project) as client:
        found: TaskView | VersionDetail
        warnings: list[str] = []
        if version is None:
            found = current = client.task(task)
            warnings = current.warnings
        else:
            found = client.task_edits.version(task, version)
    if as_json:
        write_json(found.model_dump(mode="json"))
        return SUCCESS
    sys.stdout.write(as_yaml(found.definition))
    sys.stderr.writelines(f"! {warning}\n" for warning in warnings)
    return SUCCESS


@tasks.command()
def run(
    task: Name,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=1, help="An earlier version of the task.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    attempts: Annotated[
        int,
        typer.Option("--attempts", metavar="N", min=1, max=100, help="Try so often where a system is away."),
    ] = 1,
    no_wait: NoWait = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Run a task of the gateway, and print the account of its rows. Ctrl-C stops the run.

    Without --server it runs in this command, unless a gateway on this machine takes it first.
    """
    from intakegateway.cli.runwatch import outcome
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.runs import RunDraftView

    draft = valid(
        RunDraftView,
        {"task": task, "version": version, "dry_run": dry_run, "max_attempts": attempts,
         "wait": False if no_wait else None},
    )  # fmt: skip
    with connected(server, token, project) as client:
        started = client.start(draft)
        return outcome(client, started, wait=not no_wait, as_json=as_json, quiet=quiet)


@tasks.command()
def delete(
    task: Name,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Delete a task and its schedule; its runs stay."""
    from intakegateway.cli.execution import write_json

    with connected(server, token, project) as client:
        found = client.task(task)
        client.delete_task(found.id)
    if as_json:
        write_json({"status": "SUCCESS", "id": found.id, "name": found.name})
    else:
        sys.stdout.write(f"The task '{found.name}' was deleted.\n")
    return SUCCESS


def _print(found: list[TaskSummary]) -> None:
    from intakegateway.cli.tables import print_table

    if not found:
        sys.stdout.write("There are no tasks.\n")
        return
    rows = []
    for one in found:
        last, planned = one.last_run, one.schedule
        target = f"{one.connection}.{one.table}" if one.connection else one.table
        ahead = planned.next_run_at if planned is not None else None
        state = (
            ""
            if planned is None
            else "paused"
            if planned.paused_at
            else ""
            if planned.is_enabled
            else "disabled"
        )
        rows.append([
            one.name, one.source_connection or one.source_kind, target, last.status if last else "never run",
            f"{last.started_at:%Y-%m-%d %H:%M}" if last and last.started_at else "",
            f"{last.total_records:,}" if last else "", f"{last.rejected_records:,}" if last else "",
            state or (f"{ahead:%Y-%m-%d %H:%M}" if ahead else ""),
        ])  # fmt: skip
    print_table(
        ["task", "from", "into", "last run", "at (UTC)", "rows", "rejected", "next (UTC)"], rows, right=(5, 6)
    )


_MORE: dict[str, Callable[..., int]] = {
    "create": taskedits.create,
    "change": taskedits.change,
    "rename": taskedits.rename,
    "clone": taskedits.clone,
    "versions": taskedits.versions,
    "diff": taskedits.diff,
    "restore": taskedits.restore,
    "cursor": taskedits.cursor,
    "push": taskedits.push,
}
for _name, _command in _MORE.items():
    tasks.command(_name)(_command)
