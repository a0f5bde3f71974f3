"""Queries about tasks and their versions."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from intakegateway.store.tables.definitions import Task, TaskVersion

SORTABLE = {"id": Task.id, "name": Task.name, "created_at": Task.created_at, "updated_at": Task.updated_at}


def find(session: Session, project_id: str, reference: str) -> Task | None:
    """The task of a project with this id or name."""
    query = select(Task).where(Task.project_id == project_id)
    return session.scalar(query.where(or_(Task.id == reference, Task.name == reference)))


def version(session: Session, task: Task, number: int | None = None) -> TaskVersion | None:
    """One version of a task; None: the current one."""
    query = select(TaskVersion).where(TaskVersion.task_id == task.id)
    return session.scalar(query.where(TaskVersion.number == (task.current if number is None else number)))
