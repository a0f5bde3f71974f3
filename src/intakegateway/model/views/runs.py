"""Runs: what starts one, what is known of it, what it logged."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from intakegateway.model.run import Status
from intakegateway.model.views.base import Given, Id, Shown
from intakegateway.model.views.rejects import RejectCounts

Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""An id or a name."""
Url = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s\x00]+$")]
FINISHED = frozenset({Status.SUCCESS, Status.PARTIAL_SUCCESS, Status.FAILED, Status.CANCELLED})
"""The states that a run does not leave."""


class RunDraftView(Given):
    """A run to start: of a task, or (editors only) of a definition that is not kept."""

    task: Reference | None = Field(default=None, examples=["orders"])
    """Id or name."""
    spec: dict[str, Any] | None = None
    """A task definition, run as it is. Only without ``task``."""
    version: int | None = Field(default=None, ge=1, le=1_000_000_000)
    """A version of the task; left out: the current one."""
    wait: bool | None = None
    """Answer when it has ended (true), at once (false), or (left out) when it has ended if its input is small."""
    dry_run: bool = False
    max_attempts: int = Field(default=1, ge=1, le=100)
    """How often it is tried while a system does not answer."""
    callback_url: Url | None = None
    """Is told how it ended."""


class ImportDraft(Given):
    """A task by its name, or all tasks of the project (``tables``: those whose name matches a glob)."""

    task: Reference | None = Field(default=None, examples=["orders"])
    tables: Reference | None = Field(default=None, examples=["sales_*"])
    """A glob over the names of tasks."""
    connection: Reference | None = None
    """Load into this connection instead of the task's."""
    callback_url: Url | None = None
    max_attempts: int = Field(default=1, ge=1, le=100)


Trigger = Literal["manual", "api", "schedule", "backfill", "retry", "replay", "push", "import"]
"""What starts runs."""


class RunFilter(Given):
    """Which runs a list shows; what is left out does not matter."""

    task: Reference | None = None
    status: tuple[Status, ...] = ()
    trigger: Trigger | None = None
    schedule: Id | None = None
    connection: Reference | None = None
    """The destination's or the source's."""
    since: datetime | None = None
    """Queued at or after."""
    until: datetime | None = None
    """Queued before."""
    search: str = Field(default="", max_length=200)
    """A part of the task's name, or the start of a run's id."""
    has_rejects: bool | None = None
    min_seconds: float | None = Field(default=None, ge=0, le=1e9)
    """Of runs that have ended: it took that long, or longer."""
    max_seconds: float | None = Field(default=None, ge=0, le=1e9)
    """Of runs that have ended: it took less than that."""
    before: Id | None = None
    """Only runs that were queued before the run with this id: to page through very long lists."""


class RunSummary(Shown):
    """A run in a list."""

    id: str
    task_id: str | None
    task_name: str
    task_version: int | None
    status: Status
    phase: str
    trigger: str
    triggered_by: str | None
    triggered_by_name: str
    schedule_id: str | None
    scheduled_for: datetime | None
    parent_run_id: str | None
    is_retry: bool
    retry_of_run_id: str | None
    is_dry: bool
    attempt: int
    max_attempts: int
    source_connection: str
    connection: str
    destination_kind: str
    destination_table: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    duration_seconds: float
    total_records: int
    inserted_records: int
    updated_records: int
    unchanged_records: int
    skipped_records: int
    deduplicated_records: int
    rejected_records: int
    bytes_read: int
    bytes_total: int | None


class RunLink(Shown):
    """Another run that belongs to this one."""

    id: str
    status: Status
    queued_at: datetime


class RejectGroupView(Shown):
    """Rejects of the same cause."""

    id: str
    code: str
    column: str
    count: int
    message: str
    status: str
    """open, replayed or discarded."""
    counts: RejectCounts


class RunError(Shown):
    """Why a run failed."""

    code: str
    message: str
    where: str | None = None
    hint: str | None = None


class RunView(RunSummary):
    """Everything about a run."""

    load_id: str
    """What the destination's ledger knows this load by."""
    phases: dict[str, float]
    """Seconds by phase."""
    rows_per_second: float
    seconds_left: float | None
    """An estimate, while it runs and the input's size is known."""
    available_at: datetime
    """Not started before."""
    heartbeat_at: datetime | None
    worker: str
    warnings: list[str]
    error: RunError | None
    reject_groups: list[RejectGroupView]
    rejects: RejectCounts
    """How many rejects are open, replayed, discarded."""
    plan: dict[str, Any] | None
    """Of a dry run: the statements that would run, and sample rows."""
    spec: dict[str, Any]
    """The definition that it runs; secrets are masked."""
    input: dict[str, Any] | None
    callback_url: str | None
    retries: list[RunLink]
    """Runs that tried this one again."""
    replays: list[RunLink]
    """Runs that loaded its rejects."""


class RunLogView(Shown):
    """A line that a run logged."""

    id: int
    at: datetime
    level: str
    """debug, info, warning or error."""
    event: str
    """What happened, a constant name such as ``phase_started``."""
    message: str
    facts: dict[str, Any]


class LogFilter(Given):
    """Which lines of a log."""

    level: str = Field(default="debug", pattern="^(debug|info|warning|error)$")
    """This one and the more serious ones."""
    search: str = Field(default="", max_length=200)
    after: int = Field(default=0, ge=0, le=2**62)
    """Only lines with a greater id: to go on where the last answer ended."""
    limit: int = Field(default=200, ge=1, le=5000)
    newest: bool = False
    """Of the lines that fit the last ones, instead of the first; in their order all the same."""


class RunLogPage(Shown):
    """Lines in the order in which they were written."""

    items: list[RunLogView]
    last: int
    """The id to give as ``after`` next time."""


class RetryDraft(Given):
    """How a run is tried again."""

    current: bool = False
    """With the task's present definition, instead of the one that the run had."""
    wait: bool | None = None
