from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from intakegateway.bootstrap import Gateway, build
from intakegateway.connectors.guard import current
from intakegateway.connectors.registry import open_source
from intakegateway.engine.preview import preview
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import Actor
from intakegateway.model.errors import DefinitionError
from intakegateway.model.task import TaskSpec
from intakegateway.model.views.connections import ConnectionDraft
from intakegateway.services.local_runs import RunRequest, run_task
from intakegateway.services.resolving import resolve, runnable, sealed_place
from intakegateway.services.sealing import sealed
from intakegateway.settings import Settings, read_settings
from intakegateway.store.tables.definitions import File


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """For tests that leave nothing behind."""
    home = tmp_path_factory.mktemp("shared") / "home"
    built = build(
        replace(read_settings({"INTAKEGATEWAY_HOME": str(home)}), execution="inline"), ManualClock()
    )
    admin = Actor("", "system", is_admin=True)
    default = built.projects.id_of(admin, "default")
    add(built, admin, default, "lake", "mysql", host="db.example", database="d")
    add(built, admin, default, "api", "http", url="https://api.example")
    add(built, admin, default, "out", "file", path="out")
    built.context.blobs.put("files/one", [b"a\n1\n"])
    yield built
    built.close()


@pytest.fixture(scope="module")
def default(shared: Gateway) -> str:
    return shared.projects.id_of(Actor("", "system", is_admin=True), "default")


def add(gateway: Gateway, admin: Actor, project: str, name: str, kind: str, **config: object) -> None:
    gateway.connections.create(admin, project, ConnectionDraft(name=name, kind=kind, config=config))


def done(gateway: Gateway, project: str, source: object, load: object, **more: object) -> TaskSpec:
    with gateway.context.database.read() as session:
        spec = {"name": "t", "source": source, "load": load}
        return resolve(session, gateway.context, project, spec, **more)  # type: ignore[arg-type]


def test_names_become_addresses_with_their_secrets(gateway: Gateway, admin: Actor, project: str) -> None:
    add(gateway, admin, project, "lake", "mysql", host="db.example", database="d", user="u", password="p/w")
    add(gateway, admin, project, "api", "http", url="https://api.example/v1",
        auth={"type": "bearer", "token": "tok-1"}, headers={"X-Api-Key": "k-1"})  # fmt: skip
    task = done(
        gateway, project,
        {"connection": "api", "request": {"path": "/orders", "headers": {"Accept": "x"}}, "records": "$.data[*]"},
        {"connection": "lake", "table": "orders"},
    )  # fmt: skip
    assert task.load.to == "mysql://u:p%2Fw@db.example/d"
    assert task.source.kind == "http"
    assert task.source.url == "https://api.example/v1"
    assert task.source.auth.token.get_secret_value() == "tok-1"
    assert task.source.request.headers == {"X-Api-Key": "k-1", "Accept": "x"}
    assert task.source.request.path == "/orders"


