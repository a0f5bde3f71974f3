"""Numbers for dashboards: tasks, runs, rows, durations, over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from intakegateway.model.actor import Actor, Role
from intakegateway.model.drift import tells_drift
from intakegateway.model.errors import DefinitionError, NotFoundError
from intakegateway.model.run import Status
from intakegateway.model.schedule import FIRST_YEAR, LAST_YEAR
from intakegateway.model.views.stats import (
    Dashboard,
    NextRun,
    RunBrief,
    RunBucket,
    RunCounts,
    RunStats,
    TaskStats,
)
from intakegateway.services.context import Context
from intakegateway.store import stats as store
from intakegateway.store import tasks
from intakegateway.store.tables.runs import Run

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
MOST_BUCKETS = 1000


class Stats(Struct, frozen=True):
    """Read only; for everybody who may look at the project."""

    context: Context

    def runs(
        self, actor: Actor, project_id: str, *, since: datetime | None = None, until: datetime | None = None,
        bucket: str = "day", task: str | None = None,
    ) -> RunStats:  # fmt: skip
        """The runs that ended in a time (30 days if not said otherwise), by hour or day."""
        actor.require(project_id, Role.VIEWER)
        until = _plain(until, "until") or self.context.now()
        since = _plain(since, "since") or until - timedelta(days=30 if bucket == "day" else 2)
        _check(since, until, bucket)
        with self.context.database.read() as session:
            task_id = None
            if task is not None:
                found = tasks.find(session, project_id, task)
                if found is None:
                    raise NotFoundError("task", task)
                task_id = found.id
            total = store.total(session, project_id, since, until, task_id)
            rows = store.by_time(
                session, project_id, since, until, bucket,
                is_embedded=not self.context.database.is_shared, task_id=task_id,
            )  # fmt: skip
        buckets = _filled(rows, since, until, bucket)
        return RunStats(since=since, until=until, bucket=bucket, total=_counts(total), buckets=buckets)

    def tasks(
        self, actor: Actor, project_id: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> list[TaskStats]:
        """How each task has gone in a time (30 days if not said otherwise), the busiest first."""
        actor.require(project_id, Role.VIEWER)
        until = _plain(until, "until") or self.context.now()
        since = _plain(since, "since") or until - timedelta(days=30)
        _check(since, until, "day")
        with self.context.database.read() as session:
            rows = store.by_task(session, project_id, since, until)
            last = store.by_ids(session, [row.last for row in rows])
        return [
            TaskStats(
                task_id=row.task_id, task_name=row.task_name, last_run_id=row.last,
                last_status=Status(last[row.last].status), last_finished_at=last[row.last].finished_at,
                **_counts(row).model_dump(),
            )
            for row in rows
        ]  # fmt: skip

    def dashboard(self, actor: Actor, project_id: str) -> Dashboard:
        """Everything that the first page shows."""
        actor.require(project_id, Role.VIEWER)
        now = self.context.now()
        day, week = now - timedelta(days=1), now - timedelta(days=7)
        with self.context.database.read() as session:
            counts = store.counts(session, project_id)
            active = store.by_status(session, project_id)
            hours = store.by_time(
                session, project_id, day, now, "hour", is_embedded=not self.context.database.is_shared
            )
            return Dashboard(
                tasks=counts[0], connections=counts[1], schedules_enabled=counts[2], schedules_paused=counts[3],
                pending=active.get("PENDING", 0), running=active.get("RUNNING", 0),
                open_rejects=store.open_rejects(session, project_id, week),
                today=_counts(store.total(session, project_id, day, now)),
                week=_counts(store.total(session, project_id, week, now)),
                running_now=_briefs(store.latest(session, project_id, ("RUNNING",), 10)),
                recent=_briefs(store.latest(session, project_id, store.ENDED, 10)),
                failed=_briefs(store.latest(session, project_id, ("FAILED",), 5, week)),
                drifted=_drifted(store.last_of_tasks(session, project_id, week))[:5],
                next_runs=[
                    NextRun(task_id=row.task_id, task_name=row.task_name, at=row.at)
                    for row in store.next_schedules(session, project_id, 5)
                ],
                hours=_filled(hours, day, now, "hour"),
            )  # fmt: skip


def _plain(moment: datetime | None, name: str) -> datetime | None:
    """``moment``, if it can be counted from in days and zones: not at the very ends of the calendar."""
    if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise DefinitionError(f"give a time in the years {FIRST_YEAR} to {LAST_YEAR}.", path=(name,))
    return moment


def _check(since: datetime, until: datetime, bucket: str) -> None:
    if since.tzinfo is None or until.tzinfo is None:
        raise DefinitionError("give times with their zone, such as 2026-03-01T00:00:00Z.", path=("since",))
    if since >= until:
        raise DefinitionError("'since' must be earlier than 'until'.", path=("since",))
    if (until - since) / STEPS[bucket] > MOST_BUCKETS:
        raise DefinitionError(
            f"this is more than {MOST_BUCKETS} {bucket}s.",
            hint="Take a shorter time, or days.",
            path=("since",),
        )


def _counts(row: Any) -> RunCounts:
    given = {
        name: getattr(row, name) or 0 for name in ("runs", "succeeded", "partial", "failed", "cancelled")
    }
    given |= {name: getattr(row, name) for name in store.SUMMED}
    judged = given["succeeded"] + given["partial"] + given["failed"]
    good = given["succeeded"] + given["partial"]
    return RunCounts(
        **given,
        success_rate=good / judged if judged else None,
        mean_seconds=given["duration_seconds"] / given["runs"] if given["runs"] else None,
    )


def _filled(rows: dict[datetime, Any], since: datetime, until: datetime, bucket: str) -> list[RunBucket]:
    at = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if bucket == "day":
        at = at.replace(hour=0)
    found = []
    while at < until:
        counts = _counts(rows[at]) if at in rows else RunCounts()
        found.append(RunBucket(at=at, **counts.model_dump()))
        at += STEPS[bucket]
    return found


def _drifted(runs: list[Run]) -> list[RunBrief]:
    told = {run.id: next((str(one) for one in run.warnings if tells_drift(str(one))), None) for run in runs}
    drifted = _briefs([run for run in runs if told[run.id]])
    return [one.model_copy(update={"notice": told[one.id]}) for one in drifted]


def _briefs(runs: list[Run]) -> list[RunBrief]:
    names = [name for name in RunBrief.model_fields if name not in ("error", "notice")]
    return [
        RunBrief.model_validate(
            {**{name: getattr(run, name) for name in names}, "error": (run.error or {}).get("message")}
        )
        for run in runs
    ]
