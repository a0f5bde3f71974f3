"""The base of every definition model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Definition(BaseModel):
    """A part of a task definition: unknown keys are errors, values do not change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
