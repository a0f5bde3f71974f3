"""Leases: what only one process does at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.exc import IntegrityError

from intakegateway.store.database import Database
from intakegateway.store.tables.service import Lease


def take(database: Database, name: str, holder: str, now: datetime, seconds: float) -> bool:
    """Take or keep the lease ``name`` until ``seconds`` from now; False while somebody else has it."""
    until = now + timedelta(seconds=seconds)
    with database.write() as session:
        changed = session.execute(
            update(Lease)
            .where(Lease.name == name, or_(Lease.holder == holder, Lease.expires_at <= now))
            .values(holder=holder, expires_at=until)
        )
        if changed.rowcount:  # type: ignore[attr-defined]
            return True
        if session.get(Lease, name) is not None:
            return False
    try:
        with database.write() as session:
            session.add(Lease(name=name, holder=holder, expires_at=until))
    except IntegrityError:
        return False
    return True


def give_back(database: Database, name: str, holder: str) -> None:
    """Let the next one have it at once."""
    with database.write() as session:
        session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
