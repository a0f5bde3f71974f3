"""Loads in this very process, with no server: what the command line and the Python API run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from msgspec import Struct
from msgspec.structs import replace

from intakegateway.kit.ids import uuid7
from intakegateway.model.errors import DefinitionError, GatewayError, StaleFenceError, UnavailableError
from intakegateway.model.run import Progress, Result
from intakegateway.model.task import TaskSpec
from intakegateway.services import journal
from intakegateway.services.definitions import TaskOptions, task_of
from intakegateway.services.endpoints import identity
from intakegateway.services.outputs import check_outputs
from intakegateway.settings import Settings, read_settings

if TYPE_CHECKING:
    import polars as pl

    from intakegateway.connectors.base import Source
    from intakegateway.connectors.cursors import CursorStore

_LONGEST_ID = 200
"""Letters that a ledger holds."""


class RunRequest(Struct, frozen=True):
    """How a task is run, as opposed to what it does.

    ``rejects``: a file for rejected rows (``.csv``, ``.jsonl``, ``.parquet``); None: one in the data folder.
    ``load_id``: names the load for ever, so that a second run with it does nothing; None: a new one, or that
    of the same load if it was killed before. ``cancelled`` is asked between batches.
    """

    rejects: Path | None = None
    dry_run: bool = False
    load_id: str | None = None
    run_id: str | None = None
    progress: Callable[[Progress], None] | None = None
    cancelled: Callable[[], bool] | None = None
    report: Callable[[Result], None] | None = None
    """Tells the caller's user. Until it has returned, the same command run again is the same load: someone
    who has not seen how it ended will not have it done twice."""


def load(
    source: str | os.PathLike[str] | Mapping[str, Any] | pl.DataFrame | Sequence[Mapping[str, Any]],
    to: str | os.PathLike[str],
    table: str | None = None,
    *,
    rejects: str | os.PathLike[str] | None = None,
    dry_run: bool = False,
    load_id: str | None = None,
    progress: Callable[[Progress], None] | None = None,
    **options: Unpack[TaskOptions],
) -> Result:
    """Load ``source`` into ``table`` of the destination ``to``, and account for every row.

    ``source``: a path, a glob, a URL, the definition of a source, a Polars frame, or a list of records.
    Options have the names of the command line's. A load whose rejects went over ``max_rejects`` returns a
    result with status FAILED; everything else that keeps it from its end raises a ``GatewayError``.
    """
    request = RunRequest(Path(rejects) if rejects is not None else None, dry_run, load_id, None, progress)
    if isinstance(source, str | os.PathLike | Mapping):
        return run_task(task_of(source, to, table, options), request)
    if not table:
        raise DefinitionError("rows from memory need a table's name.", hint="Give table='name'.")
    task = task_of({"kind": "file", "path": "rows from memory"}, to, table, options)
    return run_task(task, request, source=_in_memory(source))


def plan(
    source: str | os.PathLike[str] | Mapping[str, Any] | pl.DataFrame | Sequence[Mapping[str, Any]],
    to: str | os.PathLike[str],
    table: str | None = None,
    **options: Unpack[TaskOptions],
) -> Result:
    """What ``load`` would do, found out against the real destination; writes nothing.

    ``plan`` of the result has the statements that would run and sample rows.
    """
    return load(source, to, table, dry_run=True, **options)


def run_task(
    task: TaskSpec,
    request: RunRequest | None = None,
    *,
    settings: Settings | None = None,
    source: Source | None = None,
    cursors: CursorStore | None = None,
) -> Result:
    """Run a task here and now. ``source``: rows to read in place of what the task names.

    ``cursors``: where an incremental source keeps how far it has read; None: in the data folder.
    Raises a ``GatewayError`` when the load could not come to its end; the destination is then as it was.
    """
    from intakegateway.connectors.registry import open_destination

    request = request or RunRequest()
    settings = settings or read_settings()
    if task.load.to is None:
        raise DefinitionError(
            f"the task '{task.name}' has no destination.", hint="Give 'load.to'.", path=("load", "to")
        )
    check_outputs(task, request.rejects)
    rows = source if source is not None else _opened(task, cursors)
    destination = open_destination(task.load.to)
    try:
        run_id = request.run_id or uuid7()
        pending = _pending(task, request, settings, run_id, known=source is None)
        result = _run(rows, task, destination, request, pending, settings)
    finally:
        destination.close()
    if request.report is not None:
        request.report(result)
    pending.finish()
    return result


def task_load_id(prefix: str, task: str) -> str:
    """The load id of one of several tasks that run under the caller's ``prefix``: the same every time."""
    whole = f"{prefix}/{task}"
    if len(whole) <= _LONGEST_ID:
        return whole
    return f"{whole[: _LONGEST_ID - 33]}/{journal.fingerprint(whole)}"


