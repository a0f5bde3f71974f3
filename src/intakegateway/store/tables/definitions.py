"""What people define: projects, connections, files, tasks, schemas, templates, notifications."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intakegateway.store.tables.base import Count, Key, Table, now


class Project(Table):
    """The space that owns everything below. ``name`` is what URLs and files say."""

    __tablename__ = "projects"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """``defaults``, ``table_naming`` and ``tables`` of its project file; limits."""
    active_connection_id: Mapped[str | None] = mapped_column(String(36))
    """The destination of tasks that name none."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)


class Connection(Table):
    """A named way to reach a system. ``config`` is public; ``secrets`` has each secret field, sealed."""

    __tablename__ = "connections"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[Key]
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(50), index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets: Mapped[dict[str, Any]] = mapped_column(default=dict)
    test: Mapped[dict[str, Any] | None]
    """The last test: when, its steps, the server's version."""
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)


class File(Table):
    """An uploaded file. Its content is the blob ``blob``."""

    __tablename__ = "files"
    __table_args__ = (Index(None, "project_id", "created_at"),)

    id: Mapped[Key]
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(500))
    size: Mapped[Count]
    received: Mapped[Count]
    """Bytes that have arrived; less than ``size`` while an upload is under way."""
    sha256: Mapped[str] = mapped_column(String(64), default="", index=True)
    format: Mapped[str] = mapped_column(String(30), default="")
    encoding: Mapped[str] = mapped_column(String(50), default="")
    detected: Mapped[dict[str, Any]] = mapped_column(default=dict)
    profile: Mapped[dict[str, Any] | None]
    status: Mapped[str] = mapped_column(String(20), default="uploading", index=True)
    """uploading, ready or failed."""
    error: Mapped[str] = mapped_column(Text, default="")
    blob: Mapped[str] = mapped_column(String(300))
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Task(Table):
    """An import. Its definition is the version ``current`` of ``task_versions``."""

    __tablename__ = "tasks"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[Key]
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    source_kind: Mapped[str] = mapped_column(String(30), default="")
    source_connection: Mapped[str] = mapped_column(String(100), default="", index=True)
    """Names as the definition has them, so that lists can filter."""
    connection: Mapped[str] = mapped_column(String(100), default="", index=True)
    table: Mapped[str] = mapped_column("table_name", String(300), default="")
    current: Mapped[int] = mapped_column(default=1)
    push_token_hash: Mapped[str | None] = mapped_column(String(64))
    push_secret: Mapped[str | None] = mapped_column(Text)
    """Sealed; signs what is pushed."""
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)
    """Counts every change, that of the name too; the ETag."""


class TaskVersion(Table):
    """A definition as it was saved; runs say which one they used."""

    __tablename__ = "task_versions"
    __table_args__ = (UniqueConstraint("task_id", "number"),)

    id: Mapped[Key]
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    number: Mapped[int]
    spec: Mapped[dict[str, Any]]
    """A ``TaskSpec``, secrets only as references and sealed texts."""
    note: Mapped[str] = mapped_column(String(500), default="")
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_by_name: Mapped[str] = mapped_column(String(320), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Schema(Table):
    """A named definition of a target table that tasks can be held to."""

    __tablename__ = "schemas"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[Key]
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    columns: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)


class Template(Table):
    """A saved set of mappings, shared in the project."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[Key]
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    mappings: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)


class Notification(Table):
    """A place that is told about runs. ``secrets`` has its secret fields, sealed."""

    __tablename__ = "notifications"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[Key]
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(30))
    """webhook, email, slack, teams or apprise."""
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets: Mapped[dict[str, Any]] = mapped_column(default=dict)
    events: Mapped[list[Any]] = mapped_column(default=list)
    """Statuses of runs that are told for every task; empty: only tasks that name it."""
    is_enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)


class Cursor(Table):
    """How far an incremental source has been read. ``pending`` holds until the ledger knows ``load_id``."""

    __tablename__ = "cursors"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    project_id: Mapped[str | None] = mapped_column(String(36), index=True)
    value: Mapped[dict[str, Any] | None]
    pending: Mapped[dict[str, Any] | None]
    load_id: Mapped[str | None] = mapped_column(String(36))
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class SeenObject(Table):
    """A file of a folder, server or bucket that has been loaded before."""

    __tablename__ = "seen_objects"
    __table_args__ = (UniqueConstraint("task_id", "path", "fingerprint"),)

    id: Mapped[Key]
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(1000))
    fingerprint: Mapped[str] = mapped_column(String(100))
    size: Mapped[Count]
    modified_at: Mapped[datetime | None]
    run_id: Mapped[str | None] = mapped_column(String(36))
    seen_at: Mapped[datetime] = mapped_column(default=now)
