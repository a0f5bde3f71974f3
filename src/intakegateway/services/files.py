"""Uploaded files: taken in, looked at, kept, given back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from intakegateway.connectors.files.detect import FORMATS
from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, NotFoundError
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.files import FileDraft, FileFilter, FileView
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.file_facts import facts_of
from intakegateway.services.filters import check_word
from intakegateway.services.incoming import Incoming, clean_name, too_large
from intakegateway.services.task_definitions import files_of
from intakegateway.services.totals import Totals
from intakegateway.store import files as store
from intakegateway.store import tasks
from intakegateway.store.paging import part
from intakegateway.store.rows import listing, made
from intakegateway.store.tables.definitions import File

UNFINISHED_FOR = timedelta(hours=24)
"""An upload that nobody goes on with for so long is forgotten."""
_FILE = listing(File, FileView, has_profile=File.profile.is_not(None))


@dataclass(frozen=True, slots=True)
class Files:
    """Take files in, in one piece (``start``, ``store``) or in several (``begin``, ``resume``, ``advance``)."""

    context: Context
    totals: Totals = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Folders that are watched make long lists."""
        object.__setattr__(self, "totals", Totals(self.context.clock))

    def find_all(
        self, actor: Actor, project_id: str, wanted: FileFilter, request: PageRequest
    ) -> Page[FileView]:
        """The files of a project."""
        actor.require(project_id, Role.VIEWER)
        check_word(wanted.format, FORMATS, "a format of files", "format")
        with self.context.database.read() as session:
            found, total = part(
                session, _FILE, (project_id, wanted), lambda: store.filtered(project_id, **wanted.model_dump()),
                request, store.SORTABLE, "-created_at", lambda count: self.totals.of((project_id, wanted), count),
            )  # fmt: skip
        return Page(items=made(FileView, found), total=total, limit=request.limit, offset=request.offset)

    def get(self, actor: Actor, project_id: str, reference: str) -> FileView:
        """One file, by id or name. Raises ``NotFoundError``."""
        with self.context.database.read() as session:
            return _view(found(session, actor, project_id, reference))

    def start(self, actor: Actor, project_id: str, name: str, size: int | None = None) -> Incoming:
        """Begin to take a file in one piece. ``size``: what its sender announces, in bytes.

        The caller writes to the result, then gives it to ``store``, or discards it. Raises
        ``TooLargeError``, ``DefinitionError`` for a name that is none.
        """
        actor.require(project_id, Role.EDITOR)
        return self.incoming(name, size)

    def incoming(self, name: str, size: int | None = None) -> Incoming:
        """The same for a caller that has been let in already."""
        most = self.context.settings.max_upload_bytes
        if size is not None and size > most:
            raise too_large(most)
        file_id = uuid7()
        return Incoming(file_id, clean_name(name), self._partial(file_id), most=most)

    def store(self, actor: Actor, project_id: str, incoming: Incoming) -> FileView:
        """Keep what has arrived. The partial file is gone afterwards, whatever happens."""
        file = File(
            id=incoming.file_id, project_id=project_id, name=incoming.name, blob=_blob(incoming.file_id),
            created_by=actor.user_id or None, size=incoming.received,
        )  # fmt: skip
        try:
            self._complete(file, incoming)
            with self._undone(file), self.context.database.write() as session:
                session.add(file)
                _note(session, actor, file)
        finally:
            incoming.discard()
        return _view(file)

    def store_all(self, actor: Actor, project_id: str, taken: Sequence[Incoming]) -> list[FileView]:
        """Keep several files that came together; where one cannot be kept, those after it are not either."""
        try:
            return [self.store(actor, project_id, one) for one in taken]
        finally:
            for one in taken:
                one.discard()

    def receive(self, actor: Actor, project_id: str, name: str, pieces: Iterable[bytes]) -> FileView:
        """Take a whole file from an iterable."""
        incoming = self.start(actor, project_id, name)
        try:
            for piece in pieces:
                incoming.write(piece)
        except BaseException:
            incoming.discard()
            raise
        return self.store(actor, project_id, incoming)

    def begin(self, actor: Actor, project_id: str, draft: FileDraft) -> FileView:
        """Announce a file that is sent in pieces. It is forgotten when nothing comes for 24 hours."""
        actor.require(project_id, Role.EDITOR)
        most = self.context.settings.max_upload_bytes
        if draft.size > most:
            raise too_large(most)
        file = File(
            id=uuid7(), project_id=project_id, name=clean_name(draft.name), size=draft.size,
            created_by=actor.user_id or None, created_at=self.context.now(), updated_at=self.context.now(),
        )  # fmt: skip
        file.blob = _blob(file.id)
        with self.context.database.write() as session:
            session.add(file)
            session.flush()
        if draft.size == 0:
            return self.advance(actor, project_id, self.resume(actor, project_id, file.id, 0))
        return _view(file)

    def received(self, actor: Actor, project_id: str, file_id: str) -> tuple[int, int]:
        """How many bytes of an upload have arrived, and how many it will have."""
        with self.context.database.read() as session:
            file = found(session, actor, project_id, file_id)
        if file.status != store.UPLOADING:
            return file.size, file.size
        partial = self._partial(file.id)
        return partial.stat().st_size if partial.exists() else 0, file.size

    def resume(self, actor: Actor, project_id: str, file_id: str, offset: int) -> Incoming:
        """Go on with an upload at byte ``offset``.

        The caller writes to the result, then gives it to ``advance``, whether all went well or not. Raises
        ``ConflictError`` when that is not where it stands, or when another request is sending it.
        """
        with self.context.database.read() as session:
            file = found(session, actor, project_id, file_id, Role.EDITOR)
        if file.status != store.UPLOADING:
            raise ConflictError(f"the file '{file.name}' has arrived already.")
        partial = self._partial(file.id)
        return Incoming(file.id, file.name, partial, most=file.size, offset=offset, announced=True)

    def advance(self, actor: Actor, project_id: str, incoming: Incoming) -> FileView:
        """Note how far an upload is; one whose last byte has come is looked at and kept."""
        with self.context.database.read() as session:
            file = found(session, actor, project_id, incoming.file_id, Role.EDITOR)
        done = incoming.received == file.size
        if done:
            self._complete(file, incoming)
            incoming.path.unlink(missing_ok=True)
        else:
            incoming.pause()
        with self._undone(file), self.context.database.write() as session:
            kept = session.get(File, file.id)
            if kept is None:
                raise NotFoundError("file", file.id)
            kept.received = min(incoming.path.stat().st_size if not done else file.size, file.size)
            kept.updated_at = self.context.now()
            if done:
                for key in ("status", "sha256", "format", "encoding", "detected", "error"):
                    setattr(kept, key, getattr(file, key))
                _note(session, actor, kept)
            return _view(kept)

    def delete(self, actor: Actor, project_id: str, reference: str, *, force: bool = False) -> None:
        """Forget a file. Raises ``ConflictError`` with the names of the tasks that read it, unless ``force``."""
        with self.context.database.write() as session:
            file = found(session, actor, project_id, reference, Role.EDITOR)
            if not force:
                _unused(session, file)
            record(session, actor, "deleted", "file", project_id=project_id, noun_id=file.id, name=file.name)
            session.delete(file)
        self.context.blobs.delete(file.blob)
        self._partial(file.id).unlink(missing_ok=True)

    def forget(self, file_id: str) -> None:
        """Take back a file that has just been kept."""
        with self.context.database.write() as session:
            file = session.get(File, file_id)
            if file is not None:
                session.delete(file)
        self.context.blobs.delete(_blob(file_id))

    def content(
        self, actor: Actor, project_id: str, reference: str, start: int = 0
    ) -> tuple[FileView, Iterator[bytes]]:
        """A file and its bytes from ``start`` on, in pieces."""
        with self.context.database.read() as session:
            file = found(session, actor, project_id, reference)
        _arrived(file)
        return _view(file), self.context.blobs.read(file.blob, start)

    def tidy(self) -> int:
        """Forget uploads that nobody goes on with, and what is left of those that broke off; how many."""
        before = self.context.now() - UNFINISHED_FOR
        with self.context.database.write() as session:
            gone = store.stale(session, before)
            for file in gone:
                session.delete(file)
        for file in gone:
            self._partial(file.id).unlink(missing_ok=True)
        folder = self.context.settings.home / "uploads"
        for path in folder.glob("*.part") if folder.is_dir() else ():
            if path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)
        return len(gone)

    def _complete(self, file: File, incoming: Incoming) -> None:
        file.sha256 = incoming.finish()
        file.received = file.size
        facts = facts_of(incoming.path, file.name)
        file.format, file.encoding, file.detected, file.error = facts
        self.context.blobs.put_file(file.blob, incoming.path)
        file.status = store.READY

    @contextmanager
    def _undone(self, file: File) -> Iterator[None]:
        """What the store does not get to know of does not stay in the storage either."""
        try:
            yield
        except BaseException:
            if file.status == store.READY:
                self.context.blobs.delete(file.blob)
            raise

    def _partial(self, file_id: str) -> Path:
        return self.context.settings.home / "uploads" / f"{file_id}.part"


