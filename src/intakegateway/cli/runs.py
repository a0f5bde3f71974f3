"""``intakegateway runs``: the runs of a gateway."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected
from intakegateway.cli.errors import FAILED, STATUS_CODES, SUCCESS
from intakegateway.cli.shelves import Force, Output

if TYPE_CHECKING:
    from intakegateway.model.views.runs import RunLogView, RunSummary

runs = typer.Typer(
    help="Runs of a gateway: look at them, follow them, stop them, run them again.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
Id = Annotated[str, typer.Argument(metavar="RUN", help="Its id.")]
Level = Annotated[
    str,
    typer.Option("--level", metavar="LEVEL", help="debug, info, warning or error, and what is more serious."),
]


@runs.command("list")
def find_all(
    task: Annotated[str | None, typer.Option("--task", metavar="NAME", help="Only of this task.")] = None,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATUS", help="Only in this state; may be repeated."),
    ] = None,
    trigger: Annotated[
        str | None,
        typer.Option("--trigger", metavar="WORD", help="Only those that this started: manual, schedule, …"),
    ] = None,
    connection: Annotated[
        str | None, typer.Option("--connection", metavar="NAME", help="Only from it or into it.")
    ] = None,
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="Only with it in the task's name.")
    ] = "",
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only those queued then or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Only those queued before.")
    ] = None,
    has_rejects: Annotated[
        bool | None, typer.Option("--rejected/--clean", help="Only those with rejected rows, or without.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=500, help="At most so many.")] = 20,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Runs, the newest first."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.valid import instant, valid
    from intakegateway.model.views.base import PageRequest
    from intakegateway.model.views.runs import RunFilter

    typed = {
        "task": task, "status": [one.upper() for one in status or ()], "trigger": trigger,
        "connection": connection, "search": search, "since": instant(since, "--since"),
        "until": instant(until, "--until"), "has_rejects": has_rejects,
    }  # fmt: skip
    wanted = valid(RunFilter, typed)
    with connected(server, token, project) as client:
        page = client.runs(wanted, PageRequest(limit=limit))
    if as_json:
        write_json({"items": [one.model_dump(mode="json") for one in page.items], "total": page.total})
    else:
        _print(page.items, page.total)
    return SUCCESS


@runs.command()
def show(run: Id, server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """Everything about a run: the account of its rows, why rows were rejected, what belongs to it."""
    from intakegateway.cli.account import account
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.runwatch import result_of

    with connected(server, token) as client:
        found = client.run(run)
    if as_json:
        write_json(found.model_dump(mode="json"))
        return SUCCESS
    sys.stdout.write(account(result_of(found), found.task_name))
    facts = {
        "run": found.id, "phase": found.phase, "trigger": f"{found.trigger} {found.triggered_by_name}".strip(),
        "queued": f"{found.queued_at:%Y-%m-%d %H:%M:%S} UTC", "attempt": f"{found.attempt} of {found.max_attempts}",
        "worker": found.worker, "retry of": found.retry_of_run_id, "parent": found.parent_run_id,
        "retries": ", ".join(one.id for one in found.retries),
        "replays": ", ".join(one.id for one in found.replays),
    }  # fmt: skip
    if found.error is not None:
        facts["error"] = f"{found.error.message} {found.error.hint or ''}"
    sys.stdout.writelines(f"  {name:<14} {value}".rstrip() + "\n" for name, value in facts.items() if value)
    return SUCCESS


@runs.command()
def logs(
    run: Id,
    level: Level = "info",
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="Only lines with it.")] = "",
    output: Output = None,
    force: Force = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """What a run logged; with --output, all of it as a file with one JSON object a line."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.runwatch import lines, print_line
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.runs import LogFilter

    wanted = valid(LogFilter, {"level": level, "search": search})
    if output is not None:
        from intakegateway.cli.printing import told
        from intakegateway.cli.runwatch import pages
        from intakegateway.cli.savefile import save

        with connected(server, token) as client:
            size = save(output, pages(client, run, wanted), force=force)
        facts = {"run": run, "path": str(output), "bytes": size}
        return told(facts, f"The log is in {output} ({size:,} bytes).", as_json=as_json)
    kept: list[RunLogView] = []
    with connected(server, token) as client:
        lines(client, run, kept.append if as_json else print_line, level, search=search)
    if as_json:
        write_json({"items": [one.model_dump(mode="json") for one in kept], "total": len(kept)})
    return SUCCESS


