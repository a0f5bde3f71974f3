"""One claimed run, from its definition to its end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from intakegateway.kit.tracing import span
from intakegateway.model.errors import CancelledError, DefinitionError, GatewayError, StaleFenceError
from intakegateway.model.run import Counts, Result, Status
from intakegateway.model.task import TaskSpec
from intakegateway.services.claims import Claim, claim
from intakegateway.services.context import Context
from intakegateway.services.cursorkeys import with_cursor_key
from intakegateway.services.cursors import StoredCursors
from intakegateway.services.finishing import OnFinish, finish
from intakegateway.services.reasons import reasons_of, rows_of
from intakegateway.services.replayinput import for_replay, is_replay, replayed
from intakegateway.services.resolving import runnable
from intakegateway.services.runlog import Reporter
from intakegateway.services.sealing import opened
from intakegateway.settings import SettingsError

ATTEMPTS_PER_FENCE = 16
"""The engine counts its own attempts upward from the fence that it is given."""


class Executor(Struct, frozen=True):
    """Takes runs from the queue and executes them, one at a time, as ``worker``.

    ``on_finish`` is called in the transaction that ends a run. ``tell`` hears which run this process is at
    (None: none any more).
    """

    context: Context
    worker: str
    on_finish: tuple[OnFinish, ...] = ()
    tell: Callable[[str | None], None] = lambda _run_id: None

    def next(self, run_id: str | None = None) -> bool:
        """Claim the next run (or this one), execute it, and write how it ended. False: nothing to do.

        Raises ``UnavailableError`` when the store does not answer; the run is found by its heartbeat then.
        """
        found = claim(self.context, self.worker, run_id)
        if found is None:
            return False
        self.tell(found.run_id)
        try:
            self._execute(found)
        finally:
            self.tell(None)
        return True

    def drain(self) -> int:
        """Execute whatever can be claimed now; returns how many runs."""
        number = 0
        while self.next():
            number += 1
        return number

    def _execute(self, claim: Claim) -> None:
        reporter = Reporter(self.context, claim)
        facts: dict[str, Any] = {"attempt": claim.attempt, "worker": claim.worker, "fence": claim.fence}
        if claim.task_version is not None:
            facts["version"] = claim.task_version
        reporter.line("info", "run_started", f"Run of '{claim.task_name}'.", **facts)
        reporter.start()
        outcome: Result | GatewayError
        about: dict[str, str | int | float | bool] = {
            "intakegateway.run_id": claim.run_id,
            "intakegateway.task": claim.task_name,
            "intakegateway.attempt": claim.attempt,
        }
        try:
            with span("run", about) as traced:
                outcome = self._outcome(claim, reporter)
                if traced is not None:
                    _trace(traced, outcome)
        finally:
            reporter.end()
        if not reporter.lost.is_set():
            finish(self.context, claim, reporter, outcome, self.on_finish)
        shutil.rmtree(self._folder(claim), ignore_errors=True)

    def _outcome(self, claim: Claim, reporter: Reporter) -> Result | GatewayError:
        try:
            return self._load(claim, reporter)
        except GatewayError as error:
            return error
        except OSError as error:
            return GatewayError(
                f"this machine cannot do what the run needs: {error.strerror or error}.",
                where=error.filename if isinstance(error.filename, str) else None,
                hint="Look at the room on its disk, and at the rights in the data folder.",
            )
        except SettingsError as error:
            return GatewayError(f"the gateway's own settings cannot be used: {error}")
        except Exception as error:  # noqa: BLE001 a defect must end the run, not the process that runs others
            return _unexpected(error, reporter)

    def _load(self, claim: Claim, reporter: Reporter) -> Result:
        from intakegateway.connectors.registry import open_destination

        spec = claim.spec
        if claim.task_id is None:
            spec = opened(spec, self.context.box(), place_of(None, claim.load_id))
        if is_replay(claim.input):
            spec = for_replay(spec)
        elif claim.input:
            spec = {**spec, "source": dict(claim.input)}
        with runnable(self.context, claim.project_id, spec, claim.task_id) as task:
            if task.load.to is None:
                raise DefinitionError(
                    f"the task '{task.name}' has no destination.", hint="Choose a connection.",
                    path=("load", "connection"),
                )  # fmt: skip
            destination = open_destination(task.load.to)
            try:
                if claim.only_settles:
                    return self._settled(claim, task, destination)
                kind = "replay" if is_replay(claim.input) else task.source.kind
                reporter.line(
                    "info", "opened", f"From {kind} into {destination.kind}.", source=kind,
                    destination=destination.kind,
                )  # fmt: skip
                if claim.input and is_replay(claim.input):
                    with replayed(self.context, claim.run_id, claim.input, self._folder(claim)) as rejects:
                        return self._run(claim, reporter, task, rejects, destination)
                return self._run(claim, reporter, task, self._source(claim, task), destination)
            finally:
                destination.close()

    def _source(self, claim: Claim, task: TaskSpec) -> Any:
        from intakegateway.connectors.registry import open_source

        if getattr(task.source, "incremental", None) is None:
            return open_source(task.source)
        named = with_cursor_key(task, self.context.settings.home)
        return open_source(named.source, cursors=StoredCursors(self.context, claim.project_id))

    def _run(self, claim: Claim, reporter: Reporter, task: TaskSpec, source: Any, destination: Any) -> Result:
        from intakegateway.engine.load import run
        from intakegateway.engine.options import RunOptions

        folder = self._folder(claim)
        folder.mkdir(parents=True, exist_ok=True)
        options = RunOptions(
            load_id=claim.load_id, run_id=claim.run_id, fence=claim.fence * ATTEMPTS_PER_FENCE,
            rejects=folder / f"rejects-{claim.fence}.parquet", scratch=folder, progress=reporter.progress,
            cancelled=reporter.cancelled, dry_run=claim.is_dry,
            memory_budget=self.context.settings.memory_budget,
        )  # fmt: skip
        try:
            result = run(source, task, destination, options)
        except StaleFenceError:
            # A dead attempt's commit may have reached the destination after we had looked for it.
            before = destination.committed(claim.load_id, 0)
            if before is None:
                raise
            result = _read_back(claim, task, destination.kind, before)
        return self._with_rejects(claim, result)

    def _settled(self, claim: Claim, task: TaskSpec, destination: Any) -> Result:
        """What became of an attempt that died, when no other one shall follow."""
        before = None
        if claim.attempt > 1 and not claim.is_dry:
            # Where the table is looked at, the ledger beside it is known.
            destination.inspect(task.load.table)
            before = destination.committed(claim.load_id, 0)
        if before is not None:
            return self._with_rejects(claim, _read_back(claim, task, destination.kind, before))
        if claim.cancel_requested:
            raise CancelledError("the run was stopped; nothing was written.")
        raise GatewayError(
            f"the process that ran it ended without a word, {claim.attempt - 1} times; nothing was written.",
            hint="Look at the machine's memory and at the system's log. A smaller INTAKEGATEWAY_MEMORY_BUDGET_MB"
            " may help.",
        )

    def _with_rejects(self, claim: Claim, result: Result) -> Result:
        """The rejects that an earlier attempt of this load left behind, when the load was its own."""
        if not (result.repeated and result.counts.rejected):
            return result
        files = sorted(
            self._folder(claim).glob("rejects-*.parquet"), key=lambda path: path.stat().st_mtime, reverse=True
        )
        found = next((path for path in files if rows_of(path) == result.counts.rejected), None)
        if found is None:
            lost = "The rejected rows themselves were lost with the process that had loaded the others."
            return replace(result, warnings=(*result.warnings, lost))
        return replace(result, rejects_path=str(found), reasons=reasons_of(found))

    def _folder(self, claim: Claim) -> Path:
        return work_folder(self.context, claim.run_id)


def _trace(traced: Any, outcome: Result | GatewayError) -> None:
    """How a run ended, on its span."""
    if isinstance(outcome, GatewayError):
        traced.set_attributes({"intakegateway.status": "FAILED", "error.type": outcome.code})
        return
    counts = {f"intakegateway.rows.{name}": count for name, count in outcome.counts.as_dict().items()}
    traced.set_attributes({"intakegateway.status": str(outcome.status), **counts})


def work_folder(context: Context, run_id: str) -> Path:
    """Where a run keeps what it needs while it goes on."""
    return context.settings.home / "work" / run_id


def place_of(task_id: str | None, load_id: str) -> tuple[str, str]:
    """What the secrets of a run's definition are bound to: its task, or the run where there is none."""
    return ("task_versions", task_id) if task_id is not None else ("runs", load_id)


def _read_back(claim: Claim, task: TaskSpec, kind: str, before: Counts) -> Result:
    return Result(
        run_id=claim.run_id, status=Status.PARTIAL_SUCCESS if before.rejected else Status.SUCCESS,
        counts=before, destination_kind=kind, table=task.load.table, repeated=True,
        warnings=("An attempt that was ended from outside had committed these rows: its counts were read back.",),
    )  # fmt: skip


def _unexpected(error: Exception, reporter: Reporter) -> GatewayError:
    """A defect of ours: the person is told that it is one; the details are in the process's log."""
    from structlog import get_logger

    get_logger().error("run_broke", run_id=reporter.claim.run_id, exc_info=error)
    return GatewayError(
        f"an unexpected error ({type(error).__name__}); it was logged with the run's id.",
        hint="Nothing was written. Please tell the administrator; this is a defect of IntakeGateway.",
    )
