"""``intakegateway serve`` and ``intakegateway worker``: the processes that stay."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intakegateway.cli.errors import SUCCESS
from intakegateway.cli.rubbish import look_from_now_on
from intakegateway.kit.imports import without

if TYPE_CHECKING:
    import socket

    from intakegateway.bootstrap import Gateway
    from intakegateway.settings import Settings

API = "intakegateway.api"
"""Named, not imported: what answers requests is built on what the command line is built on, too."""
STOP_SECONDS = 10.0
"""How long a stop waits for runs to end; what is left goes on at the next start."""


def serve(
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Listen on this address.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="N", min=0, max=65535, help="Listen on this port; 0: a free one."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, max=256, help="Processes that run tasks.")
    ] = None,
) -> int:
    """Serve the REST API and run tasks, until Ctrl-C.

    Settings come from the environment (INTAKEGATEWAY_...) or from settings.toml in the data folder.
    """
    # What is imported stays; to look for garbage in it costs a tenth of the start, and later every answer.
    gc.disable()
    settings = _settings(host=host, port=port, workers=workers)
    with _bound(settings.host, settings.port) as listener, ExitStack() as ends:
        # Before there is a server to tell; after that, one that comes twice finds us at the same work.
        stopped = threading.Event()
        _on_signals(stopped.set)

        def make() -> Any:
            from intakegateway.bootstrap import build
            from intakegateway.services.logs import configure

            configure(settings)
            gateway = build(settings)
            ends.callback(gateway.close)
            application = import_module(f"{API}.app").create_app(gateway)
            _greet(gateway, listener.getsockname(), ":" in settings.host)
            return application, gateway

        def begin(gateway: Gateway) -> None:
            from intakegateway.bootstrap import operate

            look_from_now_on()
            operation = operate(gateway)
            ends.callback(operation.close, STOP_SECONDS)

        _listen(settings, listener, stopped, make, begin)
    return SUCCESS


def worker(
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, max=256, help="Processes that run tasks.")
    ] = None,
) -> int:
    """Run tasks of a gateway that serves elsewhere, until Ctrl-C; both use one PostgreSQL database."""
    settings = _settings(workers=workers)
    _shared(
        settings, "workers of their own",
        "'intakegateway serve' runs tasks by itself; --workers says in how many processes.",
    )  # fmt: skip
    return _stay(settings, f"Waiting for runs with {settings.workers} processes.", executes=True)


def scheduler() -> int:
    """Start what schedules plan, send messages, find lost runs and clean up for a gateway that serves elsewhere.

    Runs no tasks. 'serve' and 'worker' do all of this, too: several at once never start a run twice.
    """
    settings = _settings()
    _shared(settings, "a scheduler of its own", "'intakegateway serve' looks after schedules by itself.")
    return _stay(settings, "Looking after schedules, messages and lost runs.", executes=False)


def _shared(settings: Settings, what: str, hint: str) -> None:
    from intakegateway.model.errors import DefinitionError
    from intakegateway.store.database import open_database

    if not open_database(settings.database).is_shared:
        verb = "need" if what.startswith("workers") else "needs"
        raise DefinitionError(
            f"{what} {verb} the gateway's database to be PostgreSQL: a SQLite file serves one machine.",
            where="INTAKEGATEWAY_DATABASE_URL", hint=hint,
        )  # fmt: skip


def _stay(settings: Settings, said: str, *, executes: bool) -> int:
    """Work until a signal comes."""
    from intakegateway.bootstrap import build, operate
    from intakegateway.services.logs import configure

    configure(settings)
    gateway = build(settings)
    stopped = threading.Event()
    _on_signals(lambda: stopped.set())
    operation = operate(gateway, executes=executes)
    sys.stdout.write(f"{said} Ctrl-C stops.\n")
    sys.stdout.flush()
    try:
        stopped.wait()
    finally:
        operation.close(STOP_SECONDS)
        gateway.close()
    return SUCCESS


def _settings(**given: Any) -> Settings:
    from intakegateway.settings import read_settings

    return replace(read_settings(), **{name: value for name, value in given.items() if value is not None})


def _listen(
    settings: Settings, listener: socket.socket, stopped: threading.Event,
    make: Callable[[], tuple[Any, Gateway]], begin: Callable[[Gateway], None],
) -> None:  # fmt: skip
    """Answer requests until a signal comes; ``stopped``: one has come already.

    Raises what ``make`` and ``begin`` raise.

    What the application is made of takes seconds to import: that the process lives and the files of the page
    are answered meanwhile. ``begin`` is called as soon as everything is answered: what runs tasks takes a
    processor for some more seconds, and requests need not wait for it.
    """
    import asyncio

    with without("rich"):  # which structlog loads for a look that is never used here
        import structlog  # noqa: F401
    import uvicorn

    door = import_module(f"{API}.door").Door(settings)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self.opening = asyncio.create_task(self.open())
            self.opening.add_done_callback(self.opened)

        async def open(self) -> None:
            self.should_exit |= stopped.is_set()
            gateway = await door.open(make)
            if not self.should_exit:
                await asyncio.to_thread(begin, gateway)

        def opened(self, opening: asyncio.Task[None]) -> None:
            self.should_exit |= opening.exception() is not None

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await asyncio.wait([self.opening])
            await super().shutdown(sockets)

    config = uvicorn.Config(
        door, log_config=None, access_log=False, timeout_graceful_shutdown=3, server_header=False,
        ws="websockets-sansio", proxy_headers=False, http=import_module(f"{API}.wire").Http,
    )  # fmt: skip
    server = Server(config)
    server.run(sockets=[listener])
    server.opening.result()


def _bound(host: str, port: int) -> socket.socket:
    import socket

    from intakegateway.model.errors import DefinitionError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise DefinitionError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}.",
            where="INTAKEGATEWAY_HOST, INTAKEGATEWAY_PORT",
            hint="Another program may use it: choose another one with --port.",
        ) from None
    return listener


def _greet(gateway: Gateway, address: Any, is_six: bool) -> None:
    host = f"[{address[0]}]" if is_six else address[0]
    shown = "localhost" if host in ("0.0.0.0", "[::]", "127.0.0.1") else host
    settings = gateway.context.settings
    base = settings.base_url.rstrip("/") or f"http://{shown}:{address[1]}"
    lines = [f"IntakeGateway serves on {base} (data in {settings.home}). Ctrl-C stops."]
    accounts = getattr(gateway, "accounts", None)
    token = accounts.setup_token() if accounts is not None else None
    if token:
        lines += ["There is no administrator yet. The token for the first one, valid once:", f"  {token}"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _on_signals(act: Any) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        act()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
