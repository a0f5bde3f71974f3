"""Rejects: look at them, edit them, leave them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, NotFoundError, nearest
from intakegateway.model.rejects import NUMBER, column_of, field_of
from intakegateway.model.views.audit import Action
from intakegateway.model.views.rejects import (
    DiscardDraft,
    RejectCounts,
    RejectFilter,
    RejectGroup,
    RejectGroups,
    RejectPage,
    RejectsChanged,
    RejectValues,
    Selection,
    ValueCount,
)
from intakegateway.services import rejectlists
from intakegateway.services.audit import record
from intakegateway.services.context import Context
from intakegateway.services.rejectedits import Edits, text_of
from intakegateway.services.rejectfiles import Known, LocalCopies, RejectFile
from intakegateway.services.rejectstate import Marked, counts_of, group_counts, mark, tell_groups
from intakegateway.store import rejects as store
from intakegateway.store.tables import runs as tables
from intakegateway.store.tables.runs import Run

if TYPE_CHECKING:
    import polars as pl

_TRIES = 5
_MOST_VALUES = 1000


class State(Struct, frozen=True):
    """What the store knows about a run's rejects at one moment."""

    run: Run
    groups: list[tables.RejectGroup]
    edits: Edits
    marked: Marked
    last_edit: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Rejects:
    """Every use case about rejects that starts no run."""

    context: Context
    copies: LocalCopies = field(init=False)
    known: Known = field(init=False)

    def __post_init__(self) -> None:
        """Files do not change: what was found out about them is kept."""
        object.__setattr__(self, "copies", LocalCopies(self.context.blobs))
        object.__setattr__(self, "known", Known())

    def groups(self, actor: Actor, run_id: str) -> RejectGroups:
        """The causes, and how many rejects of each wait."""
        with self.context.database.read() as session:
            run = self.run(session, actor, run_id, Role.VIEWER)
            groups = store.groups(session, run_id)
            counts, by_group = counts_of(run, groups, store.marks(session, run_id))
            edits = store.count_edits(session, run_id)
        fields: list[str] = []
        if run.rejects_blob is not None:
            with self.file(run) as file:
                fields = [field_of(name) for name in file.fields]
        items = [
            RejectGroup(
                id=one.id, code=one.code, column=one.column, message=one.message, status=one.status,  # type: ignore[arg-type]

                count=one.count, counts=by_group[one.id],
            )
            for one in groups
        ]  # fmt: skip
        return RejectGroups(items=items, counts=counts, fields=fields, edits=edits)

    def find_all(
        self, actor: Actor, run_id: str, wanted: RejectFilter, after: int = -1, limit: int = 50
    ) -> RejectPage:
        """Rejects with numbers greater than ``after``. Raises ``NotFoundError``."""
        with self.context.database.read() as session:
            run = self.run(session, actor, run_id, Role.VIEWER)
            if run.rejects_blob is None:
                return RejectPage(items=[], total=0, next=None)
            groups = store.groups(session, run_id)
            marked = Marked.read(session, run_id, self.known)
            every = Edits.of(store.edits(session, run_id)) if wanted.edited is not None else Edits()
        with self.file(run) as file:
            conditions = rejectlists.matching(file, wanted, groups, every, marked)
            rows, given_up = rejectlists.find(file, conditions, after, limit)
            edits = every
            if rows.height and wanted.edited is None:
                with self.context.database.read() as session:
                    around = (int(rows[NUMBER][0]), int(rows[NUMBER][-1]))
                    edits = Edits.of(store.edits(session, run_id, around))
            items = rejectlists.shown(file, rows, edits, marked)
            total = self._total(file, wanted, groups)
        more = len(items) == limit and items[-1].row + 1 < run.rejected_records
        goes_on = items[-1].row if more else given_up
        return RejectPage(items=items, total=total, next=goes_on, given_up=given_up is not None)

    def values(
        self,
        actor: Actor,
        run_id: str,
        name: str,
        group: str | None = None,
        search: str = "",
        limit: int = 100,
    ) -> RejectValues:
        """The values that open rejects have now in a field, the most frequent first."""
        import polars as pl

        with self.opened(actor, run_id, Role.VIEWER) as (state, file):
            column = self.column(state, file, name)
            wanted = RejectFilter(group=group, state="open")
            rows = file.scan().filter(
                pl.col("_raw").is_null(),
                *rejectlists.matching(file, wanted, state.groups, state.edits, state.marked),
            )
            if column in state.edits.fields:
                values = state.edits.apply(rows, file.schema).select(pl.col(column).alias("v"))
            else:
                values = rows.select(text_of(column, file.schema).alias("v"))
            if search:
                values = values.filter(pl.col("v").str.contains("(?i)" + pl.escape_regex(search)))
            found = values.group_by("v").agg(pl.len().alias("n")).collect()
        most = found.sort(["n", "v"], descending=[True, False]).head(min(limit, _MOST_VALUES))
        items = [ValueCount(value=value, count=count) for value, count in most.iter_rows()]
        return RejectValues(field=name, items=items, distinct=found.height)

    def discard(self, actor: Actor, run_id: str, draft: DiscardDraft) -> RejectsChanged:
        """Leave open rejects out for good, for a reason. Nothing is deleted: ``restore`` opens them again."""

        def write(session: Session, state: State, file: RejectFile, rows: pl.Series) -> RejectsChanged:
            groups = group_counts(file, state.groups, rows)
            mark(session, actor, state.run, "discarded", rows, groups, self.context, note=draft.note)
            self._note(session, actor, state.run, "rejects_discarded", rows=rows.len(), note=draft.note)
            return RejectsChanged(changed=rows.len(), counts=self.counts(session, state.run))

        return self.take(actor, run_id, draft, write)

    def restore(self, actor: Actor, run_id: str, wanted: Selection) -> RejectsChanged:
        """Open discarded rejects again. Edits are as they were."""
        import polars as pl

        with self.opened(actor, run_id, Role.OPERATOR) as (state, file):
            gone = state.marked.states.get("discarded", pl.Series(NUMBER, [], pl.Int64))
            others = Marked(
                {"replayed": _without(pl.int_range(0, file.rows, dtype=pl.Int64, eager=True), gone)}
            )
            rows = rejectlists.selected(file, wanted, state.groups, state.edits, others)
            with self.context.database.write() as session:
                store.lock(session, run_id)
                changed = 0
                for one in store.marks(session, run_id, with_rows=True):
                    if one.state == "discarded":
                        changed += self._reduce(session, state, file, one, rows)
                session.flush()
                tell_groups(session, state.run, actor, self.context)
                if changed:
                    self._note(session, actor, state.run, "rejects_restored", rows=changed)
                return RejectsChanged(changed=changed, counts=self.counts(session, state.run))

    def take(
        self, actor: Actor, run_id: str, wanted: Selection,
        write: Callable[[Session, State, RejectFile, pl.Series], RejectsChanged],
    ) -> RejectsChanged:  # fmt: skip
        """Choose open rejects outside of any transaction, then ``write`` in one if they are open still.

        Raises ``ConflictError`` when nothing is to be taken, or others are at it all the time.
        """
        for _ in range(_TRIES):
            with self.opened(actor, run_id, Role.OPERATOR) as (state, file):
                rows = rejectlists.selected(file, wanted, state.groups, state.edits, state.marked)
                self.check_any(rows)
                with self.context.database.write() as session:
                    if self.is_current(session, state, rows):
                        return write(session, state, file, rows)
        raise busy()

    def is_current(self, session: Session, state: State, rows: pl.Series) -> bool:
        """Lock the run's rejects; whether these rows are open still, with the edits that were read."""
        store.lock(session, state.run.id)
        if store.last_edit(session, state.run.id) != state.last_edit:
            return False
        taken = Marked.read(session, state.run.id, self.known).all()
        return not rows.is_in(taken.implode()).any()

    def check_any(self, rows: pl.Series) -> None:
        """Raises ``ConflictError`` when there are none."""
        if not rows.len():
            raise ConflictError(
                "none of these rejects is open.", hint="They were replayed or discarded, or there are none."
            )

    @contextmanager
    def opened(self, actor: Actor, run_id: str, role: Role) -> Iterator[tuple[State, RejectFile]]:
        """What is known about a run's rejects, and their file. Raises ``NotFoundError``, ``ForbiddenError``."""
        with self.context.database.read() as session:
            run = self.run(session, actor, run_id, role)
            state = State(
                run, store.groups(session, run_id), Edits.of(store.edits(session, run_id)),
                Marked.read(session, run_id, self.known), store.last_edit(session, run_id),
            )  # fmt: skip
        with self.file(run) as file:
            yield state, file

    @contextmanager
    def file(self, run: Run) -> Iterator[RejectFile]:
        """The run's file of rejects. Raises ``NotFoundError`` where there is none."""
        if run.rejects_blob is None:
            raise NotFoundError(
                "file of rejects of the run", run.id, hint="It rejected nothing, or it runs still."
            )
        with self.copies.open(run.rejects_blob) as path:
            yield RejectFile(path, self.known)

    def run(self, session: Session, actor: Actor, run_id: str, role: Role) -> Run:
        """A run that the actor may see. Raises ``NotFoundError``, ``ForbiddenError``."""
        run = session.get(Run, run_id)
        if run is None or actor.role_in(run.project_id) is None:
            raise NotFoundError("run", run_id)
        actor.require(run.project_id, role)
        return run

    def column(self, state: State, file: RejectFile, name: str) -> str:
        """The column of a field that rejects have or that the mapping reads. Raises ``DefinitionError``."""
        column = column_of(name)
        if column in file.schema:
            return column
        read = [one.get("from") for one in state.run.spec.get("mapping") or () if isinstance(one, dict)]
        if name in read:
            return column
        hint = nearest(name, [field_of(one) for one in file.fields])
        raise DefinitionError(f"these rejects have no field '{name}'.", hint=hint, path=("field",))

    def counts(self, session: Session, run: Run) -> RejectCounts:
        """How many rejects are in which state."""
        return counts_of(run, (), store.marks(session, run.id))[0]

    def _total(self, file: RejectFile, wanted: RejectFilter, groups: list[tables.RejectGroup]) -> int | None:
        given = wanted.model_dump(exclude_defaults=True)
        if not given:
            return file.rows
        if set(given) == {"group"}:
            return next((one.count for one in groups if one.id == wanted.group), 0)
        return None

    def _reduce(
        self, session: Session, state: State, file: RejectFile, one: tables.RejectMark, rows: pl.Series
    ) -> int:
        """Take rows out of a mark. Marks do not change, so that what is known of them stays true."""
        from intakegateway.kit.ids import uuid7
        from intakegateway.services.rejectfiles import pack, unpack

        had = unpack(one.rows)
        left = _without(had, rows)
        if left.len() == had.len():
            return 0
        if left.len():
            session.add(tables.RejectMark(
                id=uuid7(), run_id=one.run_id, state=one.state, rows=pack(left), count=left.len(),
                groups=group_counts(file, state.groups, left), note=one.note, made_by=one.made_by,
                made_by_name=one.made_by_name, made_at=one.made_at,
            ))  # fmt: skip
        session.delete(one)
        return had.len() - left.len()

    def _note(self, session: Session, actor: Actor, run: Run, action: Action, **after: object) -> None:
        record(
            session, actor, action, "run", project_id=run.project_id, noun_id=run.id, name=run.task_name,
            after=after,
        )  # fmt: skip


def busy() -> ConflictError:
    """Others change the same rejects all the time."""
    return ConflictError("others are changing these rejects at this very moment.", hint="Try again.")


def _without(rows: pl.Series, gone: pl.Series) -> pl.Series:
    return rows.filter(~rows.is_in(gone.implode()))
