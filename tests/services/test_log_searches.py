"""Logs that are searched again: what has been written since is read, and nothing is missed or shown twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from intakegateway.bootstrap import Gateway
from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor
from intakegateway.model.views.runs import LogFilter
from intakegateway.services import logsearches
from intakegateway.store.tables.runs import Run, RunLog


@pytest.fixture
def run(gateway: Gateway, project: str) -> str:
    with gateway.context.database.write() as session:
        made = Run(project_id=project, task_name="orders", spec={}, load_id=uuid7(), status="SUCCESS")
        session.add(made)
        session.flush()
        return made.id


def say(gateway: Gateway, run: str, *messages: str, level: str = "info", ids: Sequence[int] = ()) -> None:
    with gateway.context.database.write() as session:
        for at, message in enumerate(messages):
            line = RunLog(run_id=run, level=level, event="said", message=message)
            if ids:
                line.id = ids[at]
            session.add(line)
            session.flush()


def found(gateway: Gateway, admin: Actor, run: str, wanted: LogFilter) -> list[str]:
    return [line.message for line in gateway.runs.logs(admin, run, wanted).items]


@contextmanager
def searches(gateway: Gateway) -> Iterator[list[object]]:
    """The values of the statements that look for a text."""
    asked: list[object] = []
    engine = gateway.context.database.engine

    def note(_c: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if "LIKE" in statement.upper():
            asked.append(values)

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_a_log_that_has_not_grown_is_not_looked_through_again(
    gateway: Gateway, admin: Actor, run: str
) -> None:
    say(gateway, run, "wheat", "chaff", "more wheat")
    wanted = LogFilter(search="WHEAT")
    assert found(gateway, admin, run, wanted) == ["wheat", "more wheat"]
    with searches(gateway) as asked:
        assert found(gateway, admin, run, wanted) == ["wheat", "more wheat"]
        assert asked == []
        say(gateway, run, "chaff", "last wheat")
        assert found(gateway, admin, run, wanted) == ["wheat", "more wheat", "last wheat"]
        assert len(asked) == 1


@pytest.mark.parametrize("newest", [False, True])
def test_as_much_as_is_wanted_is_shown_from_the_right_end(
    gateway: Gateway, admin: Actor, run: str, newest: bool
) -> None:
    wanted = LogFilter(search="wheat", limit=3, newest=newest)
    said: list[str] = []
    for number in range(6):
        said.append(f"wheat {number}")
        say(gateway, run, said[-1], "chaff")
        assert found(gateway, admin, run, wanted) == (said[-3:] if newest else said[:3])
    assert found(gateway, admin, run, wanted) == (said[-3:] if newest else said[:3])


def test_a_line_that_was_committed_late_is_not_missed(gateway: Gateway, admin: Actor, run: str) -> None:
    wanted = LogFilter(search="wheat")
    say(gateway, run, "wheat a", "wheat d", ids=(10, 40))
    assert found(gateway, admin, run, wanted) == ["wheat a", "wheat d"]
    # As where two processes write: numbers are given out first, and commits come later.
    say(gateway, run, "wheat b", "chaff", ids=(20, 30))
    assert found(gateway, admin, run, wanted) == ["wheat a", "wheat b", "wheat d"]


def test_only_lines_after_the_given_one_are_shown_however_often_it_is_asked(
    gateway: Gateway, admin: Actor, run: str
) -> None:
    say(gateway, run, "wheat a", "wheat b", ids=(10, 20))
    wanted = LogFilter(search="wheat", after=50)
    assert found(gateway, admin, run, wanted) == []
    say(gateway, run, "wheat c", "wheat d", ids=(30, 60))
    assert found(gateway, admin, run, wanted) == ["wheat d"]
    assert found(gateway, admin, run, wanted) == ["wheat d"]


def test_levels_are_searched_the_same_way(gateway: Gateway, admin: Actor, run: str) -> None:
    wanted = LogFilter(level="warning")
    for number in range(3):
        say(gateway, run, f"w{number}", level="warning")
        say(gateway, run, f"i{number}")
        assert found(gateway, admin, run, wanted) == [f"w{one}" for one in range(number + 1)]


def test_each_run_has_a_log_of_its_own(gateway: Gateway, admin: Actor, project: str, run: str) -> None:
    with gateway.context.database.write() as session:
        other = Run(project_id=project, task_name="orders", spec={}, load_id=uuid7())
        session.add(other)
    say(gateway, run, "wheat")
    wanted = LogFilter(search="wheat")
    assert [found(gateway, admin, one, wanted) for one in (run, other.id, run)] == [["wheat"], [], ["wheat"]]


def test_only_so_many_searches_are_remembered(
    gateway: Gateway, admin: Actor, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logsearches, "MOST", 3)
    say(gateway, run, "wheat")
    for number in range(10):
        found(gateway, admin, run, LogFilter(search=f"wheat {number}"))
    assert len(gateway.runs._searches._known) == 3


def test_a_search_that_finds_enough_at_once_in_a_long_log_is_made_again(
    gateway: Gateway, admin: Actor, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logsearches, "LONG", 2)
    say(gateway, run, "wheat a", "wheat b", "wheat c")
    wanted = LogFilter(search="wheat", limit=1)
    assert [found(gateway, admin, run, wanted) for _ in range(2)] == [["wheat a"], ["wheat a"]]
    assert not gateway.runs._searches._known
