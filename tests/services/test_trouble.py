"""What happens when the disk, the database, the key, the network fails: in earnest, not in a mock."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text

from intakegateway.api.hub import Hub
from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.kit.secretbox import new_key
from intakegateway.model.actor import SYSTEM, Actor
from intakegateway.model.errors import DefinitionError, UnavailableError
from intakegateway.model.run import Status
from intakegateway.model.views.connections import ConnectionChange, ConnectionClone, ConnectionDraft
from intakegateway.model.views.runs import RetryDraft, RunDraftView, RunView
from intakegateway.services.claims import claim
from intakegateway.services.runlog import Reporter
from intakegateway.services.sweeping import Sweeper
from intakegateway.settings import Settings
from intakegateway.store.blobs import StorageError
from intakegateway.store.database import open_database
from intakegateway.store.tables.definitions import Project
from intakegateway.store.tables.runs import RunLog
from pool import make_task, orders, spec_of, until
from servers import free_port
from trouble import Network, end_connections, held, no_room

MIB = 1 << 20
ROOM = MIB // 2
"""More than the gateway's own database needs, and less than what the tests write."""
ROWS = 100_000
on_server = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
embedded = pytest.mark.parametrize("database_url", ["embedded"], indirect=True)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, database_wait_seconds=1, allowed_folders=f"{tmp_path}:/dev")


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def noise(path: Path, rows: int) -> Path:
    """Rows that no compression makes small."""
    with path.open("w") as file:
        file.write("id,name,qty\n")
        file.writelines(f"{n},{sha256(b'%d' % n).hexdigest()},1\n" for n in range(rows))
    return path


# A full disk


