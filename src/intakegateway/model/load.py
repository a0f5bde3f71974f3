"""How rows go into the table."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from intakegateway.model.definition import Definition
from intakegateway.model.types import parse_type


class Mode(StrEnum):
    """What happens to rows that are already in the table."""

    INSERT = "insert"
    APPEND = "append"
    UPSERT = "upsert"
    TRUNCATE_INSERT = "truncate_insert"
    DELETE_INSERT = "delete_insert"


class SkipWhen(Definition):
    """Existing rows with this value in this column are left alone and counted as skipped."""

    column: str
    equals: Any


class AuditColumns(Definition):
    """Columns that the load fills with its own time (UTC); empty: none."""

    created_at: str = ""
    updated_at: str = ""


class RejectLimit(Definition):
    """Stop when more rows than this are rejected: ``count`` rows, or ``percent`` of the rows read."""

    count: int | None = None
    percent: float | None = None

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read ``100``, ``"100"`` or ``"5%"``. Raises ``ValueError``."""
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", str(value))
        if match is None or (not match[2] and "." in match[1]):
            raise ValueError(f"'{value}' is not a limit. Allowed: a number of rows (100) or a share (5%).")
        if match[2]:
            if float(match[1]) > 100:
                raise ValueError(f"'{value}' is more than all rows. Allowed: 0% to 100%.")
            return cls(percent=float(match[1]))
        return cls(count=int(match[1]))

    def exceeded(self, rejected: int, read: int) -> bool:
        """Whether ``rejected`` of ``read`` rows is over the limit."""
        if self.count is not None and rejected > self.count:
            return True
        return self.percent is not None and read > 0 and rejected * 100 > self.percent * read

    def __str__(self) -> str:
        return f"{self.percent:g} %" if self.percent is not None else str(self.count)


class HeldColumn(Definition):
    """A column that a target table is to have."""

    name: str = Field(min_length=1, max_length=300)
    type: str = "text"
    """As ``integer``, ``decimal(12,2)``, ``text(40)``."""
    nullable: bool = True
    primary_key: bool = False
    description: str = Field(default="", max_length=2000)

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        parse_type(value)
        return value


def check_columns(columns: Sequence[HeldColumn]) -> None:
    """No two have the same name but for letter case. Raises ``ValueError``."""
    seen: set[str] = set()
    for column in columns:
        if column.name.casefold() in seen:
            raise ValueError(f"the column '{column.name}' comes twice.")
        seen.add(column.name.casefold())


class LoadSpec(Definition):
    """The destination half of a task."""

    connection: str | None = None
    to: str | None = None
    """A destination URL, for a task without a named connection."""
    table: str
    mode: Mode = Mode.APPEND
    keys: tuple[str, ...] = ()
    """Upsert: what identifies a row. Delete-insert: rows with the incoming values of these columns go.
    Insert: rows whose keys are there already are rejects."""
    skip_when: SkipWhen | None = None
    nulls: Literal["keep", "overwrite"] = "overwrite"
    """On update, an incoming null keeps the existing value or overwrites it."""
    create: Literal["typed", "text", "never"] = "typed"
    drift: Literal["evolve", "freeze", "reject"] = "freeze"
    held_to: str | None = Field(default=None, alias="schema")
    """The name of a schema of the project: its columns are ``columns``."""
    columns: tuple[HeldColumn, ...] = ()
    """The columns that the table is held to: a new table is made of them, of an existing one they are
    written and no others. Left out: those that the source and the table suggest."""
    audit: AuditColumns = AuditColumns()
    indexes: tuple[tuple[str, ...], ...] = ()
    """Indexes to make with a new table, each a list of columns."""
    primary_key: tuple[str, ...] = ()
    """The primary key of a new table; left out: the keys of an insert or upsert."""
    max_rejects: RejectLimit | None = None
    on_limit: Literal["rollback", "keep"] = "rollback"
    keep_parquet: str | None = None
    """A Parquet file that also gets the cleaned rows."""

    @field_validator("max_rejects", mode="before")
    @classmethod
    def _limit(cls, value: object) -> object:
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            return RejectLimit.parse(value)
        return value

    @field_validator("keys", "primary_key", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("indexes", mode="before")
    @classmethod
    def _index_columns(cls, value: object) -> object:
        if isinstance(value, (list, tuple)):
            return tuple((item,) if isinstance(item, str) else item for item in value)
        return value

    @field_validator("columns")
    @classmethod
    def _columns_once(cls, value: tuple[HeldColumn, ...]) -> tuple[HeldColumn, ...]:
        check_columns(value)
        return value

    @model_validator(mode="after")
    def _keys_fit_the_mode(self) -> Self:
        if self.mode in (Mode.UPSERT, Mode.DELETE_INSERT) and not self.keys:
            raise ValueError(f"mode '{self.mode}' needs 'keys': the columns that identify a row.")
        if self.skip_when is not None and self.mode is not Mode.UPSERT:
            raise ValueError("'skip_when' only fits mode 'upsert'.")
        return self
