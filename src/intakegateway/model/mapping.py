"""Which source fields become which destination columns."""

from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from intakegateway.model.definition import Definition
from intakegateway.model.transform_forms import AnyTransform
from intakegateway.model.transform_step import check_pattern
from intakegateway.model.types import DataType, parse_type


class Split(Definition):
    """One field into several columns, by a delimiter (``by``) or by a pattern's groups (``pattern``).

    By a delimiter: columns without a part become null, the last column keeps what is left over. By a
    pattern: one group for each column; a value that does not match rejects its row.
    """

    source: str = Field(alias="from")
    by: str | None = None
    pattern: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.by is None) == (self.pattern is None):
            raise ValueError("a split needs either 'by' (a delimiter) or 'pattern' (with groups).")
        if self.by == "":
            raise ValueError("'by' is the text between the parts; it cannot be empty.")
        if self.pattern is not None:
            check_pattern(self.pattern)
        return self


class Join(Definition):
    """Several fields into one column, with a separator; nulls are left out."""

    source: tuple[str, ...] = Field(alias="from", min_length=1)
    separator: str = Field(default=" ", alias="with")


class Mapping(Definition):
    """One mapping: exactly one of ``from``, ``split``, ``join``, ``constant``, ``expression``."""

    to: str | tuple[str, ...]
    source: str | None = Field(default=None, alias="from")
    split: Split | None = None
    join: Join | None = None
    constant: Any = None
    expression: str | None = None
    transforms: tuple[AnyTransform, ...] = ()
    default: Any = None
    """The value for a missing or null field, after the transforms."""
    type: str | None = None
    """The type of a column that is to be made; left out: found from the values."""

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str | None) -> str | None:
        if value is not None:
            parse_type(value)
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [
            name
            for name, field in (("from", "source"), ("split", "split"), ("join", "join"),
                                ("constant", "constant"), ("expression", "expression"))
            if field in self.model_fields_set
        ]  # fmt: skip
        if len(given) != 1:
            said = ", ".join(given) or "none"
            raise ValueError(
                f"a mapping needs exactly one of from, split, join, constant, expression; given: {said}."
            )
        if (self.split is not None) != isinstance(self.to, tuple):
            raise ValueError("'to' is a list of columns for a split, and one column for anything else.")
        return self

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that it fills."""
        return self.to if isinstance(self.to, tuple) else (self.to,)

    @property
    def data_type(self) -> DataType | None:
        """The declared type."""
        return parse_type(self.type) if self.type else None
