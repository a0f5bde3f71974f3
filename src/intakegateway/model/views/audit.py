"""Who changed what."""

from datetime import datetime
from typing import Any

from pydantic import Field

from intakegateway.model.views.base import Given, Shown, When


class AuditFilter(Given):
    """Which entries; what is left out does not filter. ``since`` is included, ``until`` is not."""

    project: str | None = Field(default=None, max_length=100)
    """Name or id."""
    noun: str | None = Field(default=None, max_length=50)
    noun_id: str | None = Field(default=None, max_length=64)
    user: str | None = Field(default=None, max_length=320)
    """Id or e-mail address."""
    action: str | None = Field(default=None, max_length=50)
    since: When | None = None
    until: When | None = None


class AuditView(Shown):
    """One change: the person's name and the thing's are as they were then."""

    id: int
    at: datetime
    project_id: str | None
    user_id: str | None
    user_name: str
    ip: str
    action: str
    noun: str
    noun_id: str
    noun_name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
