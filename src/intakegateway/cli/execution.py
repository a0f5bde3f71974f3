"""Running one task for a terminal or for a program: progress, Ctrl-C, and what is printed at the end."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from intakegateway.cli.account import account
from intakegateway.cli.errors import FAILED, STATUS_CODES
from intakegateway.cli.progress import progress_bar
from intakegateway.cli.rubbish import look_from_now_on
from intakegateway.model.run import Result
from intakegateway.model.task import TaskSpec
from intakegateway.services.local_runs import RunRequest, run_task

PATIENCE = 3.0
"""Seconds after Ctrl-C in which a load may end between two batches; then it is broken off."""


class Output(Struct, frozen=True):
    """What a command prints."""

    as_json: bool = False
    quiet: bool = False


def execute(task: TaskSpec, request: RunRequest, output: Output) -> int:
    """Run a task, print its account, and return the exit code. Raises ``GatewayError``."""

    def report(result: Result) -> None:
        if output.as_json:
            write_json(shown(result))
        elif not output.quiet:
            sys.stdout.write(account(result, task.name))
        elif result.error:
            sys.stderr.write(f"Error: {result.error}\n")
        sys.stdout.flush()

    result = watched(task, replace(request, report=report), quiet=output.quiet)
    return STATUS_CODES.get(str(result.status), FAILED)


def watched(task: TaskSpec, request: RunRequest, *, quiet: bool) -> Result:
    """Run a task with a progress bar (on a terminal), so that Ctrl-C ends it cleanly."""
    from intakegateway.engine import load  # noqa: F401 all that a run needs is there before rubbish is looked for

    look_from_now_on()
    with progress_bar(task.name, quiet=quiet) as (progress, clear), _interruptible() as cancelled:
        report = request.report

        def cleared(result: Result) -> None:
            clear()
            if report is not None:
                report(result)

        return run_task(task, replace(request, progress=progress, cancelled=cancelled.is_set, report=cleared))


def shown(result: Result) -> dict[str, Any]:
    """The object of ``--json``."""
    found = result.as_json()
    if result.dry_run:
        found["dry_run"] = True
    if result.error is not None:
        found["error"] = {"code": "stopped", "message": result.error, "where": result.table, "hint": None}
    return found


def write_json(value: dict[str, Any]) -> None:
    """One object on standard output."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dates, decimals and bytes as text, numbers that are none as null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """An event that Ctrl-C (or a polite kill) sets; a second one, or too long a wait, breaks the load off."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    # Only a real signal ends a read that waits for a pipe.
    timer = threading.Timer(PATIENCE, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    timer.daemon = True

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        timer.start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        timer.cancel()
        for number, earlier in before.items():
            signal.signal(number, earlier)
