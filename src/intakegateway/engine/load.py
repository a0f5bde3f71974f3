"""One load, from a source to a table: read, shape, check, split, write, publish, balance.

The same function serves the command line, the API, workers and dry runs. It knows no server.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from intakegateway.connectors.base import Chunk, Destination, Remembering, Source
from intakegateway.connectors.sql.files import destination_file, source_file
from intakegateway.connectors.sql.names import parse_table_name
from intakegateway.engine.attempt import Attempt, SourceUnavailable
from intakegateway.engine.options import RunOptions
from intakegateway.engine.prepare import Prepared, prepare
from intakegateway.engine.rejects import check_path
from intakegateway.engine.tape import Tape
from intakegateway.engine.targets import check_table_name
from intakegateway.kit.disk import system_errors
from intakegateway.model.errors import DefinitionError, DestinationError, UnavailableError
from intakegateway.model.run import Counts, PlanDetail, Progress, Result, Status
from intakegateway.model.schema import TableSchema
from intakegateway.model.task import TaskSpec

ATTEMPTS = 4
"""A load whose destination connection is lost is tried again three times, each under a new fence."""
PAUSE = 0.5
"""Seconds before the second attempt; each later one waits twice as long."""


def run(source: Source, task: TaskSpec, destination: Destination, options: RunOptions) -> Result:
    """Load ``source`` into ``destination`` as ``task`` says, and account for every row.

    Going over ``max_rejects`` returns a result with status FAILED and the reason in ``error``; so does a
    rule that stops the run. Everything else that keeps the load from its end raises a ``GatewayError``,
    with the destination as it was.
    """
    started = time.monotonic()
    if options.rejects is not None:
        check_path(options.rejects)
    _check_mode(task, destination)
    # The ledger stands beside the table, so the table is looked for first.
    name = parse_table_name(task.load.table).name
    check_table_name(name, destination.capabilities, exists=True)
    table = destination.inspect(task.load.table)
    check_table_name(name, destination.capabilities, exists=table is not None)
    if isinstance(source, Remembering):
        source.recover(lambda load_id, part: destination.committed(load_id, part) is not None)
    if not options.dry_run:
        before = destination.committed(options.load_id, options.part)
        if before is not None:
            return _repeated(before, task, destination, options)
    if options.scratch is not None:
        options.scratch.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="intakegateway-", dir=options.scratch))
    try:
        with system_errors():
            result = _run(source, task, destination, table, options, scratch)
    except OSError as error:
        raise DestinationError(
            f"this machine cannot keep what the load has to put aside: {error.strerror or error}.",
            where=str(error.filename or scratch), hint="Nothing was loaded. Make room on its disk.",
        ) from error  # fmt: skip
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return replace(result, duration_seconds=time.monotonic() - started)


def _run(
    source: Source, task: TaskSpec, destination: Destination, table: TableSchema | None,
    options: RunOptions, scratch: Path,
) -> Result:  # fmt: skip
    began = time.monotonic()
    _tell(options, Progress("reading", bytes_total=source.total_bytes))
    tape = Tape(source, scratch, options.memory_budget // 4, _exploder(task))
    if source_file(source) is not None and source_file(source) == destination_file(destination):
        # An open reading keeps the file from being written, or even from being opened.
        destination.close()
        tape.fill()
    prepared = prepare(task, tape, source, destination, table, scratch)
    warnings = list(prepared.layout.warnings)
    ddl: list[str] = []
    if options.dry_run:
        ddl = destination.ddl(prepared.layout.table, task.load.indexes)
    else:
        warnings += destination.prepare(prepared.layout.table, task.load.indexes)
    ready = time.monotonic()
    attempt = _attempts(tape, source, task, destination, prepared, options, scratch)
    failed = attempt.failure is not None
    if not options.dry_run and attempt.committed:
        source.committed()
    attempt.keep_files()
    counts = attempt.counts
    plan = None
    if options.dry_run:
        plan = PlanDetail(
            tuple(ddl),
            tuple(dict(row) for row in attempt.settled.inserted_samples),
            tuple(
                {"before": dict(p["before"]), "after": dict(p["after"])}
                for p in attempt.settled.updated_samples
            ),
            tuple(attempt.rejects.samples),
        )
    finished = Status.PARTIAL_SUCCESS if counts.rejected else Status.SUCCESS
    return Result(
        run_id=options.run_id,
        status=Status.FAILED if failed else finished,
        counts=counts,
        rejects_path=str(attempt.rejects_path) if attempt.rejects_path else None,
        reasons=attempt.rejects.reasons(),
        bytes_read=attempt.bytes_read,
        destination_kind=destination.kind,
        table=task.load.table,
        warnings=_once([*warnings, *source.warnings, *attempt.warnings]),
        dry_run=options.dry_run,
        plan=plan,
        error=attempt.failure,
        phases={"prepare": ready - began, "load": time.monotonic() - ready},
    )


def _attempts(
    tape: Tape, source: Source, task: TaskSpec, destination: Destination, prepared: Prepared,
    options: RunOptions, scratch: Path,
) -> Attempt:  # fmt: skip
    """Try until the destination keeps its connection; nothing of a failed attempt remains."""
    attempt: Attempt | None = None
    for number in range(ATTEMPTS):
        try:
            if attempt is not None and not options.dry_run:
                # The commit may have gone through before the connection broke: the ledger knows.
                before = destination.committed(options.load_id, options.part)
                if before is not None:
                    attempt.settle_from(before)
                    return attempt
            attempt = Attempt(
                tape, source, task, destination, prepared, replace(options, fence=options.fence + number),
                scratch / f"attempt-{number}",
            )  # fmt: skip
            attempt.run()
        except SourceUnavailable as error:
            raise error.cause from error.cause.__cause__
        except UnavailableError:
            if number + 1 == ATTEMPTS:
                raise
            time.sleep(PAUSE * 2**number)
        else:
            return attempt
    raise AssertionError("the last attempt returns or raises")


def _check_mode(task: TaskSpec, destination: Destination) -> None:
    allowed = destination.capabilities.modes
    if task.load.mode not in allowed:
        raise DefinitionError(
            f"{destination.kind} destinations do not offer mode '{task.load.mode}'.",
            hint=f"Allowed: {', '.join(sorted(allowed))}.",
            path=("load", "mode"),
        )


def _repeated(before: Counts, task: TaskSpec, destination: Destination, options: RunOptions) -> Result:
    return Result(
        run_id=options.run_id,
        status=Status.PARTIAL_SUCCESS if before.rejected else Status.SUCCESS,
        counts=before,
        destination_kind=destination.kind,
        table=task.load.table,
        warnings=("This load had been committed before: its counts were read back, nothing was written.",),
        repeated=True,
    )


def _exploder(task: TaskSpec) -> Callable[[Chunk], Chunk] | None:
    if task.source.explode is None:
        return None
    from intakegateway.engine.nested import explode

    field = task.source.explode
    return lambda chunk: explode(chunk, field)


def _tell(options: RunOptions, progress: Progress) -> None:
    if options.progress is not None:
        options.progress(progress)


def _once(sentences: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentences))
