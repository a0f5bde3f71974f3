"""Edits of rejects: one cell, or all equal values; undone by the action that made them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError
from intakegateway.model.rejects import NUMBER
from intakegateway.model.views.audit import Action
from intakegateway.model.views.base import Page, PageRequest
from intakegateway.model.views.rejects import EditsDraft, EditsMade, EditView, EverywhereDraft
from intakegateway.services import rejectlists
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.filters import check_word
from intakegateway.services.rejectedits import Value, text_of
from intakegateway.services.rejectfiles import RejectFile
from intakegateway.services.rejects import Rejects, State, busy
from intakegateway.services.rejectstate import Marked
from intakegateway.store import rejects as store
from intakegateway.store.tables.runs import RejectEdit, Run

MOST = 200_000
"""Edits that the rejects of one run may have."""
Cells = dict[tuple[int, str], Value]
"""New values by row and field."""


class Corrections(Struct, frozen=True):
    """Every use case that changes what rejects hold."""

    context: Context
    rejects: Rejects

    def edit(self, actor: Actor, run_id: str, draft: EditsDraft) -> EditsMade:
        """Set values of single rejects. Raises ``DefinitionError``, ``ConflictError`` for rows that are not open."""
        with self.rejects.opened(actor, run_id, Role.OPERATOR) as (state, file):
            cells: Cells = {(one.row, one.field): one.value for one in draft.edits}
            for place, one in enumerate(draft.edits):
                self.rejects.column(state, file, one.field)
                if one.row >= file.rows:
                    raise DefinitionError(
                        f"there is no reject {one.row}.", hint=f"They are numbered from 0 to {file.rows - 1}.",
                        path=("edits", place, "row"),
                    )  # fmt: skip
            return self.write(actor, state, file, cells)

    def write(self, actor: Actor, state: State, file: RejectFile, cells: Cells) -> EditsMade:
        """Keep the cells that differ from what they are now, as one action."""
        import polars as pl

        numbers = pl.Series(NUMBER, sorted({row for row, _ in cells}), pl.UInt32)
        shown = rejectlists.shown(file, rejectlists.at(file, numbers), state.edits, state.marked)
        now = {one.row: one for one in shown}
        changed = {
            (row, field): new for (row, field), new in cells.items() if now[row].values.get(field) != new
        }
        batch = uuid7()
        with self.context.database.write() as session:
            store.lock(session, state.run.id)
            taken = Marked.read(session, state.run.id, self.rejects.known).of({row for row, _ in changed})
            if taken:
                row, said = min(taken.items())
                raise ConflictError(f"reject {row} is not open any more: it is {said}.")
            self._add(session, state.run, [
                RejectEdit(run_id=state.run.id, row=row, field=field, old=now[row].values.get(field), new=new,
                           batch=batch, edited_by=actor.user_id or None, edited_at=self.context.now())
                for (row, field), new in changed.items()
            ])  # fmt: skip
            rows = len({row for row, _ in changed})
            self._note(session, actor, state.run, "rejects_edited", rows=rows, cells=len(changed))
            return EditsMade(
                rows=rows, edits=store.count_edits(session, state.run.id), batch=batch if changed else None
            )

    def edit_everywhere(self, actor: Actor, run_id: str, draft: EverywhereDraft) -> EditsMade:
        """Set a field of all open rejects in which it has the same value now; or count them."""
        with self.rejects.opened(actor, run_id, Role.OPERATOR) as (state, file):
            column = self.rejects.column(state, file, draft.field)
            rows = _having(state, file, column, draft.old)
            own = state.edits.cells.get(column, {})
            closed = Marked.of(state.marked, own)
            cells = [row for row, value in own.items() if value == draft.old and row not in closed]
            before = state.edits.everywhere.get(column, {})
            olds: list[Value] = [old for old, new in before.items() if new == draft.old]
            olds += [draft.old] if draft.old not in before else []
            if draft.preview or draft.old == draft.new or not rows:
                with self.context.database.read() as session:
                    edits = store.count_edits(session, run_id)
                return EditsMade(rows=rows if draft.old != draft.new else 0, edits=edits, batch=None)
            batch = uuid7()
            shared: dict[str, Any] = {
                "run_id": run_id, "field": draft.field, "new": draft.new, "batch": batch,
                "edited_by": actor.user_id or None, "edited_at": self.context.now(),
            }  # fmt: skip
            with self.context.database.write() as session:
                store.lock(session, run_id)
                if store.last_edit(session, run_id) != state.last_edit:
                    raise busy()
                made = [RejectEdit(row=None, old=old, **shared) for old in olds]
                made += [RejectEdit(row=row, old=draft.old, **shared) for row in cells]
                self._add(session, state.run, made)
                self._note(
                    session, actor, state.run, "rejects_edited", rows=rows, field=draft.field, old=draft.old,
                    new=draft.new,
                )  # fmt: skip
                return EditsMade(rows=rows, edits=store.count_edits(session, run_id), batch=batch)

    def undo(self, actor: Actor, run_id: str) -> EditsMade:
        """Take back the latest action. Raises ``ConflictError`` when there is none."""
        with self.context.database.write() as session:
            run = self.rejects.run(session, actor, run_id, Role.OPERATOR)
            store.lock(session, run_id)
            last = store.last_batch(session, run_id)
            if not last:
                raise ConflictError("there is no edit to take back.")
            self._check_open(session, run_id, last)
            store.clear_edits(session, run_id, batch=last[0].batch)
            self._note(session, actor, run, "reject_edits_undone", edits=len(last))
            return EditsMade(
                rows=len({one.row for one in last}),
                edits=store.count_edits(session, run_id),
                batch=last[0].batch,
            )

    def clear(self, actor: Actor, run_id: str, row: int | None = None, field: str | None = None) -> EditsMade:
        """Take back all edits, or those of one row or field."""
        with self.context.database.write() as session:
            run = self.rejects.run(session, actor, run_id, Role.OPERATOR)
            store.lock(session, run_id)
            if row is not None and (said := Marked.read(session, run_id, self.rejects.known).of([row])):
                raise ConflictError(f"reject {row} is not open any more: it is {said[row]}.")
            number = store.clear_edits(session, run_id, row=row, field=field)
            if number:
                self._note(session, actor, run, "reject_edits_undone", edits=number, row=row, field=field)
            return EditsMade(rows=number, edits=store.count_edits(session, run_id), batch=None)

    def find_all(self, actor: Actor, run_id: str, request: PageRequest) -> Page[EditView]:
        """Edits, the newest first: the one order that they have."""
        check_word(request.sort, ("-id",), "an order of edits", "sort")
        with self.context.database.read() as session:
            self.rejects.run(session, actor, run_id, Role.VIEWER)
            rows, total = store.edit_page(session, run_id, request.limit, request.offset)
        items = [EditView.model_validate(row) for row in rows]
        return Page(items=items, total=total, limit=request.limit, offset=request.offset)

    def _check_open(self, session: Session, run_id: str, edits: list[RejectEdit]) -> None:
        own = [one.row for one in edits if one.row is not None]
        if Marked.read(session, run_id, self.rejects.known).of(own):
            raise ConflictError("rejects of the latest edit were replayed or discarded since.")

    def _add(self, session: Session, run: Run, made: list[RejectEdit]) -> None:
        if store.count_edits(session, run.id) + len(made) > MOST:
            raise ConflictError(
                f"the rejects of a run may have {MOST:,} edits.",
                hint="Edit equal values together, or make a rule of it in the task's mapping.",
            )
        session.add_all(made)
        session.flush()

    def _note(self, session: Session, actor: Actor, run: Run, action: Action, **after: Any) -> None:
        record(
            session,
            actor,
            action,
            "run",
            project_id=run.project_id,
            noun_id=run.id,
            name=run.task_name,
            after=after,
        )


def _having(state: State, file: RejectFile, column: str, value: Value) -> int:
    """How many open rejects have this value now; records that are no rows have none."""
    import polars as pl

    raw = "\x1fraw"
    rows = file.scan().filter(state.marked.having("open")).with_columns(pl.col("_raw").alias(raw))
    if column in state.edits.fields:
        rows = state.edits.apply(rows, file.schema)
    else:
        rows = rows.with_columns(text_of(column, file.schema).alias(column))
    own = pl.col(NUMBER).is_in(list(state.edits.cells.get(column, {})))
    same = pl.col(column).eq_missing(pl.lit(value, pl.String)) & (pl.col(raw).is_null() | own)
    found: int = rows.filter(same).select(pl.len()).collect().item()
    return found
