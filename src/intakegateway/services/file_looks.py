"""Looks into uploaded files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from pydantic import ValidationError

from intakegateway.model.actor import Actor
from intakegateway.model.errors import ConflictError
from intakegateway.model.sources import FileSource
from intakegateway.model.views.files import ProfileView
from intakegateway.model.views.previews import PreviewView
from intakegateway.services.explain import as_definition_error
from intakegateway.services.file_facts import profile_of
from intakegateway.services.files import found, local_file
from intakegateway.services.limited import Deadline
from intakegateway.services.task_previews import Previews, read, shown
from intakegateway.store.files import READY
from intakegateway.store.tables.definitions import File

PROFILE_SECONDS = 30.0
"""How long rows are looked at; the profile then says that it is not of the whole file."""


class FileLooks(Struct, frozen=True):
    """Preview and profile. Who may see a file may look into it."""

    previews: Previews

    def preview(
        self, actor: Actor, project_id: str, reference: str, options: Mapping[str, Any], rows: int
    ) -> PreviewView:
        """The first rows. ``options`` are those of a source of the kind ``file``. Raises ``SourceError``."""
        file = self._file(actor, project_id, reference)
        source = _source(file, options)

        def work(deadline: Deadline) -> PreviewView:
            with local_file(self.previews.context, file) as path:
                placed = source.model_copy(update={"path": str(path)})
                return shown(placed, read(placed, rows, deadline), rows)

        return self.previews.bench.run(work, PROFILE_SECONDS)

    def profile(self, actor: Actor, project_id: str, reference: str) -> ProfileView:
        """What the values of each field are like: found out once, then kept with the file."""
        file = self._file(actor, project_id, reference)
        if file.profile is None:
            kept = self.previews.bench.run(lambda _deadline: self._profiled(file), PROFILE_SECONDS * 2)
            with self.previews.context.database.write() as session:
                row = session.get(File, file.id)
                if row is not None:
                    row.profile = kept
            return ProfileView.model_validate(kept)
        return ProfileView.model_validate(file.profile)

    def _file(self, actor: Actor, project_id: str, reference: str) -> File:
        with self.previews.context.database.read() as session:
            file = found(session, actor, project_id, reference)
        if file.status != READY:
            raise ConflictError(f"the file '{file.name}' has not arrived yet.")
        return file

    def _profiled(self, file: File) -> dict[str, Any]:
        with local_file(self.previews.context, file) as path:
            source = _source(file, {}).model_copy(update={"path": str(path)})
            return profile_of(source, PROFILE_SECONDS)


def _source(file: File, options: Mapping[str, Any]) -> FileSource:
    given = {"file": file.name, **{key: value for key, value in options.items() if value is not None}}
    try:
        return FileSource.model_validate(given)
    except ValidationError as error:
        raise as_definition_error(error, FileSource, given) from None
