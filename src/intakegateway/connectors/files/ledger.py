"""Which loads a file has taken: a small ledger beside it, written so that a crash at any moment is healed.

A load becomes visible by renaming its finished file over the old one. Two files cannot change at once, so the
ledger says first what is about to be renamed (``ready``), then that it was (``committed``). After a crash in
between, the finished file is either still there, and is renamed now, or it is not, and was renamed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict

from intakegateway.model.errors import DestinationError, StaleFenceError
from intakegateway.model.run import Counts
from intakegateway.model.schema import Column
from intakegateway.model.types import TEXT, parse_type


class Entry(Struct):
    """One load, or one part of it. ``state``: ``claimed``, ``ready`` (``file`` is to be renamed), ``committed``."""

    fence: int
    state: str = "claimed"
    counts: dict[str, int] | None = None
    file: str = ""


class Content(Struct):
    """What the ledger file holds. Keys are ``load_id`` and part, joined; ``columns`` are name and type."""

    loads: dict[str, Entry] = field(default_factory=dict)
    columns: list[tuple[str, str]] = field(default_factory=list)


class FileLedger(Struct, frozen=True):
    """The ledger of one destination file: ``.orders.csv.loads.json`` beside ``orders.csv``."""

    target: Path

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.target.with_name(f".{self.target.name}.loads.json")

    def claim(self, load_id: str, part: int, fence: int) -> None:
        """Take a load for an attempt. Raises ``StaleFenceError`` for a newer one, or when it is committed."""
        with self._open() as content:
            key = _key(load_id, part)
            there = content.loads.get(key)
            if there is not None and there.state == "committed":
                raise StaleFenceError(f"Load '{load_id}' (part {part}) was committed already.")
            if there is not None and there.fence > fence:
                raise StaleFenceError(
                    f"Load '{load_id}' (part {part}) belongs to attempt {there.fence}; this is attempt {fence}."
                )
            content.loads[key] = Entry(fence)
            self._save(content)

    @contextlib.contextmanager
    def publishing(self, load_id: str, part: int, fence: int) -> Iterator[Publication]:
        """Hold the file alone for a commit. Raises ``StaleFenceError`` when the claim is lost."""
        with self._open() as content:
            there = content.loads.get(_key(load_id, part))
            if there is None or there.fence != fence or there.state != "claimed":
                raise StaleFenceError(
                    f"A newer attempt has taken load '{load_id}' (part {part}) over; nothing was written."
                )
            yield Publication(self, content, there)

    def committed(self, load_id: str, part: int) -> Counts | None:
        """The counts of a committed load."""
        if not self.path.exists():
            return None
        with self._open() as content:
            there = content.loads.get(_key(load_id, part))
            return Counts(**there.counts) if there and there.counts and there.state == "committed" else None

    def columns(self) -> tuple[Column, ...]:
        """The columns that the last load wrote, with their types."""
        if not self.path.exists():
            return ()
        with self._open() as content:
            return tuple(Column(name, _type(text)) for name, text in content.columns)

    def temporary(self, load_id: str, part: int, fence: int, what: str) -> Path:
        """A file of one attempt, beside the target."""
        digest = hashlib.sha256(load_id.encode()).hexdigest()[:16]
        return self.target.with_name(f".{self.target.name}.{digest}-{part}-{fence}.{what}")

    def sweep(self, load_id: str, part: int, fence: int) -> None:
        """Remove what older attempts at the same load left behind."""
        digest = hashlib.sha256(load_id.encode()).hexdigest()[:16]
        start = f".{self.target.name}.{digest}-{part}-"
        for path in self.target.parent.iterdir():
            if path.name.startswith(start):
                attempt = path.name.removeprefix(start).partition(".")[0]
                if attempt.isdigit() and int(attempt) <= fence:
                    path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _open(self) -> Iterator[Content]:
        """The content, alone, with what a crash left in between set right."""
        with _locked(self.target.with_name(f".{self.target.name}.lock")):
            content = self._load()
            unfinished = [entry for entry in content.loads.values() if entry.state == "ready"]
            for entry in unfinished:
                self._finish(entry)
            if unfinished:
                self._save(content)
            yield content

    def _finish(self, entry: Entry) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.replace(self.target.with_name(entry.file), self.target)
        sync_folder(self.target.parent)
        for what in ("rows", "whole"):
            self.target.with_name(f"{entry.file.rpartition('.')[0]}.{what}").unlink(missing_ok=True)
        entry.state, entry.file = "committed", ""

    def _load(self) -> Content:
        try:
            found: dict[str, Any] = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return Content()
        except (OSError, ValueError) as error:
            raise DestinationError(
                f"the ledger cannot be read: {error}",
                where=str(self.path),
                hint="Without it, loads that ran before may be written again; delete it to accept that.",
            ) from None
        loads = {key: Entry(**entry) for key, entry in found["loads"].items()}
        return Content(loads, [(name, of) for name, of in found.get("columns", [])])

    def _save(self, content: Content) -> None:
        shown = {"loads": {k: asdict(e) for k, e in content.loads.items()}, "columns": content.columns}
        new = self.path.with_name(self.path.name + ".new")
        with new.open("wb") as file:
            file.write(json.dumps(shown).encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)
        sync_folder(self.path.parent)


class Publication(Struct, frozen=True):
    """The right to rename one finished file over the target."""

    ledger: FileLedger
    content: Content
    entry: Entry

    def publish(self, finished: Path, counts: Counts, columns: Sequence[Column]) -> None:
        """Show ``finished`` (written and synced) as the target, and record the load with it."""
        self.entry.state, self.entry.counts, self.entry.file = "ready", counts.as_dict(), finished.name
        self.content.columns = [(column.name, str(column.type)) for column in columns]
        self.ledger._save(self.content)
        try:
            os.replace(finished, self.ledger.target)
        except OSError:
            self.entry.state, self.entry.counts, self.entry.file = "claimed", None, ""
            self.ledger._save(self.content)
            raise
        # The rows are visible: what fails from here on is made up for when the ledger is next opened.
        with contextlib.suppress(OSError):
            self.ledger._finish(self.entry)
            self.ledger._save(self.content)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock file alone; a process that dies lets it go."""
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            import fcntl
        except ImportError:  # Windows
            import msvcrt

            msvcrt.locking(held, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        else:
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _key(load_id: str, part: int) -> str:
    return f"{part}:{load_id}"


def _type(text: str) -> Any:
    try:
        return parse_type(text)
    except ValueError:
        return TEXT