def test_a_task_without_a_destination_uses_the_active_one(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    source = {"kind": "file", "path": "a.csv"}
    with pytest.raises(DefinitionError, match="no active one") as raised:
        done(gateway, project, source, {"table": "t"})
    assert raised.value.path == ("load", "connection")
    add(gateway, admin, project, "embedded", "sqlite", path="shop.db")
    gateway.connections.activate(admin, project, "embedded")
    task = done(gateway, project, source, {"table": "t"})
    assert task.load.to == f"sqlite:///{gateway.context.settings.home / 'shop.db'}"
    assert task.source.path == str(gateway.context.settings.home / "a.csv")


@pytest.mark.parametrize(
    ("source", "load", "path", "words"),
    [
        ({"connection": "lak", "query": "SELECT 1"}, {"to": "a.csv", "table": "t"}, ("source", "connection"), "no connection 'lak'.*Did you mean 'lake'"),
        ({"connection": "out"}, {"to": "a.csv", "table": "t"}, ("source", "connection"), "only be loaded into"),
        ({"connection": "lake", "kind": "http"}, {"to": "a.csv", "table": "t"}, ("source", "connection"), "kind 'sql'"),
        ({"connection": "api", "url": "https://evil.example"}, {"to": "a.csv", "table": "t"}, ("source", "url"), "comes from the connection"),
        ({"connection": "api", "request": {"url": "https://evil.example"}}, {"to": "a.csv", "table": "t"}, ("source", "request", "url"), "comes from the connection"),
        ({"path": "a.csv"}, {"connection": "api", "table": "t"}, ("load", "connection"), "only be read"),
        ({"path": "a.csv"}, {"connection": "lake", "to": "a.csv", "table": "t"}, ("load", "to"), "give one"),
        ({"file": "nothing.csv"}, {"to": "a.csv", "table": "t"}, ("source", "file"), "no uploaded file"),
        ({"path": "${HOME}/a.csv"}, {"to": "a.csv", "table": "t"}, ("source", "path"), "'HOME' cannot be read here"),
        ({"connection": "lake"}, {"to": "a.csv", "table": "t"}, ("source",), "query"),
        ({"path": "a.csv"}, {"to": "a.csv", "table": "t", "keep_parquet": "/etc/x.parquet"}, (), "not in a folder"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_its_path(
    shared: Gateway, default: str, source: object, load: object, path: object, words: str
) -> None:
    with pytest.raises(DefinitionError) as raised:
        done(shared, default, source, load)
    assert raised.value.path == path
    assert raised.match(words)


def test_inline_secrets_are_opened_for_their_own_task_only(gateway: Gateway, project: str) -> None:
    spec = {"source": {"url": "https://x.example", "auth": {"type": "bearer", "token": "tok-9"}}}
    kept = sealed(spec, gateway.context.box(), sealed_place("task-1"))
    load = {"to": "a.csv", "table": "t"}
    task = done(gateway, project, kept["source"], load, task_id="task-1")
    assert task.source.auth.token.get_secret_value() == "tok-9"
    with pytest.raises(DefinitionError, match="belongs to another place"):
        done(gateway, project, kept["source"], load, task_id="task-2")


def test_only_variables_that_are_set_aside_are_read(
    gateway: Gateway, admin: Actor, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTAKEGATEWAY_VAR_WORD", "from-environment")
    add(gateway, admin, project, "lake", "mysql", host="db.example", database="d", user="u",
        password="${INTAKEGATEWAY_VAR_WORD}")  # fmt: skip
    view = gateway.connections.get(admin, project, "lake")
    assert view.config["password"] == "${INTAKEGATEWAY_VAR_WORD}", "a reference is no secret"
    task = done(gateway, project, {"path": "a.csv"}, {"connection": "lake", "table": "t"})
    assert task.load.to == "mysql://u:from-environment@db.example/d"
    add(gateway, admin, project, "bad", "mysql", host="${SECRET_HOST}", database="d")
    with pytest.raises(DefinitionError, match="'bad': the variable 'SECRET_HOST' cannot be read"):
        done(gateway, project, {"path": "a.csv"}, {"connection": "bad", "table": "t"})


def upload(gateway: Gateway, project: str, name: str, content: bytes) -> str:
    gateway.context.blobs.put("files/one", [content])
    with gateway.context.database.write() as session:
        file = File(project_id=project, name=name, status="ready", blob="files/one", size=len(content))
        session.add(file)
        session.flush()
        return file.id


def test_an_uploaded_file_is_loaded_by_name_and_its_neighbours_are_not(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    upload(gateway, project, "orders.csv", b"id,name\n1,a\n2,b\n")
    gateway.context.blobs.put("files/two", [b"x\n1\n"])
    add(gateway, admin, project, "embedded", "sqlite", path="shop.db")
    spec = {"name": "t", "source": {"file": "orders.csv"}, "load": {"connection": "embedded", "table": "o"}}
    with runnable(gateway.context, project, spec) as task:
        result = run_task(task, RunRequest(), settings=gateway.context.settings)
        assert result.counts.inserted == 2
        neighbour = task.source.model_copy(update={"path": task.source.path.replace("one", "two")})
        with pytest.raises(DefinitionError, match="not in a folder"):
            preview(open_source(neighbour))
    assert current() is None
    with sqlite3.connect(gateway.context.settings.home / "shop.db") as shop:
        assert shop.execute("SELECT name FROM o ORDER BY id").fetchall() == [("a",), ("b",)]
    shop.close()


@pytest.mark.parametrize(
    "source",
    [
        {"path": "/etc/passwd", "format": "csv"},
        {"path": "{home}/secret.key", "format": "csv"},
        {"path": "{home}/*.key", "format": "csv"},
        {"path": "{home}/storage/files/one", "format": "csv"},
        {"path": "{home}/data/../secret.key", "format": "csv"},
        {"path": "-"},
        {"kind": "sql", "url": "sqlite:///{app}", "query": "SELECT * FROM users"},
        {"kind": "sql", "url": "sqlite:////etc/x.db", "query": "SELECT 1"},
        {"kind": "sql", "url": "duckdb:////etc/x.db", "query": "SELECT 1"},
        {"kind": "http", "url": "https://x.example", "ca": "/etc/hostname"},
        {"kind": "http", "url": "http://169.254.169.254/latest/meta-data", "retry": {"attempts": 1}},
        {"kind": "http", "url": "http://2130706433/", "retry": {"attempts": 1}},
        {"kind": "sql", "url": "postgresql://u@127.0.0.1/d", "query": "SELECT 1"},
        {"kind": "sql", "url": "postgresql://u@8.8.8.8/d?hostaddr=127.0.0.1", "query": "SELECT 1"},
        {"kind": "sql", "url": "postgresql://u@/d?host=/var/run", "query": "SELECT 1"},
        {"kind": "sql", "url": "postgresql://u@8.8.8.8/d?service=x", "query": "SELECT 1"},
        {"kind": "sql", "url": "postgresql://u@8.8.8.8/d?sslrootcert=/etc/passwd", "query": "SELECT 1"},
        {"kind": "sql", "url": "mysql://u@localhost/d", "query": "SELECT 1"},
        {"kind": "sql", "url": "mysql://u@8.8.8.8/d?unix_socket=/tmp/s", "query": "SELECT 1"},
    ],
)  # fmt: skip
def test_no_source_of_the_service_reaches_what_it_must_not(
    shared: Gateway, default: str, source: dict[str, str]
) -> None:
    home = shared.context.settings.home
    places = {"home": home, "app": home / "intakegateway.db"}
    given = {
        key: value.format(**places) if isinstance(value, str) else value for key, value in source.items()
    }
    spec = {"name": "t", "source": given, "load": {"to": "a.csv", "table": "t"}}
    with runnable(shared.context, default, spec) as task, pytest.raises(
        Exception, match="not in a folder|private or local|socket of this machine|may not be used|no such file|no file fits"
    ):  # fmt: skip
        preview(open_source(task.source))


@pytest.mark.parametrize(
    "to",
    [
        "/etc/out.csv",
        "sqlite:////etc/x.db",
        "duckdb:////etc/x.db",
        "{home}/logs/out.csv",
        "file:///etc/out.csv",
    ],
)
def test_no_destination_of_the_service_leaves_its_folders(shared: Gateway, default: str, to: str) -> None:
    from intakegateway.connectors.registry import open_destination

    to = to.format(home=shared.context.settings.home)
    spec = {"name": "t", "source": {"path": "a.csv"}, "load": {"to": to, "table": "t"}}
    with (
        runnable(shared.context, default, spec) as task,
        pytest.raises(DefinitionError, match="not in a folder"),
    ):
        open_destination(task.load.to or "")


def test_an_allowed_folder_is_open_to_tasks(settings: Settings, clock: ManualClock, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "a.csv").write_text("id\n1\n")
    (shared / "b.csv").symlink_to("/etc/hostname")
    gateway = build(replace(settings, allowed_folders=str(shared)), clock)
    project = gateway.projects.id_of(Actor("", "system", is_admin=True), "default")
    spec = {"name": "t", "source": {"path": f"{shared}/*.csv"}, "load": {"to": "a.csv", "table": "t"}}
    try:
        with (
            runnable(gateway.context, project, spec) as task,
            pytest.raises(DefinitionError, match="not in a folder"),
        ):
            preview(open_source(task.source))
        (shared / "b.csv").unlink()
        with runnable(gateway.context, project, spec) as task:
            assert preview(open_source(task.source)).frame.height == 1
    finally:
        gateway.close()


def test_what_holds_an_uploaded_file_lets_it_go(gateway: Gateway, project: str) -> None:
    file_id = upload(gateway, project, "a.csv", b"a\n1\n")
    with ExitStack() as held:
        task = done(gateway, project, {"file": file_id}, {"to": "x.csv", "table": "t"}, held=held)
        assert Path(task.source.path).read_bytes() == b"a\n1\n"
    assert done(gateway, project, {"file": file_id}, {"to": "x.csv", "table": "t"}).source.path == "a.csv"
