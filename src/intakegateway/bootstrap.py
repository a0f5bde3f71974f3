"""Settings become a ``Gateway``: all services, built once, for every entry point."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from intakegateway.execution.inline import Inline
from intakegateway.execution.launcher import Launcher
from intakegateway.execution.processes import Processes
from intakegateway.kit.clock import Clock, SystemClock
from intakegateway.kit.ids import uuid7
from intakegateway.model.views.shelves import SchemaView, TemplateView
from intakegateway.services import deliveries, rejectstate, schedules, scheduling
from intakegateway.services.accounts import Accounts
from intakegateway.services.applying import Applying
from intakegateway.services.applyingparts import Parts
from intakegateway.services.audit import AuditLog
from intakegateway.services.connections import Connections
from intakegateway.services.connectiontests import ConnectionTests
from intakegateway.services.context import Context
from intakegateway.services.corrections import Corrections
from intakegateway.services.deliveries import Deliverer
from intakegateway.services.events import TOPIC as EVENTS
from intakegateway.services.execute import Executor
from intakegateway.services.file_looks import FileLooks
from intakegateway.services.files import Files
from intakegateway.services.filetasks import FileTasks
from intakegateway.services.finishing import OnFinish
from intakegateway.services.guarding import guard_of
from intakegateway.services.introspection import Introspection
from intakegateway.services.invitations import Invitations
from intakegateway.services.keyring import KeyRing
from intakegateway.services.maintenance import Job, Maintenance
from intakegateway.services.mapping_help import MappingHelp
from intakegateway.services.mappings import Mappings
from intakegateway.services.notifications import Notifications
from intakegateway.services.plans import Plans
from intakegateway.services.projectexports import ProjectExports
from intakegateway.services.projects import Projects
from intakegateway.services.pushes import Pushes
from intakegateway.services.queue import TOPIC
from intakegateway.services.rejectexports import Exports
from intakegateway.services.rejectimports import Imports
from intakegateway.services.rejectrules import Proposals
from intakegateway.services.rejects import Rejects
from intakegateway.services.replays import Replays
from intakegateway.services.retention import Retention
from intakegateway.services.runs import Runs
from intakegateway.services.samples import Samples
from intakegateway.services.schedules import Schedules
from intakegateway.services.scheduling import Scheduler
from intakegateway.services.sessions import Sessions
from intakegateway.services.shelves import SCHEMAS, TEMPLATES, Shelf
from intakegateway.services.sso import Sso
from intakegateway.services.stats import Stats
from intakegateway.services.sweeping import Sweeper
from intakegateway.services.system import System
from intakegateway.services.task_previews import Previews
from intakegateway.services.taskcursors import TaskCursors
from intakegateway.services.tasks import Tasks
from intakegateway.services.tokens import Tokens
from intakegateway.settings import Settings
from intakegateway.store.blobs import Blobs, FolderBlobs
from intakegateway.store.database import open_database


class Gateway(Struct, frozen=True):
    """Every use case, by noun. REST, command line and workers are skins over it."""

    context: Context
    keyring: KeyRing
    projects: Projects
    runs: Runs
    connections: Connections
    connection_tests: ConnectionTests
    introspection: Introspection
    files: Files
    tasks: Tasks
    task_cursors: TaskCursors
    previews: Previews
    plans: Plans
    file_looks: FileLooks
    file_tasks: FileTasks
    mapping_help: MappingHelp
    pushes: Pushes
    mappings: Mappings
    schemas: Shelf[SchemaView]
    templates: Shelf[TemplateView]
    tokens: Tokens
    sessions: Sessions
    accounts: Accounts
    invitations: Invitations
    audit: AuditLog
    sso: Sso
    schedules: Schedules
    scheduler: Scheduler
    notifications: Notifications
    deliverer: Deliverer
    stats: Stats
    exports: ProjectExports
    applying: Applying
    rejects: Rejects
    corrections: Corrections
    replays: Replays
    reject_exports: Exports
    reject_imports: Imports
    proposals: Proposals
    samples: Samples
    system: System
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
    settings.make_home()
    keyring = KeyRing(settings)
    keyring.box()
    guard_of(settings)
    database = open_database(settings.database, settings.database_wait_seconds)
    if upgrade:
        from intakegateway.store.migrate import migrate

        migrate(database)
    context = Context(settings, database, _blobs(settings), keyring.box, clock=clock or SystemClock())
    sessions = Sessions(context)
    files, previews, tasks = Files(context), Previews(context), Tasks(context)
    on_finish: tuple[OnFinish, ...] = (rejectstate.finished, scheduling.finished, deliveries.finished)
    own = Executor(context, f"{socket.gethostname()}:{os.getpid()}", on_finish)
    runs, rejects = Runs(context, own), Rejects(context)
    reject_exports, corrections = Exports(context, rejects), Corrections(context, rejects)
    shelves: dict[str, Shelf[Any]] = {
        "schemas": Shelf(context, SCHEMAS),
        "templates": Shelf(context, TEMPLATES),
    }
    parts = Parts(
        context, Connections(context), tasks, Schedules(context), Notifications(context), shelves
    )  # fmt: skip
    sso = Sso.of(context, sessions)
    gateway = Gateway(
        context=context,
        keyring=keyring,
        projects=Projects(context),
        files=files,
        tasks=tasks,
        previews=previews,
        plans=Plans(previews),
        file_looks=FileLooks(previews),
        task_cursors=TaskCursors(context),
        file_tasks=FileTasks(context),
        mapping_help=MappingHelp(context, previews.bench),
        pushes=Pushes(context, files),
        mappings=Mappings(tasks),
        schemas=Shelf(context, SCHEMAS),
        templates=Shelf(context, TEMPLATES),
        connections=Connections(context),
        connection_tests=ConnectionTests(context),
        introspection=Introspection(context),
        tokens=Tokens(context),
        sessions=sessions,
        accounts=Accounts(context, sessions),
        invitations=Invitations(context, sessions),
        audit=AuditLog(context),
        sso=sso,
        runs=runs,
        rejects=rejects,
        corrections=corrections,
        replays=Replays(context, rejects, runs),
        reject_exports=reject_exports,
        reject_imports=Imports(reject_exports, corrections),
        proposals=Proposals(context, rejects),
        samples=Samples(context, Connections(context), files, tasks),
        system=System(context, sso),
        schedules=Schedules(context),
        scheduler=Scheduler(context),
        notifications=Notifications(context),
        deliverer=Deliverer(context),
        stats=Stats(context),
        exports=ProjectExports(context),
        applying=Applying(context, Projects(context), parts),
        on_finish=on_finish,
    )
    if upgrade:
        gateway.projects.ensure_default()
    return gateway


def _blobs(settings: Settings) -> Blobs:
    if settings.storage_url:
        from intakegateway.store.object_blobs import ObjectBlobs

        return ObjectBlobs(settings.storage_url)
    return FolderBlobs(settings.home / "storage")


WORKER = "intakegateway.workers.executor:main"
"""What each process of the pool does."""
WARM = ("intakegateway.workers.warm",)
"""What its processes have imported before there is work."""
CANCEL_GRACE = 5.0
"""Seconds in which a run that was asked to stop may do so by itself."""


class Operation(Struct, frozen=True):
    """Everything that goes on by itself while a gateway serves or works."""

    gateway: Gateway
    launcher: Launcher | None
    """None: nothing is executed here."""
    maintenance: Maintenance

    def close(self, grace: float = 10.0) -> None:
        """Stop: runs may end for ``grace`` seconds, the others go back to the queue."""
        self.maintenance.stopped.set()
        for topic in (TOPIC, schedules.TOPIC, deliveries.TOPIC):
            self.gateway.context.bus.wake(topic)
        self.maintenance.close()
        if self.launcher is not None:
            self.launcher.close(grace)


def operate(gateway: Gateway, *, executes: bool = True) -> Operation:
    """Execute what is queued, find orphans, end what does not stop, clean up; returns at once.

    ``executes``: False leaves the runs themselves to other processes.
    """
    context = gateway.context
    me = f"{socket.gethostname()}:{os.getpid()}:{uuid7()[-12:]}"
    sweeper = Sweeper(context, gateway.on_finish)
    launcher = _launcher(gateway, sweeper, me) if executes else None
    retention = Retention(context)

    stopped = threading.Event()
    jobs = [
        Job("schedules", 1.0, lambda: gateway.scheduler.run(stopped)),
        Job("deliveries", 1.0, lambda: gateway.deliverer.run(stopped)),
        *(_execution(gateway, sweeper, launcher) if launcher is not None else ()),
        Job("sweep", 5.0, lambda: sweeper.sweep(me)),
        Job("tidy", 600.0, sweeper.clear_folders, first=30.0),
        Job("uploads", 3600.0, gateway.files.tidy, first=90.0),
        Job("sessions", 3600.0, gateway.sessions.forget, first=120.0),
        Job("retention", 3600.0, lambda: retention.clean(me), first=60.0),
    ]
    maintenance = Maintenance(jobs, stopped)
    maintenance.start()
    return Operation(gateway, launcher, maintenance)


def _execution(gateway: Gateway, sweeper: Sweeper, launcher: Launcher) -> list[Job]:
    """Begin what waits, and end what does not stop."""
    bus = gateway.context.bus
    seen = [bus.count(TOPIC)]

    def wake() -> None:
        seen[0] = bus.wait(TOPIC, seen[0], 1.0)
        launcher.launch()

    def enforce() -> None:
        for run_id in sweeper.overdue(CANCEL_GRACE):
            launcher.cancel(run_id)

    return [Job("wake", 0.0, wake), Job("enforce", 1.0, enforce)]


def _launcher(gateway: Gateway, sweeper: Sweeper, me: str) -> Launcher:
    settings = gateway.context.settings
    if settings.execution == "inline":
        executor = gateway.executor(me)
        return Inline(executor.next)
    pool = Processes(
        WORKER, settings, settings.workers, WARM, on_death=sweeper.release,
        on_idle=lambda: gateway.context.bus.wake(EVENTS),
    )  # fmt: skip
    pool.start()
    return pool
