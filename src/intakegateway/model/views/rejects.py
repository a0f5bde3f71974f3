"""Rejects: what was wrong with rows, what people make of them, and how they come in after all."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from intakegateway.model.views.base import Given, Shown, Words

RowNumber = Annotated[int, Field(ge=0, le=2**31)]
"""A reject's number in its run, from 0."""
FieldName = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
Cell = Annotated[str, StringConstraints(max_length=1_000_000, pattern=r"^[^\x00]*$")]
"""A value as text."""
Format = Literal["csv", "jsonl", "parquet", "xlsx"]
State = Literal["open", "replaying", "replayed", "discarded"]


class RejectCounts(Shown):
    """How many rejects are in which state."""

    total: int = 0
    open: int = 0
    """Waiting for somebody."""
    replaying: int = 0
    """A replay that has not ended yet has them."""
    replayed: int = 0
    """Loaded by a replay, or rejected by it again: then they are rejects of that run."""
    discarded: int = 0


class RejectGroup(Shown):
    """Rejects of the same cause. A row with several causes is in several groups."""

    id: str
    code: str
    column: str
    """Empty: the whole row."""
    message: str
    """Of one of them, as an example."""
    status: Literal["open", "replayed", "discarded"]
    """Open as long as one of its rejects is."""
    count: int
    counts: RejectCounts


class RejectGroups(Shown):
    """The causes of a run's rejects, most rows first."""

    items: list[RejectGroup]
    counts: RejectCounts
    fields: list[str]
    """The fields that rejects have, in their order."""
    edits: int
    """How many edits there are."""


class RejectFilter(Given):
    """Which rejects; what is left out does not matter."""

    group: str | None = Field(default=None, max_length=36)
    """The id of a cause."""
    column: str | None = Field(default=None, max_length=300)
    """Rejected because of this column."""
    search: str = Field(default="", max_length=200)
    """A part of the place, of a message, or of any original value; case does not matter."""
    state: State | None = None
    edited: bool | None = None


class RejectReason(Shown):
    """One thing that is wrong with a row."""

    code: str
    column: str
    message: str


class Reject(Shown):
    """A rejected row."""

    row: int
    locator: str
    """Its place in the source."""
    original: dict[str, Any]
    """The fields as they were read, as text."""
    values: dict[str, Any]
    """The fields as they are now."""
    edited: list[str]
    """Fields whose value was changed."""
    raw: str | None
    """The text of a record that could not be read as a row. Editing a field makes it a row."""
    reasons: list[RejectReason]
    state: State


class RejectPage(Shown):
    """A part of the rejects in the order of their numbers."""

    items: list[Reject]
    total: int | None
    """How many the filter finds; null where counting would take long."""
    next: int | None
    """Give it as ``after`` to go on; null at the end."""
    given_up: bool = False
    """The page is not full because millions of rows had been looked through; there may be more after ``next``."""


class CellEdit(Given):
    """A new value for a field of one reject."""

    row: RowNumber = Field(examples=[17])
    field: FieldName = Field(examples=["qty"])
    value: Cell | None = Field(examples=["10"])
    """null: no value."""


class EditsDraft(Given):
    """Values to set."""

    edits: tuple[CellEdit, ...] = Field(min_length=1, max_length=1000)


class EverywhereDraft(Given):
    """A new value for all open rejects that have the same one in a field."""

    field: FieldName = Field(examples=["qty"])
    old: Cell | None = Field(examples=["ten"])
    """As it is now."""
    new: Cell | None = Field(examples=["10"])
    preview: bool = False
    """Only say how many rejects that would change."""


class EditsMade(Shown):
    """What an edit did, or would do."""

    rows: int
    """Rejects whose value it changed or would change."""
    edits: int
    """How many edits there are now."""
    batch: str | None
    """What was done together; ``undo`` takes back the latest."""


class EditView(Shown):
    """An edit that was made."""

    id: int
    batch: str
    row: int | None
    """None: every reject whose field was ``old`` when it was rejected."""
    field: str
    old: str | None
    new: str | None
    edited_by: str | None
    edited_at: datetime


class ValueCount(Shown):
    """A value of a field and how many open rejects have it."""

    value: str | None
    count: int


class RejectValues(Shown):
    """The most frequent values of a field."""

    field: str
    items: list[ValueCount]
    distinct: int


class Selection(Given):
    """Which open rejects. With nothing given: all of them."""

    groups: tuple[Annotated[str, StringConstraints(max_length=36)], ...] = Field(default=(), max_length=1000)
    """Ids of causes: rejects that have one of them."""
    rows: tuple[RowNumber, ...] = Field(default=(), max_length=10_000)
    edited: bool = False
    """Only those that have an edit."""


class DiscardDraft(Selection):
    """Rejects that shall not be loaded."""

    note: Words = Field(min_length=1, max_length=2000, examples=["test orders"])
    """Why."""


class RejectsChanged(Shown):
    """How many rejects were changed, and what is there now."""

    changed: int
    counts: RejectCounts


class CheckDraft(Selection):
    """Edits to check; by default of the rejects that have one."""

    edited: bool = True
    version: Literal["current", "parent"] = "current"
    """By the task's present definition, or by the one that the run had."""
    limit: int = Field(default=10_000, ge=1, le=100_000)
    """The most rejects to look at."""


class CheckedReject(Shown):
    """A reject that would be rejected again."""

    row: int
    reasons: list[RejectReason]


class CheckView(Shown):
    """What a replay would do. Nothing was written."""

    checked: int
    selected: int
    """How many there are; more than ``checked`` where ``limit`` was reached."""
    passed: int
    failed: int
    items: list[CheckedReject]
    """Those that would be rejected again: the first 1000."""
    remark: str | None
    """What was not looked at."""
    warnings: list[str]


class ReplayDraft(Selection):
    """Rejects to load again, with their edits."""

    version: Literal["current", "parent"] = "current"
    """With the task's present definition, or with the one that the run had."""
    wait: bool | None = None
    """Answer when it has ended (true), at once (false), or (left out) when it has ended if it is small."""


class RuleDraft(Given):
    """Edits to make a rule of, for the rows that come."""

    field: FieldName
    """All edits of its equal values."""


class RuleProposal(Shown):
    """A change to the task that does to all rows what the edits did."""

    sentence: str
    mapping: list[dict[str, Any]]
    """The task's mapping with the change, to be saved as it is."""
    place: int
    """Which entry of it is new or changed."""
    before: dict[str, Any] | None
    after: dict[str, Any]
    version: int
    """The task's version that it was made from."""


class Imported(Shown):
    """What a file of corrected rejects changed."""

    rows: int
    """Rejects that were in the file."""
    changed: int
    """Cells that differ and became edits."""
    skipped: int
    """Rejects that are not open any more, and were left alone."""
    edits: int
