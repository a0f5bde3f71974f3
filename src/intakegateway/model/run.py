"""What a run reports: counts that must balance, and the result that every entry point shows."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict


class Status(StrEnum):
    """The states of a run."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    PARTIAL_SUCCESS = "PARTIAL_SUCCESS"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Counts(Struct, frozen=True):
    """Where every row that was read ended up."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    deduplicated: int = 0
    rejected: int = 0

    @property
    def accounted(self) -> int:
        """The sum of all outcomes; equal to ``read`` when the load balances."""
        outcomes = self.inserted + self.updated + self.unchanged + self.skipped
        return outcomes + self.deduplicated + self.rejected

    @property
    def balances(self) -> bool:
        """``read = inserted + updated + unchanged + skipped + deduplicated + rejected``."""
        return self.read == self.accounted

    def __add__(self, other: Counts) -> Counts:
        mine, theirs = asdict(self), asdict(other)
        return Counts(**{name: mine[name] + theirs[name] for name in mine})

    def as_dict(self) -> dict[str, int]:
        """Plain names and numbers, as the ledger stores them."""
        return asdict(self)


class Reason(Struct, frozen=True):
    """Why rows were rejected: a code, the column it concerns (empty: the whole row), how many rows."""

    code: str
    column: str
    count: int
    message: str = ""
    """One of the messages, as an example."""


class Progress(Struct, frozen=True):
    """A moment of a running load, for bars and live pages."""

    phase: str
    rows: int = 0
    rejected: int = 0
    bytes_read: int = 0
    bytes_total: int | None = None


class Result(Struct, frozen=True):
    """One finished run."""

    run_id: str
    status: Status
    counts: Counts
    rejects_path: str | None = None
    reasons: tuple[Reason, ...] = ()
    duration_seconds: float = 0.0
    bytes_read: int = 0
    destination_kind: str = ""
    table: str = ""
    warnings: tuple[str, ...] = ()
    dry_run: bool = False
    repeated: bool = False
    """This load had already been committed: its counts were read back and nothing was done."""
    plan: PlanDetail | None = None
    error: str | None = None
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds spent in each phase."""

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        counts = self.counts
        rate = counts.read / self.duration_seconds if self.duration_seconds > 0 else 0.0
        shown: dict[str, Any] = {
            "run_id": self.run_id,
            "status": str(self.status),
            "total_records": counts.read,
            "inserted_records": counts.inserted,
            "updated_records": counts.updated,
            "unchanged_records": counts.unchanged,
            "skipped_records": counts.skipped,
            "deduplicated_records": counts.deduplicated,
            "rejected_records": counts.rejected,
            "rejects": {
                "path": self.rejects_path,
                "by_reason": [{"code": r.code, "column": r.column, "count": r.count} for r in self.reasons],
            },
            "duration_seconds": round(self.duration_seconds, 3),
            "bytes_read": self.bytes_read,
            "rows_per_second": round(rate, 1),
            "destination": {"kind": self.destination_kind, "table": self.table},
            "warnings": list(self.warnings),
        }
        if self.repeated:
            shown["repeated"] = True
        if self.error is not None:
            shown["error"] = self.error
        if self.plan is not None:
            shown["plan"] = self.plan.as_json()
        return shown


class PlanDetail(Struct, frozen=True):
    """What a dry run adds to the counts: statements that would run, and sample rows."""

    ddl: tuple[str, ...] = ()
    inserted: tuple[dict[str, Any], ...] = ()
    updated: tuple[dict[str, dict[str, Any]], ...] = ()
    """Each a ``{"before": row, "after": row}``."""
    rejected: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values only."""
        return {
            "ddl": list(self.ddl),
            "samples": {
                "inserted": list(self.inserted),
                "updated": list(self.updated),
                "rejected": list(self.rejected),
            },
        }
