"""Queries about the logs of runs. Lines are added, and go together with their run; none is ever changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import Session

from intakegateway.model.views.runs import LogFilter
from intakegateway.store import asked
from intakegateway.store.rows import Listing, M
from intakegateway.store.tables.runs import RunLog

LEVELS = ("debug", "info", "warning", "error")


def lines(
    session: Session, listing: Listing[M], run_id: str, wanted: LogFilter, upto: int | None = None
) -> list[M]:
    """Lines of a run's log, in their order. ``upto``: none with a greater id."""

    def narrowed(query: Select[Any]) -> Select[Any]:
        fitting = _fitting(query, run_id, wanted)
        return fitting if upto is None else fitting.where(RunLog.id <= upto)

    found = listing.shown(session, (run_id, wanted, upto), narrowed)
    return found[::-1] if wanted.newest else found


def count(session: Session, run_id: str, after: int, upto: int) -> int:
    """How many lines of a run's log have an id greater than ``after``, and not greater than ``upto``."""

    def between() -> Select[Any]:
        return select(RunLog.id).where(RunLog.run_id == run_id, RunLog.id > after, RunLog.id <= upto)

    return asked.count(session, ("lines", run_id, after, upto), between)


def last(session: Session, run_id: str) -> int:
    """The id of the last line of a run's log; 0: it has none."""

    def newest() -> Select[Any]:
        return select(func.max(RunLog.id)).where(RunLog.run_id == run_id)

    return asked.rows(session, ("last line", run_id), newest)[0][0] or 0


def _fitting(query: Select[Any], run_id: str, wanted: LogFilter) -> Select[Any]:
    query = query.where(RunLog.run_id == run_id, RunLog.id > wanted.after)
    if wanted.level != LEVELS[0]:
        query = query.where(RunLog.level.in_(LEVELS[LEVELS.index(wanted.level) :]))
    if wanted.search:
        # One text is folded and looked through in less time than three.
        line = RunLog.message + "\n" + RunLog.event + "\n" + cast(RunLog.facts, Text)
        query = query.where(line.icontains(wanted.search, autoescape=True))
    order = RunLog.id.desc() if wanted.newest else RunLog.id.asc()
    return query.order_by(order).limit(wanted.limit)
