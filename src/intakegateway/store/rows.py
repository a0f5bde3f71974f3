"""Rows as lists show them: only the columns that are shown, and no objects that could be changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import ColumnElement, Select, inspect, select
from sqlalchemy.orm import Session

from intakegateway.store.tables.base import Table

M = TypeVar("M", bound=BaseModel)


class Listing(Struct, Generic[M], frozen=True):
    """What a list reads. ``query``: all rows, made once, as making it takes longer than asking."""

    query: Select[Any]
    names: Sequence[str]
    _models: TypeAdapter[list[M]]

    def values(self, session: Session, query: Select[Any]) -> list[dict[str, Any]]:
        """The rows of ``query``, which is this listing's with conditions and an order."""
        session.flush()
        found = session.connection().execute(query).all()
        return [dict(zip(self.names, row, strict=True)) for row in found]

    def shown(self, session: Session, query: Select[Any]) -> list[M]:
        """The same as models."""
        return self.made(self.values(session, query))

    def made(self, values: Sequence[dict[str, Any]]) -> list[M]:
        """Models of values: one validation for all."""
        return self._models.validate_python(values)


def listing(table: type[Table], model: type[M], but: Collection[str] = (), **more: Any) -> Listing[M]:
    """The columns of ``table`` that have the names of the fields of ``model``, without ``but``, and ``more``.

    ``more``: other columns or expressions, by their names.
    """
    # Columns of the table, not attributes of its class: nothing of the ORM comes into play.
    known = inspect(table).columns
    columns: dict[str, ColumnElement[Any]] = {
        name: known[name] for name in model.model_fields if name not in but and name not in more
    }
    columns |= more
    query = select(*(column.label(name) for name, column in columns.items()))
    return Listing(query, tuple(columns), TypeAdapter(list[model]))  # type: ignore[valid-type]
