"""Rows of lists: questions that were asked before find what is there now; models are what validation makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import TypeAdapter
from sqlalchemy import Select, event, select

from intakegateway.bootstrap import Gateway
from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor
from intakegateway.model.run import Status
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.runs import RunFilter, RunSummary
from intakegateway.model.views.schedules import ScheduleView
from intakegateway.model.views.tasks import TaskFilter, TaskSummary
from intakegateway.services.audit import record
from intakegateway.store import asked
from intakegateway.store.rows import listing
from intakegateway.store.tables.definitions import Project
from intakegateway.store.tables.people import AuditEntry
from intakegateway.store.tables.runs import Run

COUNTS = {"a": 1, "b": [1.5, None, "ü"], "c": {"d": 12345678901234567890123}}


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "_known", {})


@contextmanager
def made_statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Statements that are made inside of the block."""
    made: list[object] = []
    known, given = asked.rows, asked.rows

    def noting(session: Any, question: Any, make: Any) -> Any:
        def noted() -> Any:
            made.append(question)
            return make()

        return given(session, question, noted)

    monkeypatch.setattr(asked, "rows", noting)
    yield made
    monkeypatch.setattr(asked, "rows", known)


def define(gateway: Gateway, admin: Actor, project: str, name: str) -> str:
    given = {
        "name": name, "source": {"kind": "file", "file": "a.csv"}, "load": {"table": name},
        "schedule": {"cron": "0 6 * * 1-5", "timezone": "Europe/Berlin"},
    }  # fmt: skip
    return gateway.tasks.create(admin, project, given).id


def ran(gateway: Gateway, project: str, task: str, name: str, **values: Any) -> str:
    with gateway.context.database.write() as session:
        run = Run(
            project_id=project,
            task_id=task,
            task_name=name,
            spec={},
            load_id=uuid7(),
            phases=COUNTS,
            **values,
        )
        session.add(run)
        session.flush()
        return run.id


def test_a_question_that_was_asked_before_finds_what_is_there_now(
    gateway: Gateway, admin: Actor, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = define(gateway, admin, project, "orders")

    def shown() -> tuple[list[tuple[str, Status, float]], list[list[str]], list[str]]:
        runs = gateway.runs.find_all(admin, project, RunFilter(task="orders"), PageRequest())
        tasks = gateway.tasks.find_all(admin, project, TaskFilter(), PageRequest())
        schedules = gateway.schedules.find_all(admin, project, PageRequest())
        return (
            [(run.id, run.status, run.duration_seconds) for run in runs.items],
            [[run.id for run in one.recent] for one in tasks.items],
            [one.task_name for one in schedules.items],
        )

    assert shown() == ([], [[]], ["orders"])
    first = ran(gateway, project, task, "orders")
    with made_statements(monkeypatch) as made:
        assert shown() == ([(first, Status.PENDING, 0.0)], [[first]], ["orders"])
        with gateway.context.database.write() as session:
            run = session.get(Run, first)
            assert run is not None
            run.status, run.duration_seconds = "SUCCESS", 1.5
        second = ran(gateway, project, task, "orders")
        listed = [(second, Status.PENDING, 0.0), (first, Status.SUCCESS, 1.5)]
        assert shown() == (listed, [[second, first]], ["orders"])
    assert made == []


def test_each_value_is_the_same_the_first_time_and_later(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    with gateway.context.database.write() as session:
        for before, after in ((COUNTS, None), (None, {"x": []})):
            record(session, admin, "tested", "thing", project_id=project, before=before, after=after)

    def read() -> list[tuple[Any, ...]]:
        def make() -> Select[Any]:
            what: Select[Any] = select(
                AuditEntry.before, AuditEntry.after, AuditEntry.at, AuditEntry.id, AuditEntry.project_id
            )
            return what.where(AuditEntry.noun == "thing").order_by(AuditEntry.id)

        with gateway.context.database.read() as session:
            return [tuple(row) for row in asked.rows(session, "things", make)]

    first = read()
    assert [row[:2] for row in first] == [(COUNTS, None), (None, {"x": []})]
    assert all(row[2].utcoffset().total_seconds() == 0 for row in first)
    assert read() == first
    assert [[type(value) for value in row] for row in read()] == [
        [type(value) for value in row] for row in first
    ]


def test_models_are_those_that_validation_makes(gateway: Gateway, admin: Actor, project: str) -> None:
    for name in ("orders", "items"):
        task = define(gateway, admin, project, name)
        for number in range(3):
            ran(gateway, project, task, name, status="FAILED", is_retry=True, rejected_records=number)
    pages = (
        (RunSummary, gateway.runs.find_all(admin, project, RunFilter(), PageRequest())),
        (TaskSummary, gateway.tasks.find_all(admin, project, TaskFilter(), PageRequest())),
        (ScheduleView, gateway.schedules.find_all(admin, project, PageRequest())),
    )
    for model, page in pages:
        assert len(page.items) == page.total > 1
        plain = [one.model_dump() for one in page.items]
        validated: list[Any] = TypeAdapter(list[model]).validate_python(plain)  # type: ignore[valid-type]
        assert page.items == validated
        assert [one.model_dump_json() for one in page.items] == [one.model_dump_json() for one in validated]
        assert [type(value) for one in page.items for value in vars(one).values()] == [
            type(value) for one in validated for value in vars(one).values()
        ]


def test_a_model_of_a_row_is_a_whole_model(gateway: Gateway, admin: Actor, project: str) -> None:
    ran(gateway, project, define(gateway, admin, project, "orders"), "orders")
    run = gateway.runs.find_all(admin, project, RunFilter(), PageRequest()).items[0]
    assert run.model_copy(update={"phase": "reading"}).phase == "reading"
    assert run.model_fields_set == set(RunSummary.model_fields)
    assert hash(run) == hash(run.model_copy())
    with pytest.raises(ValueError, match="frozen"):
        run.phase = "writing"


def test_only_so_many_questions_are_remembered(
    gateway: Gateway, admin: Actor, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "MOST", 5)
    for number in range(20):
        gateway.runs.find_all(admin, project, RunFilter(search=f"s{number}"), PageRequest())
    assert len(asked._known) == 5


def test_a_listing_reads_the_columns_that_are_shown_and_no_others(gateway: Gateway) -> None:
    read: list[str] = []
    engine = gateway.context.database.engine

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        read.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    with gateway.context.database.read() as session:
        listing(Run, RunSummary).shown(session, "all", lambda query: query)
    event.remove(engine, "before_cursor_execute", note)
    assert [one for one in read if "runs.bytes_read" in one]
    assert not [one for one in read if "runs.spec" in one or "runs.plan" in one]


def test_a_page_of_one_project_is_not_that_of_another(gateway: Gateway, admin: Actor, project: str) -> None:
    with gateway.context.database.write() as session:
        other = Project(name="other")
        session.add(other)
        session.flush()
    define(gateway, admin, project, "orders")
    totals = [
        gateway.tasks.find_all(admin, one, TaskFilter(), PageRequest()).total
        for one in (project, other.id, project, other.id)
    ]
    assert totals == [1, 0, 1, 0]
