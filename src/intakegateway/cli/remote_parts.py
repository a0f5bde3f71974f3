"""Files and rejects of a gateway that serves elsewhere; see ``remote_client``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from intakegateway.cli.remote_calls import PIECE, Calls, Form, part, query_of
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.files import FileFilter, FilesView, FileView
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
from intakegateway.services.rejectimports import ImportFormat


class RemoteFiles(Struct, frozen=True):
    """The files of a project."""

    calls: Calls

    def find_all(self, wanted: FileFilter, page: PageRequest) -> Page[FileView]:
        """A part of the files, the newest first."""
        return self.calls.view(Page[FileView], "GET", "/files", **query_of(wanted, page))

    def upload(self, name: str, pieces: Iterable[bytes]) -> FileView:
        """Send a file; it is never held in memory."""
        return self.calls.view(FilesView, "POST", "/files", pieces, name=name).items[0]

    @contextmanager
    def content(self, reference: str) -> Iterator[Iterator[bytes]]:
        """The bytes of a file."""
        with self.calls.stream(f"/files/{part(reference)}/content") as answer:
            yield answer.iter_bytes(PIECE)

    def delete(self, reference: str, force: bool) -> None:
        """Delete a file; with ``force`` also one that tasks use."""
        self.calls.call("DELETE", f"/files/{part(reference)}", force=force)


class RemoteRejects(Struct, frozen=True):
    """The rejects of a run."""

    calls: Calls

    def groups(self, run: str) -> RejectGroups:
        """Why rows were rejected."""
        return self.calls.view(RejectGroups, "GET", f"/runs/{part(run)}/rejects/groups")

    def find_all(self, run: str, wanted: RejectFilter, after: int, limit: int) -> RejectPage:
        """A part of the rejects."""
        return self.calls.view(
            RejectPage, "GET", f"/runs/{part(run)}/rejects", after=after, limit=limit, **query_of(wanted)
        )

    @contextmanager
    def export(self, run: str, form: Format, wanted: RejectFilter) -> Iterator[Iterator[bytes]]:
        """The bytes of a file with them."""
        with self.calls.stream(
            f"/runs/{part(run)}/rejects/export", format=form, **query_of(wanted)
        ) as answer:
            yield answer.iter_bytes(PIECE)

    def take(self, run: str, form: ImportFormat, name: str, pieces: Iterable[bytes]) -> Imported:
        """Take a corrected export; the form that carries it is made as it is sent."""
        return self.calls.view(
            Imported, "POST", f"/runs/{part(run)}/rejects/import", Form(name, pieces), format=form
        )

    def edit_everywhere(self, run: str, draft: EverywhereDraft) -> EditsMade:
        """Edit all equal values of a field."""
        return self.calls.view(EditsMade, "POST", f"/runs/{part(run)}/rejects/edits/everywhere", draft)

    def edit(self, run: str, draft: EditsDraft) -> EditsMade:
        """Set single cells."""
        return self.calls.view(EditsMade, "POST", f"/runs/{part(run)}/rejects/edits", draft)

    def clear(self, run: str, row: int | None, field: str | None) -> EditsMade:
        """Take edits back."""
        return self.calls.view(EditsMade, "DELETE", f"/runs/{part(run)}/rejects/edits", row=row, field=field)

    def values(self, run: str, field: str, group: str | None, search: str, limit: int) -> RejectValues:
        """The values of a field in open rejects."""
        return self.calls.view(
            RejectValues, "GET", f"/runs/{part(run)}/rejects/values", field=field, group=group, search=search,
            limit=limit,
        )  # fmt: skip

    def undo(self, run: str) -> EditsMade:
        """Take back the latest edit."""
        return self.calls.view(EditsMade, "POST", f"/runs/{part(run)}/rejects/edits/undo")

    def check(self, run: str, draft: CheckDraft) -> CheckView:
        """What a replay would do."""
        return self.calls.view(CheckView, "POST", f"/runs/{part(run)}/rejects/check", draft)

    def replay(self, run: str, draft: ReplayDraft) -> RunView:
        """Load them again, as a run of their own."""
        return self.calls.view(RunView, "POST", f"/runs/{part(run)}/replay", draft)

    def discard(self, run: str, draft: DiscardDraft) -> RejectsChanged:
        """Leave them out."""
        return self.calls.view(RejectsChanged, "POST", f"/runs/{part(run)}/rejects/discard", draft)

    def restore(self, run: str, wanted: Selection) -> RejectsChanged:
        """Open discarded ones again."""
        return self.calls.view(RejectsChanged, "POST", f"/runs/{part(run)}/rejects/restore", wanted)