def test_an_upload_that_finds_no_room_is_refused_and_leaves_nothing(
    gateway: Gateway, admin: Actor, project: str, home: Path
) -> None:
    content = [b"id,name\n", *(b"1,x\n" * (MIB // 4) for _ in range(6))]
    with no_room(4 * MIB + 100), pytest.raises(StorageError, match="cannot take this file"):
        gateway.files.receive(admin, project, "big.csv", content)
    assert files_in(home / "uploads") == []
    assert files_in(home / "storage") == []
    kept = gateway.files.receive(admin, project, "big.csv", content)
    assert kept.size == sum(map(len, content)) == gateway.context.blobs.size(f"files/{kept.id}")


def test_an_upload_whose_last_piece_fits_only_in_part_is_refused_too(
    gateway: Gateway, admin: Actor, project: str, home: Path
) -> None:
    with no_room(MIB // 2), pytest.raises(StorageError):
        gateway.files.receive(admin, project, "a.csv", [b"id\n" + b"1\n" * (MIB // 3)])
    assert files_in(home / "uploads") == []


def test_a_file_that_the_store_cannot_note_does_not_stay_in_the_storage(
    gateway: Gateway, admin: Actor, project: str, home: Path, database_url: str
) -> None:
    with held(database_url, "files"), pytest.raises(UnavailableError):
        gateway.files.receive(admin, project, "a.csv", [b"id\n1\n"])
    assert files_in(home / "storage") == []
    assert files_in(home / "uploads") == []


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.jsonl"])
def test_a_run_into_a_file_that_finds_no_room_fails_in_a_sentence(
    gateway: Gateway, project: str, tmp_path: Path, name: str
) -> None:
    target, rows = tmp_path / name, 50_000
    make_task(gateway, spec_of(noise(tmp_path / "a.csv", rows), str(target)), "a")
    with no_room(ROOM):
        run = gateway.runs.start(SYSTEM, project, RunDraftView(task="a"))
    assert (run.status, run.inserted_records) == (Status.FAILED, 0)
    assert run.error is not None
    assert run.error.code == "destination", run.error
    assert "cannot be written" in run.error.message
    assert not target.exists()
    left = [path for path in tmp_path.iterdir() if name in path.name]
    assert sum(path.stat().st_size for path in left) < 1000, left
    again = gateway.runs.retry(SYSTEM, run.id, RetryDraft(wait=True))
    assert (again.status, again.inserted_records) == (Status.SUCCESS, rows)


def test_a_run_whose_own_files_find_no_room_fails_and_loads_nothing(
    gateway: Gateway, project: str, tmp_path: Path
) -> None:
    spec = spec_of(noise(tmp_path / "a.csv", 40_000), f"sqlite:///{tmp_path / 'a.db'}")
    make_task(gateway, {**spec, "rules": [{"expression": "qty < 0"}]}, "a")
    with no_room(ROOM):
        run = gateway.runs.start(SYSTEM, project, RunDraftView(task="a"))
    assert run.status == Status.FAILED
    assert run.error is not None
    assert "File too large" in run.error.message
    assert "unexpected" not in run.error.message
    again = gateway.runs.retry(SYSTEM, run.id, RetryDraft(wait=True))
    assert again.rejected_records == 40_000


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_run_into_an_embedded_database_that_finds_no_room_fails_in_a_sentence(
    gateway: Gateway, project: str, tmp_path: Path, kind: str
) -> None:
    make_task(gateway, spec_of(noise(tmp_path / "a.csv", 50_000), f"{kind}:///{tmp_path / 'shop.db'}"), "a")
    with no_room(ROOM):
        run = gateway.runs.start(SYSTEM, project, RunDraftView(task="a"))
    assert run.status == Status.FAILED
    assert run.error is not None
    assert re.search("disk|File too large|IO Error", run.error.message), run.error
    assert "unexpected" not in run.error.message
    again = gateway.runs.retry(SYSTEM, run.id, RetryDraft(wait=True))
    assert (again.status, again.inserted_records) == (Status.SUCCESS, 50_000)


def test_rows_are_loaded_although_a_file_beside_them_finds_no_room(
    gateway: Gateway, project: str, tmp_path: Path
) -> None:
    kept = tmp_path / "clean.parquet"
    kept.symlink_to("/dev/full")
    to = f"sqlite:///{tmp_path / 'a.db'}"
    make_task(gateway, spec_of(orders(tmp_path / "a.csv", 10), to, keep_parquet=str(kept)), "a")
    run = gateway.runs.start(SYSTEM, project, RunDraftView(task="a"))
    assert (run.status, run.inserted_records) == (Status.SUCCESS, 10)
    assert any("could not be written: No space left on device" in one for one in run.warnings), run.warnings


@embedded
def test_a_store_without_room_says_so_and_works_when_there_is_room(gateway: Gateway, admin: Actor) -> None:
    database = gateway.context.database

    def limit(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(database.engine, "connect", limit)
    database.engine.dispose()

    def add() -> None:
        with database.write() as session:
            session.add_all(Project(name=f"p{n}", title="t", description="x" * 50_000) for n in range(50))

    with pytest.raises(UnavailableError, match="disk is full") as caught:
        add()
    assert "Make room" in (caught.value.hint or "")
    event.remove(database.engine, "connect", limit)
    database.engine.dispose()
    add()


# A database that is locked, or whose connections are ended


def test_a_store_that_is_held_by_somebody_else_says_so_and_works_afterwards(
    gateway: Gateway, database_url: str
) -> None:
    def add() -> None:
        with gateway.context.database.write() as session:
            session.add(Project(name="p", title="t"))

    with held(database_url, "projects"), pytest.raises(UnavailableError, match=r"lock") as caught:
        add()
    assert "look for what holds it" in (caught.value.hint or "")
    add()


@on_server
def test_options_of_the_database_address_are_kept(database_url: str) -> None:
    database = open_database(f"{database_url}?options=-c%20work_mem%3D7MB", 3)
    with database.read() as session:
        shown = [session.scalar(text(f"SHOW {name}")) for name in ("work_mem", "lock_timeout")]
    database.close()
    assert shown == ["7MB", "3s"]


@on_server
def test_connections_that_the_server_ended_are_made_anew(
    gateway: Gateway, admin: Actor, project: str, database_url: str, tmp_path: Path
) -> None:
    gateway.projects.get(admin, "default")
    assert end_connections(database_url) >= 1
    assert gateway.projects.get(admin, "default").id == project
    make_task(gateway, spec_of(orders(tmp_path / "a.csv", 10), f"sqlite:///{tmp_path / 'a.db'}"), "a")
    waiting = gateway.runs.start(SYSTEM, project, RunDraftView(task="a", wait=False))
    end_connections(database_url)
    assert gateway.executor("tests").next()
    assert gateway.runs.get(admin, waiting.id).status == Status.SUCCESS


@on_server
def test_a_transaction_whose_connection_is_ended_is_undone_and_says_so(
    gateway: Gateway, admin: Actor, database_url: str
) -> None:
    database = gateway.context.database
    with pytest.raises(UnavailableError, match="does not answer"), database.write() as session:
        session.add(Project(name="p", title="t"))
        session.flush()
        end_connections(database_url)
        session.execute(text("SELECT 1"))
    with database.read() as session:
        assert session.query(Project).filter_by(name="p").count() == 0


@on_server
def test_a_run_goes_on_reporting_after_its_connections_were_ended(
    gateway: Gateway, project: str, database_url: str, tmp_path: Path
) -> None:
    make_task(gateway, spec_of(orders(tmp_path / "a.csv", 10), f"sqlite:///{tmp_path / 'a.db'}"), "a")
    gateway.runs.start(SYSTEM, project, RunDraftView(task="a", wait=False))
    taken = claim(gateway.context, "tests")
    assert taken is not None
    reporter = Reporter(gateway.context, taken)

    def noted(word: str) -> bool:
        with gateway.context.database.read() as session:
            return session.query(RunLog).filter_by(run_id=taken.run_id, event=word).count() == 1

    reporter.start()
    try:
        for word in ("before", "after"):
            reporter.line("info", word)
            until(f"'{word}' is in the log", lambda word=word: noted(word))
            end_connections(database_url)
        Sweeper(gateway.context).sweep("tests")
        assert not reporter.lost.is_set()
    finally:
        reporter.end()


@on_server
def test_who_watches_hears_on_after_the_connections_were_ended(
    gateway: Gateway, project: str, database_url: str, tmp_path: Path
) -> None:
    make_task(gateway, spec_of(orders(tmp_path / "a.csv", 10), f"sqlite:///{tmp_path / 'a.db'}"), "a")

    async def heard() -> list[str | None]:
        hub, found = Hub(gateway.context), []
        listening = await hub.subscribe(None)
        for _ in range(2):
            end_connections(database_url)
            draft = RunDraftView(task="a", wait=False)
            run = await asyncio.to_thread(gateway.runs.start, SYSTEM, project, draft)
            while not found or found[-1] != run.id:
                found += [one.run_id for one in await listening.take(30)]
        hub.close()
        await asyncio.to_thread(hub.join)
        return found

    assert len(set(asyncio.run(heard()))) == 2


# A key that is not the right one


def test_with_another_key_secrets_stay_and_what_needs_them_says_which_key_is_missing(
    gateway: Gateway, admin: Actor, project: str, home: Path, tmp_path: Path
) -> None:
    config = {"host": "127.0.0.1", "port": free_port(), "database": "d", "user": "u", "password": "pw-1"}
    draft = ConnectionDraft(name="shop", kind="postgresql", config=config)
    made = gateway.connections.create(admin, project, draft)
    spec = spec_of(orders(tmp_path / "a.csv", 10), "")
    spec["load"] = {"connection": "shop", "table": "t"}
    make_task(gateway, spec, "a")

    def started() -> RunView:
        return gateway.runs.start(admin, project, RunDraftView(task="a", wait=True))

    first = started().error
    assert first is not None
    assert first.code == "unavailable", "nobody listens there, but the password was read"
    right = (home / "secret.key").read_text()
    missing = gateway.context.box().seal("x", "y").split(".")[1]
    (home / "secret.key").write_text(new_key() + "\n")
    said = f"sealed with the key {missing}, which is not in secret.key of the data folder"
    failed = started()
    assert failed.error is not None
    assert said in failed.error.message
    with pytest.raises(DefinitionError, match=said):
        gateway.connections.clone(admin, project, "shop", ConnectionClone(name="copy"))
    shown = gateway.connections.get(admin, project, "shop")
    assert (shown.config["host"], shown.secrets) == ("127.0.0.1", ["password"])
    changed = {key: value for key, value in config.items() if key != "password"}
    gateway.connections.change(admin, project, made.id, ConnectionChange(config=changed))
    (home / "secret.key").write_text(right)
    again = started().error
    assert again is not None
    assert again.code == "unavailable"
    gateway.connections.clone(admin, project, "shop", ConnectionClone(name="copy"))


# A network that is lost


@pytest.fixture
def network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a network in front of a fresh PostgreSQL database."""
    monkeypatch.setattr("intakegateway.engine.load.PAUSE", 0.01)
    url, made = request.getfixturevalue("postgresql_url"), list[Network]()

    def make(**how: int) -> tuple[Network, str]:
        made.append(Network(url, **how))
        return made[-1], url

    yield make
    for one in made:
        one.close()


def rows_and_loads(url: str) -> tuple[int, int, list[dict[str, int]]]:
    with psycopg.connect(url) as session:
        rows = session.execute("SELECT count(*), count(DISTINCT id) FROM orders").fetchone()
        loads = session.execute(
            "SELECT counts FROM _intakegateway_loads WHERE committed_at IS NOT NULL"
        ).fetchall()
    assert rows is not None
    return rows[0], rows[1], [json.loads(one[0]) for one in loads]


@pytest.mark.postgresql
def test_a_load_whose_network_is_cut_is_tried_again_later_and_loads_every_row_once(
    gateway: Gateway, admin: Actor, project: str, clock: ManualClock, tmp_path: Path, network: Any
) -> None:
    cable, url = network(cut_after=MIB)
    make_task(gateway, spec_of(orders(tmp_path / "a.csv", ROWS), cable.url), "a")
    run = gateway.runs.start(admin, project, RunDraftView(task="a", wait=False, max_attempts=3))
    executor = gateway.executor("tests")
    assert executor.next()
    assert cable.cuts == 1, "in the middle of the rows"
    waiting = gateway.runs.get(admin, run.id)
    assert (waiting.status, waiting.error.code if waiting.error else "") == ("PENDING", "unavailable")
    assert not executor.next(), "not before its time"
    clock.time += 600
    cable.mend()
    assert executor.next()
    done = gateway.runs.get(admin, run.id)
    assert (done.status, done.attempt, done.inserted_records) == ("SUCCESS", 2, ROWS)
    assert done.error is None
    rows, ids, loads = rows_and_loads(url)
    assert (rows, ids) == (ROWS, ROWS)
    assert [(one["read"], one["inserted"]) for one in loads] == [(ROWS, ROWS)]


@pytest.mark.postgresql
def test_a_load_whose_network_stays_away_fails_after_as_many_attempts_as_were_given(
    gateway: Gateway, admin: Actor, project: str, clock: ManualClock, tmp_path: Path, network: Any
) -> None:
    cable, url = network(cut_after=MIB)
    make_task(gateway, spec_of(orders(tmp_path / "a.csv", ROWS), cable.url), "a")
    run = gateway.runs.start(admin, project, RunDraftView(task="a", wait=False, max_attempts=2))
    executor = gateway.executor("tests")
    for _ in range(2):
        assert executor.next()
        clock.time += 600
    failed = gateway.runs.get(admin, run.id)
    assert (failed.status, failed.attempt) == ("FAILED", 2)
    assert failed.error is not None
    assert failed.error.code == "unavailable"
    cable.mend()
    again = gateway.runs.retry(admin, run.id, RetryDraft(wait=True))
    assert (again.status, again.inserted_records) == ("SUCCESS", ROWS)
    assert rows_and_loads(url)[:2] == (ROWS, ROWS)


@pytest.mark.postgresql
def test_a_commit_whose_answer_is_lost_is_not_made_twice(
    gateway: Gateway, admin: Actor, project: str, tmp_path: Path, network: Any
) -> None:
    cable, url = network(lose_commit=MIB)
    make_task(gateway, spec_of(orders(tmp_path / "a.csv", ROWS), cable.url), "a")
    run = gateway.runs.start(admin, project, RunDraftView(task="a", wait=True))
    assert cable.cuts == 1
    assert (run.status, run.inserted_records) == ("SUCCESS", ROWS)
    rows, ids, loads = rows_and_loads(url)
    assert (rows, ids, len(loads)) == (ROWS, ROWS, 1)
