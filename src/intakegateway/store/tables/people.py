"""Who may come in, and what was done by whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intakegateway.store.tables.base import Count, Key, Number, Table, now


class User(Table):
    """A person. ``email`` is kept in lower case; without a password, only single sign-on lets them in."""

    __tablename__ = "users"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    password_hash: Mapped[str | None] = mapped_column(String(300))
    is_admin: Mapped[bool] = mapped_column(default=False)
    """May do everything in every project, and manage people."""
    is_active: Mapped[bool] = mapped_column(default=True)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)


class Identity(Table):
    """Who a user is to a provider of single sign-on."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("provider", "subject"),)

    id: Mapped[Key]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Invitation(Table):
    """The one-time link with which a person chooses a password; each person has one at most."""

    __tablename__ = "invitations"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=now)


class SignIn(Table):
    """A single sign-on under way: what must come back from the provider, used once."""

    __tablename__ = "sign_ins"

    id: Mapped[Key]
    provider: Mapped[str] = mapped_column(String(100))
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    sealed: Mapped[str] = mapped_column(Text)
    """Nonce, code verifier and where to go afterwards; encrypted."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Session(Table):
    """A browser that is signed in. Only a hash of its cookie is kept."""

    __tablename__ = "sessions"

    id: Mapped[Key]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    ip: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ApiToken(Table):
    """A token for programs, shown once. It can do at most what its owner can, and no more than its role."""

    __tablename__ = "api_tokens"

    id: Mapped[Key]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(16))
    """The first characters, so that people tell their tokens apart."""
    role: Mapped[str] = mapped_column(String(20), default="admin")
    """The most that it may do: viewer, operator, editor or admin."""
    project_id: Mapped[str | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    """The only project that it opens; none: all of its owner's."""
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Member(Table):
    """A person's role in a project."""

    __tablename__ = "members"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(default=now)


class AuditEntry(Table):
    """Who changed what, when, from where; secrets are never in it."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "project_id", "id"), Index(None, "noun", "noun_id"))

    id: Mapped[Number]
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    project_id: Mapped[str | None] = mapped_column(String(36))
    user_id: Mapped[str | None] = mapped_column(String(36), index=True)
    user_name: Mapped[str] = mapped_column(String(320))
    ip: Mapped[str] = mapped_column(String(64), default="")
    action: Mapped[str] = mapped_column(String(50))
    """A verb: created, updated, deleted, signed_in, …"""
    noun: Mapped[str] = mapped_column(String(50))
    noun_id: Mapped[str] = mapped_column(String(64), default="")
    noun_name: Mapped[str] = mapped_column(String(300), default="")
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class RateWindow(Table):
    """How often something was tried in a window of time, such as a sign-in from an address."""

    __tablename__ = "rate_windows"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    started_at: Mapped[datetime]
    count: Mapped[Count]
