"""Whether anything in the app database has changed, by anyone, without reading what.

SQLite counts, for each connection, what others have committed (``PRAGMA data_version``). A PostgreSQL server
names the transactions that a query would see (``pg_current_snapshot``): two queries with the same name see
the same rows. Both cost far less than a list does.
"""

from __future__ import annotations

import threading
from typing import Any

from msgspec import Struct, field
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

_EMBEDDED = "PRAGMA data_version"
_SERVER = "SELECT pg_current_snapshot()::text"


class Standing(Struct):
    """One connection that only asks. Safe between threads. ``is_shared``: the database is a server."""

    engine: Engine
    is_shared: bool
    _connection: Any = None
    _opened: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> tuple[int, str] | None:
        """The same as before only if a query would find the same as before; None: it cannot be told.

        A database that does not answer is no error here: whoever reads next meets it, and says so.
        """
        self._lock.acquire()
        return self._told()

    def at_a_glance(self) -> tuple[int, str] | None:
        """The same without waiting for anything, so that an event loop may ask; None from a server."""
        # To open the connection may take a while.
        if self.is_shared or self._connection is None or not self._lock.acquire(blocking=False):
            return None
        return self._told()

    def _told(self) -> tuple[int, str] | None:
        try:
            return self._asked()
        except (SQLAlchemyError, self._errors()):
            self._let_go()
            return None
        finally:
            self._lock.release()

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._let_go()

    def _asked(self) -> tuple[int, str]:
        if self._connection is None:
            # What the count means depends on the connection that asks.
            self._connection, self._opened = self._open(), self._opened + 1
        cursor = self._connection.cursor()
        try:
            cursor.execute(_SERVER if self.is_shared else _EMBEDDED)
            return self._opened, str(cursor.fetchone()[0])
        finally:
            cursor.close()

    def _open(self) -> Any:
        taken = self.engine.raw_connection()
        # It never goes back to the pool, where others would write with it.
        taken.detach()
        connection: Any = taken.dbapi_connection
        if self.is_shared:
            # One question is one transaction; SQLite's connections are like that already.
            connection.autocommit = True
        else:
            # A file that is locked for a moment is no reason to wait: whoever reads waits.
            connection.execute("PRAGMA busy_timeout = 0")
        return taken

    def _errors(self) -> type[Exception]:
        found: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        return found

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except self._errors():
                # It is broken already; nothing was on it.
                return
