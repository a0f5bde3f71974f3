"""``intakegateway stats``: how the runs of a gateway have gone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected

if TYPE_CHECKING:
    from intakegateway.model.views.stats import RunCounts

stats = typer.Typer(help="How runs have gone, in numbers.", no_args_is_help=True, rich_markup_mode=None)
Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="From then on; left out: the last 30 days.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before then.")]
_HEADER = ["runs", "ok", "partial", "failed", "rows", "rejected", "seconds"]
_NUMBERS = tuple(range(1, 8))


@stats.command()
def show(
    project: Project = "default", server: Server = None, token: Token = None, as_json: given.AsJson = False
) -> int:
    """What the first page shows: what there is, what runs, what failed, what comes next."""
    from intakegateway.cli.printing import counted, moment, told
    from intakegateway.cli.tables import print_table

    with connected(server, token, project) as client:
        found = client.stats.dashboard()
    if as_json:
        return told(found, "", as_json=True)
    sys.stdout.write(
        f"{counted(found.tasks, 'task')}, {counted(found.connections, 'connection')},"
        f" {counted(found.schedules_enabled, 'schedule')} enabled, {found.schedules_paused:,} paused.\n"
        f"{found.running:,} running, {found.pending:,} waiting; {counted(found.open_rejects, 'rejected row')} of"
        " the last 7 days open.\n"
    )
    print_table(["", *_HEADER], [["24 hours", *_counts(found.today)], ["7 days", *_counts(found.week)]],
                right=_NUMBERS)  # fmt: skip
    for one in found.failed:
        sys.stdout.write(
            f"failed  {moment(one.finished_at)}  {one.task_name}  {one.id}  {one.error or ''}".rstrip() + "\n"
        )
    for ahead in found.next_runs:
        sys.stdout.write(f"next    {moment(ahead.at)}  {ahead.task_name}\n")
    return 0


@stats.command()
def runs(
    since: Since = None,
    until: Until = None,
    bucket: Annotated[str, typer.Option("--by", metavar="STEP", help="hour or day.")] = "day",
    task: Annotated[str | None, typer.Option("--task", metavar="NAME", help="Only of this task.")] = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Runs by the day (or hour) at which they ended; those without runs are left out of the table."""
    from intakegateway.cli.printing import moment, told
    from intakegateway.cli.tables import print_table
    from intakegateway.cli.valid import instant
    from intakegateway.model.errors import DefinitionError

    if bucket not in ("hour", "day"):
        raise DefinitionError(f"'{bucket}' is no step.", where="--by", hint="Allowed: hour, day.")
    first, last = instant(since, "--since"), instant(until, "--until")
    with connected(server, token, project) as client:
        found = client.stats.runs(first, last, bucket, task)
    if as_json:
        return told(found, "", as_json=True)
    rows = [[moment(one.at), *_counts(one)] for one in found.buckets if one.runs]
    print_table([f"{bucket} (UTC)", *_HEADER], [*rows, ["all", *_counts(found.total)]], right=_NUMBERS)
    return 0


@stats.command()
def tasks(
    since: Since = None,
    until: Until = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """How each task has gone, the busiest first."""
    from intakegateway.cli.printing import listed
    from intakegateway.cli.valid import instant

    first, last = instant(since, "--since"), instant(until, "--until")
    with connected(server, token, project) as client:
        found = client.stats.tasks(first, last)
    return listed(
        found, "runs", ["task", *_HEADER, "last run"],
        lambda one: [one.task_name, *_counts(one), str(one.last_status or "")], as_json=as_json, right=_NUMBERS,
    )  # fmt: skip


def _counts(one: RunCounts) -> list[Any]:
    return [
        f"{one.runs:,}", f"{one.succeeded:,}", f"{one.partial:,}", f"{one.failed:,}", f"{one.total_records:,}",
        f"{one.rejected_records:,}", f"{one.duration_seconds:,.1f}",
    ]  # fmt: skip
