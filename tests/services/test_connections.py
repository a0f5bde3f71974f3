from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select, text

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import (
    ConflictError,
    DefinitionError,
    ForbiddenError,
    NotFoundError,
    StaleEditError,
)
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.connections import (
    ConnectionChange,
    ConnectionClone,
    ConnectionDraft,
    ConnectionTrial,
)
from intakegateway.services.connections import configured
from intakegateway.services.resolving import resolve
from intakegateway.store.tables.definitions import Connection, Project, Task, TaskVersion
from intakegateway.store.tables.people import AuditEntry
from service_fixtures import make_actor

DRAFT = ConnectionDraft(
    name="warehouse",
    kind="postgresql",
    config={"host": "db.example.org", "database": "w", "user": "ann", "password": "hunter-22"},
)


def secrets_of(gateway: Gateway, connection_id: str) -> dict[str, object]:
    with gateway.context.database.read() as session:
        return configured(gateway.context, session.get_one(Connection, connection_id))[1]


def make_task(gateway: Gateway, project: str, name: str, **names: str) -> None:
    with gateway.context.database.write() as session:
        task = Task(project_id=project, name=name, **names)
        session.add(task)
        session.flush()
        session.add(TaskVersion(task_id=task.id, number=1, spec={"load": {"table": "t"}}))


def test_a_connection_shows_which_secrets_it_has_and_never_their_values(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    made = gateway.connections.create(admin, project, DRAFT)
    assert made.secrets == ["password"]
    assert made.config == {"host": "db.example.org", "database": "w", "user": "ann"}
    assert "hunter-22" not in made.model_dump_json()
    assert secrets_of(gateway, made.id)["password"] == "hunter-22"


def test_nothing_in_the_store_has_the_secret_in_clear(gateway: Gateway, admin: Actor, project: str) -> None:
    made = gateway.connections.create(admin, project, DRAFT)
    gateway.connections.change(
        admin, project, made.id, ConnectionChange(config={**DRAFT.config, "port": 5433})
    )
    gateway.connections.clone(admin, project, made.id, ConnectionClone(name="copy"))
    gateway.connections.delete(admin, project, made.id)
    with gateway.context.database.read() as session:
        for table in ("connections", "audit_log", "events"):
            assert "hunter-22" not in str(session.execute(text(f"SELECT * FROM {table}")).all())
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.noun == "connection").order_by(AuditEntry.id)
        ).all()
    assert [one.action for one in entries] == ["created", "updated", "cloned", "deleted"]


