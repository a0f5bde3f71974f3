"""Whole projects as files."""

from typing import Literal

from pydantic import Field

from intakegateway.model.views.base import Given, Shown

Action = Literal["create", "update", "delete", "unchanged"]


class ApplyRequest(Given):
    """A project file, and the values of the variables that it refers to."""

    document: str = Field(max_length=5_000_000, examples=["project: sales\ntasks: []\n"])
    """YAML or JSON text."""
    variables: dict[str, str] = Field(default={}, max_length=1000, examples=[{"WAREHOUSE_PASSWORD": "…"}])
    """Values for ``${NAME}``. Where a secret is left out, the one that is kept stays."""
    prune: bool = False
    """Delete what the project has and the file has not."""
    dry_run: bool = False
    """Only say what would change."""


class Change(Shown):
    """What happens, or would happen, to one thing."""

    noun: str = Field(examples=["task"])
    name: str = Field(examples=["orders"])
    action: Action
    fields: list[str] = Field(default=[])
    """For an update: the keys that differ."""


class Applied(Shown):
    """What came of applying a file."""

    project: str
    dry_run: bool
    changes: list[Change]
    created_secrets: dict[str, str] = Field(default={})
    """The signing secrets of webhooks that were made, by name; shown once."""
    warnings: list[str] = Field(default=[])
