"""Runs of a gateway on a terminal: wait for their end, show their log and their account."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

from intakegateway.cli.account import account
from intakegateway.cli.client import Client
from intakegateway.cli.errors import FAILED, STATUS_CODES, SUCCESS, in_words
from intakegateway.cli.execution import shown, write_json
from intakegateway.model.errors import UnavailableError
from intakegateway.model.run import Counts, PlanDetail, Reason, Result
from intakegateway.model.views.runs import FINISHED, LogFilter, RunLogView, RunView

LOOK = 0.25
"""Seconds between two looks at a run; they grow to ``LONGEST_LOOK``."""
LONGEST_LOOK = 2.0
AT_ONCE = 5000
"""Lines of a log that are asked for at once."""
PATIENCE = 60.0
"""Seconds for which a gateway may be away while its run is waited for."""


def outcome(client: Client, run: RunView, *, wait: bool, as_json: bool, quiet: bool = False) -> int:
    """Wait for the end of a run that was just started, print its account; the exit code.

    Ctrl-C stops the run.
    """
    if not wait:
        _tell(run, as_json=as_json, quiet=quiet)
        return STATUS_CODES.get(str(run.status), FAILED) if run.status in FINISHED else SUCCESS
    if run.status not in FINISHED:
        client.carry_out(run.id)
        try:
            run = ended(client, run.id)
        except KeyboardInterrupt:
            client.cancel(run.id)
            raise
    _tell(run, as_json=as_json, quiet=quiet)
    return STATUS_CODES.get(str(run.status), FAILED)


def ended(
    client: Client, run_id: str, on_line: Callable[[RunLogView], None] | None = None, level: str = "info"
) -> RunView:
    """The run, once it has ended; ``on_line`` is given each line that it logs."""
    last, pause, silent_since = 0, LOOK, None
    while True:
        try:
            run = client.run(run_id)
            if on_line is not None:
                last = lines(client, run_id, on_line, level, last)
            silent_since = None
        except UnavailableError:
            silent_since = silent_since or time.monotonic()
            if time.monotonic() - silent_since > PATIENCE:
                raise
        else:
            if run.status in FINISHED:
                return run
        time.sleep(pause)
        pause = min(LONGEST_LOOK, pause * 1.2)


def lines(
    client: Client,
    run_id: str,
    on_line: Callable[[RunLogView], None],
    level: str,
    after: int = 0,
    search: str = "",
) -> int:
    """Give all lines after a line's id to ``on_line``; returns the last one's id."""
    while True:
        page = client.logs(run_id, LogFilter(level=level, after=after, limit=AT_ONCE, search=search))
        for line in page.items:
            on_line(line)
        after = page.last
        if not page.items:
            return after


def print_line(line: RunLogView) -> None:
    """A line of a log on standard output."""
    text = "".join(letter if letter.isprintable() else " " for letter in line.message)
    sys.stdout.write(f"{line.at:%Y-%m-%d %H:%M:%S}  {line.level:<7}  {text}\n")
    sys.stdout.flush()


def result_of(run: RunView) -> Result:
    """A run in the words of the engine, which all commands print alike."""
    counts = Counts(
        run.total_records, run.inserted_records, run.updated_records, run.unchanged_records,
        run.skipped_records, run.deduplicated_records, run.rejected_records,
    )  # fmt: skip
    reasons = tuple(Reason(one.code, one.column, one.count, one.message) for one in run.reject_groups)
    return Result(
        run.id, run.status, counts, reasons=reasons, duration_seconds=run.duration_seconds,
        bytes_read=run.bytes_read, destination_kind=run.destination_kind, table=run.destination_table,
        warnings=tuple(run.warnings), dry_run=run.is_dry, phases=run.phases, plan=_plan(run),
    )  # fmt: skip


def load_object(run: RunView) -> dict[str, object]:
    """The object of ``--json`` for a run, with the keys of ``load``'s."""
    found = {"task": run.task_name, **shown(result_of(run))}
    if run.error is not None:
        found["error"] = run.error.model_dump()
    return found


def _tell(run: RunView, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        write_json(load_object(run))
        return
    if run.status not in FINISHED:
        if not quiet:
            state = "waits in the queue" if run.started_at is None else "is under way"
            sys.stdout.write(
                f"Run {run.id} of '{run.task_name}' {state}: intakegateway runs watch {run.id}\n"
            )
        return
    if not quiet:
        sys.stdout.write(account(result_of(run), run.task_name))
        sys.stdout.write(f"  run            {run.id}\n")
        sys.stdout.flush()
    if run.error is not None:
        sys.stderr.write(in_words(run.error.model_dump()))


def _plan(run: RunView) -> PlanDetail | None:
    if run.plan is None:
        return None
    samples = run.plan.get("samples") or {}
    return PlanDetail(
        ddl=tuple(run.plan.get("ddl") or ()),
        **{name: tuple(samples.get(name) or ()) for name in ("inserted", "updated", "rejected")},
    )


def pages(client: Client, run_id: str, wanted: LogFilter) -> Iterator[bytes]:
    """All lines of a log that fit, as JSON lines, some at a time."""
    last = wanted.after
    while True:
        found = client.logs(
            run_id, wanted.model_copy(update={"limit": AT_ONCE, "newest": False, "after": last})
        )
        if not found.items:
            return
        yield "".join(f"{one.model_dump_json()}\n" for one in found.items).encode()
        last = found.last
