"""Runs, what they said, and what they rejected."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intakegateway.store.tables.base import BigNumber, Count, Key, Number, Table, now


def _known(column: str) -> Index:
    """An index of the rows where ``column`` has a value."""
    return _index(column, column, where=f"{column} IS NOT NULL")


def _index(name: str, *columns: str, where: str) -> Index:
    there = text(where)
    return Index(f"ix_runs_{name}", *columns, sqlite_where=there, postgresql_where=there)


class Run(Table):
    """One execution of a task version. A row in state PENDING is an entry of the queue."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(None, "status", "available_at", "id"),
        Index(None, "project_id", "id"),
        Index(None, "project_id", "status", "id"),
        # With all that lists of tasks show of the last ten: their rows are far from each other.
        Index(
            "ix_runs_recent",
            "task_id",
            "id",
            "status",
            "queued_at",
            "duration_seconds",
            "total_records",
            "rejected_records",
        ),
        Index(None, "schedule_id", "id"),
        Index(None, "project_id", "finished_at", "id"),
        # Most runs have neither: with those in it, statistics would tell SQLite to scan instead.
        _known("retry_of_run_id"),
        _known("parent_run_id"),
        Index(None, "project_id", "queued_at", "id"),
        Index(None, "project_id", "trigger", "id"),
        Index(None, "project_id", "connection", "id"),
        Index(None, "project_id", "source_connection", "id"),
        Index(None, "project_id", "task_name", "id"),
        # With the number in one index for both, the runs with rejects would have to be sorted.
        _index("with_rejects", "project_id", "id", where="rejected_records > 0"),
        # In the order of lists, with what is looked at: nothing is sorted, and no row is read to count.
        _index("durations", "project_id", "id", "duration_seconds", where="duration_seconds > 0"),
        _index("without_rejects", "project_id", "id", where="rejected_records = 0"),
    )

    id: Mapped[Key]
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    task_id: Mapped[str | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    task_name: Mapped[str] = mapped_column(String(200))
    task_version: Mapped[int | None]
    spec: Mapped[dict[str, Any]]
    """The ``TaskSpec`` that it runs, as it was when the run was made; connections by name."""
    status: Mapped[str] = mapped_column(String(20), default="PENDING")
    phase: Mapped[str] = mapped_column(String(30), default="")
    phases: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Seconds by phase."""
    trigger: Mapped[str] = mapped_column(String(20), default="manual")
    """manual, api, schedule, backfill, retry, replay, push or import."""
    triggered_by: Mapped[str | None] = mapped_column(String(36))
    triggered_by_name: Mapped[str] = mapped_column(String(320), default="")
    schedule_id: Mapped[str | None] = mapped_column(String(36))
    scheduled_for: Mapped[datetime | None]
    parent_run_id: Mapped[str | None] = mapped_column(String(36))
    """The run whose rejects this one replays."""
    is_retry: Mapped[bool] = mapped_column(default=False)
    retry_of_run_id: Mapped[str | None] = mapped_column(String(36))
    is_dry: Mapped[bool] = mapped_column(default=False)
    may_overlap: Mapped[bool] = mapped_column(default=False)
    """Other runs of its task do not hold it back."""
    load_id: Mapped[str] = mapped_column(String(36), index=True)
    """What the destination's ledger knows this load by; the same in every attempt."""
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=1)
    fence: Mapped[int] = mapped_column(default=0)
    """Grows with every claim; an older one may not write any more."""
    worker: Mapped[str] = mapped_column(String(200), default="")
    source_connection: Mapped[str] = mapped_column(String(100), default="")
    connection: Mapped[str] = mapped_column(String(100), default="")
    queued_at: Mapped[datetime] = mapped_column(default=now)
    available_at: Mapped[datetime] = mapped_column(default=now)
    """Not to be claimed before."""
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    total_records: Mapped[Count]
    inserted_records: Mapped[Count]
    updated_records: Mapped[Count]
    unchanged_records: Mapped[Count]
    skipped_records: Mapped[Count]
    deduplicated_records: Mapped[Count]
    rejected_records: Mapped[Count]
    bytes_read: Mapped[Count]
    bytes_total: Mapped[int | None] = mapped_column(BigNumber)
    duration_seconds: Mapped[float] = mapped_column(default=0.0)
    destination_kind: Mapped[str] = mapped_column(String(50), default="")
    destination_table: Mapped[str] = mapped_column(String(300), default="")
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    error: Mapped[dict[str, Any] | None]
    """``code``, ``message``, ``where``, ``hint``."""
    plan: Mapped[dict[str, Any] | None]
    rejects_blob: Mapped[str | None] = mapped_column(String(300))
    """A Parquet file with every reject."""
    input: Mapped[dict[str, Any] | None]
    """What it reads instead of the task's source: a file or a blob."""
    callback_url: Mapped[str | None] = mapped_column(Text)


