"""Errors become exit codes and words here, in one table."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from intakegateway.kit.ids import uuid7

SUCCESS, FAILED, WRONG, REJECTED = 0, 1, 2, 3
EXIT_CODES = {"definition": WRONG, "usage": WRONG, "settings": WRONG}
"""By the error's code; every other error is ``FAILED``."""
STATUS_CODES = {"SUCCESS": SUCCESS, "PARTIAL_SUCCESS": REJECTED}
"""By the run's status; every other status is ``FAILED``."""
INTERRUPTED = 130
"""What the command framework makes of Ctrl-C."""

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""The framework's own error for wrong options, which it does not export under a name."""


def exit_code(code: str) -> int:
    """The exit code for an error's code."""
    return EXIT_CODES.get(code, FAILED)


def guarded(command: Callable[[], Any], *, as_json: bool) -> int:
    """Run ``command`` and turn whatever it raises into a message and an exit code; never a traceback."""
    from intakegateway.model.errors import GatewayError
    from intakegateway.settings import SettingsError

    try:
        answer = command()
    except GatewayError as error:
        return report(facts(error), as_json=as_json)
    except SettingsError as error:
        return report(_facts("settings", str(error)), as_json=as_json)
    except UsageError as error:
        return _usage(error, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return _stopped(as_json)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001 the last line of defence against a traceback
        return report(unexpected(error), as_json=as_json)
    if answer == INTERRUPTED:
        return _stopped(as_json)
    return answer if isinstance(answer, int) else SUCCESS


def facts(error: Any) -> dict[str, Any]:
    """What is known of a ``GatewayError``, under the names that ``--json`` shows."""
    return _facts(error.code, error.message, error.where, error.hint)


def unexpected(error: Exception, what: str = "command") -> dict[str, Any]:
    """A defect, or a machine in trouble, that ended ``what``: one sentence, and the details in a file."""
    said = (
        f"{type(error).__name__}: {str(error).splitlines()[0][:300]}" if str(error) else type(error).__name__
    )
    if isinstance(error, OSError) and error.strerror:
        said = f"{error.strerror}{f': {error.filename}' if error.filename else ''}"
    path = _write_log("".join(traceback.format_exception(error)))
    hint = f"The details are in {path}." if path else "The details could not be written to the data folder."
    return _facts("internal", f"an unexpected error ended this {what}: {said}.", None, hint)


def report(error: dict[str, Any], *, as_json: bool, run_id: str | None = None) -> int:
    """Tell a person on standard error, or a program on standard output. Returns the exit code."""
    if as_json:
        sys.stdout.write(json.dumps(failure(error, run_id), ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(in_words(error))
    return exit_code(error["code"])


def in_words(error: dict[str, Any]) -> str:
    """An error as lines for a terminal."""
    place = f"{error['where']}: " if error["where"] else ""
    lines = [f"Error: {place}{error['message']}"]
    if error["hint"]:
        lines.append(f"  {error['hint']}")
    return "\n".join(lines) + "\n"


def failure(error: dict[str, Any], run_id: str | None = None) -> dict[str, Any]:
    """The object of ``--json`` for a run that could not come to its end."""
    from intakegateway.model.run import Counts, Result, Status

    shown = Result(run_id or uuid7(), Status.FAILED, Counts()).as_json()
    shown["error"] = error
    return shown


def _facts(code: str, message: str, where: str | None = None, hint: str | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "where": where, "hint": hint}


def _usage(error: Any, *, as_json: bool) -> int:
    if as_json:
        return report(_facts("usage", error.format_message()), as_json=True)
    error.show()
    return WRONG


def _stopped(as_json: bool) -> int:
    message = "stopped on request; what was not committed before is not in the destination."
    return report(_facts("cancelled", message), as_json=as_json)


def _write_log(text: str) -> Path | None:
    import tempfile

    from intakegateway.settings import SettingsError, read_settings

    name = f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{uuid7()[-6:]}.log"
    folders = [Path(tempfile.gettempdir())]
    try:
        folders.insert(0, read_settings().logs)
    except SettingsError:
        folders = folders[:]
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            with open(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
            ) as out:
                out.write(text)
        except OSError:
            continue
        return path
    return None