@runs.command()
def cancel(run: Id, server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """Stop a run: at once if it waits, else within seconds; nothing of it is written."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.runwatch import load_object
    from intakegateway.model.run import Status

    with connected(server, token) as client:
        found = client.cancel(run)
    if as_json:
        write_json(load_object(found))
    elif found.status == Status.CANCELLED:
        sys.stdout.write(f"Run {found.id} of '{found.task_name}' was cancelled.\n")
    else:
        sys.stdout.write(f"Run {found.id} of '{found.task_name}' is stopping.\n")
    return SUCCESS


@runs.command()
def retry(
    run: Id,
    current: Annotated[
        bool, typer.Option("--current", help="With the task's present definition, not the one that it had.")
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Do not wait for the end: leave it in the queue.")
    ] = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Run it again, as a new run, and print the account of its rows. Ctrl-C stops the run."""
    from intakegateway.cli.runwatch import outcome
    from intakegateway.model.views.runs import RetryDraft

    with connected(server, token) as client:
        made = client.retry(run, RetryDraft(current=current, wait=False if no_wait else None))
        return outcome(client, made, wait=not no_wait, as_json=as_json)


@runs.command()
def delete(
    run: Id, yes: given.Yes = False, server: Server = None, token: Token = None, as_json: given.AsJson = False
) -> int:
    """Forget a run that has ended, with its log and its rejected rows."""
    from intakegateway.cli.printing import agreed, told

    with connected(server, token) as client:
        found = client.run(run)
        agreed(
            yes, f"run {found.id} of '{found.task_name}' with its log and {found.rejected_records:,} rejects"
        )
        client.delete_run(found.id)
    return told({"id": found.id}, f"Run {found.id} of '{found.task_name}' was deleted.", as_json=as_json)


@runs.command()
def watch(
    run: Id, level: Level = "info", server: Server = None, token: Token = None, as_json: given.AsJson = False
) -> int:
    """Follow a run to its end: its log, then its account. Ctrl-C only stops looking.

    The exit code says how it ended, as that of 'load' does.
    """
    from intakegateway.cli.account import account
    from intakegateway.cli.errors import in_words
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.runwatch import ended, load_object, print_line, result_of
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.runs import LogFilter

    valid(LogFilter, {"level": level})
    with connected(server, token) as client:
        found = ended(client, run, None if as_json else print_line, level)
    if as_json:
        write_json(load_object(found))
    else:
        sys.stdout.write(account(result_of(found), found.task_name))
        if found.error is not None:
            sys.stderr.write(in_words(found.error.model_dump()))
    return STATUS_CODES.get(str(found.status), FAILED)


def _print(found: list[RunSummary], total: int) -> None:
    from intakegateway.cli.tables import print_table

    if not found:
        sys.stdout.write("There are no runs.\n")
        return
    rows = [
        [one.id, one.task_name, str(one.status), one.trigger, f"{one.queued_at:%Y-%m-%d %H:%M:%S}",
         f"{one.duration_seconds:,.1f}", f"{one.total_records:,}", f"{one.rejected_records:,}"]
        for one in found
    ]  # fmt: skip
    header = ["run", "task", "status", "trigger", "queued (UTC)", "seconds", "rows", "rejected"]
    print_table(header, rows, right=(5, 6, 7))
    if total > len(found):
        sys.stdout.write(f"{len(found)} of {total:,} runs; --limit shows more.\n")
