"""The clock: puts runs into the queue when their time has come, once, however many schedulers look."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.model.actor import SYSTEM
from intakegateway.model.run import Status
from intakegateway.model.schedule import ScheduleSpec
from intakegateway.services import events, queue, timetable
from intakegateway.services.context import Context
from intakegateway.services.schedules import TOPIC, spec_of
from intakegateway.store import schedules as store
from intakegateway.store import tasks
from intakegateway.store.tables.definitions import Task
from intakegateway.store.tables.runs import Run
from intakegateway.store.tables.schedules import Schedule

GRACE = timedelta(minutes=1)
"""A run that starts so late is not yet one that was missed."""
MOST_MADE_UP = 100
"""With ``missed: all``, at most so many runs are made up for; the latest ones."""
MOST_QUEUED = 100
"""With ``overlap: queue``, at most so many runs of a schedule wait."""
_AT_ONCE = 100


class Scheduler(Struct, frozen=True):
    """Fires what is due. Any number of them may work on one database."""

    context: Context

    def tick(self) -> int:
        """Fire all that is due now; the number of runs that were put into the queue."""
        now = self.context.now()
        with self.context.database.read() as session:
            found = store.due(session, now, _AT_ONCE)
        fired = 0
        for schedule in found:
            fired += self._fire(schedule.id, schedule.next_run_at, now)
        if fired:
            self.context.bus.wake(queue.TOPIC)
        if found:
            self.context.bus.wake(events.TOPIC)
        return fired

    def seconds_to_next(self, most: float) -> float:
        """How long nothing is due; no more than ``most``."""
        with self.context.database.read() as session:
            moment = store.next_due(session)
        if moment is None:
            return most
        return min(max((moment - self.context.now()).total_seconds(), 0.0), most)

    def run(self, stopped: threading.Event, longest: float = 5.0) -> None:
        """Tick until ``stopped`` (a ``threading.Event``) is set. Changed schedules are noticed at once."""
        seen = self.context.bus.count(TOPIC)
        while not stopped.is_set():
            self.tick()
            seen = self.context.bus.wait(TOPIC, seen, self.seconds_to_next(longest))

    def _fire(self, schedule_id: str, seen: datetime | None, now: datetime) -> int:
        with self.context.database.write() as session:
            schedule = session.get(Schedule, schedule_id)
            task = session.get(Task, schedule.task_id) if schedule is not None else None
            if schedule is None or task is None or seen is None:
                return 0
            spec = spec_of(schedule)
            due, missed = _due(spec, seen, now)
            if not store.advance(session, schedule, seen, timetable.next_moment(spec, now)):
                return 0
            session.refresh(schedule)
            version = tasks.version(session, task)
            fired = 0
            is_busy = schedule.overlap == "skip" and store.active_runs(session, task.id) > 0
            for moment in due:
                reason = "the task is still running" if is_busy else _held_back(session, schedule)
                if reason:
                    _tell(session, schedule, task, moment, {"skipped": reason})
                    continue
                draft = queue.RunDraft(
                    schedule.project_id, task, version, "schedule", schedule_id=schedule.id,
                    scheduled_for=moment, available_at=now + _jitter(schedule, moment),
                    may_overlap=schedule.overlap == "parallel",
                )  # fmt: skip
                run = queue.enqueue(session, SYSTEM, draft, now)
                _tell(session, schedule, task, moment, {"run_id": run.id})
                schedule.last_run_at, schedule.last_run_id = now, run.id
                fired += 1
            if missed:
                _tell(session, schedule, task, seen, {"missed": missed})
            return fired


def finished(session: Session, run: Run) -> None:
    """After a run of a schedule: retry it, count failures, pause. Called in the run's last transaction."""
    if run.schedule_id is None or run.trigger == "backfill":
        return
    schedule = session.get(Schedule, run.schedule_id)
    task = session.get(Task, run.task_id) if run.task_id else None
    if schedule is None or task is None or run.status == Status.CANCELLED:
        return
    schedule.last_status = run.status
    if run.status != Status.FAILED:
        schedule.failures = 0
        return
    now = run.finished_at or run.queued_at
    if _retry(session, schedule, task, run, now):
        return
    schedule.failures += 1
    if 0 < schedule.max_failures <= schedule.failures and schedule.paused_at is None:
        schedule.paused_at = now
        schedule.paused_reason = f"{schedule.failures} runs in a row have failed."
        schedule.next_run_at = None
        events.emit(
            session, schedule.project_id, events.SCHEDULE_TRIGGERED,
            {"schedule_id": schedule.id, "task_name": task.name, "paused": schedule.paused_reason},
        )  # fmt: skip


def _retry(session: Session, schedule: Schedule, task: Task, run: Run, now: datetime) -> bool:
    """Put the run into the queue once more, unless its definition is wrong or it was tried often enough."""
    tried, earlier = 0, run
    while earlier.retry_of_run_id is not None and earlier.trigger == "schedule":
        before = session.get(Run, earlier.retry_of_run_id)
        if before is None:
            break
        tried, earlier = tried + 1, before
    wrong = (run.error or {}).get("code") == "definition"
    if wrong or tried >= schedule.retries:
        return False
    draft = queue.RunDraft(
        run.project_id, task, None, "schedule", spec=run.spec, schedule_id=schedule.id,
        scheduled_for=run.scheduled_for, retry_of_run_id=run.id,
        available_at=now + timedelta(seconds=schedule.retry_delay_seconds),
        may_overlap=schedule.overlap == "parallel",
    )  # fmt: skip
    queue.enqueue(session, SYSTEM, draft, now).task_version = run.task_version
    return True


def _due(spec: ScheduleSpec, seen: datetime, now: datetime) -> tuple[list[datetime], int]:
    """The moments to fire, and how many were missed and are left out."""
    # Only the latest are made up for; so many lie in a long time without a scheduler that all are not listed.
    found = timetable.between(spec, max(seen, now - timedelta(days=366)), now, 100_000)
    timely = [moment for moment in found if now - moment <= GRACE][-1:]
    late = [moment for moment in found if moment not in timely]
    made_up: list[datetime] = []
    if spec.missed == "all":
        made_up = late[-MOST_MADE_UP:]
    elif spec.missed == "last" and not timely:
        made_up = late[-1:]
    return made_up + timely, len(late) - len(made_up)


def _held_back(session: Session, schedule: Schedule) -> str:
    """Why a run must not be put into the queue; empty: it may."""
    if schedule.overlap != "queue":
        return ""
    waiting = store.active_runs(session, schedule.task_id, queued_by=schedule.id)
    return f"{MOST_QUEUED} runs of this schedule are waiting already" if waiting >= MOST_QUEUED else ""


def _jitter(schedule: Schedule, moment: datetime) -> timedelta:
    """A delay that depends on schedule and moment alone, so that every scheduler comes to the same."""
    if not schedule.jitter_seconds:
        return timedelta()
    digest = hashlib.sha256(f"{schedule.id} {moment.timestamp()}".encode()).digest()
    share = int.from_bytes(digest[:8]) / 2**64
    return timedelta(seconds=share * schedule.jitter_seconds)


def _tell(
    session: Session, schedule: Schedule, task: Task, moment: datetime, facts: dict[str, object]
) -> None:
    data = {"schedule_id": schedule.id, "task_id": task.id, "task_name": task.name,
            "scheduled_for": moment.isoformat(), **facts}  # fmt: skip
    events.emit(session, schedule.project_id, events.SCHEDULE_TRIGGERED, data)