def _opened(task: TaskSpec, cursors: CursorStore | None) -> Source:
    from intakegateway.connectors.registry import open_source

    if getattr(task.source, "incremental", None) is None:
        return open_source(task.source)
    from intakegateway.services.cursorkeys import with_cursor_key

    return open_source(with_cursor_key(task, Path.cwd()).source, cursors=cursors)


def _run(
    source: Source, task: TaskSpec, destination: Any, request: RunRequest, pending: journal.Pending,
    settings: Settings,
) -> Result:  # fmt: skip
    from intakegateway.engine.load import run
    from intakegateway.engine.options import RunOptions

    options = RunOptions(
        load_id=pending.load_id,
        run_id=pending.run_id,
        fence=pending.fence,
        rejects=request.rejects,
        progress=request.progress,
        cancelled=request.cancelled,
        dry_run=request.dry_run,
        memory_budget=settings.memory_budget,
    )
    try:
        result = run(source, task, destination, options)
    except (UnavailableError, StaleFenceError):
        # Whether it was committed is not known: the next run asks the ledger, under the same load id.
        pending.release()
        raise
    except GatewayError:
        pending.finish()
        raise
    except BaseException:
        pending.release()
        raise
    return _with_history(result, pending, request, settings)


def _pending(
    task: TaskSpec, request: RunRequest, settings: Settings, run_id: str, *, known: bool
) -> journal.Pending:
    """The journal of this load; one without a file where there is nothing to remember."""
    fresh = journal.Pending(request.load_id or uuid7(), run_id, 1)
    if request.dry_run:
        return fresh
    content = task.model_dump_json(by_alias=True) + "\n" + str(task.load.to)
    if request.load_id is not None:
        content += f"\n{request.load_id}"
    definition = task.source.model_dump(mode="json")
    what = identity(definition, content) if known else None
    if what is None:
        return fresh
    try:
        return journal.begin(
            settings.pending, journal.fingerprint(what, os.getcwd()), run_id, request.load_id
        )
    except OSError as error:
        raise DefinitionError(
            f"the data folder '{settings.home}' cannot be written: {error.strerror or error}.",
            hint="Set INTAKEGATEWAY_HOME to a folder that can.",
        ) from None


def _with_history(
    result: Result, pending: journal.Pending, request: RunRequest, settings: Settings
) -> Result:
    """Say what is known of an earlier run that died in this load."""
    if not (result.repeated and pending.resumed):
        return result
    warning = (
        "An earlier run of this command was ended from outside after it had committed these rows:"
        " nothing was written again. To load the same input once more, run the command again."
    )
    earlier = request.rejects or settings.home / "rejects" / f"{pending.earlier_run}.csv"
    found = str(earlier) if result.counts.rejected and earlier.exists() else None
    return replace(result, warnings=(warning,), rejects_path=result.rejects_path or found)


def _in_memory(rows: Any) -> Source:
    from intakegateway.connectors.memory import MemorySource

    return MemorySource(rows)
