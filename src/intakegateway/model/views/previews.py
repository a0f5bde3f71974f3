"""Looks at sources, and at what a task makes of them."""

from typing import Any, Literal

from pydantic import Field

from intakegateway.model.views.base import Given, Shown
from intakegateway.model.views.tasks import EXAMPLE

MOST_ROWS = 1000
MOST_SECONDS = 60


class Limits(Given):
    """How much is looked at, and how long."""

    rows: int = Field(default=50, ge=1, le=MOST_ROWS)
    seconds: float = Field(default=20, gt=0, le=MOST_SECONDS)


class SourceLook(Limits):
    """A source to look at: its definition, or JSON that was pasted in place of fetching it."""

    source: dict[str, Any] | None = Field(default=None, examples=[EXAMPLE["source"]])
    sample: str | None = Field(default=None, max_length=5_000_000, description="JSON, in place of a source.")
    records: str | None = Field(default=None, max_length=500, description="A JSONPath into the sample.")
    key_field: str | None = Field(
        default=None, min_length=1, max_length=500, description="A field for the key above each record."
    )
    task: str | None = Field(
        default=None, max_length=200, description="A task whose secrets stand where the source has `***`."
    )


class TaskLook(Limits):
    """A task to look at. ``definition``: one that is not saved; secrets may be ``***`` where a task is named."""

    definition: dict[str, Any] | None = Field(default=None, examples=[EXAMPLE])
    task: str | None = Field(default=None, max_length=200)
    sample: str | None = Field(
        default=None, max_length=5_000_000, description="JSON, in place of its source."
    )


class PlanDraft(Given):
    """A dry run. ``rows``: only so many of the source's; left out: all."""

    definition: dict[str, Any] | None = Field(default=None, examples=[EXAMPLE])
    task: str | None = Field(default=None, max_length=200)
    rows: int | None = Field(default=None, ge=1, le=10_000_000)
    seconds: float = Field(default=30, gt=0, le=MOST_SECONDS)


class FieldView(Shown):
    """A field of a source."""

    name: str
    type: str
    nulls: int
    values: int
    null_share: float
    max_length: int
    date_format: str
    decimal_comma: bool
    notes: list[str]
    samples: list[str]


class FieldsView(Shown):
    """The fields of a source, flat and as a tree."""

    source: str
    fields: list[FieldView]
    tree: list[dict[str, Any]]
    whole: bool
    """By all rows, not only the first ones."""
    rows: int
    warnings: list[str]


class PreviewView(FieldsView):
    """The first rows of a source as a run reads them. ``broken`` could not be read as rows."""

    data: list[dict[str, Any]]
    locators: list[str]
    raw: list[str]
    broken: list[dict[str, Any]]
    detected: dict[str, Any] | None


class FindingView(Shown):
    """A reason, and how many of the rows it concerns."""

    code: str
    column: str
    message: str
    rows: int
    severity: Literal["error", "warning"]


class TriedRowView(Shown):
    """What became of one row. ``after``: as it would be written; null when it would not."""

    number: int
    locator: str
    outcome: Literal["good", "rejected", "deduplicated"]
    before: dict[str, Any]
    after: dict[str, Any] | None
    problems: list[dict[str, str]]


class TouchedView(Shown):
    """What one rule (by its place in the task, from 0) did, and the numbers of the rows it did it to."""

    place: int
    outcome: Literal["rejected", "warned", "changed", "deduplicated"]
    rows: list[int]


class TrialView(Shown):
    """What a task makes of the first rows."""

    columns: list[dict[str, Any]]
    rows: list[TriedRowView]
    findings: list[FindingView]
    counts: dict[str, int]
    stop: str | None
    """A rule would end the run, with this sentence."""
    warnings: list[str]
    touched: list[TouchedView] = Field(default_factory=list)
    """Rows by the rule that they fail."""


class TaskPreviewView(Shown):
    """The source's first rows, and what the task makes of them, or why it makes nothing of them."""

    preview: PreviewView
    trial: TrialView | None
    error: dict[str, Any] | None = None


class PlanView(Shown):
    """What a run would do. ``partial``: only the first rows were looked at."""

    result: dict[str, Any]
    partial: bool
