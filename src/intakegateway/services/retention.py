"""What is old goes: runs with their logs and rejects, events, answers, sessions, files nobody uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from intakegateway.services import leases
from intakegateway.services.context import Context
from intakegateway.services.forgetting import delete_blobs, forget_runs
from intakegateway.store import events, rejects
from intakegateway.store.tables.definitions import File, Task, TaskVersion
from intakegateway.store.tables.people import SignIn
from intakegateway.store.tables.runs import Event, Run
from intakegateway.store.tables.service import Answer

BATCH = 200
"""Rows that one transaction removes: others wait no longer than that."""
KEEP_EVENTS = timedelta(days=1)
"""Live pages that were away for longer look at the run itself."""
KEEP_ANSWERS = timedelta(days=1)
_DONE = ("SUCCESS", "PARTIAL_SUCCESS", "FAILED", "CANCELLED")
_LEASE_SECONDS = 600.0


class Retention(Struct, frozen=True):
    """Cleans up by the settings ``keep_runs_days``, ``keep_runs_per_task`` and ``keep_files_days``."""

    context: Context

    def clean(self, holder: str) -> dict[str, int]:
        """Remove what is too old or too many; how many of each. Does nothing while another process does it."""
        if not leases.take(self.context.database, "retention", holder, self.context.now(), _LEASE_SECONDS):
            return {}
        removed = {
            "runs": self._old_runs() + self._many_runs(),
            "events": self._rows(Event.id, and_(Event.at < self.context.now() - KEEP_EVENTS, events.older())),
            "answers": self._answers(),
            "sessions": self._rows(SignIn.id, SignIn.expires_at < self.context.now()),
            "files": self._files(),
        }
        leases.give_back(self.context.database, "retention", holder)
        return removed

    def _old_runs(self) -> int:
        days = self.context.settings.keep_runs_days
        if not days:
            return 0
        old = Run.finished_at < self.context.now() - timedelta(days=days)
        return self._runs(lambda _session: select(Run).where(Run.status.in_(_DONE), old))

    def _many_runs(self) -> int:
        most = self.context.settings.keep_runs_per_task
        if not most:
            return 0
        with self.context.database.read() as session:
            counts = select(Run.task_id).where(Run.task_id.is_not(None), Run.status.in_(_DONE))
            tasks = session.scalars(counts.group_by(Run.task_id).having(func.count() > most)).all()
        return sum(self._runs(partial(_beyond, task_id=task, most=most)) for task in tasks)

    def _runs(self, query: Callable[[Session], Any]) -> int:
        removed = 0
        while True:
            with self.context.database.write() as session:
                runs = session.scalars(query(session).where(~rejects.under_replay()).limit(BATCH)).all()
                blobs = forget_runs(session, runs)
            delete_blobs(self.context, blobs)
            removed += len(runs)
            if len(runs) < BATCH:
                return removed

    def _rows(self, key: InstrumentedAttribute[Any], old: ColumnElement[bool]) -> int:
        removed = 0
        while True:
            with self.context.database.write() as session:
                keys: Sequence[Any] = session.scalars(select(key).where(old).limit(BATCH * 5)).all()
                session.execute(delete(key.class_).where(key.in_(keys)))
            removed += len(keys)
            if len(keys) < BATCH * 5:
                return removed

    def _answers(self) -> int:
        with self.context.database.write() as session:
            old = delete(Answer).where(Answer.created_at < self.context.now() - KEEP_ANSWERS)
            return int(session.execute(old).rowcount)  # type: ignore[attr-defined]

    def _files(self) -> int:
        """Uploads that no task and no run that is not over names, by id or name."""
        days = self.context.settings.keep_files_days
        if not days:
            return 0
        old = self.context.now() - timedelta(days=days)
        removed = 0
        with self.context.database.read() as session:
            candidates = session.scalars(select(File.id).where(File.created_at < old).order_by(File.id)).all()
        for file_id in candidates:
            with self.context.database.write() as session:
                file = session.get(File, file_id)
                if file is None or _is_used(session, file):
                    continue
                blob = file.blob
                session.delete(file)
            self.context.blobs.delete(blob)
            removed += 1
        return removed


def _beyond(session: Session, task_id: str | None, most: int) -> Any:
    """The finished runs of a task that are older than its ``most`` newest ones."""
    newest = select(Run.id).where(Run.task_id == task_id, Run.status.in_(_DONE)).order_by(Run.id.desc())
    oldest = session.scalar(newest.limit(1).offset(most - 1))
    older = (Run.task_id == task_id, Run.status.in_(_DONE), Run.id < oldest)
    return select(Run).where(*older)


def _is_used(session: Session, file: File) -> bool:
    def named(text: Any) -> ColumnElement[bool]:
        return or_(
            cast(text, Text).contains(file.id, autoescape=True),
            cast(text, Text).contains(file.name, autoescape=True),
        )

    current = (TaskVersion.task_id == Task.id) & (TaskVersion.number == Task.current)
    tasks = select(Task.id).join(TaskVersion, current).where(Task.project_id == file.project_id)
    if session.scalar(tasks.where(named(TaskVersion.spec)).limit(1)) is not None:
        return True
    runs = select(Run.id).where(Run.status.in_(("PENDING", "RUNNING")), Run.project_id == file.project_id)
    return session.scalar(runs.where(or_(named(Run.spec), named(Run.input))).limit(1)) is not None