def found(session: Session, actor: Actor, project_id: str, reference: str, role: Role = Role.VIEWER) -> File:
    """A file of a project, by id or name (the newest). Raises ``NotFoundError``, ``ForbiddenError``."""
    actor.require(project_id, role)
    file = store.find(session, project_id, reference)
    if file is None:
        raise NotFoundError("file", reference)
    return file


@contextmanager
def local_file(context: Context, file: File) -> Iterator[Path]:
    """A path of the file's content on this machine, as long as the context is open."""
    _arrived(file)
    with context.blobs.local(file.blob) as path:
        yield path


def _arrived(file: File) -> None:
    if file.status != store.READY:
        raise ConflictError(
            f"the file '{file.name}' has not arrived yet: {file.received:,} of {file.size:,} bytes.",
            hint="Send the rest of it.",
        )


def _unused(session: Session, file: File) -> None:
    names = {file.id} if store.namesakes(session, file) else {file.id, file.name}
    users = [
        name for _, name, spec in tasks.current_specs(session, file.project_id) if files_of(spec) in names
    ]
    if users:
        shown = ", ".join(f"'{name}'" for name in users[:10]) + (", …" if len(users) > 10 else "")
        raise ConflictError(
            f"the file '{file.name}' is read by {'the task' if len(users) == 1 else 'the tasks'} {shown}.",
            hint="Change them first, or delete it all the same with force.",
        )
    if any(one.get("file") == file.id for one in store.inputs_of_runs(session, file.project_id)):
        raise ConflictError(f"a run that waits or runs reads the file '{file.name}'.")


def _note(session: Session, actor: Actor, file: File) -> None:
    record(
        session, actor, "created", "file", project_id=file.project_id, noun_id=file.id, name=file.name,
        after={"size": file.size, "sha256": file.sha256},
    )  # fmt: skip


def _blob(file_id: str) -> str:
    return f"files/{file_id}"


def _view(file: File) -> FileView:
    columns = {name: getattr(file, name) for name in FileView.model_fields if name != "has_profile"}
    return FileView(**columns, has_profile=file.profile is not None)
