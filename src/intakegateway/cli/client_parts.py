"""What commands ask a gateway about files and rejects; see ``client``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
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
    from intakegateway.services.rejectimports import ImportFormat


class Files(Protocol):
    """The files of a project."""

    def find_all(self, wanted: FileFilter, page: PageRequest) -> Page[FileView]:
        """A part of the files, the newest first."""
        ...

    def upload(self, name: str, pieces: Iterable[bytes]) -> FileView:
        """Take a file in."""
        ...

    def content(self, reference: str) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a file."""
        ...

    def delete(self, reference: str, force: bool) -> None:
        """Delete a file; with ``force`` also one that tasks use."""
        ...


class Rejects(Protocol):
    """The rejects of a run."""

    def groups(self, run: str) -> RejectGroups:
        """Why rows were rejected."""
        ...

    def find_all(self, run: str, wanted: RejectFilter, after: int, limit: int) -> RejectPage:
        """A part of the rejects."""
        ...

    def export(self, run: str, form: Format, wanted: RejectFilter) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a file with them."""
        ...

    def take(self, run: str, form: ImportFormat, name: str, pieces: Iterable[bytes]) -> Imported:
        """Take a corrected export."""
        ...

    def edit_everywhere(self, run: str, draft: EverywhereDraft) -> EditsMade:
        """Edit all equal values of a field."""
        ...

    def edit(self, run: str, draft: EditsDraft) -> EditsMade:
        """Set single cells."""
        ...

    def clear(self, run: str, row: int | None, field: str | None) -> EditsMade:
        """Take edits back."""
        ...

    def values(self, run: str, field: str, group: str | None, search: str, limit: int) -> RejectValues:
        """The values of a field in open rejects."""
        ...

    def undo(self, run: str) -> EditsMade:
        """Take back the latest edit."""
        ...

    def check(self, run: str, draft: CheckDraft) -> CheckView:
        """What a replay would do."""
        ...

    def replay(self, run: str, draft: ReplayDraft) -> RunView:
        """Load them again, as a run of their own."""
        ...

    def discard(self, run: str, draft: DiscardDraft) -> RejectsChanged:
        """Leave them out."""
        ...

    def restore(self, run: str, wanted: Selection) -> RejectsChanged:
        """Open discarded ones again."""
        ...
