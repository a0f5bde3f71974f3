"""How far a task has read its source: looked at, and forgotten so that it begins anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, NotFoundError
from intakegateway.model.views.cursors import CursorView
from intakegateway.services import task_views
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.cursorkeys import with_cursor_key
from intakegateway.services.cursors import StoredCursors
from intakegateway.services.resolving import resolve
from intakegateway.services.tasks import found
from intakegateway.store import tasks as store
from intakegateway.store.tables.definitions import Cursor, Task

if TYPE_CHECKING:
    from intakegateway.model.http import Incremental


class TaskCursors(Struct, frozen=True):
    """The cursors of tasks that read only what is new. Both raise ``NotFoundError`` for any other task."""

    context: Context

    def get(self, actor: Actor, project_id: str, reference: str) -> CursorView:
        """Where the next run goes on."""
        with self.context.database.read() as session:
            task = found(session, actor, project_id, reference, Role.VIEWER)
            wanted, row = self._row(session, task)
        value = row.value if row is not None else None
        return CursorView(
            field=wanted.field,
            value=value["value"] if value else None,
            kind=value["kind"] if value else None,
            saved_at=row.updated_at if row is not None and value else None,
        )

    def forget(self, actor: Actor, project_id: str, reference: str) -> None:
        """Let the next run begin anew. Raises ``ConflictError`` while a run of the task waits or runs."""
        with self.context.database.write() as session:
            task = found(session, actor, project_id, reference, Role.EDITOR)
            if store.is_running(session, task):
                raise ConflictError(
                    f"'{task.name}' is running, and would keep how far it reads.",
                    hint="Wait for its end, or cancel the run.",
                )
            _, row = self._row(session, task)
            if row is None:
                return
            before = row.value
            session.delete(row)
            record(
                session, actor, "cursor_forgotten", "task", project_id=project_id, noun_id=task.id,
                name=task.name, before=before,
            )  # fmt: skip

    def _row(self, session: Session, task: Task) -> tuple[Incremental, Cursor | None]:
        """What the definition says of the cursor, and the one that its runs keep."""
        kept = task_views.kept(session, task)
        spec = resolve(session, self.context, task.project_id, kept.spec, task_id=task.id)
        named = with_cursor_key(spec, self.context.settings.home)
        wanted: Incremental | None = getattr(named.source, "incremental", None)
        if wanted is None or wanted.key is None:
            raise NotFoundError("cursor of the task", task.name)
        key = StoredCursors(self.context, task.project_id).place(wanted.key)
        return wanted, session.get(Cursor, key)
