"""Rejects are checked by the task's mapping and rules, and loaded again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, GatewayError
from intakegateway.model.rejects import ABOUT
from intakegateway.model.views.rejects import CheckDraft, CheckedReject, CheckView, ReplayDraft
from intakegateway.model.views.runs import FINISHED, RunView
from intakegateway.services import queue, rejectlists
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.events import TOPIC as EVENTS
from intakegateway.services.execute import place_of
from intakegateway.services.rejectfiles import RejectFile
from intakegateway.services.rejects import Rejects, State, busy
from intakegateway.services.rejectstate import REPLAY, group_counts, mark
from intakegateway.services.replayinput import for_replay, keep_edits, write_rows
from intakegateway.services.resolving import resolve
from intakegateway.services.runs import Runs
from intakegateway.services.sealing import opened, sealed
from intakegateway.services.sizes import SMALL
from intakegateway.store import tasks as task_store
from intakegateway.store.tables.definitions import Task, TaskVersion
from intakegateway.store.tables.runs import Run

if TYPE_CHECKING:
    import polars as pl

_TRIES = 5
_MOST_SHOWN = 1000


class Replays(Struct, frozen=True):
    """Every use case that sends rejects through the engine again."""

    context: Context
    rejects: Rejects
    runs: Runs

    def start(self, actor: Actor, run_id: str, draft: ReplayDraft) -> RunView:
        """Load open rejects again, with their edits, as a run whose parent is ``run_id``.

        They are not open any more from now on; if the replay fails, they are again. Raises ``ConflictError``
        for a run that has not ended or was dry, and when none of the rejects is open.
        """
        for _ in range(_TRIES):
            with self.rejects.opened(actor, run_id, Role.OPERATOR) as (state, file):
                _check(state.run)
                rows = rejectlists.selected(file, draft, state.groups, state.edits, state.marked)
                self.rejects.check_any(rows)
                made = self._queued(actor, state, file, rows, draft)
            if made is not None:
                self.context.bus.wake(queue.TOPIC)
                self.context.bus.wake(EVENTS)
                small = int((made.input or {})["size"]) <= SMALL
                return self.runs.awaited(actor, made.id, draft.wait, small)
        raise busy()

    def check(self, actor: Actor, run_id: str, draft: CheckDraft) -> CheckView:
        """What would become of rejects with their edits, by the task's mapping and rules; nothing is written."""
        with self.rejects.opened(actor, run_id, Role.OPERATOR) as (state, file):
            rows = rejectlists.selected(file, draft, state.groups, state.edits, state.marked)
            looked_at = rows.head(draft.limit)
            with self.context.database.read() as session:
                task, _, spec = self._definition(session, state.run, draft.version)
                place = place_of(task.id if task else None, state.run.load_id)
                clear = for_replay(opened(spec, self.context.box(), place))
                resolved = resolve(session, self.context, state.run.project_id, clear)
            if not looked_at.len():
                return CheckView(
                    checked=0, selected=0, passed=0, failed=0, items=[], remark="There is nothing to check.",
                    warnings=[],
                )  # fmt: skip
            with self._folder(f"check-{uuid7()}") as folder:
                path = folder / "rows.parquet"
                write_rows(file, state.edits, looked_at, path, numbered=True)
                return self._checked(resolved, path, folder, looked_at.len(), rows.len())

    def _checked(self, task: Any, path: Path, folder: Path, checked: int, selected: int) -> CheckView:
        import polars as pl

        from intakegateway.connectors.registry import open_destination
        from intakegateway.connectors.replay import ReplaySource
        from intakegateway.engine.load import run
        from intakegateway.engine.options import RunOptions

        destination = open_destination(task.load.to)
        try:
            load_id = uuid7()
            options = RunOptions(
                load_id=load_id, run_id=load_id, rejects=folder / "rejects.parquet", scratch=folder, dry_run=True,
                memory_budget=self.context.settings.memory_budget,
            )  # fmt: skip
            result = run(ReplaySource(path), task, destination, options)
        finally:
            destination.close()
        items = []
        if result.rejects_path is not None:
            failed = pl.scan_parquet(result.rejects_path)
            names = [name for name in ABOUT if name in failed.collect_schema()]
            first = failed.select(names).sort(pl.col("_locator").cast(pl.Int64)).head(_MOST_SHOWN).collect()
            items = [
                CheckedReject(row=int(row["_locator"]), reasons=rejectlists.reasons_of(row))
                for row in first.iter_rows(named=True)
            ]
        remarks = []
        if selected > checked:
            remarks.append(f"Only the first {checked:,} of {selected:,} rejects were checked.")
        if result.error is not None:
            remarks.append(f"A replay would fail as a whole: {result.error}")
        if result.counts.rejected > len(items):
            remarks.append(f"Only the first {len(items):,} of those that fail are listed.")
        failing = checked if result.error is not None else result.counts.rejected
        return CheckView(
            checked=checked, selected=selected, passed=checked - failing, failed=failing, items=items,
            remark=" ".join(remarks) or None, warnings=list(result.warnings),
        )  # fmt: skip

    def _queued(
        self, actor: Actor, state: State, file: RejectFile, rows: pl.Series, draft: ReplayDraft
    ) -> Run | None:
        """The run that loads ``rows``; None when others changed them in the meantime."""
        run, load_id = state.run, uuid7()
        groups = group_counts(file, state.groups, rows)
        size = int(file.path.stat().st_size * rows.len() / max(file.rows, 1))
        key = keep_edits(self.context, state.edits, f"replays/{load_id}.parquet")
        made = None
        try:
            with self.context.database.write() as session:
                if not self.rejects.is_current(session, state, rows):
                    return None
                task, version, spec = self._definition(session, run, draft.version)
                if task is None:
                    box = self.context.box()
                    clear = opened(spec, box, place_of(None, run.load_id))
                    spec = sealed(clear, box, place_of(None, load_id))
                wanted = queue.RunDraft(
                    run.project_id, task, version, "replay", spec=spec, task_name=run.task_name,
                    parent_run_id=run.id, max_attempts=run.max_attempts, load_id=load_id,
                    input={"kind": REPLAY, "edits": key, "size": size, "rows": rows.len(), "run": run.id},
                )  # fmt: skip
                queued = queue.enqueue(session, actor, wanted, self.context.now())
                mark(session, actor, run, "replaying", rows, groups, self.context, child_run_id=queued.id)
                record(
                    session, actor, "rejects_replayed", "run", project_id=run.project_id, noun_id=run.id,
                    name=run.task_name, after={"run": queued.id, "rows": rows.len()},
                )  # fmt: skip
            made = queued
        finally:
            if made is None and key is not None:
                self.context.blobs.delete(key)
        return made

    def _definition(
        self, session: Session, run: Run, version: str
    ) -> tuple[Task | None, TaskVersion | None, dict[str, Any]]:
        """The task, its version and the definition to load by; secrets are sealed."""
        task = session.get(Task, run.task_id) if run.task_id is not None else None
        if task is None:
            return None, None, run.spec
        number = None if version == "current" else run.task_version
        found = task_store.version(session, task, number)
        spec = run.spec if version == "parent" or found is None else found.spec
        return task, found, spec

    @contextmanager
    def _folder(self, name: str) -> Iterator[Path]:
        folder = self.context.settings.home / "tmp" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            yield folder
        except OSError as error:
            raise GatewayError(
                f"the data folder cannot take the rows to check: {error.strerror or error}.",
                hint="Free some space.",
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _check(run: Run) -> None:
    if run.status not in FINISHED:
        raise ConflictError("the run has not ended yet.", hint="Replay its rejects when it has.")
    if run.is_dry:
        raise ConflictError(
            "this was a dry run: nothing was loaded.", hint="Start the task, then replay its rejects."
        )
