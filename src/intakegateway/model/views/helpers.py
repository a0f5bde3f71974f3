"""Small questions that are asked while a task is defined."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from intakegateway.model.views.base import Given, Shown

Text = Annotated[str, StringConstraints(max_length=1000)]


class ColumnDraft(Given):
    """A column of the destination, as introspection shows it or as a person writes it."""

    name: Text
    type: Text = "text"
    nullable: bool = True
    has_default: bool = False
    generated: bool = False


class FieldDraft(Given):
    """A field of the source, as a preview shows it."""

    name: Text
    type: Text = "text"
    date_format: Text = ""
    max_length: int = Field(default=0, ge=0)
    nulls: int = Field(default=0, ge=0)
    values: int = Field(default=0, ge=0)
    decimal_comma: bool = False
    null_share: float = 0
    notes: list[Text] = Field(default=[], max_length=100)
    samples: list[Text] = Field(default=[], max_length=100)


class MatchDraft(Given):
    """Names to match. ``history``: also learn from the mappings of the project's tasks."""

    fields: list[Text] = Field(max_length=2000, examples=[["id", "e-mail", "user.city"]])
    columns: list[Text] = Field(max_length=2000, examples=[["id", "email", "city"]])
    history: bool = True


class MatchView(Shown):
    """A field that seems to belong to a column, how sure that is (0 to 1), and why."""

    field: str
    column: str
    score: float
    reason: str


class SuggestionDraft(Given):
    """A field, and the column that it goes to."""

    field: FieldDraft
    column: ColumnDraft


class SuggestionView(Shown):
    """Transforms that make the field's values fit the column; ``lossy``: some may not survive."""

    field: str
    column: str
    transforms: list[Any]
    lossy: bool


class MappingCheck(Given):
    """A mapping with the fields and columns that it stands between."""

    mapping: list[dict[str, Any]] = Field(max_length=5000)
    fields: list[FieldDraft] = Field(max_length=5000)
    columns: list[ColumnDraft] = Field(max_length=5000)


class MappingText(Given):
    """Mappings that are to be written as a file."""

    mapping: list[dict[str, Any]] = Field(max_length=5000)
    format: Literal["yaml", "json"] = "yaml"


class MappingSource(Given):
    """The text of a file with mappings, YAML or JSON."""

    text: str = Field(max_length=2_000_000, examples=["mapping:\n- {to: id, from: id}\n"])


class WrittenMapping(Shown):
    """The text of a file."""

    text: str


class ReadMapping(Shown):
    """The mappings of a file."""

    mapping: list[dict[str, Any]]


class WarningsView(Shown):
    """Sentences about what works but may not be what was meant."""

    warnings: list[str]


class ExpressionDraft(Given):
    """An expression over fields of known types. ``condition``: it has to be true or false."""

    expression: str = Field(max_length=20_000, examples=["qty * unit_price"])
    fields: dict[str, str] = Field(
        default={}, max_length=5000, examples=[{"qty": "integer", "unit_price": "decimal(10,2)"}]
    )
    condition: bool = False


class ExpressionView(Shown):
    """Whether an expression is right. ``position``: the character where it is not, from 1."""

    valid: bool
    type: str | None = None
    names: list[str] = Field(default_factory=list)
    error: str | None = None
    hint: str | None = None
    position: int | None = None


class TransformDraft(Given):
    """Rows to try mappings on, as a preview shows them."""

    rows: list[dict[str, Any]] = Field(max_length=1000)
    mapping: list[dict[str, Any]] = Field(min_length=1, max_length=500)
    rules: list[dict[str, Any]] = Field(default=[], max_length=500)
    columns: list[ColumnDraft] = Field(
        default=[], max_length=5000, description="Those of the table; left out: a new table is imagined."
    )


class TransformView(Shown):
    """A transform with its options as JSON schema. ``main``: the option that may be written alone."""

    name: str
    description: str
    takes: str
    gives: str
    main: str
    options: dict[str, Any]
    example: Any


class RuleTemplate(Shown):
    """A kind of rule: what it says, an example to start from, its options as JSON schema."""

    kind: str
    description: str
    actions: list[str]
    example: dict[str, Any]
    options: dict[str, Any]
