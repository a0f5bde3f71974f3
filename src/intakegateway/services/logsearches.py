"""Logs that were looked through before: what has been written since is all that is read.

A line of a log is never changed, and goes only together with its run. As many lines as before up to a certain
one are therefore the same lines, and to count them takes a hundredth of the time of looking for a text.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from msgspec import Struct, field
from sqlalchemy.orm import Session

from intakegateway.model.views.runs import LogFilter, RunLogView
from intakegateway.store import logs as store
from intakegateway.store.rows import listing
from intakegateway.store.tables.runs import RunLog

MOST = 100
"""Searches that are remembered."""
MOST_LINES = 500
"""Lines that each of them may have found."""
LONG = 20_000
"""Lines from where on counting takes longer than finding a page full of frequent ones."""
_LINE = listing(RunLog, RunLogView)


class _Looked(NamedTuple):
    """``counted``: the lines up to the one with the id ``upto``, whether they fit or not."""

    upto: int
    counted: int
    found: Sequence[RunLogView]


class LogSearches(Struct):
    """Finds lines, and remembers the searches that read more than they found. Safe between threads."""

    _known: dict[Hashable, _Looked] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lines(self, session: Session, run_id: str, wanted: LogFilter) -> list[RunLogView]:
        """Lines of a run's log, in their order."""
        if wanted.limit > MOST_LINES or not (wanted.search or wanted.level != store.LEVELS[0]):
            return store.lines(session, _LINE, run_id, wanted)
        key = (run_id, wanted)
        known = self._known.get(key)
        if known is not None and store.count(session, run_id, wanted.after, known.upto) != known.counted:
            known = None
        found = list(known.found) if known is not None else []
        if known is not None and len(found) >= wanted.limit and not wanted.newest:
            return found
        # Before the lines themselves: one that another process commits meanwhile will be missed by the count.
        upto = store.last(session, run_id)
        counted = store.count(session, run_id, wanted.after, upto)
        start = max(known.upto if known is not None else 0, wanted.after)
        if upto > start:
            rest = wanted.limit if wanted.newest else wanted.limit - len(found)
            found += store.lines(
                session, _LINE, run_id, wanted.model_copy(update={"after": start, "limit": rest}), upto
            )
        found = found[-wanted.limit :]
        self._keep(key, _Looked(upto, counted, tuple(found)), len(found) >= wanted.limit and counted > LONG)
        return found

    def _keep(self, key: Hashable, looked: _Looked, is_cheap: bool) -> None:
        with self._lock:
            self._known.pop(key, None)
            if not is_cheap:
                self._known[key] = looked
            if len(self._known) > MOST:
                del self._known[next(iter(self._known))]
