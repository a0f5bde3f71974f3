"""A query or a table of a database as a source."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from intakegateway.kit.masking import MASK, public_url
from intakegateway.model.definition import Definition, SourceSpec
from intakegateway.model.http import Duration, seconds


class SqlIncremental(Definition):
    """Only what is new: rows whose ``field`` is greater than in any row before; saved after the commit."""

    field: str
    """A column of the result. Rows where it is null are never new."""
    start: str | int | float | None = None
    """The first run reads from this value on (inclusive); left out: everything."""
    lookback: str | float = 0.0
    """Taken from the saved value, so that rows committed late are seen: a duration (``10m``) for dates
    and timestamps, a plain number for numbers. Rows within it are read again: load them by key."""
    key: str | None = None
    """The name under which the value is kept; left out: made from the database, query and field."""

    @field_validator("start", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return (
            value.isoformat(" ")
            if isinstance(value, datetime)
            else str(value)
            if isinstance(value, date)
            else value
        )

    @field_validator("lookback")
    @classmethod
    def _is_amount(cls, value: str | float) -> str | float:
        found = seconds(value)
        if not isinstance(found, (int, float)) or found < 0:
            raise ValueError(f"'{value}' is neither a duration (10m) nor a number.")
        return value


class SqlSource(SourceSpec):
    """Exactly one of ``query`` and ``table`` (``orders``, ``sales.orders``), read in a read-only session."""

    kind: Literal["sql"] = "sql"
    url: str | None = None
    """``postgresql://``, ``mysql://`` or ``mariadb://``, ``sqlite:///file``, ``duckdb:///file``."""
    query: str | None = None
    table: str | None = None
    incremental: SqlIncremental | None = None
    part_by: str | None = None
    """An integer column by whose ranges the rows may be read in parts; left out: all in one."""
    timeout: Annotated[Duration, Field(gt=0)] | None = None
    """Seconds that the database may take; left out: as long as it needs."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.query is None) == (self.table is None):
            raise ValueError("an SQL source needs exactly one of 'query' and 'table'.")
        if not (self.query or self.table or "").strip():
            raise ValueError("the query or table is empty.")
        return self

    def __repr_args__(self) -> list[tuple[str | None, object]]:
        shown = dict(super().__repr_args__())
        if self.url is not None:
            shown["url"] = public_url(self.url) if "://" in self.url else MASK
        return list(shown.items())
