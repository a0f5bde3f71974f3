"""When tasks run by themselves."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from intakegateway.store.tables.base import Key, Table, now


class Schedule(Table):
    """A task's schedule; a task has at most one."""

    __tablename__ = "schedules"
    __table_args__ = (Index(None, "is_enabled", "next_run_at"),)

    id: Mapped[Key]
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), unique=True)
    cron: Mapped[str] = mapped_column(String(200), default="")
    every_seconds: Mapped[int | None]
    """An interval, where there is no cron expression."""
    timezone: Mapped[str] = mapped_column(String(100), default="UTC")
    is_enabled: Mapped[bool] = mapped_column(default=True)
    overlap: Mapped[str] = mapped_column(String(20), default="skip")
    """skip, queue or parallel."""
    missed: Mapped[str] = mapped_column(String(20), default="none")
    """none, last or all."""
    jitter_seconds: Mapped[int] = mapped_column(default=0)
    retries: Mapped[int] = mapped_column(default=0)
    retry_delay_seconds: Mapped[int] = mapped_column(default=60)
    max_failures: Mapped[int] = mapped_column(default=0)
    """Pause after so many failures in a row; 0: never."""
    failures: Mapped[int] = mapped_column(default=0)
    paused_at: Mapped[datetime | None]
    paused_reason: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    next_run_at: Mapped[datetime | None]
    """The planned moment, without jitter."""
    last_run_at: Mapped[datetime | None]
    last_run_id: Mapped[str | None] = mapped_column(String(36))
    last_status: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)
