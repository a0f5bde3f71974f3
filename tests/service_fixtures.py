"""A gateway with a store of its own, and people in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from intakegateway.api.app import create_app
from intakegateway.bootstrap import Gateway, build
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import Actor, Role
from intakegateway.settings import Settings, read_settings
from intakegateway.store.database import open_database
from intakegateway.store.migrate import migrate
from intakegateway.store.tables.people import Member, User
from servers import server_url

__all__ = [
    "admin",
    "api",
    "cheap_passwords",
    "client",
    "clock",
    "database_url",
    "gateway",
    "make_actor",
    "project",
    "settings",
    "template_file",
    "template_name",
]


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app database that is migrated and otherwise empty; tests get copies."""
    path = tmp_path_factory.mktemp("template") / "app.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def template_name() -> Iterator[str]:
    """The same on the PostgreSQL server: the name of a database to copy."""
    url, name = server_url("postgresql"), f"template_{uuid4().hex[:16]}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    _migrated(urlsplit(url)._replace(path=f"/{name}").geturl())
    yield name
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _migrated(url: str) -> None:
    database = open_database(url)
    migrate(database)
    database.close()


@pytest.fixture(params=["embedded", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an app database of its own: every service test runs on both kinds."""
    if request.param == "embedded":
        shutil.copy(request.getfixturevalue("template_file"), tmp_path / "app.db")
        yield f"sqlite:///{tmp_path / 'app.db'}"
        return
    template = request.getfixturevalue("template_name")
    url, name = server_url("postgresql"), f"t_{uuid4().hex[:16]}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield urlsplit(url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with little work: what it costs in earnest is told by tests/unit/test_passwords.py."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr("intakegateway.services.passwords._HASHER", cheap)


@pytest.fixture
def settings(home: Path, database_url: str, tmp_path: Path) -> Settings:
    """Tasks may use the servers of this machine, and the test's folder."""
    return replace(
        read_settings(), database_url=database_url, execution="inline", allowed_folders=str(tmp_path),
        allow_private_addresses="127.0.0.0/8,::1",
    )  # fmt: skip


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def gateway(settings: Settings, clock: ManualClock) -> Iterator[Gateway]:
    built = build(settings, clock)
    yield built
    built.close()


def make_actor(gateway: Gateway, email: str, role: Role | None = None, *, admin: bool = False) -> Actor:
    """A person who is in the store, with a role in the default project."""
    with gateway.context.database.write() as session:
        user = User(email=email, name=email.partition("@")[0], is_admin=admin)
        session.add(user)
        session.flush()
        project_id = gateway.projects.id_of(Actor("", "system", is_admin=True), "default")
        if role is not None:
            session.add(Member(project_id=project_id, user_id=user.id, role=role))
    return Actor(user.id, email, admin, {project_id: role} if role else {})


@pytest.fixture
def admin(gateway: Gateway) -> Actor:
    """The administrator of the installation."""
    return make_actor(gateway, "admin@example.org", admin=True)


@pytest.fixture
def project(gateway: Gateway, admin: Actor) -> str:
    """The id of the default project."""
    return gateway.projects.id_of(admin, "default")


@pytest.fixture
def api(gateway: Gateway) -> Iterator[TestClient]:
    """The application, with nobody signed in."""
    with TestClient(create_app(gateway), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(api: TestClient, gateway: Gateway, admin: Actor) -> TestClient:
    """The application, with the administrator's token."""
    _, token = gateway.tokens.issue(admin, "tests")
    api.headers["Authorization"] = f"Bearer {token}"
    return api
