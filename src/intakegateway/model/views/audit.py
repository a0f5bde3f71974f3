"""Who changed what."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from intakegateway.model.views.base import Given, Shown, When

Noun = Literal[
    "connection", "delivery", "file", "member", "notification", "project", "push secret", "push token", "run",
    "schedule", "schema", "session", "task", "template", "token", "user",
]  # fmt: skip
"""What can be changed."""
Action = Literal[
    "accepted_invitation", "activated", "backfilled", "cancelled", "changed_password", "cloned", "created",
    "cursor_forgotten", "deleted", "disabled", "enabled", "reject_edits_undone", "rejects_discarded",
    "rejects_edited", "rejects_replayed", "rejects_restored", "removed", "resent", "reset_password",
    "resumed", "retried", "revoked", "rotated", "set_role", "set_up", "sign_in_failed", "signed_in",
    "signed_out", "started", "unlocked", "updated",
]  # fmt: skip
"""What can be done to it."""


class AuditFilter(Given):
    """Which entries; what is left out does not filter. ``since`` is included, ``until`` is not."""

    project: str | None = Field(default=None, max_length=100)
    """Name or id."""
    noun: Noun | None = None
    noun_id: str | None = Field(default=None, max_length=64)
    user: str | None = Field(default=None, max_length=320)
    """Id or e-mail address."""
    action: Action | None = None
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
