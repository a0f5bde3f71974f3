"""Files and rejects of the store of this machine; see ``local_client``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from intakegateway.bootstrap import Gateway
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.files import FileFilter, FileView
from intakegateway.model.views.rejects import (
    CheckDraft,
    CheckView,
    DiscardDraft,
    EditsDraft,
    EditsMade,
    EverywhereDraft,
    Format,
    Imported,
    RejectFilter,
    RejectGroups,
    RejectPage,
    RejectsChanged,
    RejectValues,
    ReplayDraft,
    Selection,
)
from intakegateway.model.views.runs import RunView
from intakegateway.services.accounts import COMMAND_LINE
from intakegateway.services.rejectimports import ImportFormat


class LocalFiles(Struct, frozen=True):
    """The files of a project."""

    gateway: Gateway
    project: Callable[[], str]

    def find_all(self, wanted: FileFilter, page: PageRequest) -> Page[FileView]:
        """A part of the files, the newest first."""
        return self.gateway.files.find_all(COMMAND_LINE, self.project(), wanted, page)

    def upload(self, name: str, pieces: Iterable[bytes]) -> FileView:
        """Take a file in."""
        return self.gateway.files.receive(COMMAND_LINE, self.project(), name, pieces)

    @contextmanager
    def content(self, reference: str) -> Iterator[Iterator[bytes]]:
        """The bytes of a file."""
        yield self.gateway.files.content(COMMAND_LINE, self.project(), reference)[1]

    def delete(self, reference: str, force: bool) -> None:
        """Delete a file; with ``force`` also one that tasks use."""
        self.gateway.files.delete(COMMAND_LINE, self.project(), reference, force=force)


class LocalRejects(Struct, frozen=True):
    """The rejects of a run."""

    gateway: Gateway

    def groups(self, run: str) -> RejectGroups:
        """Why rows were rejected."""
        return self.gateway.rejects.groups(COMMAND_LINE, run)

    def find_all(self, run: str, wanted: RejectFilter, after: int, limit: int) -> RejectPage:
        """A part of the rejects."""
        return self.gateway.rejects.find_all(COMMAND_LINE, run, wanted, after, limit)

    @contextmanager
    def export(self, run: str, form: Format, wanted: RejectFilter) -> Iterator[Iterator[bytes]]:
        """The bytes of a file with them."""
        yield self.gateway.reject_exports.export(COMMAND_LINE, run, form, wanted)

    def take(self, run: str, form: ImportFormat, name: str, pieces: Iterable[bytes]) -> Imported:
        """Take a corrected export."""
        return self.gateway.reject_imports.take(COMMAND_LINE, run, form, pieces)

    def edit_everywhere(self, run: str, draft: EverywhereDraft) -> EditsMade:
        """Edit all equal values of a field."""
        return self.gateway.corrections.edit_everywhere(COMMAND_LINE, run, draft)

    def edit(self, run: str, draft: EditsDraft) -> EditsMade:
        """Set single cells."""
        return self.gateway.corrections.edit(COMMAND_LINE, run, draft)

    def clear(self, run: str, row: int | None, field: str | None) -> EditsMade:
        """Take edits back."""
        return self.gateway.corrections.clear(COMMAND_LINE, run, row, field)

    def values(self, run: str, field: str, group: str | None, search: str, limit: int) -> RejectValues:
        """The values of a field in open rejects."""
        return self.gateway.rejects.values(COMMAND_LINE, run, field, group, search, limit)

    def undo(self, run: str) -> EditsMade:
        """Take back the latest edit."""
        return self.gateway.corrections.undo(COMMAND_LINE, run)

    def check(self, run: str, draft: CheckDraft) -> CheckView:
        """What a replay would do."""
        return self.gateway.replays.check(COMMAND_LINE, run, draft)

    def replay(self, run: str, draft: ReplayDraft) -> RunView:
        """Load them again, as a run of their own; it waits to be executed."""
        waiting = draft.model_copy(update={"wait": False})
        return self.gateway.replays.start(COMMAND_LINE, run, waiting)

    def discard(self, run: str, draft: DiscardDraft) -> RejectsChanged:
        """Leave them out."""
        return self.gateway.rejects.discard(COMMAND_LINE, run, draft)

    def restore(self, run: str, wanted: Selection) -> RejectsChanged:
        """Open discarded ones again."""
        return self.gateway.rejects.restore(COMMAND_LINE, run, wanted)
