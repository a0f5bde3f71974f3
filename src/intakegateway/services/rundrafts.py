"""What a run is made of, from what a client asks for."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor
from intakegateway.model.errors import ConflictError, NotFoundError
from intakegateway.model.views.runs import FINISHED, ImportDraft, RunDraftView
from intakegateway.services.context import Context
from intakegateway.services.definitions import validated
from intakegateway.services.execute import place_of
from intakegateway.services.guarding import check_url
from intakegateway.services.queue import RunDraft
from intakegateway.services.sealing import opened, sealed
from intakegateway.store import tasks as task_store
from intakegateway.store.tables.definitions import Task, TaskVersion
from intakegateway.store.tables.runs import Run


def of_task(
    context: Context, session: Session, actor: Actor, project_id: str, draft: RunDraftView
) -> RunDraft:
    """The run that a client asks for. Raises ``NotFoundError`` and ``DefinitionError``."""
    trigger = "api" if actor.token_id is not None else "manual"
    shared: dict[str, Any] = {
        "is_dry": draft.dry_run, "max_attempts": draft.max_attempts, "callback_url": draft.callback_url
    }  # fmt: skip
    if draft.task is not None:
        task = task_store.find(session, project_id, draft.task)
        if task is None:
            raise NotFoundError("task", draft.task)
        return RunDraft(project_id, task, version_of(session, task, draft.version), trigger, **shared)
    spec = dict(draft.spec or {})
    validated(spec)
    load_id = uuid7()
    kept = sealed(spec, context.box(), place_of(None, load_id))
    return RunDraft(project_id, None, None, trigger, spec=kept, load_id=load_id, **shared)


def again(context: Context, run: Run, task: Task | None, load_id: str) -> dict[str, Any]:
    """The definition of a run for another one; its secrets move where they are bound to the run."""
    if task is not None:
        return run.spec
    box = context.box()
    clear = opened(run.spec, box, place_of(None, run.load_id))
    kept: dict[str, Any] = sealed(clear, box, place_of(None, load_id))
    return kept


def version_of(session: Session, task: Task, number: int | None) -> TaskVersion:
    """A version of a task; None: the current one."""
    version = task_store.version(session, task, number)
    if version is None:
        raise NotFoundError(f"version of the task '{task.name}'", str(number or task.current))
    return version


def named(session: Session, project_id: str, draft: ImportDraft) -> list[Task]:
    """The tasks that an import means."""
    if draft.task is not None:
        task = task_store.find(session, project_id, draft.task)
        if task is None:
            raise NotFoundError("task", draft.task)
        return [task]
    query = select(Task).where(Task.project_id == project_id).order_by(Task.name)
    found = [task for task in session.scalars(query) if fnmatchcase(task.name, draft.tables or "")]
    if not found:
        raise NotFoundError("task whose name matches", draft.tables or "")
    return found


def redirected(spec: dict[str, Any], connection: str | None) -> dict[str, Any]:
    """A definition that loads into another connection."""
    if connection is None:
        return spec
    load = {key: value for key, value in dict(spec.get("load") or {}).items() if key != "to"}
    return {**spec, "load": {**load, "connection": connection}}


def check_callback(context: Context, url: str | None) -> None:
    """Raises ``DefinitionError`` for an address that would be refused at the end of the run anyway."""
    if url is not None:
        check_url(context.settings, url, "callback_url")


def not_to_retry(run: Run) -> ConflictError:
    """Why a run cannot be tried again, and what to do instead."""
    if run.status not in FINISHED:
        return ConflictError("the run has not ended yet.", hint="Wait for its end, or cancel it.")
    return ConflictError("the run has succeeded.", hint="Start the task again instead.")
