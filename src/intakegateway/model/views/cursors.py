"""How far a task has read, as it is shown."""

from datetime import datetime

from pydantic import Field

from intakegateway.model.views.base import Shown


class CursorView(Shown):
    """Where the next run of a task goes on. ``value`` is as the source wrote it."""

    field: str = Field(examples=["updated_at"])
    value: str | None = Field(examples=["2026-03-01T12:00:00Z"])
    """None: nothing is kept, and the next run begins where the definition says."""
    kind: str | None = Field(examples=["timestamp"], description="timestamp, number or text")
    saved_at: datetime | None
