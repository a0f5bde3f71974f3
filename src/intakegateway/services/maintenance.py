"""What is done now and then while the gateway serves: one thread for each job."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog
from msgspec import Struct, field

from intakegateway.model.errors import UnavailableError

log = structlog.get_logger()


class Job(Struct, frozen=True):
    """``work`` is done every ``every`` seconds, counted from its end, the first time after ``first``."""

    name: str
    every: float
    work: Callable[[], object]
    first: float = 0.0


class Maintenance(Struct):
    """Does jobs until it is closed. A job that fails is logged, and done again the next time."""

    jobs: Sequence[Job]
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set at the end; jobs that go on until then look at it."""
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin; returns at once."""
        for job in self.jobs:
            thread = threading.Thread(target=self._repeat, args=(job,), name=job.name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Stop; returns when no job is being done any more (or does not end within some seconds)."""
        self.stopped.set()
        for thread in self._threads:
            thread.join(5.0)

    def _repeat(self, job: Job) -> None:
        pause = job.first
        while not self.stopped.wait(pause):
            pause = job.every
            try:
                job.work()
            except UnavailableError as error:
                log.warning("job_waits", job=job.name, reason=str(error))
            except Exception as error:
                log.error("job_failed", job=job.name, exc_info=error)
