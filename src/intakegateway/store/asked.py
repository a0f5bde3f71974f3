"""Questions that were asked before, as the driver takes them.

To make a statement, and to find out that its text is known already, takes longer than many an answer does. Who
asks the same again (the same filters, the same part of the list) sends the text and the values of the first
time. What is found is read anew each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import JSON, Select, func
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from intakegateway.store.tables.base import Moment, in_utc

MOST = 500
"""Questions that are remembered."""
Column = Sequence[Any]
Decoders = Sequence[tuple[int, Callable[[Column], Column]]]
_known: dict[Hashable, _Known] = {}
_lock = Lock()


class _Known(NamedTuple):
    """``decoders``: what makes the values of a whole column of what the driver gives, by its place."""

    text: str
    values: Any
    decoders: Decoders


def rows(session: Session, question: Hashable, make: Callable[[], Select[Any]]) -> Sequence[Column]:
    """What the statement finds that ``make`` makes. ``question``: the same only for the same statement."""
    session.flush()
    connection = session.connection()
    key = (connection.dialect.name, question)
    known = _known.get(key)
    if known is not None:
        return _decoded(connection.exec_driver_sql(known.text, known.values).all(), known.decoders)
    statement = make()
    result = connection.execute(statement)
    sent = result.context
    types = [column.type for column in statement.selected_columns]
    codes = [one[1] for one in result.cursor.description]
    made = _Known(sent.statement, sent.parameters[0], _decoders(types, codes, connection.dialect))
    with _lock:
        _known[key] = made
        if len(_known) > MOST:
            del _known[next(iter(_known))]
    return result.all()


def count(session: Session, question: Hashable, make: Callable[[], Select[Any]]) -> int:
    """How many rows that statement finds."""
    found = rows(session, ("count", question), lambda: counting(make()))
    return int(found[0][0])


def counting(query: Select[Any]) -> Select[Any]:
    """A statement that counts the rows of another one."""
    return query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)


def _decoders(types: Sequence[TypeEngine[Any]], codes: Sequence[Any], dialect: Dialect) -> Decoders:
    pairs = zip(types, codes, strict=True)
    found = (
        (at, _decoder(kind.dialect_impl(dialect), code, dialect)) for at, (kind, code) in enumerate(pairs)
    )
    return [(at, decode) for at, decode in found if decode is not None]


def _decoder(kind: TypeEngine[Any], code: Any, dialect: Dialect) -> Callable[[Column], Column] | None:
    if isinstance(kind, Moment):
        return in_utc
    decode = kind.result_processor(dialect, code)
    if decode is None:
        return None
    each = partial(_each, decode)
    return partial(_documents, each) if isinstance(kind, JSON) else each


def _each(decode: Callable[[Any], Any], column: Column) -> Column:
    return [decode(one) for one in column]


def _documents(each: Callable[[Column], Column], column: Column) -> Column:
    """All texts read as one: to begin takes longer than to read."""
    if not all(type(one) is str for one in column):
        return each(column)
    found: list[Any] = json.loads(f"[{','.join(column)}]")
    return found


def _decoded(found: Sequence[Column], decoders: Decoders) -> Sequence[Column]:
    """Column by column: that is one loop for each that needs it, and none for the others."""
    if not found or not decoders:
        return found
    columns: list[Column] = list(zip(*found, strict=True))
    for at, decode in decoders:
        columns[at] = decode(columns[at])
    return list(zip(*columns, strict=True))
