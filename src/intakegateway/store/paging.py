"""Parts of lists."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.views.base import PageRequest
from intakegateway.store import asked
from intakegateway.store.rows import Listing, M

T = TypeVar("T")
Counted = Callable[[Callable[[], int]], int]


def page(
    session: Session,
    query: Select[T],
    request: PageRequest,
    sortable: Mapping[str, InstrumentedAttribute[Any]],
    default: str,
    counted: Counted = lambda count: count(),
) -> tuple[list[T], int]:
    """The objects of one page and the number of all.

    ``sortable``: the fields that a client may sort by; ties are broken by the field ``id``, which must be
    in it. Raises ``DefinitionError`` for any other. ``counted``: given how to count all rows, the number of
    them; it may remember it.
    """
    ordered = _ordered(query, request, sortable, default)
    total = counted(lambda: session.scalar(asked.counting(query)) or 0)
    return list(session.scalars(ordered)), total


def part(
    session: Session,
    listing: Listing[M],
    question: Hashable,
    query: Callable[[], Select[Any]],
    request: PageRequest,
    sortable: Mapping[str, InstrumentedAttribute[Any]],
    default: str,
    counted: Counted = lambda count: count(),
) -> tuple[list[dict[str, Any]], int]:
    """The same as ``page`` for long lists: what ``listing`` reads of the rows that ``query`` selects.

    ``question``: the same only for the same ``query``.
    """

    def narrowed(chosen: Select[Any]) -> Select[Any]:
        condition = query().whereclause
        return chosen if condition is None else chosen.where(condition)

    total = counted(lambda: asked.count(session, (listing, question), lambda: narrowed(listing.query)))
    found = listing.values(
        session, (question, request), lambda chosen: _ordered(narrowed(chosen), request, sortable, default)
    )
    return found, total


def _ordered(
    query: Select[T], request: PageRequest, sortable: Mapping[str, InstrumentedAttribute[Any]], default: str
) -> Select[T]:
    wanted = request.sort or default
    field = wanted.removeprefix("-")
    if field not in sortable:
        raise DefinitionError(
            f"lists cannot be sorted by '{field}'.", hint=nearest(field, sortable), path=("sort",)
        )
    falling = wanted.startswith("-")
    order = [sortable[field]] if field == "id" else [sortable[field], sortable["id"]]
    ordered = query.order_by(*(column.desc() if falling else column.asc() for column in order))
    return ordered.limit(request.limit).offset(request.offset)
