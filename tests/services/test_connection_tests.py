from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ForbiddenError, RateLimitError
from intakegateway.model.views.connections import ConnectionDraft, ConnectionTrial, TestView
from intakegateway.settings import Settings, read_settings
from service_fixtures import make_actor


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture
def settings(home: Path, database_url: str) -> Settings:
    return replace(
        read_settings(), database_url=database_url, execution="inline", allow_private_addresses="127.0.0.0/8"
    )


@pytest.fixture
def silent() -> Iterator[int]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        allowed = self.headers.get("Authorization") == "Bearer tok-12345"
        status, body = (200, b'{"id": 1}') if allowed else (401, b'{"token": "tok-wrong"}')
        self.send_response(404 if self.path == "/lost" else status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def api_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    worker = threading.Thread(target=server.serve_forever)
    worker.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    worker.join()


def tried(gateway: Gateway, actor: Actor, project: str, kind: str, **config: object) -> TestView:
    return gateway.connection_tests.test_settings(actor, project, ConnectionTrial(kind=kind, config=config))


def verdicts(view: TestView) -> dict[str, str]:
    return {step.name: step.verdict for step in view.steps}


@pytest.mark.postgresql
def test_a_database_that_works_says_its_version(
    gateway: Gateway, admin: Actor, project: str, postgresql_url: str
) -> None:
    draft = ConnectionDraft(name="w", kind="postgresql", config={"url": postgresql_url})
    gateway.connections.create(admin, project, draft)
    view = gateway.connection_tests.test(admin, project, "w")
    assert view.ok, view
    assert set(verdicts(view).values()) == {"ok"}
    assert list(verdicts(view)) == ["resolve", "connect", "sign_in", "read"]
    assert view.server_version.startswith("PostgreSQL ")
    kept = gateway.connections.get(admin, project, "w")
    assert kept.test == view
    assert kept.version == 1, "a test is no change"


@pytest.mark.mysql
def test_mariadb_says_its_version(gateway: Gateway, admin: Actor, project: str, mysql_url: str) -> None:
    view = tried(gateway, admin, project, "mysql", url=mysql_url)
    assert view.ok, view
    assert view.server_version.startswith(("MariaDB ", "MySQL "))


@pytest.mark.postgresql
def test_a_wrong_database_fails_at_the_sign_in_without_the_password(
    gateway: Gateway, admin: Actor, project: str, postgresql_url: str
) -> None:
    parts = urlsplit(postgresql_url)
    view = tried(
        gateway, admin, project, "postgresql", host=parts.hostname, port=parts.port, database="nowhere",
        user="nobody-there", password="planted-pw",
    )  # fmt: skip
    assert verdicts(view) == {"resolve": "ok", "connect": "ok", "sign_in": "failed", "read": "skipped"}
    assert "planted-pw" not in view.model_dump_json()


def test_a_closed_port_fails_at_connect_and_an_unknown_name_at_resolve(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    view = tried(gateway, admin, project, "mysql", host="127.0.0.1", port=port, database="d")
    assert verdicts(view)["connect"] == "failed"
    assert f"port {port}" in view.message
    view = tried(gateway, admin, project, "mysql", host="nowhere.invalid", database="d")
    assert verdicts(view) == {
        "resolve": "failed",
        "connect": "skipped",
        "sign_in": "skipped",
        "read": "skipped",
    }


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "http"])
def test_a_server_that_says_nothing_is_given_up_in_time(
    gateway: Gateway, admin: Actor, project: str, silent: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakegateway.services.connectiontests.SECONDS", 0.5)
    config = {"host": "127.0.0.1", "port": silent, "database": "d", "user": "u"}
    if kind == "http":
        config = {"url": f"http://127.0.0.1:{silent}"}
    began = time.monotonic()
    view = tried(gateway, admin, project, kind, **config)
    assert time.monotonic() - began < 60, "without the limit it would wait for ever"
    assert verdicts(view)["sign_in"] == "failed"
    assert "no answer within" in view.message


def test_a_private_address_that_is_not_allowed_is_refused(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    for host in ("10.0.0.1", "169.254.169.254", "0xa000001", "::1"):
        view = tried(gateway, admin, project, "postgresql", host=host, database="d")
        assert verdicts(view)["resolve"] == "failed"
        assert "private or local network" in view.message


def test_an_api_is_tested_with_its_token(gateway: Gateway, admin: Actor, project: str, api_url: str) -> None:
    auth = {"type": "bearer", "token": "tok-12345"}
    view = tried(gateway, admin, project, "http", url=api_url, auth=auth, test_path="/me")
    assert view.ok, view
    assert "JSON" in view.steps[-1].message
    wrong = tried(gateway, admin, project, "http", url=api_url, auth={"type": "bearer", "token": "tok-wrong"})
    assert verdicts(wrong)["sign_in"] == "failed"
    assert "401" in wrong.message
    assert "tok-wrong" not in wrong.model_dump_json()
    lost = tried(gateway, admin, project, "http", url=api_url, auth=auth, test_path="/lost")
    assert verdicts(lost)["read"] == "failed"


@pytest.mark.parametrize("kind", ["sqlite", "duckdb", "file"])
def test_a_file_that_is_not_there_yet_is_not_made_by_a_test(
    gateway: Gateway, admin: Actor, project: str, kind: str
) -> None:
    view = tried(gateway, admin, project, kind, path="new-one")
    assert view.ok, view
    assert not (gateway.context.settings.home / "new-one").exists()
    outside = tried(gateway, admin, project, kind, path="/etc/new-one")
    assert verdicts(outside)["resolve"] == "failed"


def test_saved_secrets_fill_what_is_left_out(
    gateway: Gateway, admin: Actor, project: str, api_url: str
) -> None:
    config = {"url": api_url, "auth": {"type": "bearer", "token": "tok-12345"}}
    gateway.connections.create(admin, project, ConnectionDraft(name="a", kind="http", config=config))
    trial = ConnectionTrial(kind="http", config={"url": api_url, "auth": {"type": "bearer"}}, id="a")
    assert gateway.connection_tests.test_settings(admin, project, trial).ok
    without = gateway.connection_tests.test_settings(admin, project, trial.model_copy(update={"id": None}))
    assert verdicts(without)["sign_in"] == "failed"
    assert "'auth.token' is empty" in without.message


def test_tests_are_limited_and_only_for_those_who_may(
    gateway: Gateway, admin: Actor, project: str, clock: ManualClock
) -> None:
    for _ in range(10):
        tried(gateway, admin, project, "sqlite", path="x.db")
    with pytest.raises(RateLimitError) as raised:
        tried(gateway, admin, project, "sqlite", path="x.db")
    assert 0 < raised.value.retry_after <= 60
    other = make_actor(gateway, "other@example.org", Role.EDITOR)
    with pytest.raises(RateLimitError):
        tried(gateway, other, project, "sqlite", path="x.db")
    clock.time += 61
    assert tried(gateway, admin, project, "sqlite", path="x.db").ok
    with pytest.raises(ForbiddenError):
        tried(gateway, make_actor(gateway, "viewer@example.org", Role.VIEWER), project, "sqlite", path="x.db")
