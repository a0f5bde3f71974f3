"""What a gateway finds when it starts: databases of others, folders that it cannot use, another one at work."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from intakegateway.bootstrap import Gateway, build
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import SYSTEM, Actor
from intakegateway.model.errors import DefinitionError, UnavailableError
from intakegateway.model.views.runs import RunDraftView
from intakegateway.settings import Settings, SettingsError, read_settings
from intakegateway.store.database import open_database
from intakegateway.store.migrate import migrate
from pool import make_task, orders, spec_of

NEWER = "9999"


def tables_of(url: str) -> dict[str, set[str]]:
    database = open_database(url)
    look = inspect(database.engine)
    found = {name: {column["name"] for column in look.get_columns(name)} for name in look.get_table_names()}
    database.close()
    return found


def test_a_database_of_a_newer_version_is_refused_and_stays_as_it_is(
    gateway: Gateway, settings: Settings
) -> None:
    with gateway.context.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :n"), {"n": NEWER})
    before = tables_of(settings.database)
    with pytest.raises(DefinitionError, match=f"newer version of IntakeGateway.*'{NEWER}'") as caught:
        build(settings)
    assert "Start the newer program" in str(caught.value.hint)
    assert tables_of(settings.database) == before
    with gateway.context.database.read() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == NEWER


def test_a_database_that_another_program_uses_is_refused_and_stays_as_it_is(home: Path) -> None:
    home.mkdir()
    url = f"sqlite:///{home / 'intakegateway.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (name TEXT)"))
    engine.dispose()
    with pytest.raises(DefinitionError, match="a table 'users' already that IntakeGateway has not made"):
        build(read_settings())
    assert tables_of(url) == {"users": {"name"}}


def test_a_database_with_tables_under_other_names_is_taken(home: Path) -> None:
    home.mkdir()
    database = open_database(f"sqlite:///{home / 'intakegateway.db'}")
    with database.write() as session:
        session.execute(text("CREATE TABLE of_somebody (name TEXT)"))
    migrate(database)
    names = set(inspect(database.engine).get_table_names())
    database.close()
    assert names >= {"of_somebody", "users", "runs"}


def test_a_file_that_is_no_database_is_told_in_a_sentence(home: Path) -> None:
    home.mkdir()
    (home / "intakegateway.db").write_text("these are notes about databases, and no database\n" * 50)
    with pytest.raises(UnavailableError, match="file is not a database") as caught:
        build(read_settings())
    assert "Restore the backup" in str(caught.value.hint)


def test_a_data_folder_that_cannot_be_made_is_told_in_a_sentence(home: Path) -> None:
    home.write_text("a file stands in the way")
    settings = replace(Settings(home=home / "data"))
    with pytest.raises(
        SettingsError, match=f"INTAKEGATEWAY_HOME: the data folder '{home}/data' cannot be made"
    ):
        build(settings)


def test_a_data_folder_that_takes_no_file_is_told_in_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: object, **_more: object) -> int:
        raise OSError(30, "Read-only file system")

    home.mkdir()
    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(SettingsError, match="key file cannot be written: Read-only file system"):
        build(read_settings())


def test_a_database_that_cannot_be_opened_names_the_file_and_what_to_look_at(home: Path) -> None:
    (home / "intakegateway.db").mkdir(parents=True)
    with pytest.raises(UnavailableError, match="unable to open database file") as caught:
        build(read_settings())
    assert caught.value.where == f"sqlite:///{home / 'intakegateway.db'}"
    assert "who owns them" in str(caught.value.hint)


def test_two_gateways_on_one_database_share_the_queue_and_run_each_run_once(
    gateway: Gateway, settings: Settings, clock: ManualClock, admin: Actor, project: str, tmp_path: Path
) -> None:
    make_task(gateway, spec_of(orders(tmp_path / "a.csv", 10), f"sqlite:///{tmp_path / 'out.db'}"), "a")
    other = build(settings, clock)
    try:
        runs = [gateway.runs.start(admin, project, RunDraftView(task="a", wait=False)) for _ in range(4)]
        first, second = gateway.executor("first"), other.executor("second")
        done = [executor.next() for executor in (first, second, first, second, first, second)]
        assert done.count(True) == len(runs)
        assert {other.runs.get(SYSTEM, run.id).status for run in runs} == {"SUCCESS"}
        assert {other.runs.get(SYSTEM, run.id).attempt for run in runs} == {1}
        assert {other.runs.get(SYSTEM, run.id).worker for run in runs} == {"first", "second"}
    finally:
        other.close()
