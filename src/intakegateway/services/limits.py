"""How often something may be tried: counted in the store, so that all processes count together."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from intakegateway.model.errors import RateLimitError
from intakegateway.store.tables.base import BigNumber, Moment
from intakegateway.store.tables.people import RateWindow

_COUNT = text(
    """
    INSERT INTO rate_windows (key, started_at, count) VALUES (:key, :now, 1)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN rate_windows.started_at <= :edge THEN 1 ELSE rate_windows.count + 1 END,
        started_at = CASE WHEN rate_windows.started_at <= :edge THEN :now ELSE rate_windows.started_at END
    RETURNING count AS tries, started_at
    """
)
_TYPED = _COUNT.bindparams(bindparam("now", type_=Moment()), bindparam("edge", type_=Moment())).columns(
    tries=BigNumber, started_at=Moment()
)
_START = text(
    "INSERT INTO rate_windows (key, started_at, count) VALUES (:key, :now, 0) ON CONFLICT (key) DO NOTHING"
).bindparams(bindparam("now", type_=Moment()))
_LONGEST = timedelta(days=1)


def check(session: Session, key: str, limit: int, per_seconds: int, now: datetime) -> None:
    """Count one try of ``key`` (such as ``sign-in:192.0.2.1``, up to 200 characters).

    Raises ``RateLimitError`` from the try number ``limit + 1`` on, until ``per_seconds`` (a day at most)
    have passed since the first one. The count is part of the session's transaction: what may fail
    afterwards belongs into another one, or its tries are not counted.
    """
    row = session.execute(
        _TYPED,
        {"key": key[:200], "now": now, "edge": now - timedelta(seconds=per_seconds)},
    ).one()
    if row.tries > limit:
        ends = row.started_at + timedelta(seconds=per_seconds)
        wait = max(1, math.ceil((ends - now).total_seconds()))
        raise RateLimitError("this was tried too often.", wait)


def give_back(session: Session, key: str) -> None:
    """Take one try of ``key`` back: it was a good one."""
    query = update(RateWindow).where(RateWindow.key == key[:200], RateWindow.count > 0)
    session.execute(query.values(count=RateWindow.count - 1))


def held(session: Session, key: str, now: datetime) -> RateWindow:
    """The count of ``key`` (0 if it is new), held against others until the transaction ends."""
    session.execute(_START, {"key": key[:200], "now": now})
    return session.scalars(select(RateWindow).where(RateWindow.key == key[:200]).with_for_update()).one()


def forget(session: Session, now: datetime) -> None:
    """Remove what no limit needs any more."""
    session.execute(delete(RateWindow).where(RateWindow.started_at < now - _LONGEST))
