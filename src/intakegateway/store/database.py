"""The app database: SQLite in WAL, or PostgreSQL. One use case is one short transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from intakegateway.kit.masking import public_url
from intakegateway.model.errors import DefinitionError, UnavailableError

BUSY_SECONDS = 20
"""How long a writer of SQLite waits for another one."""
_LAST = "intakegateway_last"
_TOGETHER: ContextVar[tuple[Engine, Session] | tuple[None, None]] = ContextVar(
    "together", default=(None, None)
)
_ORDER_LOCK = 7_242_020


def write_last(session: Session, row: object) -> None:
    """Add a row at the very end of the session's transaction."""
    session.info.setdefault(_LAST, []).append(row)


@dataclass(frozen=True, slots=True)
class Database:
    """A pool of connections. ``read`` and ``write`` are the only ways to a session."""

    engine: Engine
    is_shared: bool
    """Whether several machines can use it."""
    _commits: count[int] = field(default_factory=count, repr=False)
    _newest: list[int] = field(default_factory=lambda: [0], repr=False)

    @property
    def writes(self) -> int:
        """Grows with everything that this process writes."""
        return self._newest[0]

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that changes nothing. Raises ``UnavailableError`` when the database does not answer."""
        joined = self._joined()
        if joined is not None:
            yield joined
            return
        with _in_words(self.engine), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at its end, or rolls back when an error leaves it.

        A use case that calls another one inside makes one transaction with it: whatever this thread reads
        and writes meanwhile is in the same session. SQLite's lock is taken at the start: two writers wait
        for each other instead of failing in the middle. Raises ``UnavailableError``.
        """
        joined = self._joined()
        if joined is not None:
            yield joined
            joined.flush()
            return
        with _in_words(self.engine), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"intakegateway_write": True})
            token = _TOGETHER.set((self.engine, session))
            try:
                yield session
                self._write_last(session)
                session.commit()
                self._newest[0] = next(self._commits) + 1
            finally:
                _TOGETHER.reset(token)

    def _joined(self) -> Session | None:
        engine, session = _TOGETHER.get()
        return session if engine is self.engine else None

    def _write_last(self, session: Session) -> None:
        """Number what is read in the order of its numbers, in the order of the commits.

        A server that many write to at once gives out numbers first and commits later: who has read up to
        10 would miss a 9 that is committed afterwards. The lock is taken when nothing else is left to be
        locked, so that no two transactions can wait for each other.
        """
        rows = session.info.pop(_LAST, [])
        if not rows:
            return
        session.flush()
        if self.is_shared:
            session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _ORDER_LOCK})
        session.add_all(rows)
        session.flush()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """The database behind ``sqlite:///file`` or ``postgresql://…``; nothing is connected yet."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _not_allowed(url) from None
    make = _MAKERS.get(parsed.get_backend_name())
    if make is None:
        raise _not_allowed(url)
    return make(parsed)


def _not_allowed(url: str) -> DefinitionError:
    return DefinitionError(
        f"'{public_url(url)}' cannot be the gateway's own database.",
        where="INTAKEGATEWAY_DATABASE_URL",
        hint="Give sqlite:///path/to/file.db or postgresql://user@host/database.",
    )


def _postgresql(url: Any) -> Database:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, max_overflow=30, pool_recycle=1800,
        connect_args={"connect_timeout": 10, "application_name": "intakegateway"},
    )  # fmt: skip
    return Database(engine, is_shared=True)


def _embedded(url: Any) -> Database:
    engine = create_engine(
        url, pool_size=10, max_overflow=30, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return Database(engine, is_shared=False)


_MAKERS = {"postgresql": _postgresql, "postgres": _postgresql, "sqlite": _embedded}


def _configure(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: a read would become a write too late to wait.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", f"busy_timeout = {BUSY_SECONDS}000",
        "cache_size = -16384", "temp_store = MEMORY",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("intakegateway_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _in_words(engine: Engine) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise UnavailableError(
            f"the gateway's own database does not answer: {_first_line(error)}.",
            where=public_url(str(engine.url)),
            hint="Try again in a moment; if it stays, look at the disk and the server.",
        ) from error


def _first_line(error: DBAPIError) -> str:
    return (str(error.orig).strip().splitlines() or ["no reason given"])[0].rstrip(".")
