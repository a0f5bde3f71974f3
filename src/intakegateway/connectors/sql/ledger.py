"""``_intakegateway_loads``: which loads a database has taken, written with their rows.

``claim`` says who may write a load (its fence); ``settle`` records the counts in the transaction of
the rows, and only for the attempt that still holds the claim.
"""

from __future__ import annotations

import json

from intakegateway.connectors.sql.dialect import Dialect, quote, table_text
from intakegateway.connectors.sql.driver import RowsRefusedError, Session
from intakegateway.connectors.sql.types import native_type
from intakegateway.model.errors import StaleFenceError
from intakegateway.model.run import Counts
from intakegateway.model.schema import TableName
from intakegateway.model.types import INTEGER, TEXT, TIMESTAMPTZ, DataType, Kind

LEDGER = "_intakegateway_loads"
_LOAD_ID = DataType(Kind.TEXT, length=200)


def ledger_name(schema: str) -> TableName:
    """The ledger beside the tables of ``schema``."""
    return TableName(LEDGER, schema)


def create_ledger(dialect: Dialect, schema: str) -> str:
    """Makes the ledger where there is none."""
    q = {name: quote(dialect, name) for name in
         ("load_id", "part", "fence", "counts", "claimed_at", "committed_at")}  # fmt: skip
    integer, moment = native_type(dialect, INTEGER), native_type(dialect, TIMESTAMPTZ)
    return (
        f"CREATE TABLE IF NOT EXISTS {table_text(dialect, ledger_name(schema))} ("
        f"{q['load_id']} {native_type(dialect, _LOAD_ID)} NOT NULL, {q['part']} {integer} NOT NULL,"
        f" {q['fence']} {integer} NOT NULL, {q['counts']} {native_type(dialect, TEXT)},"
        f" {q['claimed_at']} {moment}, {q['committed_at']} {moment},"
        f" PRIMARY KEY ({q['load_id']}, {q['part']}))"
    )


def may_use(session: Session, dialect: Dialect, schema: str) -> None:
    """Raises ``DestinationError`` where the account may not read, claim or settle loads; touches no row."""
    table = table_text(dialect, ledger_name(schema))
    session.fetch(f"SELECT load_id, part, fence, counts, committed_at FROM {table} WHERE 1 = 0")
    names = "load_id, part, fence, claimed_at"
    session.run(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE 1 = 0")
    session.run(
        f"UPDATE {table} SET fence = fence, counts = counts, claimed_at = claimed_at,"
        " committed_at = committed_at WHERE 1 = 0"
    )


def claim(session: Session, dialect: Dialect, schema: str, load_id: str, part: int, fence: int) -> None:
    """Take the load for ``fence``, in a transaction of its own.

    Raises ``StaleFenceError`` when a newer attempt has it or it was committed already.
    """
    table = table_text(dialect, ledger_name(schema))
    a, b, c = marks(dialect, 3)
    take = (
        f"UPDATE {table} SET fence = {a}, claimed_at = CURRENT_TIMESTAMP WHERE load_id = {b} AND part = {c}"
        f" AND committed_at IS NULL AND fence <= {fence:d}"
    )
    add = f"INSERT INTO {table} (fence, load_id, part, claimed_at) VALUES ({a}, {b}, {c}, CURRENT_TIMESTAMP)"
    first, second = marks(dialect, 2)
    look = f"SELECT fence, committed_at FROM {table} WHERE load_id = {first} AND part = {second}"
    for _ in range(2):
        there = session.fetch(look, load_id, part)
        if there:
            # The count of changed rows is no witness: MySQL counts a row that stays the same as none.
            session.run(take, fence, load_id, part)
            now = session.fetch(look, load_id, part)
            if now and now[0][1] is None and now[0][0] == fence:
                return
            if now and now[0][1] is not None:
                raise StaleFenceError(f"Load '{load_id}' (part {part}) was committed already.")
            newer = now[0][0] if now else there[0][0]
            raise StaleFenceError(
                f"Load '{load_id}' (part {part}) belongs to attempt {newer}; this is attempt {fence}."
            )
        try:
            session.run(add, fence, load_id, part)
        except RowsRefusedError:
            continue
        return
    raise StaleFenceError(f"Load '{load_id}' (part {part}) is being claimed by another attempt.")


def settle(
    session: Session, dialect: Dialect, schema: str, load_id: str, part: int, fence: int, counts: Counts
) -> None:
    """Record the counts, within the transaction of the rows.

    Raises ``StaleFenceError`` when the claim is lost; the caller rolls back.
    """
    table = table_text(dialect, ledger_name(schema))
    a, b, c, d = marks(dialect, 4)
    changed = session.run(
        f"UPDATE {table} SET counts = {a}, committed_at = CURRENT_TIMESTAMP"
        f" WHERE load_id = {b} AND part = {c} AND fence = {d} AND committed_at IS NULL",
        json.dumps(counts.as_dict()), load_id, part, fence,
    )  # fmt: skip
    if changed != 1:
        raise StaleFenceError(
            f"A newer attempt has taken load '{load_id}' (part {part}) over; nothing was written."
        )


def committed(session: Session, dialect: Dialect, schema: str, load_id: str, part: int) -> Counts | None:
    """The counts of a committed load, or None."""
    a, b = marks(dialect, 2)
    rows = session.fetch(
        f"SELECT counts FROM {table_text(dialect, ledger_name(schema))}"
        f" WHERE load_id = {a} AND part = {b} AND committed_at IS NOT NULL",
        load_id,
        part,
    )
    return Counts(**json.loads(rows[0][0])) if rows else None


def marks(dialect: Dialect, count: int) -> list[str]:
    """Placeholders 1 to ``count``."""
    return [dialect.placeholder.format(n=n + 1) for n in range(count)]
