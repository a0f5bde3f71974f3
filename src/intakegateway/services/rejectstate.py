"""Which rejects of a run are open, replayed or discarded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from sqlalchemy.orm import Session

from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor
from intakegateway.model.errors import ConflictError
from intakegateway.model.rejects import NUMBER
from intakegateway.model.run import Status
from intakegateway.model.views.rejects import RejectCounts, State
from intakegateway.services.context import Context
from intakegateway.services.rejectfiles import Known, RejectFile, pack, pairs, unpack
from intakegateway.store import rejects as store
from intakegateway.store.tables.runs import RejectGroup, RejectMark, Run

if TYPE_CHECKING:
    import polars as pl

REPLAY = "replay"
"""The kind of a run's input that is a file of rejects."""


class Marked(Struct, frozen=True):
    """The rejects of a run that are not open, by state; each a rising series of numbers (Int64)."""

    states: dict[State, pl.Series]

    @classmethod
    def read(cls, session: Session, run_id: str, known: Known) -> Marked:
        """From the store."""
        import polars as pl

        states: dict[State, list[pl.Series]] = {}
        for mark in store.marks(session, run_id):
            states.setdefault(cast("State", mark.state), []).append(_rows(mark, known))
        return cls({state: pl.concat(parts).sort() for state, parts in states.items()})

    def all(self) -> pl.Series:
        """Every row that is not open."""
        import polars as pl

        return pl.concat([pl.Series(NUMBER, [], pl.Int64), *self.states.values()]).sort()

    def having(self, state: State) -> pl.Expr:
        """Whether a row is in ``state``."""
        import polars as pl

        number = pl.col(NUMBER).cast(pl.Int64)
        if state == "open":
            taken = self.all()
            return ~number.is_in(taken.implode()) if taken.len() else pl.lit(True)
        found = self.states.get(state)
        return number.is_in(found.implode()) if found is not None else pl.lit(False)

    def of(self, rows: Iterable[int]) -> dict[int, State]:
        """The states of a few rows, open ones left out."""
        import polars as pl

        wanted = pl.Series(list(rows), dtype=pl.Int64)
        return {
            row: state
            for state, series in self.states.items()
            for row in wanted.filter(wanted.is_in(series.implode()))
        }


def _rows(mark: RejectMark, known: Known) -> pl.Series:
    """A mark's rows never change, so they are unpacked once."""
    return known.get("mark", mark.id, lambda: unpack(mark.rows))


def counts_of(run: Run, groups: Iterable[RejectGroup], marks: Iterable[RejectMark]) -> tuple[
    RejectCounts, dict[str, RejectCounts]
]:  # fmt: skip
    """How many rejects are in which state: of the run, and of each of its causes by id."""
    marks = list(marks)
    by_group = {
        group.id: _counts(group.count, ((mark.state, int(mark.groups.get(group.id, 0))) for mark in marks))
        for group in groups
    }
    return _counts(run.rejected_records, ((mark.state, mark.count) for mark in marks)), by_group


def _counts(total: int, taken: Iterable[tuple[str, int]]) -> RejectCounts:
    found = dict.fromkeys(store.CLOSED, 0)
    for state, number in taken:
        found[state] += number
    return RejectCounts(total=total, open=max(total - sum(found.values()), 0), **found)


def mark(
    session: Session, actor: Actor, run: Run, state: str, rows: pl.Series, groups: dict[str, int], context: Context,
    *, note: str = "", child_run_id: str | None = None,
) -> RejectMark:  # fmt: skip
    """Take rows out of the open ones, in the caller's transaction, which has made sure that they are open."""
    made = RejectMark(
        id=uuid7(), run_id=run.id, state=state, child_run_id=child_run_id, rows=pack(rows), count=rows.len(),
        groups=groups, note=note, made_by=actor.user_id or None, made_by_name=actor.name, made_at=context.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    tell_groups(session, run, actor, context)
    return made


def group_counts(file: RejectFile, groups: Iterable[RejectGroup], rows: pl.Series) -> dict[str, int]:
    """How many of ``rows`` each cause has, by its id."""
    import polars as pl

    ids = {(group.code, group.column): group.id for group in groups}
    if rows.len() == file.rows:
        causes = file.causes
    else:
        number = pl.col(NUMBER).cast(pl.Int64)
        causes = file.count_causes(file.scan().filter(number.is_in(rows.implode())))
    found: dict[str, int] = {}
    for texts, count in causes.items():
        for pair in pairs(*texts):
            if pair in ids:
                found[ids[pair]] = found.get(ids[pair], 0) + count
    return found


def tell_groups(session: Session, run: Run, actor: Actor | None, context: Context | None) -> None:
    """Keep each cause's ``status`` true: open as long as one of its rejects is, or is being replayed."""
    groups = store.groups(session, run.id)
    _, counted = counts_of(run, groups, store.marks(session, run.id))
    for group in groups:
        counts = counted[group.id]
        waiting = counts.open + counts.replaying
        status = "open" if waiting else "replayed" if counts.replayed else "discarded"
        if status != group.status:
            group.status = status
            if actor is not None and context is not None:
                group.changed_by, group.changed_at = actor.user_id or None, context.now()


def finished(session: Session, run: Run) -> None:
    """A hook for the end of runs: what a replay loaded is replayed; of one that failed, all is open again."""
    if run.parent_run_id is None or (run.input or {}).get("kind") != REPLAY:
        return
    found = store.mark_of(session, run.id)
    if found is None or found.state != "replaying":
        return
    loaded = run.status in (Status.SUCCESS, Status.PARTIAL_SUCCESS)
    found.state = "replayed" if loaded else "released"
    session.flush()
    parent = session.get(Run, run.parent_run_id)
    if parent is not None:
        tell_groups(session, parent, None, None)


def replay_again(session: Session, actor: Actor, before: Run, made: Run, context: Context) -> None:
    """Give the rows of a replay that failed to the run that tries it again.

    Raises ``ConflictError`` when they were loaded, or somebody else has taken some of them since.
    """
    if before.parent_run_id is None or (before.input or {}).get("kind") != REPLAY:
        return
    if session.get(Run, before.parent_run_id) is None:
        raise ConflictError("the run whose rejects these were is not kept any more.")
    store.lock(session, before.parent_run_id)
    had = store.mark_of(session, before.id)
    if had is None or had.state != "released":
        raise ConflictError(
            "what this replay read was loaded, or was rejected again.",
            hint="Replay this run's own rejects instead.",
        )
    rows = unpack(had.rows)
    taken = Marked.read(session, before.parent_run_id, Known()).all()
    if rows.is_in(taken.implode()).any():
        raise ConflictError(
            "some of these rejects were replayed or discarded since.",
            hint="Replay the open ones of the first run.",
        )
    parent = session.get_one(Run, before.parent_run_id)
    mark(session, actor, parent, "replaying", rows, had.groups, context, child_run_id=made.id)


def blobs_of(run: Run) -> list[str]:
    """What the storage keeps for a run alone."""
    replayed = (run.input or {}).get("edits") if (run.input or {}).get("kind") == REPLAY else None
    return [str(blob) for blob in (run.rejects_blob, replayed) if blob is not None]
