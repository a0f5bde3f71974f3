"""Rows as lists show them: only the columns that are shown, and no objects that could be changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar

from msgspec import Struct
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, inspect, select
from sqlalchemy.orm import Session

from intakegateway.store import asked
from intakegateway.store.tables.base import Table

M = TypeVar("M", bound=BaseModel)
_put = object.__setattr__


class Listing(Struct, Generic[M], frozen=True, eq=False):
    """What a list reads. ``query``: all rows, made once, as making it takes longer than asking."""

    query: Select[Any]
    names: Sequence[str]
    model: type[M]
    _words: Sequence[tuple[str, Mapping[str, Enum]]]
    """Columns whose words are members of an enumeration in the model, by their words."""

    def values(
        self, session: Session, question: Hashable, narrowed: Callable[[Select[Any]], Select[Any]]
    ) -> list[dict[str, Any]]:
        """The rows of ``query`` with the conditions and the order that ``narrowed`` gives it.

        ``question``: the same only for the same conditions and order.
        """
        found = asked.rows(session, (self, question), lambda: narrowed(self.query))
        names = self.names
        # Each row has a value for each name: to make sure of it would take as long again.
        values = [dict(zip(names, row, strict=False)) for row in found]
        for name, members in self._words:
            for one in values:
                one[name] = members[one[name]]
        return values

    def shown(
        self, session: Session, question: Hashable, narrowed: Callable[[Select[Any]], Select[Any]]
    ) -> list[M]:
        """The same as models."""
        return made(self.model, self.values(session, question, narrowed))


def made(model: type[M], values: Sequence[dict[str, Any]]) -> list[M]:
    """Models of values that need no check: the store's, for all fields, in their order. They are not copied.

    Of what pydantic does for a model, this is the part that is left without validation, and without looking
    at each field; its own ``model_construct`` takes longer than validating.
    """
    names = set(model.model_fields)
    found = []
    for one in values:
        new = model.__new__(model)
        _put(new, "__dict__", one)
        _put(new, "__pydantic_fields_set__", names)
        _put(new, "__pydantic_extra__", None)
        _put(new, "__pydantic_private__", None)
        found.append(new)
    return found


def listing(table: type[Table], model: type[M], but: Collection[str] = (), **more: Any) -> Listing[M]:
    """The columns of ``table`` that have the names of the fields of ``model``, without ``but``, and ``more``.

    ``more``: other columns or expressions, by their names; first those that are fields.
    """
    # Columns of the table, not attributes of its class: nothing of the ORM comes into play.
    known = inspect(table).columns
    columns: dict[str, ColumnElement[Any]] = {
        name: more[name] if name in more else known[name] for name in model.model_fields if name not in but
    }
    columns |= more
    query = select(*(column.label(name) for name, column in columns.items()))
    kinds = ((name, _enumeration(model, name)) for name in columns)
    words = [(name, {one.value: one for one in kind}) for name, kind in kinds if kind is not None]
    return Listing(query, tuple(columns), model, words)


def _enumeration(model: type[BaseModel], name: str) -> type[Enum] | None:
    field = model.model_fields.get(name)
    kind = field.annotation if field is not None else None
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else None