def test_a_secret_that_is_left_out_stays_and_null_takes_it_away(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    made = gateway.connections.create(admin, project, DRAFT)
    config = {"host": "db.example.org", "database": "other", "user": "ann"}
    kept = gateway.connections.change(admin, project, made.id, ConnectionChange(config=config))
    assert (kept.secrets, kept.config) == (["password"], config)
    masked = gateway.connections.change(
        admin, project, made.id, ConnectionChange(config={**config, "password": "***"})
    )
    assert secrets_of(gateway, masked.id)["password"] == "hunter-22"
    gone = gateway.connections.change(
        admin, project, made.id, ConnectionChange(config={**config, "password": None})
    )
    assert gone.secrets == []


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("host", {"host": "evil.example.org"}), ("port", {"port": 1}), ("user", {"user": "bob"}),
        ("sslmode", {"sslmode": "disable"}), ("options", {"options": {"hostaddr": "203.0.113.9"}}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("password", [{}, {"password": "***"}], ids=["left out", "masked"])
def test_a_kept_secret_does_not_follow_to_another_address(
    gateway: Gateway, admin: Actor, project: str, name: str, changed: dict[str, Any], password: dict[str, str]
) -> None:
    made = gateway.connections.create(admin, project, DRAFT)
    public = {key: value for key, value in DRAFT.config.items() if key != "password"}
    config = {**public, **changed, **password}
    editor = make_actor(gateway, "ed@example.org", Role.EDITOR)
    for actor in (editor, admin):
        with pytest.raises(DefinitionError, match=f"'password' has to be entered again: '{name}'") as caught:
            gateway.connections.change(actor, project, made.id, ConnectionChange(config=config))
        assert caught.value.path == ("config", "password")
        trial = ConnectionTrial(kind="postgresql", config=config, id=made.id)
        with pytest.raises(DefinitionError, match=f"'password' has to be entered again: '{name}'"):
            gateway.connection_tests.test_settings(actor, project, trial)
    assert gateway.connections.get(admin, project, made.id).config == made.config
    entered = ConnectionChange(config={**config, "password": "known-77"})
    assert gateway.connections.change(editor, project, made.id, entered).secrets == ["password"]
    assert secrets_of(gateway, made.id)["password"] == "known-77"


def test_what_leads_nowhere_else_changes_without_the_secret(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    made = gateway.connections.create(admin, project, DRAFT)
    config = {"host": "db.example.org", "database": "w2", "user": "ann", "port": 5432}
    changed = gateway.connections.change(admin, project, made.id, ConnectionChange(config=config))
    assert (changed.config, changed.secrets) == (config, ["password"]), "the usual port is the same port"


def test_secrets_are_lent_to_trials_of_their_own_kind_only(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    made = gateway.connections.create(admin, project, DRAFT)
    trial = ConnectionTrial(kind="mysql", config={**made.config}, id=made.id)
    with pytest.raises(DefinitionError, match="lends its secrets only to its own"):
        gateway.connection_tests.test_settings(admin, project, trial)


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "https://evil.example.org"}, {"proxy": "http://evil.example.org:3128"}, {"verify": False},
        {"request": {"url": "https://evil.example.org"}},
    ],
)  # fmt: skip
def test_a_token_follows_neither_to_another_api_nor_through_another_proxy(
    gateway: Gateway, admin: Actor, project: str, changed: dict[str, Any]
) -> None:
    config = {"url": "https://api.example.org", "auth": {"type": "bearer", "token": "tok-12345"}}
    draft = ConnectionDraft(name="api", kind="http", config=config)
    made = gateway.connections.create(admin, project, draft)
    left = {**config, "auth": {"type": "bearer"}, **changed}
    with pytest.raises(DefinitionError, match="'auth.token' has to be entered again"):
        gateway.connections.change(admin, project, made.id, ConnectionChange(config=left))
    harmless = {**config, "auth": {"type": "bearer"}, "timeout": 5, "test_path": "/me"}
    gateway.connections.change(admin, project, made.id, ConnectionChange(config=harmless))
    spec = {"name": "t", "source": {"connection": "api", **changed}, "load": {"to": "x.db", "table": "t"}}
    with (
        gateway.context.database.read() as session,
        pytest.raises(DefinitionError, match="comes from the conn"),
    ):
        resolve(session, gateway.context, project, spec)


def test_a_whole_url_stands_for_its_parts(gateway: Gateway, admin: Actor, project: str) -> None:
    url = "postgres://ann:p%40ss@db.example.org:5433/w?sslmode=require&application_name=x"
    made = gateway.connections.create(
        admin, project, ConnectionDraft(name="a", kind="postgres", config={"url": url})
    )
    assert made.kind == "postgresql"
    assert made.config == {
        "host": "db.example.org", "port": 5433, "database": "w", "user": "ann", "sslmode": "require",
        "options": {"application_name": "x"},
    }  # fmt: skip
    assert secrets_of(gateway, made.id)["password"] == "p@ss"
    assert made.address == "postgresql://***@db.example.org:5433/w?application_name=x&sslmode=require"


@pytest.mark.parametrize(
    ("kind", "config", "path", "words"),
    [
        ("postgresql", {"host": "h"}, ("config", "database"), "'database' is missing"),
        ("postgresql", {"host": "h", "database": "d", "prot": 1}, ("config", "prot"), "not a setting"),
        ("postgresql", {"host": "h", "database": "d", "port": "x"}, ("config", "port"), "whole number"),
        ("postgresql", {"host": "h", "database": "d", "port": 70000}, ("config", "port"), "at most 65535"),
        ("postgresql", {"host": "h", "database": "d", "sslmode": "no"}, ("config", "sslmode"), "not allowed"),
        ("http", {"url": "ftp://x"}, ("config", "url"), "http:// or https://"),
        ("http", {"url": "https://a:b@x"}, ("config", "url"), "user or password"),
        ("http", {"url": "https://x?api_key=12345"}, ("config", "url"), "something secret"),
        ("http", {"url": "https://x", "auth": {"type": "bearer", "tokn": "a"}}, ("config", "auth", "tokn"), "not a setting"),
        ("http", {"url": "https://x", "auth": {"type": "oauth2_refresh_token"}}, ("config", "auth", "token_url"), "missing"),
        ("http", {"url": "https://x", "pagination": {"type": "pages"}}, ("config", "pagination"), "pages"),
        ("oracel", {}, ("kind",), "not a kind of connection"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_settings_is_said_with_its_path(
    gateway: Gateway,
    admin: Actor,
    project: str,
    kind: str,
    config: dict[str, object],
    path: object,
    words: str,
) -> None:
    with pytest.raises(DefinitionError, match=words) as raised:
        gateway.connections.create(admin, project, ConnectionDraft(name="x", kind=kind, config=config))
    assert raised.value.path == path


def test_an_api_keeps_its_token_and_secret_headers_apart(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    config = {
        "url": "https://api.example.org/v1",
        "auth": {"type": "bearer", "token": "tok-12345"},
        "headers": {"X-Api-Key": "key-12345", "Accept-Language": "en"},
    }
    made = gateway.connections.create(admin, project, ConnectionDraft(name="api", kind="http", config=config))
    assert made.secrets == ["auth.token", "headers.X-Api-Key"]
    assert made.config["auth"] == {"type": "bearer"}
    assert secrets_of(gateway, made.id) == config
    other = gateway.connections.change(
        admin, project, made.id,
        ConnectionChange(config={"url": "https://api.example.org", "auth": {"type": "basic", "username": "ann"}}),
    )  # fmt: skip
    assert other.secrets == [], "the token of another way to sign in has no meaning any more"


def test_a_sealed_secret_that_is_moved_to_another_connection_does_not_open(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    one = gateway.connections.create(admin, project, DRAFT)
    other = gateway.connections.create(admin, project, DRAFT.model_copy(update={"name": "other"}))
    with gateway.context.database.write() as session:
        session.get_one(Connection, other.id).secrets = dict(session.get_one(Connection, one.id).secrets)
    with pytest.raises(DefinitionError, match="belongs to another place"):
        secrets_of(gateway, other.id)


def test_names_are_unique_and_edits_have_versions(gateway: Gateway, admin: Actor, project: str) -> None:
    made = gateway.connections.create(admin, project, DRAFT)
    with pytest.raises(ConflictError, match="'warehouse' is taken"):
        gateway.connections.create(admin, project, DRAFT)
    gateway.connections.change(admin, project, made.id, ConnectionChange(description="x"), made.version)
    with pytest.raises(StaleEditError):
        gateway.connections.change(admin, project, made.id, ConnectionChange(description="y"), made.version)


def test_a_connection_that_tasks_use_is_neither_deleted_nor_renamed(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    gateway.connections.create(admin, project, DRAFT)
    make_task(gateway, project, "orders", connection="warehouse")
    make_task(gateway, project, "customers", source_connection="warehouse")
    with pytest.raises(ConflictError, match=r"2 tasks use it \('customers', 'orders'\)"):
        gateway.connections.delete(admin, project, "warehouse")
    with pytest.raises(ConflictError, match="cannot be renamed"):
        gateway.connections.change(admin, project, "warehouse", ConnectionChange(name="lake"))
    gateway.connections.delete(admin, project, "warehouse", force=True)
    with pytest.raises(NotFoundError):
        gateway.connections.get(admin, project, "warehouse")


def test_the_active_connection_is_used_by_tasks_that_name_none(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    gateway.connections.create(admin, project, DRAFT)
    assert gateway.connections.activate(admin, project, "warehouse").is_active
    make_task(gateway, project, "orders")
    with pytest.raises(ConflictError, match="'orders'"):
        gateway.connections.delete(admin, project, "warehouse")
    gateway.connections.delete(admin, project, "warehouse", force=True)
    with gateway.context.database.read() as session:
        assert session.get_one(Project, project).active_connection_id is None


def test_what_can_only_be_read_is_no_active_destination(gateway: Gateway, admin: Actor, project: str) -> None:
    gateway.connections.create(
        admin, project, ConnectionDraft(name="api", kind="http", config={"url": "https://x.example"})
    )
    with pytest.raises(DefinitionError, match="can only be read"):
        gateway.connections.activate(admin, project, "api")


def test_viewers_look_and_editors_define(gateway: Gateway, admin: Actor, project: str) -> None:
    gateway.connections.create(admin, project, DRAFT)
    viewer = make_actor(gateway, "viewer@example.org", Role.VIEWER)
    assert gateway.connections.find_all(viewer, project, PageRequest()).total == 1
    with pytest.raises(ForbiddenError):
        gateway.connections.create(viewer, project, DRAFT.model_copy(update={"name": "b"}))
    with pytest.raises(NotFoundError):
        gateway.connections.get(make_actor(gateway, "stranger@example.org"), project, "warehouse")


def test_the_config_of_any_kind_is_one_json_document(gateway: Gateway, admin: Actor, project: str) -> None:
    made = gateway.connections.create(admin, project, DRAFT)
    assert json.loads(made.model_dump_json())["config"]["host"] == "db.example.org"
