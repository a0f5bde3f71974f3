"""What each kind of connection is, as data: what it can do, what its settings are, and who knows more.

A kind is declared by a ``Connector`` in a module of its own, listed here by dotted path; a third party adds
its own through the entry point group ``intakegateway.connectors`` (value: ``module:NAME``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, Literal

from msgspec import Struct, field

from intakegateway.connectors.probing import Look, Probe
from intakegateway.model.errors import DefinitionError, MissingDriverError, NotFoundError, nearest
from intakegateway.model.load import Mode

_DECLARATIONS = "intakegateway.connectors.declarations."
CONNECTORS = {
    "postgresql": f"{_DECLARATIONS}postgresql:CONNECTOR",
    "mysql": f"{_DECLARATIONS}mysql:CONNECTOR",
    "sqlite": f"{_DECLARATIONS}sqlite:CONNECTOR",
    "duckdb": f"{_DECLARATIONS}duckdb:CONNECTOR",
    "http": f"{_DECLARATIONS}http:CONNECTOR",
    "file": f"{_DECLARATIONS}file:CONNECTOR",
}
ALIASES = {
    "postgres": "postgresql",
    "mariadb": "mysql",
    "sqlite3": "sqlite",
    "https": "http",
    "folder": "file",
}
GROUP = "intakegateway.connectors"

Config = Mapping[str, Any]


class Setting(Struct, frozen=True):
    """One setting of a connection. A dot in ``name`` reaches into an object: ``auth.token``."""

    name: str
    title: str
    description: str = ""
    type: Literal["string", "integer", "number", "boolean", "object", "json"] = "string"
    """``object``: names with texts; ``json``: anything."""
    secret: bool = False
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    examples: tuple[Any, ...] = ()
    least: float | None = None
    most: float | None = None
    long: bool = False
    """Whether it takes several lines."""
    advanced: bool = False
    """Whether a form may keep it out of sight at first."""
    when: tuple[str, tuple[str, ...]] | None = None
    """Only where another setting has one of these values."""
    leads: bool | None = None
    """Whether a change of it can send secrets elsewhere, or in the open; None: unless it is a secret."""

    @property
    def is_address(self) -> bool:
        """Whether kept secrets have to be entered again when it changes."""
        return self.leads if self.leads is not None else not self.secret


class Connector(Struct, frozen=True):
    """A kind of connection."""

    kind: str
    title: str
    description: str
    group: str
    """Where lists put it: ``database``, ``api``, ``files``."""
    settings: tuple[Setting, ...]
    source: bool = True
    """Whether rows can be read from it."""
    destination: bool = True
    """Whether rows can be loaded into it."""
    modes: tuple[Mode, ...] = ()
    """How rows can be loaded."""
    source_kind: str = ""
    """The kind of source in tasks that reads it."""
    driver: str = ""
    """The Python package that it needs; empty: none."""
    extra: str = ""
    """What installs it: ``pip install 'intakegateway[extra]'``."""
    address: Callable[[Config], str] = field(default=lambda config: str(config.get("url", "")))
    """The URL that destinations and database sources are opened by, secrets included."""
    source_keys: Callable[[Config], dict[str, Any]] = field(default=dict)
    """What a task's source takes from the connection, secrets included."""
    trial: Mapping[str, Any] | None = None
    """What makes a whole source of ``source_keys``, so that they can be checked; None: no source."""
    from_url: Callable[[str], dict[str, Any]] | None = None
    """The settings that a whole URL stands for."""
    check: Callable[[Config], None] = field(default=lambda _: None)
    """Raises ``DefinitionError`` for settings that do not fit together."""
    probe: Callable[[Config], Probe] | None = None
    """How the connection is tested."""
    look: Callable[[Config], Look] | None = None
    """How its tables are looked at; None: it has none."""

    @property
    def is_installed(self) -> bool:
        """Whether its driver is here."""
        return not self.driver or find_spec(self.driver) is not None

    def require_driver(self) -> None:
        """Raises ``MissingDriverError``, whose hint is the install command."""
        if not self.is_installed:
            raise MissingDriverError(self.title, self.extra)


def kinds() -> list[Connector]:
    """All kinds, in the order of lists: our own, then those of others."""
    return [find(name) for name in [*CONNECTORS, *_others()]]


def find(kind: str) -> Connector:
    """The kind of this name, or of another name for it. Raises ``DefinitionError``."""
    name = kind.lower().partition("+")[0]
    name = ALIASES.get(name, name)
    path = CONNECTORS.get(name) or _others().get(name)
    if path is None:
        raise DefinitionError(
            f"'{kind}' is not a kind of connection.",
            hint=nearest(kind, [*CONNECTORS, *_others()]),
            path=("kind",),
        )
    module, _, attribute = path.partition(":")
    found: Connector = getattr(import_module(module), attribute)
    return found


def named(kind: str) -> Connector:
    """The kind of this name, for who asks about it. Raises ``NotFoundError``."""
    try:
        return find(kind)
    except DefinitionError as error:
        raise NotFoundError("kind of connection", kind, hint=error.hint) from None


@cache
def _others() -> dict[str, str]:
    return {point.name: point.value for point in entry_points(group=GROUP)}
