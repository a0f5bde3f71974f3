"""What a row must satisfy, and what happens to it if it does not.

A rule is written with its name as the key: ``{range: {column: total, min: 0}, severity: warning}``. Rules see
the values that go to the table, after mapping and casts. A null satisfies every rule but ``not_null``.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from intakegateway.model.definition import Definition
from intakegateway.model.errors import nearest

OnFail = Literal["reject", "set_null", "set_default", "stop"]
Names = tuple[str, ...]


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


OneOrMany = Annotated[Names, BeforeValidator(_one_or_many), Field(min_length=1)]


class RuleOptions(Definition):
    """What all rules share."""

    actions: ClassVar[tuple[OnFail, ...]] = ("reject", "set_null", "set_default", "stop")

    severity: Literal["error", "warning"] = "error"
    """A row that fails is rejected (or what ``on_fail`` says), or only counted in a warning."""
    on_fail: OnFail = "reject"
    default: Any = None
    """The value that ``set_default`` puts in place."""
    message: str = ""
    """Said about a row that fails, instead of our own sentence."""
    name: str = ""

    @model_validator(mode="after")
    def _action_fits(self) -> Self:
        if self.on_fail not in self.actions:
            raise ValueError(f"'on_fail: {self.on_fail}' does not fit. Allowed: {', '.join(self.actions)}.")
        if (self.on_fail == "set_default") != ("default" in self.model_fields_set):
            raise ValueError("'on_fail: set_default' and 'default' go together.")
        if self.severity == "warning" and self.on_fail == "stop":
            raise ValueError("a rule of severity 'warning' does not stop the run.")
        return self


class NotNullRule(RuleOptions):
    """The columns have a value."""

    actions = ("reject", "set_default", "stop")
    not_null: OneOrMany


class Bounds(Definition):
    """A column and the values that it may lie between, both included."""

    column: str
    min: Any = None
    max: Any = None

    @model_validator(mode="after")
    def _some_bound(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give 'min', 'max' or both.")
        return self


class RangeRule(RuleOptions):
    """A number, date or time lies between two values."""

    range: Bounds


class Pattern(Definition):
    """A column and a regular expression that is found in its values; ``^`` and ``$`` stand for the ends."""

    column: str
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        import polars as pl

        try:
            pl.Series([""]).str.contains(value, strict=True)
        except pl.exceptions.PolarsError as error:
            lines = [line.strip() for line in str(error).splitlines()]
            reason = next((line.removeprefix("error: ") for line in lines if line.startswith("error: ")), "")
            raise ValueError(f"'{value}' is not a pattern that can be used: {reason or lines[0]}.") from None
        return value


class RegexRule(RuleOptions):
    """A text matches a pattern."""

    regex: Pattern


class Lengths(Definition):
    """A column and how many characters its texts have at least and at most."""

    column: str
    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _some_bound(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give 'min', 'max' or both.")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"'min' ({self.min}) is more than 'max' ({self.max}).")
        return self


class LengthRule(RuleOptions):
    """A text is neither too short nor too long."""

    length: Lengths


class Allowed(Definition):
    """A column and the values that it may have."""

    column: str
    values: tuple[Any, ...] = Field(min_length=1)


class InRule(RuleOptions):
    """A value is one of a list."""

    allowed: Allowed = Field(alias="in")


class UniqueKeys(Definition):
    """Columns that together identify a row."""

    keys: OneOrMany


def _keys(value: object) -> object:
    return {"keys": value} if isinstance(value, (str, list, tuple)) else value


class UniqueRule(RuleOptions):
    """No two rows of the load have the same keys; later ones are rejects. Keys with a null are not equal."""

    actions = ("reject", "stop")
    unique: Annotated[UniqueKeys, BeforeValidator(_keys, json_schema_input_type=UniqueKeys | list[str] | str)]

    @property
    def keys(self) -> Names:
        """The columns that are unique together."""
        return self.unique.keys


class DedupeKeys(Definition):
    """Which of the rows with the same keys stays: the first or last, by ``order_by`` or their order."""

    keys: OneOrMany
    keep: Literal["first", "last"] = "first"
    order_by: str | None = None


class DedupeRule(RuleOptions):
    """Of rows with the same keys one stays, the others are counted as deduplicated."""

    actions = ("reject",)
    dedupe: Annotated[DedupeKeys, BeforeValidator(_keys, json_schema_input_type=DedupeKeys | list[str] | str)]

    @property
    def keys(self) -> Names:
        """The columns that identify a row."""
        return self.dedupe.keys

    @property
    def keep(self) -> Literal["first", "last"]:
        """Which row stays."""
        return self.dedupe.keep

    @property
    def order_by(self) -> str | None:
        """The column by which rows are ordered, None: their order in the source."""
        return self.dedupe.order_by


class ExpressionRule(RuleOptions):
    """A condition in SQL expression syntax over the table's columns is not false."""

    actions = ("reject", "stop")
    expression: str


