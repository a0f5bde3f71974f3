"""Numbers for dashboards."""

from datetime import datetime

from intakegateway.model.run import Status
from intakegateway.model.views.base import Shown


class RunCounts(Shown):
    """What runs did, all together."""

    runs: int = 0
    succeeded: int = 0
    """``SUCCESS``."""
    partial: int = 0
    """``PARTIAL_SUCCESS``: some rows were rejected."""
    failed: int = 0
    cancelled: int = 0
    total_records: int = 0
    inserted_records: int = 0
    updated_records: int = 0
    rejected_records: int = 0
    bytes_read: int = 0
    duration_seconds: float = 0.0
    """Of all runs together."""
    success_rate: float | None = None
    """Share of ``SUCCESS`` and ``PARTIAL_SUCCESS`` among the runs that came to an end by themselves, 0 to 1."""
    mean_seconds: float | None = None


class RunBucket(RunCounts):
    """The runs that ended in one hour or day, from ``at`` on (UTC)."""

    at: datetime


class RunStats(Shown):
    """Runs over time; hours or days without runs are there with zeros."""

    since: datetime
    until: datetime
    bucket: str
    total: RunCounts
    buckets: list[RunBucket]


class TaskStats(RunCounts):
    """How one task has gone."""

    task_id: str
    task_name: str
    last_run_id: str | None
    last_status: Status | None
    last_finished_at: datetime | None


class RunBrief(Shown):
    """A run in a line."""

    id: str
    task_id: str | None
    task_name: str
    status: Status
    trigger: str
    total_records: int
    rejected_records: int
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_seconds: float
    error: str | None = None
    notice: str | None = None
    """What its source and its table differ in."""


class NextRun(Shown):
    """A schedule's next run."""

    task_id: str
    task_name: str
    at: datetime


class Dashboard(Shown):
    """The first page."""

    tasks: int
    connections: int
    schedules_enabled: int
    schedules_paused: int
    pending: int
    running: int
    open_rejects: int
    """Rows rejected in the last 7 days that nobody has replayed or discarded."""
    today: RunCounts
    """The last 24 hours."""
    week: RunCounts
    """The last 7 days."""
    running_now: list[RunBrief]
    recent: list[RunBrief]
    failed: list[RunBrief]
    """The latest failures of the last 7 days."""
    drifted: list[RunBrief]
    """The last runs of tasks whose source and table have grown apart, in the last 7 days."""
    next_runs: list[NextRun]
    hours: list[RunBucket]
    """The last 24 hours, one by one."""
