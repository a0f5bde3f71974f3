"""The app database: SQLite in WAL, or PostgreSQL. One use case is one short transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from intakegateway.kit.masking import public_url
from intakegateway.model.errors import DefinitionError, UnavailableError
from intakegateway.store.standing import Standing

WAIT_SECONDS = 20
"""How long a statement waits for one that another connection holds up."""
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
    standing: Standing = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "standing", Standing(self.engine, self.is_shared))

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
        with in_words(self.engine), Session(self.engine, expire_on_commit=False) as session:
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
        with in_words(self.engine), Session(self.engine, expire_on_commit=False) as session:
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
        self.standing.close()
        self.engine.dispose()


def open_database(url: str, wait: int = WAIT_SECONDS) -> Database:
    """The database behind ``sqlite:///file`` or ``postgresql://…``; nothing is connected yet.

    ``wait``: seconds after which a statement that is held up by another connection is given up.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _not_allowed(url) from None
    make = _MAKERS.get(parsed.get_backend_name())
    if make is None:
        raise _not_allowed(url)
    return make(parsed, wait)


def _not_allowed(url: str) -> DefinitionError:
    return DefinitionError(
        f"'{public_url(url)}' cannot be the gateway's own database.",
        where="INTAKEGATEWAY_DATABASE_URL",
        hint="Give sqlite:///path/to/file.db or postgresql://user@host/database.",
    )


def _postgresql(url: Any, wait: int) -> Database:
    given = url.query.get("options", "")
    options = given if isinstance(given, str) else " ".join(given)
    connect = {
        "connect_timeout": 10, "application_name": "intakegateway",
        "options": f"-c lock_timeout={wait}s {options}".strip(),
        # A server that is gone without a word is noticed.
        "keepalives_idle": 30, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 45_000,
    }  # fmt: skip
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, max_overflow=30,
        pool_timeout=wait, pool_recycle=1800, connect_args=connect,
    )  # fmt: skip
    return Database(engine, is_shared=True)


def _embedded(url: Any, wait: int) -> Database:
    engine = create_engine(
        url, pool_size=10, max_overflow=30, pool_timeout=wait,
        connect_args={"timeout": wait, "check_same_thread": False},
    )  # fmt: skip
    event.listen(engine, "connect", partial(_configure, wait))
    event.listen(engine, "begin", _begin)
    return Database(engine, is_shared=False)


_MAKERS = {"postgresql": _postgresql, "postgres": _postgresql, "sqlite": _embedded}


def _configure(wait: int, connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: a read would become a write too late to wait.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", f"busy_timeout = {wait}000",
        "cache_size = -16384", "temp_store = MEMORY",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("intakegateway_write", False)
    if writes:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Without the pool's and the engine's part in it, which take longer: it waits for nothing.
        connection.connection.driver_connection.execute("BEGIN")


@contextmanager
def in_words(engine: Engine) -> Iterator[None]:
    """What keeps the database from answering becomes an ``UnavailableError``."""
    try:
        yield
    except PoolTimeout as error:
        raise _unavailable(engine, "all its connections are in use", _LATER) from error
    except (OperationalError, InterfaceError) as error:
        raise _unavailable(engine, *_reason(error)) from error
    except DBAPIError as error:
        if not error.connection_invalidated and _hint_for(str(error.orig)) is None:
            raise
        raise _unavailable(engine, *_reason(error)) from error


_LATER = "Try again in a moment; if it stays, look at the disk and the server."
_FULL = "Make room on its disk, then try again."
_BROKEN = "Restore the backup; it may be another program's file, or a disk that lost a part of it."
_CLOSED = (
    "The gateway must be able to write the file and into its folder: look at who owns them, and the disk."
)
_HELD = "Try again in a moment; if it stays, look for what holds it: a backup, a session that was left open."


def _reason(error: DBAPIError) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    said = (str(error.orig).strip().splitlines() or ["no reason given"])[0].rstrip(".")
    state = getattr(error.orig, "sqlstate", None)
    if state == "53100":
        return said, _FULL
    return said, _hint_for(said) or (_HELD if state == "55P03" else _LATER)


_HINTS = {
    "disk is full": _FULL, "database is locked": _HELD, "table is locked": _HELD,
    "unable to open database file": _CLOSED, "readonly database": _CLOSED,
    "file is not a database": _BROKEN, "disk image is malformed": _BROKEN,
}  # fmt: skip
"""What SQLite says, and what to do about it."""


def _hint_for(said: str) -> str | None:
    return next((hint for words, hint in _HINTS.items() if words in said), None)


def _unavailable(engine: Engine, why: str, hint: str) -> UnavailableError:
    return UnavailableError(
        f"the gateway's own database does not answer: {why}.", where=public_url(str(engine.url)), hint=hint
    )
