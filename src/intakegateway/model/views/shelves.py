"""Schemas of target tables, and templates of mappings: named things that tasks take up."""

from datetime import datetime
from typing import Any

from pydantic import Field

from intakegateway.model.load import HeldColumn
from intakegateway.model.views.base import Given, Name, Shown, Words


class SchemaDraft(Given):
    """A named definition of a target table."""

    name: Name = Field(examples=["orders"])
    description: Words = ""
    columns: list[HeldColumn] = Field(min_length=1, max_length=5000)


class SchemaChange(Given):
    """What may be changed; left out: as it was."""

    name: Name | None = None
    description: Words | None = None
    columns: list[HeldColumn] | None = Field(default=None, min_length=1, max_length=5000)


class SchemaView(Shown):
    """A named definition of a target table, and the tasks that are held to it."""

    id: str
    project_id: str
    name: str
    description: str
    columns: list[HeldColumn]
    used_by: list[str] = Field(default=[])
    """The names of the tasks that are held to it; it is neither renamed nor deleted while there are any."""
    created_at: datetime
    updated_at: datetime
    version: int


class TemplateDraft(Given):
    """A saved set of mappings."""

    name: Name = Field(examples=["addresses"])
    description: Words = ""
    mappings: list[dict[str, Any]] = Field(
        min_length=1, max_length=5000, examples=[[{"to": "city", "from": "address.city"}]]
    )


class TemplateChange(Given):
    """What may be changed; left out: as it was."""

    name: Name | None = None
    description: Words | None = None
    mappings: list[dict[str, Any]] | None = Field(default=None, min_length=1, max_length=5000)


class TemplateView(Shown):
    """A saved set of mappings."""

    id: str
    project_id: str
    name: str
    description: str
    mappings: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime
    version: int
