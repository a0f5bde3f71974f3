"""Tasks, their versions and their mappings."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from intakegateway.model.views.base import Given, Shown, TaskName, Words

EXAMPLE: dict[str, Any] = {
    "name": "orders",
    "source": {"kind": "file", "file": "orders.csv"},
    "mapping": [{"to": "id", "from": "id", "transforms": ["to_int"]}],
    "rules": [{"not_null": "id"}],
    "load": {"connection": "warehouse", "table": "orders", "mode": "upsert", "keys": ["id"]},
}


class LastState(StrEnum):
    """The state of a task's last run."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    PARTIAL_SUCCESS = "PARTIAL_SUCCESS"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    NEVER = "NEVER"
    """It has not run yet."""


class ScheduleState(StrEnum):
    """Whether a task runs by itself."""

    ON = "on"
    OFF = "off"
    PAUSED = "paused"
    """On, but held after failures."""
    NONE = "none"
    """It has no schedule."""


class TaskFilter(Given):
    """Which tasks a list shows; left out: all. ``search``: a part of the name or the table's name."""

    search: str = Field(default="", max_length=200)
    source_kind: str = Field(default="", max_length=30)
    connection: str = Field(default="", max_length=100)
    """The name of a connection that the task reads from or loads into."""
    table: str = Field(default="", max_length=300)
    state: tuple[LastState, ...] = ()
    """The states that the last run may be in."""
    schedule: ScheduleState | None = None


class TaskChange(Given):
    """What may be changed without giving the whole definition; left out: as it was."""

    name: TaskName | None = None
    description: Words | None = None


class TaskCopy(Given):
    """The name of a copy; left out: ``copy of …``."""

    name: TaskName | None = None


class LastRun(Shown):
    """How the last run of a task went."""

    id: str
    status: str
    started_at: datetime | None
    finished_at: datetime | None
    duration_seconds: float
    total_records: int
    inserted_records: int
    updated_records: int
    unchanged_records: int
    skipped_records: int
    deduplicated_records: int
    rejected_records: int


class RecentRun(Shown):
    """How one of the latest runs of a task went."""

    id: str
    status: str
    queued_at: datetime
    duration_seconds: float
    total_records: int
    rejected_records: int


class TaskSchedule(Shown):
    """When a task runs by itself."""

    id: str
    words: str = ""
    """The schedule as a sentence."""
    cron: str
    every_seconds: int | None
    timezone: str
    is_enabled: bool
    paused_at: datetime | None
    next_run_at: datetime | None


class TaskSummary(Shown):
    """A task in a list."""

    id: str
    project_id: str
    name: str
    description: str
    source_kind: str
    source_connection: str
    connection: str
    table: str
    current: int
    """The number of the version that runs use."""
    version: int
    created_at: datetime
    updated_at: datetime
    last_run: LastRun | None = None
    recent: list[RecentRun] = Field(default_factory=list)
    """The last ten runs, the newest first."""
    schedule: TaskSchedule | None = None


class TaskView(TaskSummary):
    """A task with its definition; secrets are shown as ``***``, and kept when that is sent back."""

    definition: dict[str, Any] = Field(examples=[EXAMPLE])
    warnings: list[str] = Field(default_factory=list)
    has_push_token: bool = False
    has_push_secret: bool = False


class VersionView(Shown):
    """A definition as it was saved."""

    number: int
    note: str
    created_by: str | None
    created_by_name: str
    created_at: datetime
    is_current: bool


class VersionDetail(VersionView):
    """With the definition itself."""

    definition: dict[str, Any]


class Difference(Shown):
    """One place where two versions differ; null: not there."""

    path: str = Field(examples=["mapping[2].to"])
    before: Any = None
    after: Any = None


class MappingView(Shown):
    """One mapping of a task. ``id`` is the task's id and the position: it holds for this version."""

    id: str = Field(examples=["0199f0c0-0000-7000-8000-000000000000.3"])
    position: int
    mapping: dict[str, Any] = Field(examples=[{"to": "id", "from": "id", "transforms": ["to_int"]}])


class MappingsView(Shown):
    """All mappings of a task, and the task's version as in its ETag."""

    items: list[MappingView]
    version: int
    warnings: list[str] = Field(default_factory=list)


class MappingsDraft(Given):
    """Mappings for a task: added after those that are there, or in place of all of them."""

    mappings: list[dict[str, Any]] = Field(max_length=5000)
    replace: bool = False


class BulkTransform(Given):
    """One transform for many mappings: added at the end, or at the beginning of what they do already."""

    transform: str | dict[str, Any] = Field(examples=["trim", {"to_date": "%d.%m.%Y"}])
    positions: list[int] | None = Field(default=None, max_length=5000)
    """Left out: every mapping that takes transforms."""
    first: bool = False


class TemplateUse(Given):
    """A template to apply: after the mappings that are there, or in place of them.

    Mappings to columns that are filled already are left out, unless ``replace``.
    """

    template: str = Field(max_length=200)
    replace: bool = False


class PushToken(Shown):
    """The token (or the signing secret) of a task's push address. It is shown this once."""

    token: str
    url: str


class Pushed(Shown):
    """What was taken, and the run that loads it."""

    run_id: str
    file_id: str
    size: int
