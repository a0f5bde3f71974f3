"""Runs: start, look, stop, try again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, NotFoundError, nearest
from intakegateway.model.run import Status
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.runs import (
    FINISHED,
    ImportDraft,
    LogFilter,
    RetryDraft,
    RunDraftView,
    RunFilter,
    RunLogPage,
    RunLogView,
    RunSummary,
    RunView,
)
from intakegateway.services import queue
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.events import RUN_STATUS, emit
from intakegateway.services.events import TOPIC as EVENTS
from intakegateway.services.execute import Executor
from intakegateway.services.finishing import call_hooks
from intakegateway.services.forgetting import delete_blobs, forget_runs
from intakegateway.services.logsearches import LogSearches
from intakegateway.services.queue import RunDraft, enqueue
from intakegateway.services.rejectstate import replay_again
from intakegateway.services.remembered import Remembered
from intakegateway.services.resolving import destination
from intakegateway.services.rundrafts import (
    again,
    check_callback,
    named,
    not_to_retry,
    of_task,
    redirected,
    version_of,
)
from intakegateway.services.runviews import SUMMARY, view
from intakegateway.services.sizes import is_small
from intakegateway.services.totals import Totals
from intakegateway.store import rejects
from intakegateway.store import runs as store
from intakegateway.store.tables.definitions import Task
from intakegateway.store.tables.runs import Run

PATIENCE = 60.0
"""Seconds for which an answer waits for the end of a run."""
_POOL_BUSY = 0.5
"""Seconds after which a small run that nobody of the pool has taken is executed where it was asked for."""
_RETRYABLE = frozenset({Status.FAILED, Status.CANCELLED, Status.PARTIAL_SUCCESS})


@dataclass(frozen=True, slots=True)
class Runs:
    """Every use case about runs. ``executor`` executes, in this process, what a request waits for."""

    context: Context
    executor: Executor
    totals: Totals = field(init=False)
    _names: Remembered[tuple[store.Names]] = field(init=False, repr=False)
    _searches: LogSearches = field(default_factory=LogSearches, init=False, repr=False)

    def __post_init__(self) -> None:
        """Lists are long."""
        object.__setattr__(self, "totals", Totals(self.context.clock))
        object.__setattr__(self, "_names", Remembered(self.context))

    def start(self, actor: Actor, project_id: str, draft: RunDraftView) -> RunView:
        """Put a run into the queue; answer at its end where that is wanted or will be soon.

        Raises ``NotFoundError`` for a task that is not there, ``DefinitionError`` for a wrong definition.
        """
        actor.require(project_id, Role.OPERATOR if draft.spec is None else Role.EDITOR)
        if (draft.task is None) == (draft.spec is None):
            raise DefinitionError("give either a task or a definition.", path=("task",))
        check_callback(self.context, draft.callback_url)
        with self.context.database.write() as session:
            wanted = of_task(self.context, session, actor, project_id, draft)
            run = enqueue(session, actor, wanted, self.context.now())
            small = is_small(session, project_id, run.input or run.spec.get("source"))
            record(
                session, actor, "started", "run", project_id=project_id, noun_id=run.id, name=run.task_name
            )
        self._wake()
        return self.awaited(actor, run.id, draft.wait, small)

    def start_import(self, actor: Actor, project_id: str, draft: ImportDraft) -> list[RunSummary]:
        """Put a task, or the tasks whose names match a glob, into the queue, by name."""
        actor.require(project_id, Role.OPERATOR)
        if (draft.task is None) == (draft.tables is None):
            raise DefinitionError("give either the name of a task or a glob of 'tables'.", path=("task",))
        check_callback(self.context, draft.callback_url)
        with self.context.database.write() as session:
            made: list[Run] = []
            into = destination(session, project_id, draft.connection)
            for task in named(session, project_id, draft):
                version = version_of(session, task, None)
                spec = redirected(version.spec, into)
                wanted = RunDraft(
                    project_id, task, version, "import", spec=spec, callback_url=draft.callback_url,
                    max_attempts=draft.max_attempts,
                )  # fmt: skip
                made.append(enqueue(session, actor, wanted, self.context.now()))
                record(
                    session, actor, "started", "run", project_id=project_id, noun_id=made[-1].id, name=task.name,
                    after={"connection": into} if into else None,
                )  # fmt: skip
        self._wake()
        return [RunSummary.model_validate(run) for run in made]

    def find_all(
        self, actor: Actor, project_id: str, wanted: RunFilter, request: PageRequest
    ) -> Page[RunSummary]:
        """A part of the list, the newest first. Sorted by ``queued_at``, ``finished_at`` or ``id``."""
        actor.require(project_id, Role.VIEWER)
        order = request.sort or ("-queued_at" if wanted.since or wanted.until else "-id")
        if order.removeprefix("-") not in store.SORTABLE:
            hint = nearest(order.removeprefix("-"), store.SORTABLE)
            raise DefinitionError(f"lists of runs cannot be sorted by '{order}'.", hint=hint, path=("sort",))
        with self.context.database.read() as session:
            which = store.wanted(session, project_id, wanted, self._task_names)
            items = store.page(session, SUMMARY, which, order, request.limit, request.offset)
            total = self.totals.of((project_id, wanted), lambda: store.count(session, which))
        total = max(total, request.offset + len(items)) if items else total
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def get(self, actor: Actor, run_id: str) -> RunView:
        """Everything about a run. Raises ``NotFoundError``."""
        with self.context.database.read() as session:
            run = self._found(session, actor, run_id, Role.VIEWER)
            return view(session, run, self.context.now())

    def cancel(self, actor: Actor, run_id: str) -> RunView:
        """Ask a run to stop. One that waits is cancelled at once; one that runs stops soon.

        Raises ``ConflictError`` for a run that has ended.
        """
        now = self.context.now()
        with self.context.database.write() as session:
            run = self._found(session, actor, run_id, Role.OPERATOR)
            if run.status in FINISHED:
                raise ConflictError(f"the run has ended already: {run.status}.")
            record(
                session, actor, "cancelled", "run", project_id=run.project_id, noun_id=run.id, name=run.task_name
            )  # fmt: skip
            asked: dict[str, Any] = {"cancel_requested_at": run.cancel_requested_at or now}
            never_ran = run.status == Status.PENDING and run.attempt == 0
            if never_ran:
                asked |= {"status": Status.CANCELLED, "finished_at": now}
            elif run.status == Status.PENDING:
                # An attempt may have committed before it was lost: whoever takes the run next finds out.
                asked["available_at"] = now
            if not store.swap(session, run.id, run.status, run.fence, **asked):
                raise ConflictError("the run changed at this very moment.", hint="Try again.")
            session.refresh(run)
            data = {"status": run.status, "task_name": run.task_name, "cancel_requested": True}
            emit(session, run.project_id, RUN_STATUS, data, run.id)
            if never_ran:
                call_hooks(session, run, self.executor.on_finish)
            shown = view(session, run, now)
        self._wake()
        return shown

    def retry(self, actor: Actor, run_id: str, draft: RetryDraft) -> RunView:
        """A new run that does again what one did that failed, was cancelled or rejected rows."""
        with self.context.database.write() as session:
            run = self._found(session, actor, run_id, Role.OPERATOR)
            if run.status not in _RETRYABLE:
                raise not_to_retry(run)
            task = session.get(Task, run.task_id) if run.task_id is not None else None
            if draft.current and task is None:
                raise ConflictError("there is no task any more whose present definition could be taken.")
            load_id = uuid7()
            version = None
            if task is not None:
                version = version_of(session, task, None if draft.current else run.task_version)
            spec = again(self.context, run, task, load_id)
            wanted = RunDraft(
                run.project_id, task, version, "retry", spec=None if draft.current else spec,
                task_name=run.task_name, parent_run_id=run.parent_run_id, retry_of_run_id=run.id,
                max_attempts=run.max_attempts, is_dry=run.is_dry, input=run.input,
                callback_url=run.callback_url, load_id=load_id,
            )  # fmt: skip
            made = enqueue(session, actor, wanted, self.context.now())
            replay_again(session, actor, run, made, self.context)
            small = is_small(session, run.project_id, made.input or made.spec.get("source"))
            record(
                session, actor, "retried", "run", project_id=run.project_id, noun_id=run.id, name=run.task_name,
                after={"run": made.id},
            )  # fmt: skip
        self._wake()
        return self.awaited(actor, made.id, draft.wait, small)

    def delete(self, actor: Actor, run_id: str) -> None:
        """Forget a run that has ended, with its log and its rejects."""
        with self.context.database.write() as session:
            run = self._found(session, actor, run_id, Role.EDITOR)
            if run.status not in FINISHED:
                raise ConflictError("the run has not ended yet.", hint="Cancel it first.")
            if rejects.replaying(session, run.id):
                raise ConflictError(
                    "rejects of the run are being replayed.", hint="Wait for the replay's end, or cancel it."
                )
            record(
                session, actor, "deleted", "run", project_id=run.project_id, noun_id=run.id, name=run.task_name
            )  # fmt: skip
            blobs = forget_runs(session, [run])
        delete_blobs(self.context, blobs)

    def logs(self, actor: Actor, run_id: str, wanted: LogFilter) -> RunLogPage:
        """Lines of a run's log."""
        with self.context.database.read() as session:
            project_id = store.project_of(session, run_id)
            if project_id is None or actor.role_in(project_id) is None:
                raise NotFoundError("run", run_id)
            actor.require(project_id, Role.VIEWER)
            lines = self._searches.lines(session, run_id, wanted)
        return RunLogPage(items=lines, last=lines[-1].id if lines else wanted.after)

    def log_lines(self, actor: Actor, run_id: str, wanted: LogFilter) -> Iterator[RunLogView]:
        """All lines that fit, some at a time: for a download."""
        page = self.logs(actor, run_id, wanted.model_copy(update={"limit": 5000, "newest": False}))

        def rest() -> Iterator[RunLogView]:
            part = page
            while part.items:
                yield from part.items
                part = self.logs(
                    actor,
                    run_id,
                    wanted.model_copy(update={"limit": 5000, "newest": False, "after": part.last}),
                )

        return rest()

    def _task_names(self, session: Session, project_id: str) -> store.Names:
        known, writes = self._names.get(project_id), self.context.database.writes
        if known is None:
            known = (store.task_names(session, project_id),)
            self._names.put(project_id, known, writes)
        return known[0]

    def _found(self, session: Session, actor: Actor, run_id: str, role: Role) -> Run:
        run = session.get(Run, run_id)
        if run is None or actor.role_in(run.project_id) is None:
            raise NotFoundError("run", run_id)
        actor.require(run.project_id, role)
        return run

    def awaited(self, actor: Actor, run_id: str, wait: bool | None, small: bool) -> RunView:
        """A run that was just queued, at its end where that is wanted (``wait``) or will be soon (``small``)."""
        if wait or (wait is None and small):
            self._wait(run_id, small)
        return self.get(actor, run_id)

    def _wait(self, run_id: str, small: bool) -> None:
        """Until the run has ended, or patience has. Who waits helps where no process of the pool is free."""
        clock, bus = self.context.clock, self.context.bus
        begun = clock.monotonic()
        helps = 0.0 if self.context.settings.execution == "inline" else _POOL_BUSY
        seen = bus.count(EVENTS)
        while clock.monotonic() - begun < PATIENCE:
            with self.context.database.read() as session:
                state = store.state(session, run_id)
            if state is None or state[0] in FINISHED:
                return
            waited = clock.monotonic() - begun
            if state[0] == Status.PENDING and waited >= helps and (small or helps == 0.0):
                if not self.executor.next(run_id) and helps == 0.0:
                    return
                helps = waited + _POOL_BUSY
                continue
            seen = bus.wait(EVENTS, seen, 0.05)

    def _wake(self) -> None:
        self.context.bus.wake(queue.TOPIC)
        self.context.bus.wake(EVENTS)
