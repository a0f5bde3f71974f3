"""Uploaded files."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from intakegateway.model.views.base import Given, Shown


class FileDraft(Given):
    """A file that is about to be sent in pieces."""

    name: str = Field(min_length=1, max_length=400, examples=["orders.csv"])
    size: int = Field(ge=0, le=1 << 50, description="Bytes in all.")


Standing = Literal["uploading", "ready", "failed"]
"""How far an uploaded file has come."""


class FileFilter(Given):
    """Which files a list shows; left out: all."""

    search: str = Field(default="", max_length=200)
    format: str = Field(default="", max_length=30)
    status: Standing | None = None


class FileView(Shown):
    """An uploaded file. ``received`` is less than ``size`` while it is still being sent."""

    id: str
    project_id: str
    name: str
    size: int
    received: int
    sha256: str
    format: str
    encoding: str
    detected: dict[str, Any]
    """Delimiter, quote, header, decimal comma, fields, warnings and a workbook's sheets (``name``, ``rows``,
    ``hidden``), as far as the format has them."""
    status: str = Field(examples=["ready"], description="uploading, ready or failed")
    error: str
    """Why it cannot be read as it is; empty: nothing is known against it."""
    has_profile: bool
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class FileTaskView(Shown):
    """A task for a file, as the project's settings have it; it is not kept yet: send it to ``/tasks``."""

    definition: dict[str, Any] = Field(
        examples=[{"name": "orders", "source": {"kind": "file", "file": "exp_orders.csv"}}]
    )
    table: str = Field(description="Named by the project's `table_naming`.", examples=["orders"])
    rules_of: list[str] = Field(description="The globs of the project's `tables` that fit the file.")
    warnings: list[str]


class ProfileView(Shown):
    """What the values of each field are like. ``whole``: by all rows, not only the first ``rows``."""

    rows: int
    whole: bool
    columns: list[dict[str, Any]]
    warnings: list[str]


class FilesView(Shown):
    """The files that one request brought."""

    items: list[FileView]
