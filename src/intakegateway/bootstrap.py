"""Settings become a ``Gateway``: all services, built once, for every entry point."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from intakegateway.kit.clock import Clock, SystemClock
from intakegateway.services import deliveries, rejectstate, scheduling
from intakegateway.services.context import Context
from intakegateway.services.corrections import Corrections
from intakegateway.services.execute import Executor
from intakegateway.services.finishing import OnFinish
from intakegateway.services.keyring import KeyRing
from intakegateway.services.notifications import Notifications
from intakegateway.services.projects import Projects
from intakegateway.services.rejectexports import Exports
from intakegateway.services.rejectimports import Imports
from intakegateway.services.rejectrules import Proposals
from intakegateway.services.rejects import Rejects
from intakegateway.services.replays import Replays
from intakegateway.services.runs import Runs
from intakegateway.services.schedules import Schedules
from intakegateway.services.stats import Stats
from intakegateway.services.tokens import Tokens
from intakegateway.settings import Settings
from intakegateway.store.blobs import Blobs, FolderBlobs
from intakegateway.store.database import open_database


@dataclass(frozen=True, slots=True)
class Gateway:
    """Every use case, by noun. REST, command line and workers are skins over it."""

    context: Context
    keyring: KeyRing
    projects: Projects
    runs: Runs
    rejects: Rejects
    corrections: Corrections
    replays: Replays
    exports: Exports
    imports: Imports
    proposals: Proposals
    tokens: Tokens
    schedules: Schedules
    scheduler: scheduling.Scheduler
    notifications: Notifications
    deliverer: deliveries.Deliverer
    stats: Stats
    on_finish: tuple[OnFinish, ...] = ()
    """Who is told, in the same transaction, that a run has ended."""

    def executor(self, worker: str, tell: Callable[[str | None], None] = lambda _run_id: None) -> Executor:
        """One that executes runs in this process, under the name ``worker``."""
        return Executor(self.context, worker, self.on_finish, tell)

    def close(self) -> None:
        """Give back what is held open."""
        self.context.database.close()


def build(settings: Settings, clock: Clock | None = None, *, upgrade: bool = True) -> Gateway:
    """Open the store, bring it to this version, and put the services together.

    ``upgrade``: False where another process has done that already.

    Raises ``SettingsError``, ``DefinitionError`` (a database of a newer version) and ``UnavailableError``.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    keyring = KeyRing(settings)
    keyring.box()
    database = open_database(settings.database)
    if upgrade:
        from intakegateway.store.migrate import migrate

        migrate(database)
    context = Context(settings, database, _blobs(settings), keyring.box, clock=clock or SystemClock())
    on_finish: tuple[OnFinish, ...] = (rejectstate.finished, scheduling.finished, deliveries.finished)
    own = Executor(context, f"{socket.gethostname()}:{os.getpid()}", on_finish)
    runs, rejects = Runs(context, own), Rejects(context)
    exports, corrections = Exports(context, rejects), Corrections(context, rejects)
    gateway = Gateway(
        context=context,
        keyring=keyring,
        projects=Projects(context),
        tokens=Tokens(context),
        runs=runs,
        rejects=rejects,
        corrections=corrections,
        replays=Replays(context, rejects, runs),
        exports=exports,
        imports=Imports(exports, corrections),
        proposals=Proposals(context, rejects),
        schedules=Schedules(context),
        scheduler=scheduling.Scheduler(context),
        notifications=Notifications(context),
        deliverer=deliveries.Deliverer(context),
        stats=Stats(context),
        on_finish=on_finish,
    )
    if upgrade:
        gateway.projects.ensure_default()
    return gateway


def _blobs(settings: Settings) -> Blobs:
    return FolderBlobs(settings.home / "storage")
