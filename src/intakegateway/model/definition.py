"""The base of every definition model."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator


class Definition(BaseModel):
    """A part of a task definition: unknown keys are errors, values do not change once read.

    Pydantic's own messages do not show the input, which may hold a secret.
    """

    # A start needs few of the many models: each is made when it is first used.
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True, defer_build=True
    )


class SourceSpec(Definition):
    """What all sources share."""

    connection: str | None = None
    explode: str | None = None
    """An array field: one row per element, the other fields repeated."""
    arrays: Literal["json", "join"] = "json"
    """Other arrays become JSON text, or their elements joined by a comma."""

    @model_validator(mode="after")
    def _key_has_records(self) -> Self:
        if getattr(self, "key_field", None) is not None and getattr(self, "records", None) is None:
            raise ValueError("'key_field' needs 'records' beside it, such as '$.data.*'.")
        return self
