"""A project file: many tasks that share connections, defaults and the naming of tables."""

from typing import Any

from pydantic import ConfigDict, Field, field_validator

from intakegateway.model.definition import Definition


class Connection(Definition):
    """A named way to reach a system: ``url``, or its parts; an API's other keys are those of a source."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True, defer_build=True)

    kind: str | None = None
    """The system, when there is no ``url``: postgresql, mysql, …"""
    url: str | None = None
    host: str | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    database: str | None = None
    user: str | None = None
    password: str | None = None
    options: dict[str, str | int | bool] = Field(default_factory=dict)
    """What stands after the ``?`` of the URL."""


class TableNaming(Definition):
    """How the name of a file becomes the name of its table; applied in the order of these keys."""

    strip_prefix: tuple[str, ...] = ()
    strip_suffix: tuple[str, ...] = ()
    lowercase: bool = False
    replace: dict[str, str] = Field(default_factory=dict)
    """Texts to replace, each by another."""

    @field_validator("strip_prefix", "strip_suffix", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    def table(self, stem: str) -> str:
        """The table's name for a file's name without its endings."""
        name = stem
        for prefix in self.strip_prefix:
            if prefix and name.startswith(prefix) and len(name) > len(prefix):
                name = name[len(prefix) :]
                break
        for suffix in self.strip_suffix:
            if suffix and name.endswith(suffix) and len(name) > len(suffix):
                name = name[: -len(suffix)]
                break
        if self.lowercase:
            name = name.lower()
        for old, new in self.replace.items():
            name = name.replace(old, new)
        return name or stem


class Defaults(Definition):
    """What holds for every task of the project that does not say otherwise."""

    files: tuple[str, ...] = ()
    """Globs: each file that matches becomes a task of its own, with no line about it."""
    source: dict[str, Any] = Field(default_factory=dict)
    """Keys of a file source, such as ``encoding`` and ``delimiter``."""
    mapping: tuple[Any, ...] = ()
    rules: tuple[Any, ...] = ()
    load: dict[str, Any] = Field(default_factory=dict)
    """Keys of ``load``; in ``table``, ``{table}`` stands for the name made from the file's."""

    @field_validator("files", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class TableEntry(Definition):
    """What is different for the files whose name matches a glob."""

    table: str | None = None
    skip: bool = False
    """Leave these files out."""
    source: dict[str, Any] = Field(default_factory=dict)
    mapping: tuple[Any, ...] | None = None
    rules: tuple[Any, ...] | None = None
    load: dict[str, Any] = Field(default_factory=dict)


class ProjectSpec(Definition):
    """What a project file holds."""

    project: str = "default"
    description: str = ""
    connections: dict[str, str | Connection] = Field(default_factory=dict)
    defaults: Defaults = Defaults()
    table_naming: TableNaming = TableNaming()
    tables: dict[str, TableEntry] = Field(default_factory=dict)
    """Overrides by glob, matched against the file's name, its stem and the table's name; later ones win."""
    tasks: tuple[dict[str, Any], ...] = ()
    """Tasks written out."""
    title: str = ""
    active_connection: str | None = None
    """Service: the destination of tasks that name none."""
    schemas: dict[str, Any] = Field(default_factory=dict)
    """Service: named target tables, each with ``columns``."""
    templates: dict[str, Any] = Field(default_factory=dict)
    """Service: saved sets of mappings."""
    notifications: dict[str, Any] = Field(default_factory=dict)
    """Service: places that are told about runs."""

    @field_validator("tasks", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        if isinstance(value, dict):
            return [
                {"name": name, **task} if isinstance(task, dict) else task for name, task in value.items()
            ]
        return value
