"""Run by Alembic: migrates on the connection that it was given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, BigInteger

from intakegateway.store.tables import Table
from intakegateway.store.tables.base import Moment


def _rendered(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Our types by their names, so that a migration reads as the tables do."""
    if kind == "type":
        for known, name in ((JSON, "base.Json"), (BigInteger, "base.BigNumber"), (Moment, "base.Moment()")):
            if isinstance(item, known):
                return name
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    render_item=_rendered,
)
with context.begin_transaction():
    context.run_migrations()
