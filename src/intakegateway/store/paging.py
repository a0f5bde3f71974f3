"""Parts of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Select, func
from sqlalchemy.orm import InstrumentedAttribute, Session

from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.views.base import PageRequest
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
    ordered, total = _part(session, query, request, sortable, default, counted)
    return list(session.scalars(ordered)), total


def part(
    session: Session,
    listing: Listing[M],
    query: Select[Any],
    request: PageRequest,
    sortable: Mapping[str, InstrumentedAttribute[Any]],
    default: str,
    counted: Counted = lambda count: count(),
) -> tuple[list[dict[str, Any]], int]:
    """The same as ``page`` for long lists: what ``listing`` reads of the rows that ``query`` selects."""
    chosen = listing.query
    if query.whereclause is not None:
        chosen = chosen.where(query.whereclause)
    ordered, total = _part(session, chosen, request, sortable, default, counted)
    return listing.values(session, ordered), total


def _part(
    session: Session, query: Select[T], request: PageRequest,
    sortable: Mapping[str, InstrumentedAttribute[Any]], default: str, counted: Counted,
) -> tuple[Select[T], int]:  # fmt: skip
    wanted = request.sort or default
    field = wanted.removeprefix("-")
    if field not in sortable:
        raise DefinitionError(
            f"lists cannot be sorted by '{field}'.", hint=nearest(field, sortable), path=("sort",)
        )
    falling = wanted.startswith("-")
    order = [sortable[field]] if field == "id" else [sortable[field], sortable["id"]]
    counting = query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = counted(lambda: session.scalar(counting) or 0)
    ordered = query.order_by(*(column.desc() if falling else column.asc() for column in order))
    return ordered.limit(request.limit).offset(request.offset), total
