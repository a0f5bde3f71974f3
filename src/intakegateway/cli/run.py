"""``intakegateway run`` and ``plan``: the tasks of a YAML file, without a server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intakegateway.cli import options as given
from intakegateway.cli.errors import (
    FAILED,
    REJECTED,
    STATUS_CODES,
    SUCCESS,
    WRONG,
    exit_code,
    facts,
    in_words,
)

if TYPE_CHECKING:
    from intakegateway.model.task import TaskSpec
    from intakegateway.services.projectfiles import ProjectFile

File = Annotated[Path, typer.Argument(metavar="FILE.yaml", help="A task or project file (YAML or JSON).")]
Chosen = Annotated[
    list[str] | None, typer.Option("--task", metavar="NAME", help="Only this task; may be repeated.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


def run(
    file: File,
    task: Chosen = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first task that fails.")
    ] = False,
    load_id: Annotated[
        str | None,
        typer.Option("--load-id", metavar="ID", help="Names the loads ID/TASK: none of them is done twice."),
    ] = None,
    quiet: Quiet = False,
    as_json: given.AsJson = False,
) -> int:
    """Run the tasks of a YAML file, one after the other.

    A task that fails does not keep the others from running. With several tasks, --json prints their sums and
    the object of each under "tasks". With --load-id, running it again with the same ID does what is left to do.
    """
    return _run(
        file, task or [], dry_run=dry_run, fail_fast=fail_fast, load_id=load_id, quiet=quiet, as_json=as_json
    )


def plan(file: File, task: Chosen = None, as_json: given.AsJson = False) -> int:
    """Say what the tasks of a YAML file would do: tables, counts, samples, rejects. Writes nothing."""
    return _run(file, task or [], dry_run=True, fail_fast=False, load_id=None, quiet=False, as_json=as_json)


def _run(
    path: Path, wanted: list[str], *, dry_run: bool, fail_fast: bool, load_id: str | None, quiet: bool,
    as_json: bool,
) -> int:  # fmt: skip
    from intakegateway.cli.account import account
    from intakegateway.cli.execution import shown, write_json
    from intakegateway.services.local_runs import RunRequest, task_load_id
    from intakegateway.services.projectfiles import read_project

    project = read_project(path, wanted)
    if not as_json:
        sys.stderr.writelines(f"! {warning}\n" for warning in project.warnings)
    codes: list[int] = []
    objects: list[dict[str, Any]] = []
    for task in project.tasks:
        own_id = None if load_id is None else task_load_id(load_id, task.name)
        request = RunRequest(dry_run=dry_run, load_id=own_id)
        result = _attempt(project, task, request, quiet=quiet or as_json)
        if isinstance(result, dict):
            codes.append(exit_code(result["error"]["code"]))
            objects.append({"task": task.name, **result})
            if not as_json:
                sys.stderr.write(f"{task.name}: {in_words(result['error'])}")
        else:
            codes.append(STATUS_CODES.get(str(result.status), FAILED))
            objects.append({"task": task.name, **shown(result)})
            if not (quiet or as_json):
                sys.stdout.write(account(result, task.name) + "\n")
        if codes[-1] in (FAILED, WRONG) and fail_fast:
            break
    if as_json:
        write_json(objects[0] if len(project.tasks) == 1 else _summed(objects, project))
    elif len(project.tasks) > 1 and not quiet:
        sys.stdout.write(_summary(objects, len(project.tasks)))
    return next((code for code in (FAILED, WRONG, REJECTED) if code in codes), SUCCESS)


def _attempt(project: ProjectFile, task: TaskSpec, request: Any, *, quiet: bool) -> Any:
    """The task's result, or the object of ``--json`` for its failure: whatever it was, the next task runs."""
    from intakegateway.cli.errors import failure, unexpected
    from intakegateway.cli.execution import watched
    from intakegateway.model.errors import CancelledError, DefinitionError, GatewayError
    from intakegateway.settings import SettingsError

    try:
        return watched(task, request, quiet=quiet)
    except (CancelledError, SettingsError, BrokenPipeError):
        raise
    except DefinitionError as error:
        return failure(facts(project.located(task.name, error)))
    except GatewayError as error:
        return failure(facts(error))
    except Exception as error:  # noqa: BLE001 a defect that one task meets is not the other tasks' fault
        return failure(unexpected(error, "task"))


def _summed(objects: list[dict[str, Any]], project: ProjectFile) -> dict[str, Any]:
    """One object for several tasks: sums, the worst status, and each task's own object."""
    statuses = {str(one["status"]) for one in objects}
    order = ("FAILED", "CANCELLED", "PARTIAL_SUCCESS", "SUCCESS")
    sums = {
        key: sum(one[key] for one in objects)
        for key in objects[0]
        if key.endswith("_records") or key in ("duration_seconds", "bytes_read")
    }
    return {
        "project": project.name,
        "status": next(status for status in order if status in statuses),
        **sums,
        "warnings": list(project.warnings),
        "tasks": objects,
    }


def _summary(objects: list[dict[str, Any]], tasks: int) -> str:
    failed = [one["task"] for one in objects if one["status"] == "FAILED"]
    rows = sum(one["total_records"] for one in objects)
    rejected = sum(one["rejected_records"] for one in objects)
    lines = [f"{len(objects)} of {tasks} tasks run, {rows:,} rows read, {rejected:,} rejected."]
    if failed:
        lines.append(f"Failed: {', '.join(failed)}.")
    return "\n".join(lines) + "\n"
