"""Which loads are under way on this machine, so that one that was killed is taken up and never done twice.

A load writes its id into a file that it keeps locked. A process that dies leaves the file and loses the
lock; the same command then finds it, and goes on under the same load id with the next fence. The ledger at
the destination knows whether the dead one had committed.
"""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from intakegateway.kit.ids import uuid7
from intakegateway.kit.locks import try_lock

SLOTS = 64
"""How many runs of one and the same command may be under way at once and still be remembered."""

FENCES = 16
"""Fences that one run may use up: each of its own attempts takes one."""

KEPT_SECONDS = 30 * 24 * 3600
"""A dead journal whose command never came back is forgotten after this."""


class Pending(Struct):
    """A load that is under way. ``resumed``: an earlier process died in it, as ``earlier_run``."""

    load_id: str
    run_id: str
    fence: int
    resumed: bool = False
    earlier_run: str = ""
    path: Path | None = None
    descriptor: int = -1

    def finish(self) -> None:
        """The load came to a known end: forget it."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Let go without forgetting: the same command will take this load up again."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def fingerprint(*parts: str) -> str:
    """One name for a source, a destination and a task together."""
    return sha256("\0".join(parts).encode()).hexdigest()[:32]


def begin(folder: Path, name: str, run_id: str, load_id: str | None = None) -> Pending:
    """Claim the first free journal of ``name``, taking up the load of a dead process if one left it there.

    ``load_id``: the id that the caller wants in any case. Raises ``OSError`` when the folder cannot be
    written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _forget_old(folder)
    for slot in range(SLOTS):
        claimed = _claim(folder / (f"{name}.{slot}.json" if slot else f"{name}.json"))
        if claimed is None:
            continue
        path, descriptor = claimed
        left = _read(descriptor)
        pending = Pending(load_id or uuid7(), run_id, 1, path=path, descriptor=descriptor)
        if left is not None and load_id in (None, left["load_id"]):
            pending.load_id, pending.fence = str(left["load_id"]), int(left["fence"]) + FENCES
            pending.resumed, pending.earlier_run = True, str(left["run_id"])
        _write(pending)
        return pending
    return Pending(load_id or uuid7(), run_id, 1)


def _claim(path: Path) -> tuple[Path, int] | None:
    """Open and lock; None when a living process has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        if not try_lock(descriptor):
            os.close(descriptor)
            return None
        try:
            # Its last holder may have removed the file between our opening and locking it.
            if os.path.samestat(path.stat(), os.fstat(descriptor)):
                return path, descriptor
        except FileNotFoundError:
            pass
        os.close(descriptor)


def _read(descriptor: int) -> dict[str, str | int] | None:
    content = os.pread(descriptor, 4096, 0) if hasattr(os, "pread") else os.read(descriptor, 4096)
    try:
        found = json.loads(content)
        return {
            "load_id": str(found["load_id"]),
            "run_id": str(found["run_id"]),
            "fence": int(found["fence"]),
        }
    except (ValueError, KeyError, TypeError):
        return None


def _write(pending: Pending) -> None:
    facts = {"load_id": pending.load_id, "run_id": pending.run_id, "fence": pending.fence, "pid": os.getpid()}
    content = json.dumps(facts).encode()
    os.lseek(pending.descriptor, 0, os.SEEK_SET)
    os.write(pending.descriptor, content.ljust(4096))
    os.fsync(pending.descriptor)


def _forget_old(folder: Path) -> None:
    for path in folder.glob("*.json"):
        try:
            if time.time() - path.stat().st_mtime < KEPT_SECONDS:
                continue
        except FileNotFoundError:
            continue
        claimed = _claim(path)
        if claimed is not None:
            path.unlink(missing_ok=True)
            os.close(claimed[1])
