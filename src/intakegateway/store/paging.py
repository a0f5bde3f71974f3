"""Parts of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Select, func
from sqlalchemy.orm import InstrumentedAttribute, Session

from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.views.base import PageRequest

T = TypeVar("T")


def page(
    session: Session,
    query: Select[T],
    request: PageRequest,
    sortable: Mapping[str, InstrumentedAttribute[Any]],
    default: str,
    counted: Callable[[Callable[[], int]], int] = lambda count: count(),
) -> tuple[list[T], int]:
    """The rows of one page and the number of all rows.

    ``sortable``: the fields that a client may sort by; ties are broken by the field ``id``, which must be
    in it. Raises ``DefinitionError`` for any other. ``counted``: given how to count all rows, the number of
    them; it may remember it.
    """
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
    return list(session.scalars(ordered.limit(request.limit).offset(request.offset))), total