class RunLog(Table):
    """A line that a run logged."""

    __tablename__ = "run_logs"
    __table_args__ = (Index(None, "run_id", "id"),)

    id: Mapped[Number]
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(default=now)
    level: Mapped[str] = mapped_column(String(10))
    event: Mapped[str] = mapped_column(String(100))
    message: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Event(Table):
    """Something that live pages are told; the id lets them go on where they were."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "project_id", "id"), Index(None, "run_id", "id"))

    id: Mapped[Number]
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    project_id: Mapped[str] = mapped_column(String(36))
    run_id: Mapped[str | None] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(30))
    """run_status, run_progress, run_log or schedule_triggered."""
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RejectGroup(Table):
    """The rejects of a run that have the same cause."""

    __tablename__ = "reject_groups"
    __table_args__ = (UniqueConstraint("run_id", "code", "column_name"),)

    id: Mapped[Key]
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(50))
    column: Mapped[str] = mapped_column("column_name", String(300), default="")
    count: Mapped[Count]
    message: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(20), default="open")
    """open, replayed or discarded."""
    note: Mapped[str] = mapped_column(Text, default="")
    changed_by: Mapped[str | None] = mapped_column(String(36))
    changed_at: Mapped[datetime | None]


class RejectEdit(Table):
    """A change to one field of one reject, or to all rejects with the same value in that field."""

    __tablename__ = "reject_edits"
    __table_args__ = (Index(None, "run_id", "row_number", "id"), Index(None, "run_id", "batch"))

    id: Mapped[Number]
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    row: Mapped[int | None] = mapped_column("row_number", BigNumber)
    """The reject's number from 0; none: every reject whose ``field`` is ``old``."""
    field: Mapped[str] = mapped_column(String(300))
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str | None] = mapped_column(Text)
    batch: Mapped[str] = mapped_column(String(36), default="")
    """The same for the edits that one action made, which are undone together; later ones are greater."""
    edited_by: Mapped[str | None] = mapped_column(String(36))
    edited_at: Mapped[datetime] = mapped_column(default=now)


class RejectMark(Table):
    """Rejects of a run that are not open any more, because they were replayed or discarded together."""

    __tablename__ = "reject_marks"
    __table_args__ = (
        Index(
            "ix_reject_marks_replaying", "child_run_id", sqlite_where=text("state = 'replaying'"),
            postgresql_where=text("state = 'replaying'"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(20))
    """replaying, replayed, discarded or released (a replay that failed: its rows are open again)."""
    child_run_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """The run that replays them."""
    rows: Mapped[bytes] = mapped_column(LargeBinary)
    """Their numbers from 0, packed."""
    count: Mapped[Count]
    groups: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How many of them each cause has, by the id of its ``reject_groups`` row."""
    note: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[str | None] = mapped_column(String(36))
    made_by_name: Mapped[str] = mapped_column(String(320), default="")
    made_at: Mapped[datetime] = mapped_column(default=now)


class Delivery(Table):
    """A message about a run: what was sent where, how often, and what came back."""

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "status", "next_attempt_at"), Index(None, "project_id", "id"))

    id: Mapped[Key]
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    notification_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """None: the ``callback_url`` of a run."""
    run_id: Mapped[str | None] = mapped_column(String(36), index=True)
    event: Mapped[str] = mapped_column(String(50))
    target: Mapped[str] = mapped_column(Text, default="")
    """Where it goes, as people may see it."""
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(20), default="pending")
    """pending, sending, delivered or failed."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(default=now)
    answer: Mapped[dict[str, Any] | None]
    """The last answer: status, the start of the body, seconds; or the error."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
