"""Places that are told about runs, and what they were sent."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from intakegateway.model.notify import ENDED
from intakegateway.model.run import Status
from intakegateway.model.views.base import Given, Id, Name, Shown

Kind = Literal["webhook", "email", "slack", "teams", "apprise"]
_PART = r"[^@\s,;:<>()\[\]\"\\\x00-\x1f\x7f]+"
_ADDRESS = rf"^{_PART}@{_PART}$"


def _plain(value: str) -> str:
    # In the line of a mail that names who gets it, commas, quotes and the like would make other addresses of it.
    if not re.fullmatch(_ADDRESS, value):
        raise ValueError(f"'{value}' is not a plain address, such as ann@example.org.")
    return value


Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=320),
    AfterValidator(_plain),
    Field(json_schema_extra={"pattern": _ADDRESS}),
]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class NotificationDraft(Given):
    """``url`` for a webhook, Slack, Teams and Apprise (any of its services); ``to`` for e-mail."""

    name: Name = Field(examples=["ops"])
    kind: Kind
    url: Url | None = Field(default=None, examples=["https://hooks.example.org/intake"])
    """Kept secret for Slack, Teams and Apprise, whose addresses are passwords."""
    to: tuple[Address, ...] = Field(default=(), max_length=50)
    headers: dict[str, str] = Field(default={}, max_length=20)
    """Sent with a webhook; kept secret."""
    events: tuple[Status, ...] = ()
    """Told of every task's runs that end so; none: only of tasks that name this place."""
    enabled: bool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind == "email" and not self.to:
            raise ValueError("e-mail needs 'to': at least one address.")
        if self.kind != "email" and not self.url:
            raise ValueError(f"{self.kind} needs 'url'.")
        if self.kind in ("webhook", "slack", "teams") and not str(self.url).startswith(
            ("https://", "http://")
        ):
            raise ValueError("'url' must begin with https:// or http://.")
        if self.headers and self.kind != "webhook":
            raise ValueError("only webhooks have headers.")
        wrong = [status for status in self.events if status not in ENDED]
        if wrong:
            raise ValueError(f"'{wrong[0]}' is not an end. Allowed: {', '.join(ENDED)}.")
        return self


class NotificationChange(Given):
    """What may be changed; left out: as it was."""

    name: Name | None = None
    url: Url | None = None
    to: tuple[Address, ...] | None = Field(default=None, max_length=50)
    headers: dict[str, str] | None = Field(default=None, max_length=20)
    events: tuple[Status, ...] | None = None
    enabled: bool | None = None


class NotificationView(Shown):
    """A place that is told. ``target`` says where it is, without secrets."""

    id: str
    name: str
    kind: Kind
    target: str
    events: list[Status]
    is_enabled: bool
    created_at: datetime
    updated_at: datetime
    version: int


class CreatedNotification(NotificationView):
    """A new place. ``secret`` signs what a webhook is sent (Standard Webhooks); it is shown once."""

    secret: str | None = None


class DeliveryFilter(Given):
    """Which deliveries; what is left out does not filter. ``notification``: name or id of a place."""

    notification: str | None = Field(default=None, max_length=100)
    run: Id | None = None
    status: Literal["pending", "sending", "delivered", "failed"] | None = None


class DeliveryView(Shown):
    """Something that was sent, or is to be."""

    id: str
    notification_id: str | None
    run_id: str | None
    event: str
    target: str
    status: Literal["pending", "sending", "delivered", "failed"]
    attempts: int
    next_attempt_at: datetime | None
    answer: dict[str, Any] | None
    payload: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None
