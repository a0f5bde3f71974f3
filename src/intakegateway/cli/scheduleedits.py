"""The commands of ``intakegateway schedules`` that make and change schedules."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected
from intakegateway.cli.typed import Sets

if TYPE_CHECKING:
    from intakegateway.model.views.schedules import ScheduleView

Task = Annotated[str, typer.Argument(metavar="TASK", help="The task's name or id.")]
DAYS = 14
"""So many days a calendar has, if nothing else is said."""


def show(
    task: Task,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """The schedule of a task, and how it goes."""
    from intakegateway.cli.printing import moment, shown

    with connected(server, token, project) as client:
        found = client.schedule(task)
    spec = found.spec.model_dump(mode="json", exclude_unset=True, exclude={"enabled"})
    facts = {
        "task": found.task_name, "when": found.words, "enabled": "yes" if found.is_enabled else "no",
        "paused": found.paused_reason if found.is_paused else "", "next (UTC)": moment(found.next_run_at),
        "last (UTC)": moment(found.last_run_at), "last run": found.last_status, "failures": found.failures or "",
        **{key.replace("_", " "): value for key, value in spec.items() if value is not None},
    }  # fmt: skip
    return shown(found, facts, as_json=as_json)


def put(
    task: Task,
    cron: Annotated[
        str | None, typer.Option("--cron", metavar="EXPRESSION", help="Five fields, or @daily, @hourly, ….")
    ] = None,
    every: Annotated[str | None, typer.Option("--every", metavar="TIME", help="An interval: 90m.")] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="Such as Europe/Berlin; UTC if left out.")
    ] = None,
    sets: Sets = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Give a task a schedule in place of what it had: --every 1h, --cron '0 6 * * 1-5', --set retries=3."""
    from intakegateway.cli.typed import typed
    from intakegateway.cli.valid import valid
    from intakegateway.model.schedule import ScheduleSpec

    plain = {"cron": cron, "every": every, "timezone": timezone}
    spec = valid(
        ScheduleSpec, typed(None, sets, {key: value for key, value in plain.items() if value is not None})
    )
    with connected(server, token, project) as client:
        found = client.schedule_edits.put(task, spec)
    return _told(found, found.words, as_json=as_json)


def delete(
    task: Task,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Take the schedule of a task away; the task stays."""
    from intakegateway.cli.printing import told

    with connected(server, token, project) as client:
        found = client.schedule(task)
        client.schedule_edits.delete(task)
    words = f"'{found.task_name}' does not run by itself any more."
    return told({"task": found.task_name}, words, as_json=as_json)


def resume(
    task: Task,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Go on with a schedule that was paused after failures."""
    with connected(server, token, project) as client:
        found = client.schedule_edits.resume(task)
    return _told(found, "goes on", as_json=as_json)


def backfill(
    task: Task,
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="From this moment on: 2026-03-01.")],
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="Up to this moment.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which moments these are.")] = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Queue a run for every planned moment of a time that is over.

    A gateway that serves carries them out.
    """
    from intakegateway.cli.printing import counted, told
    from intakegateway.cli.valid import instant, valid
    from intakegateway.model.views.schedules import Backfill

    wanted = valid(
        Backfill, {"start": instant(start, "--from"), "end": instant(end, "--to"), "dry_run": dry_run}
    )
    with connected(server, token, project) as client:
        found = client.schedule_edits.backfill(task, wanted)
    if as_json:
        return told(found, "", as_json=True)
    sys.stdout.writelines(f"  {one:%a %Y-%m-%d %H:%M} UTC\n" for one in found.moments)
    runs = counted(len(found.moments), "run")
    return told({}, f"{runs} would be queued." if dry_run else f"{runs} queued.", as_json=False)


def calendar(
    start: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="The first day; left out: today.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help=f"The last day; left out: {DAYS} days.")
    ] = None,
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="In which days are counted.")
    ] = "UTC",
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """What is planned, day by day."""
    from datetime import UTC, datetime, timedelta

    from intakegateway.cli.printing import told
    from intakegateway.cli.tables import print_table
    from intakegateway.cli.valid import instant

    today = datetime.now(UTC)
    first = (instant(start, "--from") or today).date()
    last = end and instant(end, "--to")
    until = last.date() if last else first + timedelta(days=DAYS - 1)
    with connected(server, token, project) as client:
        found = client.schedule_edits.calendar(first, until, timezone)
    if as_json:
        return told(found, "", as_json=True)
    rows: list[list[Any]] = [
        [f"{day.day:%a %Y-%m-%d}", one.task_name, one.words, f"{one.runs}{' or more' if one.more else ''}"]
        for day in found.days
        for one in day.tasks
    ]
    if not rows:
        return told({}, "Nothing is planned.", as_json=False)
    print_table(["day", "task", "when", "runs"], rows, right=(3,), wrapped=(2,))
    return 0


def _told(found: ScheduleView, what: str, *, as_json: bool) -> int:
    from intakegateway.cli.printing import moment, told

    ahead = f"next run: {moment(found.next_run_at)} UTC" if found.next_run_at else "no run is ahead"
    return told(found, f"The schedule of '{found.task_name}': {what}; {ahead}.", as_json=as_json)
