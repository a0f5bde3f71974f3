"""A kept definition becomes a task that the engine can run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from intakegateway.model.errors import DefinitionError
from intakegateway.model.task import TaskSpec
from intakegateway.services.context import Context
from intakegateway.services.definitions import validated
from intakegateway.services.sealing import opened


@contextmanager
def runnable(
    context: Context, project_id: str, spec: Mapping[str, Any], task_id: str | None = None
) -> Iterator[TaskSpec]:
    """The task that ``spec`` describes, as long as the context is open. Raises what ``resolve`` raises."""
    with context.database.read() as session:
        task = resolve(session, context, project_id, spec, task_id=task_id)
    yield task


def resolve(
    session: Session,
    context: Context,
    project_id: str,
    spec: Mapping[str, Any],
    *,
    task_id: str | None = None,
) -> TaskSpec:
    """The task that ``spec`` (as it is kept) describes. ``task_id``: whose sealed texts are in it.

    Raises ``DefinitionError`` with the path of the key.
    """
    value = opened(spec, context.box(), ("task_versions", task_id)) if task_id is not None else spec
    task = validated(value)
    for half, name in (("source", task.source.connection), ("load", task.load.connection)):
        if name is not None:
            raise DefinitionError(f"there is no connection '{name}'.", path=(half, "connection"))
    return task
