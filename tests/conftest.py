"""Servers and fresh databases for the tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import structlog

import identity_providers
from servers import ENVIRONMENT, Servers, server_url, start

_servers: Servers | None = None
# With the values of all local variables, which is the default, one traceback takes minutes.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that leads; xdist's workers inherit their URLs."""
    global _servers
    for kind in ("oidc", "saml"):
        config.addinivalue_line("markers", f"{kind}: talks to a real provider of single sign-on")
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if os.environ.get("INTAKEGATEWAY_TEST_SERVERS") == "none":
        return
    _servers = start()
    _servers.missing.update(identity_providers.missing())
    for kind, url in _servers.urls.items():
        os.environ[ENVIRONMENT[kind]] = url


def pytest_unconfigure(config: pytest.Config) -> None:
    if _servers is not None:
        _servers.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly which tests could not run."""
    if _servers is None or not _servers.missing:
        return
    terminalreporter.section("SERVERS THAT COULD NOT BE PROVIDED", red=True, bold=True)
    for kind, why in _servers.missing.items():
        terminalreporter.line(f"{kind}: {why}", red=True)
        terminalreporter.line(f"  every test marked '{kind}' was left out", red=True)


@pytest.fixture(scope="session")
def provided() -> Callable[[str], None]:
    """Ask for a provider of single sign-on by its kind; without it, the test is left out loudly."""
    missing = identity_providers.missing()

    def ask(kind: str) -> None:
        if kind in missing:
            reason = f"no {kind} provider: {missing[kind]}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)

    return ask


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """A fresh, empty PostgreSQL database."""
    import psycopg

    url, name = server_url("postgresql"), f"t_{uuid4().hex[:16]}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    yield urlsplit(url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def mysql_url() -> Iterator[str]:
    """A fresh, empty MariaDB database."""
    import pymysql

    url, name = server_url("mysql"), f"t_{uuid4().hex[:16]}"
    parts = urlsplit(url)
    admin = pymysql.connect(
        host=parts.hostname, port=parts.port or 3306, user=parts.username, password=parts.password or ""
    )
    try:
        with admin.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            yield parts._replace(path=f"/{name}").geturl()
            cursor.execute(f"DROP DATABASE {name}")
    finally:
        admin.close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, so that no test sees another's or the user's."""
    folder = tmp_path / "home"
    monkeypatch.setenv("INTAKEGATEWAY_HOME", str(folder))
    # Workers are told the width of the leader's terminal; a command in a pipe is not.
    monkeypatch.delenv("COLUMNS", raising=False)
    return folder
