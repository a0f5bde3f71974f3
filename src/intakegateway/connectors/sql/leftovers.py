"""Staging tables that outlived their load, where they do not end with the connection.

A load that is killed leaves its staging table behind. Whether its load is dead is told by a lock of the server
on the table's name: a load takes it before it makes the table and holds it through its connection, so the
server itself lets it go when the process, the machine or the network between them is gone. That is surer than
an age (a load may take days, and nobody wants to look at the leftovers of a killed one for as long) and than
the ledger (which knows what was committed, but not who has given up). Whoever sweeps takes the same lock and
holds it while it drops the table, so that no load can begin to use it meanwhile.

Such locks are one server's own. In a cluster in which several nodes take writes for one database, a load at
another node may lose its staging table: it then fails with nothing written, and is tried again. Where the
server offers no such lock, nothing is swept.
"""

from __future__ import annotations

from contextlib import suppress

from intakegateway.connectors.sql.dialect import Dialect, literal, quote
from intakegateway.connectors.sql.driver import Session
from intakegateway.model.errors import DestinationError, GatewayError, StaleFenceError

STAGE_PREFIX = "_intakegateway_stage_"
"""How the names of staging tables begin where they outlive a connection."""

_PATIENCE = 10
"""Seconds to wait for an owner that is just leaving."""


def own_stage(session: Session, dialect: Dialect, name: str, load: str) -> None:
    """Own the staging table ``name`` as long as the session lives.

    Raises ``StaleFenceError`` when another process is writing the very same attempt of ``load``.
    """
    if not dialect.own_stage:
        return
    try:
        owned = _ask(session, dialect, dialect.own_stage, name, _PATIENCE)
    except DestinationError:
        # A server without such locks (some clusters): nobody can sweep there either.
        return
    if owned == 0:
        raise StaleFenceError(f"{load} is being written by another process right now.")


def sweep(session: Session, dialect: Dialect) -> None:
    """Drop the staging tables whose owners are gone. What cannot be dropped stays, and is no error."""
    if not dialect.stages_left:
        return
    with suppress(GatewayError):
        prefix = literal(dialect, STAGE_PREFIX)
        for (name,) in session.fetch(dialect.stages_left.format(prefix=prefix)):
            if _ask(session, dialect, dialect.own_stage, name, 0) != 1:
                continue
            try:
                session.run(dialect.drop_left.format(table=quote(dialect, name)))
            finally:
                _ask(session, dialect, dialect.disown_stage, name, 0)


def _ask(session: Session, dialect: Dialect, question: str, name: str, seconds: int) -> object:
    return session.fetch(question.format(name=literal(dialect, name), seconds=seconds))[0][0]
