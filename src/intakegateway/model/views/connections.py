"""Connections as clients send and see them. Values of secrets are taken, and never shown."""

from datetime import datetime
from typing import Any

from pydantic import Field

from intakegateway.model.load import Mode
from intakegateway.model.views.base import Given, Name, Shown, Words

_EXAMPLE = {"host": "db.example.org", "database": "warehouse", "user": "loader", "password": "…"}


class ConnectorView(Shown):
    """A kind of connection."""

    kind: str = Field(examples=["postgresql"])
    title: str = Field(examples=["PostgreSQL"])
    description: str
    group: str = Field(description="Where lists put it.", examples=["database"])
    source: bool = Field(description="Whether rows can be read from it.")
    destination: bool = Field(description="Whether rows can be loaded into it.")
    modes: list[Mode] = Field(description="How rows can be loaded.")
    source_kind: str = Field(description="The kind of source in tasks that reads it.", examples=["sql"])
    has_tables: bool = Field(description="Whether its schemas, tables and columns can be looked at.")
    can_be_tested: bool
    is_installed: bool = Field(description="Whether its driver is there.")
    install: str = Field(description="The command that installs the driver.")


class ConnectionDraft(Given):
    """A new connection. For databases, ``config.url`` may stand for host, port, database, user, password."""

    name: Name = Field(examples=["warehouse"])
    kind: str = Field(max_length=50, examples=["postgresql"])
    description: Words = ""
    config: dict[str, Any] = Field(default={}, examples=[_EXAMPLE])


class ConnectionChange(Given):
    """What may be changed; left out: as it was.

    ``config`` replaces all settings but secrets: a secret that is left out stays, null takes it away.
    """

    name: Name | None = None
    description: Words | None = None
    config: dict[str, Any] | None = Field(default=None, examples=[_EXAMPLE])


class ConnectionClone(Given):
    """A copy, with its secrets."""

    name: Name = Field(examples=["warehouse copy"])


class ConnectionTrial(Given):
    """Settings to test before they are saved. ``id``: the connection whose secrets fill what is left out."""

    kind: str = Field(max_length=50, examples=["postgresql"])
    config: dict[str, Any] = Field(default={}, examples=[_EXAMPLE])
    id: str | None = Field(default=None, max_length=100)


class TestStep(Shown):
    """A step of a test."""

    __test__ = False

    name: str = Field(description="resolve, connect, sign_in or read.", examples=["sign_in"])
    verdict: str = Field(description="ok, failed or skipped.", examples=["ok"])
    seconds: float
    message: str
    hint: str | None = None


class TestView(Shown):
    """What a test found."""

    __test__ = False

    ok: bool
    at: datetime
    seconds: float
    server_version: str = Field(examples=["PostgreSQL 16.4"])
    message: str = Field(description="The whole in a sentence.")
    steps: list[TestStep]


class ConnectionView(Shown):
    """A connection as members of the project see it."""

    id: str
    name: str
    kind: str
    title: str = Field(description="Of its kind.")
    description: str
    config: dict[str, Any] = Field(description="Its settings, without secrets.")
    secrets: list[str] = Field(
        description="The secrets that are set, by their path.", examples=[["password"]]
    )
    address: str = Field(description="Where it leads, in a line.")
    source: bool
    destination: bool
    is_active: bool = Field(description="Whether tasks that name no destination load into it.")
    test: TestView | None = Field(description="The last test.")
    created_at: datetime
    updated_at: datetime
    version: int


class SchemasView(Shown):
    """Schemas, or why they cannot be seen."""

    items: list[str]
    default: str = Field(description="The schema that names without one mean.")
    may_look: bool = Field(description="Whether the account may look; if not, names are typed by hand.")
    message: str = ""


class TableView(Shown):
    """A table or view."""

    name: str
    table_schema: str = Field(alias="schema", serialization_alias="schema")
    is_view: bool
    rows: int | None = Field(description="The database's own estimate.")
    readable: bool = Field(description="Whether the account may read it.")


class TablesView(Shown):
    """Tables, or why they cannot be seen."""

    items: list[TableView]
    may_look: bool
    message: str = ""


class ColumnView(Shown):
    """A column."""

    name: str
    type: str = Field(description="In our words.", examples=["decimal(12,2)"])
    native: str = Field(description="In the database's.", examples=["numeric(12,2)"])
    nullable: bool
    default: str | None
    generated: bool
    primary_key: bool
    unique: bool = Field(description="Whether it is unique all by itself.")


class ForeignKeyView(Shown):
    """A foreign key."""

    name: str
    columns: list[str]
    target: str
    target_columns: list[str]


class TableShapeView(Shown):
    """A table's columns and keys, or why they cannot be seen."""

    name: str
    table_schema: str = Field(alias="schema", serialization_alias="schema")
    columns: list[ColumnView]
    primary_key: list[str]
    uniques: list[list[str]]
    foreign_keys: list[ForeignKeyView]
    may_look: bool
    message: str = ""


class QueryDraft(Given):
    """A query to try."""

    query: str = Field(
        min_length=1, max_length=1_000_000, pattern=r"^[^\x00]+$", examples=["SELECT * FROM orders"]
    )
    rows: int = Field(default=50, ge=1, le=1000)
    timeout: float = Field(default=10.0, gt=0, le=60, description="Seconds that the database may take.")


class QueryColumn(Shown):
    """A column of the result."""

    name: str
    type: str


class QueryView(Shown):
    """The first rows of a query."""

    columns: list[QueryColumn]
    rows: list[list[Any]] = Field(description="Values in the columns' order; what JSON cannot hold is text.")
    whole: bool = Field(description="Whether these are all rows.")
    seconds: float
    warnings: list[str]
