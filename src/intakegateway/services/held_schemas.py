"""Tasks that are held to a schema of their project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.store import shelves
from intakegateway.store.tables.definitions import Schema


def with_held_columns(session: Session, project_id: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """A definition whose ``load.schema`` is resolved: its columns stand in ``load.columns``.

    Raises ``DefinitionError`` for a schema that the project does not have.
    """
    load = spec.get("load")
    if not isinstance(load, Mapping) or not isinstance(load.get("schema"), str):
        return dict(spec)
    found = shelves.find(session, Schema, project_id, load["schema"])
    if found is None:
        names = list(session.scalars(select(Schema.name).where(Schema.project_id == project_id)))
        hint = nearest(load["schema"], names) or "The project has no schemas."
        raise DefinitionError(
            f"there is no schema '{load['schema']}' in this project.", hint=hint, path=("load", "schema")
        )
    return {**spec, "load": {**load, "columns": found.columns}}
