"""How often something may be tried: counted in the store, so that all processes count together."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from intakegateway.model.errors import RateLimitError
from intakegateway.store.tables.people import RateWindow


def check(session: Session, key: str, limit: int, per_seconds: float, now: datetime) -> None:
    """Count one try under ``key``. Raises ``RateLimitError`` beyond ``limit`` tries in ``per_seconds``.

    The session must be one that writes, and commit whatever becomes of the try itself.
    """
    window = session.get(RateWindow, key[:200], with_for_update=True)
    if window is None:
        session.add(RateWindow(key=key[:200], started_at=now, count=1))
        return
    ends = window.started_at + timedelta(seconds=per_seconds)
    if now >= ends or now < window.started_at:
        window.started_at, window.count = now, 1
        return
    if window.count >= limit:
        raise RateLimitError("this was tried too often.", max(1, math.ceil((ends - now).total_seconds())))
    window.count += 1
