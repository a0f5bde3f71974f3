"""Settings become a ``Gateway``: all services, built once, for every entry point."""

from __future__ import annotations

from dataclasses import dataclass

from intakegateway.kit.clock import Clock, SystemClock
from intakegateway.services.connections import Connections
from intakegateway.services.connectiontests import ConnectionTests
from intakegateway.services.context import Context
from intakegateway.services.guarding import guard_of
from intakegateway.services.introspection import Introspection
from intakegateway.services.keyring import KeyRing
from intakegateway.services.projects import Projects
from intakegateway.services.tokens import Tokens
from intakegateway.settings import Settings
from intakegateway.store.blobs import Blobs, FolderBlobs
from intakegateway.store.database import open_database
from intakegateway.store.migrate import migrate


@dataclass(frozen=True, slots=True)
class Gateway:
    """Every use case, by noun. REST, command line and workers are skins over it."""

    context: Context
    keyring: KeyRing
    projects: Projects
    connections: Connections
    connection_tests: ConnectionTests
    introspection: Introspection
    tokens: Tokens

    def close(self) -> None:
        """Give back what is held open."""
        self.context.database.close()


def build(settings: Settings, clock: Clock | None = None) -> Gateway:
    """Open the store, bring it to this version, and put the services together.

    Raises ``SettingsError``, ``DefinitionError`` (a database of a newer version) and ``UnavailableError``.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    keyring = KeyRing(settings)
    keyring.box()
    guard_of(settings)
    database = open_database(settings.database)
    migrate(database)
    context = Context(settings, database, _blobs(settings), keyring.box, clock=clock or SystemClock())
    gateway = Gateway(
        context=context,
        keyring=keyring,
        projects=Projects(context),
        connections=Connections(context),
        connection_tests=ConnectionTests(context),
        introspection=Introspection(context),
        tokens=Tokens(context),
    )
    gateway.projects.ensure_default()
    return gateway


def _blobs(settings: Settings) -> Blobs:
    return FolderBlobs(settings.home / "storage")
