"""What the service keeps for itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from intakegateway.store.tables.base import Table, now


class Fact(Table):
    """A single value of this installation, such as the hash of the set-up token."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Lease(Table):
    """Who may do what only one process does at a time, until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime]


class Answer(Table):
    """The answer to a request with an ``Idempotency-Key``, given again when the key comes again."""

    __tablename__ = "answers"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    """Of method, path and body: the same key with another request is an error."""
    status: Mapped[int | None]
    """None while the first request is still being answered."""
    body: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
