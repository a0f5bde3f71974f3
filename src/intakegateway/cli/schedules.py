"""``intakegateway schedules``: when the tasks of a gateway run by themselves."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli import scheduleedits
from intakegateway.cli.client import Project, Server, Token, connected, everything
from intakegateway.cli.errors import SUCCESS

if TYPE_CHECKING:
    from intakegateway.model.schedule import ScheduleSpec
    from intakegateway.model.views.schedules import ScheduleView

schedules = typer.Typer(
    help="Schedules of a gateway: set, try and switch them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Task = Annotated[str, typer.Argument(metavar="TASK", help="The task's name or id.")]


@schedules.command("list")
def find_all(
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """All schedules, the next to run first."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.tables import print_table

    with connected(server, token, project) as client:
        found = everything(lambda page: client.schedules(None, page))
    if as_json:
        write_json({"items": [one.model_dump(mode="json") for one in found], "total": len(found)})
    elif not found:
        sys.stdout.write("There are no schedules.\n")
    else:
        rows = [[one.task_name, one.words, _next(one), one.last_status] for one in found]
        print_table(["task", "when", "next (UTC)", "last run"], rows, wrapped=(1,))
    return SUCCESS


@schedules.command()
def preview(
    task: Annotated[
        str | None, typer.Argument(metavar="[TASK]", help="A task that has a schedule; or give one here.")
    ] = None,
    cron: Annotated[
        str | None, typer.Option("--cron", metavar="EXPRESSION", help="Five fields, or @daily, @hourly, ….")
    ] = None,
    every: Annotated[str | None, typer.Option("--every", metavar="TIME", help="An interval: 90m.")] = None,
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="Such as Europe/Berlin.")
    ] = "UTC",
    count: Annotated[int, typer.Option("--count", metavar="N", min=1, max=100, help="So many runs.")] = 10,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """A schedule in words and its next runs, by the computation that starts them."""
    from datetime import UTC, datetime

    from intakegateway.cli.execution import write_json
    from intakegateway.cli.valid import valid
    from intakegateway.model.errors import DefinitionError
    from intakegateway.model.schedule import ScheduleSpec
    from intakegateway.services import timetable

    if task is not None and (cron or every):
        raise DefinitionError("give a task, or --cron or --every; not both.", where="schedules preview")
    spec: ScheduleSpec
    if task is not None:
        with connected(server, token, project) as client:
            spec = client.schedule(task).spec
    else:
        spec = valid(ScheduleSpec, {"cron": cron, "every": every, "timezone": timezone})
    found = timetable.upcoming(spec, datetime.now(UTC), count)
    words = timetable.in_words(spec)
    if as_json:
        moments = [{"at": one.at, "local": one.local, "remark": one.remark} for one in found]
        write_json({"words": words, "next_runs": moments})
        return SUCCESS
    sys.stdout.write(f"{words}\n")
    for one in found:
        sys.stdout.write(f"  {one.local:%a %Y-%m-%d %H:%M %z}  {one.remark}".rstrip() + "\n")
    if not found:
        sys.stdout.write("It does not run any more.\n")
    return SUCCESS


@schedules.command()
def enable(
    task: Task,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Let a schedule run from now on; what was missed is not made up for."""
    return _switched(task, project, server, token, enabled=True, as_json=as_json)


@schedules.command()
def disable(
    task: Task,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Stop a schedule until it is enabled again."""
    return _switched(task, project, server, token, enabled=False, as_json=as_json)


def _switched(
    task: str, project: str, server: str | None, token: str | None, *, enabled: bool, as_json: bool
) -> int:
    from intakegateway.cli.execution import write_json

    with connected(server, token, project) as client:
        found = client.switch(task, enabled)
    if as_json:
        write_json(found.model_dump(mode="json"))
    elif enabled:
        sys.stdout.write(f"The schedule of '{found.task_name}' is enabled; next run: {_next(found)} UTC.\n")
    else:
        sys.stdout.write(f"The schedule of '{found.task_name}' is disabled.\n")
    return SUCCESS


def _next(one: ScheduleView) -> str:
    if one.is_paused:
        return f"paused: {one.paused_reason}"
    if not one.is_enabled:
        return "disabled"
    return f"{one.next_run_at:%Y-%m-%d %H:%M}" if one.next_run_at else "never again"


_MORE: dict[str, Callable[..., int]] = {
    "show": scheduleedits.show,
    "set": scheduleedits.put,
    "delete": scheduleedits.delete,
    "resume": scheduleedits.resume,
    "backfill": scheduleedits.backfill,
    "calendar": scheduleedits.calendar,
}
for _name, _command in _MORE.items():
    schedules.command(_name)(_command)
