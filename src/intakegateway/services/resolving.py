"""A kept definition becomes a task that the engine can run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from intakegateway.model.errors import DefinitionError
from intakegateway.model.task import TaskSpec
from intakegateway.services.context import Context
from intakegateway.services.definitions import validated


def resolve(session: Session, context: Context, project_id: str, spec: Mapping[str, Any]) -> TaskSpec:
    """The task of a definition whose secrets are in clear. Raises ``DefinitionError``."""
    task = validated(spec)
    for half, name in (("source", task.source.connection), ("load", task.load.connection)):
        if name is not None:
            raise DefinitionError(f"there is no connection '{name}'.", path=(half, "connection"))
    return task
