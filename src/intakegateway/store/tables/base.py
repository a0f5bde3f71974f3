"""What all tables have in common: types that mean the same in SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Integer, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, mapped_column

from intakegateway.kit.ids import uuid7


class Moment(TypeDecorator[datetime]):
    """A time in UTC with its zone, also where the database keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC. Raises ``ValueError`` for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no zone")
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None]:
        """In UTC."""
        return _in_utc


def _in_utc(value: datetime | str | None) -> datetime | None:
    if isinstance(value, str):
        # A database without times of its own keeps them as ISO 8601 in UTC, without saying so.
        return datetime.fromisoformat(value + "+00:00")
    return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


def in_utc(column: Sequence[datetime | str | None]) -> Sequence[datetime | None]:
    """The same for all values of a column: lists have hundreds of times."""
    if any(isinstance(value, datetime) for value in column):
        return [_in_utc(value) for value in column]
    return [None if value is None else datetime.fromisoformat(f"{value}+00:00") for value in column]


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
BigNumber = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts rows by itself only in a column of type INTEGER; its integers have 64 bits anyway."""

Key = Annotated[str, mapped_column(String(36), primary_key=True, default=uuid7)]
Reference = Annotated[str, mapped_column(String(36), index=True)]
Number = Annotated[int, mapped_column(BigNumber, primary_key=True, autoincrement=True)]
Count = Annotated[int, mapped_column(BigNumber, default=0, server_default="0")]


class Table(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: Moment(), dict[str, Any]: Json, list[Any]: Json}


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
