"""What a run says while it goes on: its log and its progress, written to the store now and then.

The load itself only notes things in memory. A thread beside it writes them, gives signs of life and looks
whether somebody asked to stop; a slow store does not slow the load.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog
from msgspec import Struct, field
from sqlalchemy.orm import Session

from intakegateway.kit.plainly import plain
from intakegateway.model.errors import GatewayError
from intakegateway.model.run import Progress
from intakegateway.services.claims import Claim
from intakegateway.services.context import Context
from intakegateway.services.events import RUN_LOG, RUN_PROGRESS, emit
from intakegateway.services.events import TOPIC as EVENTS
from intakegateway.store import logs
from intakegateway.store import runs as store
from intakegateway.store.tables.runs import RunLog

TICK = 0.25
"""Seconds between two looks; progress is written at most so often."""
HEARTBEAT = 5.0
"""Seconds between two signs of life."""
LONGEST_MESSAGE = 10_000

log = structlog.get_logger()


class Line(Struct, frozen=True):
    """A line of a run's log that is not in the store yet."""

    at: datetime
    level: str
    event: str
    message: str
    facts: Mapping[str, Any]


class Reporter(Struct):
    """The voice of one claimed run. ``started`` and all else that takes time is in monotonic seconds."""

    context: Context
    claim: Claim
    stop_asked: threading.Event = field(default_factory=threading.Event)
    """Somebody wants the run to end."""
    lost: threading.Event = field(default_factory=threading.Event)
    """Another process has the run now: nothing may be written any more."""
    phases: dict[str, float] = field(default_factory=dict)
    _lines: list[Line] = field(default_factory=list)
    _progress: Progress | None = None
    _told: Progress | None = None
    _phase_since: float = 0.0
    _began: float = 0.0
    _beat: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._began = self._phase_since = self._beat = self.context.clock.monotonic()
        self._thread = threading.Thread(target=self._work, name=f"run {self.claim.run_id}", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop writing; ``take`` has what is left."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._close_phase()

    def line(self, level: str, event: str, message: str = "", **facts: Any) -> None:
        """Log. ``event`` is a constant name; ``facts`` are plain values without secrets."""
        if logs.LEVELS.index(level) < logs.LEVELS.index(self.context.settings.log_level):
            return
        getattr(log, level)(event, run_id=self.claim.run_id, message=message, **facts)
        with self._lock:
            said = plain(message[:LONGEST_MESSAGE])
            self._lines.append(Line(self.context.now(), level, event, said, plain(facts)))

    def progress(self, moment: Progress) -> None:
        """What the engine tells between batches."""
        before = self._progress
        self._progress = moment
        if before is None or before.phase != moment.phase:
            self._close_phase(before.phase if before else "starting")
            self.line("info", "phase_started", f"{moment.phase.capitalize()}.", phase=moment.phase)

    def cancelled(self) -> bool:
        """Whether the engine shall stop."""
        return self.stop_asked.is_set() or self.lost.is_set()

    def take(self) -> list[Line]:
        """The lines that are not written yet; whoever takes them writes them."""
        with self._lock:
            lines, self._lines = self._lines, []
        return lines

    def _work(self) -> None:
        while not self._ended.wait(TICK):
            try:
                self._look()
            except GatewayError as error:
                # The store does not answer for a while: the run goes on, and so does this.
                log.warning("run_not_reported", run_id=self.claim.run_id, reason=str(error))

    def _look(self) -> None:
        now = self.context.clock.monotonic()
        moment = self._progress
        fresh = moment is not None and moment != self._told
        if fresh or self._lines or now - self._beat >= HEARTBEAT:
            self._write(moment if fresh else None)
            self._beat = now
        else:
            with self.context.database.read() as session:
                self._heed(session)

    def _write(self, moment: Progress | None) -> None:
        claim = self.claim
        values: dict[str, Any] = {"heartbeat_at": self.context.now()}
        if moment is not None:
            values |= {
                "phase": moment.phase, "total_records": moment.rows, "rejected_records": moment.rejected,
                "bytes_read": moment.bytes_read, "bytes_total": moment.bytes_total,
                "phases": self.phases_so_far(),
            }  # fmt: skip
        lines = self.take()
        try:
            with self.context.database.write() as session:
                if not store.swap(session, claim.run_id, "RUNNING", claim.fence, **values):
                    self.lost.set()
                    return
                if moment is not None:
                    emit(session, claim.project_id, RUN_PROGRESS, self._facts(moment), claim.run_id)
                write_lines(session, claim.project_id, claim.run_id, lines)
                self._heed(session)
        except GatewayError:
            with self._lock:
                self._lines = [*lines, *self._lines]
            raise
        self._told = moment or self._told
        self.context.bus.wake(EVENTS)

    def _heed(self, session: Session) -> None:
        found = store.state(session, self.claim.run_id)
        if found is None or found[:2] != ("RUNNING", self.claim.fence):
            self.lost.set()
        elif found[2] is not None and not self.stop_asked.is_set():
            self.stop_asked.set()
            self.line("warning", "cancel_seen", "Somebody asked to stop: stopping after this batch.")

    def _facts(self, moment: Progress) -> dict[str, Any]:
        seconds = max(self.context.clock.monotonic() - self._began, 0.001)
        left = seconds_left(moment.bytes_read, moment.bytes_total, seconds)
        return {
            "phase": moment.phase, "rows": moment.rows, "rejected": moment.rejected,
            "bytes_read": moment.bytes_read, "bytes_total": moment.bytes_total,
            "rows_per_second": round(moment.rows / seconds, 1), "seconds_left": left,
            "phases": self.phases_so_far(),
        }  # fmt: skip

    def phases_so_far(self) -> dict[str, float]:
        """Seconds by phase, the one that goes on among them."""
        phase = self._progress.phase if self._progress else "starting"
        going = self.context.clock.monotonic() - self._phase_since
        return {**self.phases, phase: round(self.phases.get(phase, 0.0) + going, 3)}

    def _close_phase(self, name: str | None = None) -> None:
        now = self.context.clock.monotonic()
        phase = name or (self._progress.phase if self._progress else "starting")
        self.phases[phase] = round(self.phases.get(phase, 0.0) + now - self._phase_since, 3)
        self._phase_since = now


def seconds_left(read: int, total: int | None, seconds: float) -> float | None:
    """An estimate from the bytes that are read; None where it would be a guess."""
    if not total or not read or read > total:
        return None
    return round(seconds * (total - read) / read, 1)


def write_lines(session: Session, project_id: str, run_id: str, lines: Iterable[Line]) -> None:
    """Put lines into the log of a run, and tell live pages of them."""
    for one in lines:
        session.add(
            RunLog(
                run_id=run_id, at=one.at, level=one.level, event=one.event, message=one.message,
                facts=dict(one.facts),
            )
        )  # fmt: skip
        data = {
            "level": one.level, "event": one.event, "message": one.message, "facts": dict(one.facts),
            "at": one.at.isoformat(),
        }  # fmt: skip
        emit(session, project_id, RUN_LOG, data, run_id)
