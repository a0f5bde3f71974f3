"""A gateway with a store of its own, and people in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from intakegateway.api.app import create_app
from intakegateway.bootstrap import Gateway, build
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import Actor, Role
from intakegateway.settings import Settings, read_settings
from intakegateway.store.tables.people import Member, User

__all__ = ["admin", "api", "client", "clock", "database_url", "gateway", "make_actor", "project", "settings"]


@pytest.fixture(params=["embedded", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty app database: every service test runs on both kinds."""
    if request.param == "embedded":
        return f"sqlite:///{tmp_path / 'app.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


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
