"""Settings become a ``Gateway``: all services, built once, for every entry point."""

from __future__ import annotations

from dataclasses import dataclass

from intakegateway.kit.clock import Clock, SystemClock
from intakegateway.model.views.shelves import SchemaView, TemplateView
from intakegateway.services.context import Context
from intakegateway.services.file_looks import FileLooks
from intakegateway.services.files import Files
from intakegateway.services.keyring import KeyRing
from intakegateway.services.mapping_help import MappingHelp
from intakegateway.services.mappings import Mappings
from intakegateway.services.plans import Plans
from intakegateway.services.projects import Projects
from intakegateway.services.pushes import Pushes
from intakegateway.services.shelves import SCHEMAS, TEMPLATES, Shelf
from intakegateway.services.task_previews import Previews
from intakegateway.services.tasks import Tasks
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
    files: Files
    tasks: Tasks
    previews: Previews
    plans: Plans
    file_looks: FileLooks
    mapping_help: MappingHelp
    pushes: Pushes
    mappings: Mappings
    schemas: Shelf[SchemaView]
    templates: Shelf[TemplateView]
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
    database = open_database(settings.database)
    migrate(database)
    context = Context(settings, database, _blobs(settings), keyring.box, clock=clock or SystemClock())
    files, previews, tasks = Files(context), Previews(context), Tasks(context)
    gateway = Gateway(
        context=context, keyring=keyring, projects=Projects(context), tokens=Tokens(context),
        files=files, pushes=Pushes(context, files), tasks=tasks, mappings=Mappings(tasks),
        schemas=Shelf(context, SCHEMAS), templates=Shelf(context, TEMPLATES), previews=previews,
        plans=Plans(previews), file_looks=FileLooks(previews),
        mapping_help=MappingHelp(context, previews.bench),
    )  # fmt: skip
    gateway.projects.ensure_default()
    return gateway


def _blobs(settings: Settings) -> Blobs:
    if settings.storage_url:
        from intakegateway.store.object_blobs import ObjectBlobs

        return ObjectBlobs(settings.storage_url)
    return FolderBlobs(settings.home / "storage")
