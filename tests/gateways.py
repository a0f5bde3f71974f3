"""Commands about a gateway, on its store here and through a server."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import uvicorn
from typer.testing import CliRunner, Result

from intakegateway.api.app import create_app
from intakegateway.bootstrap import Gateway, build
from intakegateway.cli.main import program
from intakegateway.settings import read_settings
from service_fixtures import make_actor

Command = Callable[..., Result]


@pytest.fixture
def store(home: Path, template_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with an empty store and a file to load."""
    home.mkdir()
    shutil.copy(template_file, home / "intakegateway.db")
    (home / "orders.csv").write_text("id,total\n1,2\n2,3\n,4\n")
    for name in ("SERVER", "TOKEN", "PROJECT"):
        monkeypatch.delenv(f"INTAKEGATEWAY_{name}", raising=False)
    monkeypatch.setenv("SHOP_PASSWORD", "planted-password")
    monkeypatch.setenv("INTAKEGATEWAY_ALLOW_PRIVATE_ADDRESSES", "127.0.0.0/8")
    monkeypatch.setenv("INTAKEGATEWAY_EXECUTION", "inline")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return home


@pytest.fixture
def served(store: Path) -> Iterator[tuple[Gateway, str]]:
    """A gateway behind a real server, and its address."""
    gateway = build(read_settings())
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            create_app(gateway), log_level="error", timeout_graceful_shutdown=1, ws="websockets-sansio"
        )
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, args=([listening],))
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield gateway, f"http://127.0.0.1:{listening.getsockname()[1]}"
        running.should_exit = True
        thread.join()
    gateway.close()


@pytest.fixture(params=["here", "served"])
def ig(request: pytest.FixtureRequest, store: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command line about the project ``shop``: on the store, or through a server."""
    monkeypatch.setenv("INTAKEGATEWAY_PROJECT", "shop")
    if request.param == "served":
        gateway, address = request.getfixturevalue("served")
        _, token = gateway.tokens.issue(make_actor(gateway, "ann@example.org", admin=True), "tests")
        monkeypatch.setenv("INTAKEGATEWAY_SERVER", address)
        monkeypatch.setenv("INTAKEGATEWAY_TOKEN", token)
    app = program()
    return lambda *words, **more: CliRunner().invoke(app, [str(word) for word in words], **more)
