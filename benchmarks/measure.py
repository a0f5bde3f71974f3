"""Whole processes, timed in turn, with their peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """One run: wall and processor seconds, peak resident megabytes of the process itself."""

    wall: float
    cpu: float
    peak_mb: float


@dataclass
class Contender:
    """One way to do a case. ``before`` puts the destination back, outside the measured time."""

    name: str
    command: Sequence[str] | str
    before: Callable[[], None] = lambda: None
    check: Callable[[], None] = lambda: None
    samples: list[Sample] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    allowed: tuple[int, ...] = (0,)

    @property
    def wall(self) -> float:
        """The median."""
        return statistics.median(sample.wall for sample in self.samples)

    @property
    def peak_mb(self) -> float:
        """The highest."""
        return max(sample.peak_mb for sample in self.samples)

    def run(self) -> Sample:
        """Once: prepare, time, check."""
        self.before()
        with tempfile.TemporaryFile() as log:
            started = time.perf_counter()
            process = subprocess.Popen(
                self.command, shell=isinstance(self.command, str), stdout=log, stderr=log,
                env=_environment(self.env), executable="/bin/bash" if isinstance(self.command, str) else None,
            )  # fmt: skip
            # The kernel's own maximum includes the memory of this process before exec; this one does not.
            peak = _Peak(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode not in self.allowed:
                log.seek(0)
                text = log.read().decode(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name} ended with {process.returncode}:\n{text}")
        self.check()
        sample = Sample(wall, usage.ru_utime + usage.ru_stime, peak.stop())
        self.samples.append(sample)
        return sample


class _Peak:
    """Follows the resident memory of a process and its children, in megabytes."""

    def __init__(self, pid: int) -> None:
        self._pid, self._highest, self._done = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """The highest that was seen."""
        self._done.set()
        self._thread.join()
        return self._highest

    def _follow(self) -> None:
        while not self._done.wait(0.05):
            try:
                status = Path(f"/proc/{self._pid}/status").read_text()
            except OSError:
                return
            for line in status.splitlines():
                if line.startswith("VmHWM:"):
                    self._highest = max(self._highest, int(line.split()[1]) / 1024)


def _environment(more: dict[str, str]) -> dict[str, str]:
    """Ours, but every program may keep its compiled modules, as an installed one does."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **more}


def in_turn(contenders: Sequence[Contender], rounds: int) -> None:
    """Run all contenders one after the other, ``rounds`` times, so that noise hits all alike."""
    for number in range(rounds):
        for contender in contenders:
            sample = contender.run()
            print(
                f"  {number + 1}/{rounds} {contender.name:<28} {sample.wall:7.2f} s"
                f"  cpu {sample.cpu:6.2f} s  peak {sample.peak_mb:6.0f} MB",
                flush=True,
            )


OURS = [sys.executable, "-m", "intakegateway"]


def additions() -> float:
    """Seconds for 5,000,000 additions: how quick this machine is just now."""
    found = []
    for _ in range(3):
        started, total = time.perf_counter(), 0
        for number in range(5_000_000):
            total += number
        found.append(time.perf_counter() - started)
    return statistics.median(found)
