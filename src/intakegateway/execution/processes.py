"""A warm pool of processes on this machine.

A supervisor thread keeps the pool full: a worker that dies is reported and replaced. The parent and each
worker share a pipe; a worker whose pipe closes has lost its parent, and ends.
"""

from __future__ import annotations

import multiprocessing
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

import structlog
from msgspec import Struct

from intakegateway.execution.channel import attend
from intakegateway.execution.launcher import WorkerState
from intakegateway.kit.ids import uuid7

SOON = 5.0
"""A worker that dies within so many seconds of its start is not replaced at once."""
LONGEST_PAUSE = 30.0
LAST_WORDS = 2.0
"""Seconds between SIGTERM and SIGKILL."""

log = structlog.get_logger()


class _Worker(Struct):
    name: str
    process: Any
    channel: Connection
    started: float
    run_id: str | None = None
    is_ready: bool = False
    killed_at: float | None = None


@dataclass(slots=True)
class Processes:
    """Up to ``workers`` processes, each of which calls ``entry`` (``module:function``) with a channel, its name
    and ``argument``. One more than are at work is there, so that the next run does not wait for a process;
    those that were made stay.

    ``preload``: modules that are imported once, before processes are made, and shared by them.
    ``on_death`` is told the name of a worker that died, and why; ``on_idle`` that one has ended a run.
    """

    entry: str
    argument: Any = field(repr=False)
    workers: int
    preload: Sequence[str] = ()
    on_death: Callable[[str, str], object] = lambda _name, _reason: None
    on_idle: Callable[[], None] = lambda: None
    _pool: dict[int, _Worker] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _closing: bool = False
    _failures: int = 0
    _not_before: float = 0.0
    _thread: threading.Thread | None = None
    _unreported: list[tuple[str, str]] = field(default_factory=list)

    def start(self) -> None:
        """Make the workers; returns at once."""
        self._thread = threading.Thread(target=self._supervise, name="pool", daemon=True)
        self._thread.start()

    def launch(self, run_id: str | None = None) -> None:
        """Wake who is idle."""
        with self._lock:
            for worker in self._pool.values():
                if worker.run_id is None:
                    _send(worker, "wake")

    def cancel(self, run_id: str) -> None:
        """End the worker that is at this run: SIGTERM, and SIGKILL a little later."""
        with self._lock:
            for worker in self._pool.values():
                if worker.run_id == run_id and worker.killed_at is None:
                    log.warning("worker_ended", worker=worker.name, run_id=run_id)
                    worker.killed_at = time.monotonic()
                    worker.process.terminate()

    def state(self) -> list[WorkerState]:
        """The workers, in their order."""
        with self._lock:
            found = sorted(self._pool.items())
            return [WorkerState(one.name, one.process.pid, one.run_id, one.is_ready) for _, one in found]

    def close(self, grace: float = 10.0) -> None:
        """Let runs end for ``grace`` seconds; what is left goes back to the queue."""
        self._closing = True
        with self._lock:
            for worker in self._pool.values():
                _send(worker, "stop")
        until = time.monotonic() + grace
        while self._alive() and time.monotonic() < until:
            time.sleep(0.02)
        with self._lock:
            for worker in self._pool.values():
                worker.process.terminate()
        until = time.monotonic() + LAST_WORDS
        while self._alive() and time.monotonic() < until:
            time.sleep(0.02)
        with self._lock:
            for worker in self._pool.values():
                worker.process.kill()
        if self._thread is not None:
            self._thread.join(10.0)

    def _alive(self) -> bool:
        with self._lock:
            return bool(self._pool) and self._thread is not None and self._thread.is_alive()

    def _supervise(self) -> None:
        context = _context(self.preload)
        while not (self._closing and not self._pool):
            if not self._closing:
                self._fill(context)
            self._hear()
            self._bury()
            self._finish_off()
            self._report()

    def _fill(self, context: Any) -> None:
        busy = sum(worker.run_id is not None for worker in self._pool.values())
        missing = min(self.workers, busy + 1) - len(self._pool)
        for number in [each for each in range(self.workers) if each not in self._pool][: max(missing, 0)]:
            if self._closing or time.monotonic() < self._not_before:
                continue
            ours, theirs = context.Pipe()
            name = f"{socket.gethostname()}:{uuid7()[-12:]}:{number}"
            process = context.Process(
                target=attend, args=(self.entry, theirs, name, self.argument), name=name, daemon=True
            )
            try:
                process.start()
            except (OSError, EOFError) as error:
                # The latter when the process that forks workers was killed; the next try makes it anew.
                log.error("worker_not_started", reason=str(error))
                ours.close()
                self._pause()
                continue
            finally:
                theirs.close()
            with self._lock:
                self._pool[number] = worker = _Worker(name, process, ours, time.monotonic())
                if self._closing:
                    # Whoever closes the pool has told all that were there, and this one was not yet.
                    _send(worker, "stop")

    def _hear(self) -> None:
        """What workers say; returns when one has died, or after a moment."""
        with self._lock:
            channels = {worker.channel: worker for worker in self._pool.values()}
            sentinels = [worker.process.sentinel for worker in self._pool.values()]
        if not channels:
            time.sleep(0.05)
            return
        for ready in wait([*channels, *sentinels], timeout=0.5):
            if isinstance(ready, Connection):
                self._listen(channels[ready])

    def _listen(self, worker: _Worker) -> None:
        try:
            while worker.channel.poll():
                kind, value = worker.channel.recv()
                with self._lock:
                    worker.is_ready = True
                    ended = kind == "run" and value is None
                    worker.run_id = value if kind == "run" else worker.run_id
                if ended:
                    self.on_idle()
        except (EOFError, OSError):
            # It is about to die; its sentinel says when.
            time.sleep(0.01)

    def _bury(self) -> None:
        with self._lock:
            dead = [(number, one) for number, one in self._pool.items() if not one.process.is_alive()]
        for number, worker in dead:
            self._listen(worker)
            reason = _reason(worker)
            worker.channel.close()
            worker.process.join()
            worker.process.close()
            with self._lock:
                del self._pool[number]
            self._unreported.append((worker.name, reason))
            if self._closing:
                continue
            log.warning("worker_died", worker=worker.name, run_id=worker.run_id, reason=reason)
            if (
                time.monotonic() - worker.started < SOON
                and worker.run_id is None
                and worker.killed_at is None
            ):
                self._pause()
            else:
                self._failures = 0

    def _pause(self) -> None:
        """Something is wrong with workers as such: do not make a new one as fast as they die."""
        self._failures += 1
        self._not_before = time.monotonic() + min(0.25 * 2.0**self._failures, LONGEST_PAUSE)

    def _finish_off(self) -> None:
        now = time.monotonic()
        with self._lock:
            for worker in self._pool.values():
                if worker.killed_at is not None and now - worker.killed_at > LAST_WORDS:
                    worker.process.kill()

    def _report(self) -> None:
        waiting, self._unreported = self._unreported, []
        for name, reason in waiting:
            try:
                self.on_death(name, reason)
            except Exception as error:  # noqa: BLE001 whoever listens must not end the supervisor; it is told again
                log.warning("worker_death_not_told", worker=name, reason=str(error))
                if not self._closing:
                    self._unreported.append((name, reason))


def _context(preload: Sequence[str]) -> Any:
    """Processes come from a server that has imported what they need and has no threads to lose."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


def _send(worker: _Worker, word: str) -> None:
    try:
        worker.channel.send(word)
    except (OSError, ValueError):
        # It has died: the supervisor sees that by itself.
        return


def _reason(worker: _Worker) -> str:
    code = worker.process.exitcode
    if worker.killed_at is not None:
        return "it was asked to stop and did not, so its process was ended"
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        more = " (often: the machine had no memory left)" if name == "SIGKILL" else ""
        return f"its process was ended from outside with {name}{more}"
    return f"its process ended with exit code {code}"