class Reference(Definition):
    """Columns whose values have to exist in a table of the destination, in the columns ``to``."""

    columns: OneOrMany = Field(alias="column")
    table: str
    to: OneOrMany = ()
    """Left out: columns of the same names."""

    @model_validator(mode="before")
    @classmethod
    def _either_name(cls, value: Any) -> Any:
        if isinstance(value, dict) and "columns" in value and "column" not in value:
            return {("column" if key == "columns" else key): item for key, item in value.items()}
        return value

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if self.to and len(self.to) != len(self.columns):
            raise ValueError("'column' and 'to' need the same number of columns.")
        return self


class ReferenceRule(RuleOptions):
    """A value exists in a table of the destination."""

    reference: Reference


KINDS: dict[str, type[RuleOptions]] = {
    "not_null": NotNullRule,
    "range": RangeRule,
    "regex": RegexRule,
    "length": LengthRule,
    "in": InRule,
    "unique": UniqueRule,
    "dedupe": DedupeRule,
    "expression": ExpressionRule,
    "reference": ReferenceRule,
}
"""Every kind of rule, by the key that says it."""


def kind_of(value: Any) -> str:
    """The kind of a rule, written or read. Raises ``ValueError`` where it is not clear."""
    if isinstance(value, RuleOptions):
        return next(kind for kind, model in KINDS.items() if isinstance(value, model))
    if not isinstance(value, dict):
        raise ValueError(f"a rule is a mapping such as {{not_null: id}}. Allowed: {', '.join(KINDS)}.")
    given = [kind for kind in KINDS if kind in value] or (["in"] if "allowed" in value else [])
    if len(given) == 1:
        return given[0]
    if given:
        raise ValueError(f"a rule says one thing; given: {', '.join(given)}. Write several rules.")
    unknown = [str(key) for key in value if key not in RuleOptions.model_fields]
    hint = nearest(unknown[0], KINDS) if unknown else f"Allowed: {', '.join(KINDS)}."
    what = f"'{unknown[0]}' is not a rule." if unknown else "no rule is named."
    raise ValueError(f"{what} {hint}")


def _check_kind(value: Any) -> Any:
    kind_of(value)
    return value


Rule = Annotated[
    Annotated[
        Annotated[NotNullRule, Tag("not_null")]
        | Annotated[RangeRule, Tag("range")]
        | Annotated[RegexRule, Tag("regex")]
        | Annotated[LengthRule, Tag("length")]
        | Annotated[InRule, Tag("in")]
        | Annotated[UniqueRule, Tag("unique")]
        | Annotated[DedupeRule, Tag("dedupe")]
        | Annotated[ExpressionRule, Tag("expression")]
        | Annotated[ReferenceRule, Tag("reference")],
        Discriminator(kind_of),
    ],
    BeforeValidator(_check_kind),
]
"""One cleaning rule."""
