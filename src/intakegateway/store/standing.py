"""Whether anything in the app database has changed, by anyone, without reading what.

SQLite counts, for each connection, what others have committed (``PRAGMA data_version``). A PostgreSQL server
names the transactions that a query would see (``pg_current_snapshot``): two queries with the same name see
the same rows. Both cost far less than a list does.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from msgspec import Struct, field
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

_EMBEDDED = "PRAGMA data_version"
_SERVER = b"SELECT pg_current_snapshot()::text"

State = tuple[int, str]


class Standing(Struct):
    """One connection that only asks, one question at a time. ``is_shared``: the database is a server."""

    engine: Engine
    is_shared: bool
    _connection: Any = None
    _opened: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def now(self) -> State | None:
        """The same as before only if a query would find the same as before; None: it cannot be told.

        A database that does not answer is no error here: whoever reads next meets it, and says so. Nor is it
        one that somebody else, on another event loop, is asking just now.
        """
        if not self._lock.acquire(blocking=False):
            return None
        told = None
        try:
            if self._connection is None:
                # What the answers mean depends on the connection that asks.
                self._connection, self._opened = await self._opened_anew(), self._opened + 1
            found = await self._from_the_server() if self.is_shared else self._from_the_file()
            told = None if found is None else (self._opened, found)
        except (SQLAlchemyError, self._errors()):
            told = None
        finally:
            # Who goes away in the middle leaves an answer behind that nobody has read.
            if told is None:
                self._let_go()
            self._lock.release()
        return told

    def at_a_glance(self) -> State | None:
        """The same without waiting for anything; None from a server, and before the first ``now``."""
        if self.is_shared or self._connection is None or not self._lock.acquire(blocking=False):
            return None
        try:
            return self._opened, self._from_the_file()
        except self._errors():
            self._let_go()
            return None
        finally:
            self._lock.release()

    def close(self) -> None:
        """Give the connection back; one that hangs over a question goes when its event loop ends."""
        if self._lock.acquire(timeout=1):
            self._let_go()
            self._lock.release()

    def _from_the_file(self) -> str:
        cursor = self._connection.cursor()
        try:
            return str(cursor.execute(_EMBEDDED).fetchone()[0])
        finally:
            cursor.close()

    async def _from_the_server(self) -> str | None:
        """On the event loop: to hand so small a question to a thread, and back, takes longer than the server."""
        wire, loop = self._connection.pgconn, asyncio.get_running_loop()
        arrived = asyncio.Event()
        wire.send_query(_SERVER)
        wire.flush()
        loop.add_reader(wire.socket, arrived.set)
        try:
            while True:
                await arrived.wait()
                arrived.clear()
                wire.consume_input()
                if not wire.is_busy():
                    break
        finally:
            loop.remove_reader(wire.socket)
        answer = wire.get_result()
        value = answer.get_value(0, 0) if answer is not None and answer.ntuples else None
        while wire.get_result() is not None:
            continue
        return None if value is None else str(value, "ascii")

    async def _opened_anew(self) -> Any:
        opener = ThreadPoolExecutor(1, "standing of the store")
        opening = opener.submit(self._open)
        opener.shutdown(wait=False)
        try:
            return await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close)
            raise

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
        return connection

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


def _close(opening: Future[Any]) -> None:
    """Nobody waits any more for what was being opened."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
