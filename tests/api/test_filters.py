"""What lists are narrowed down by."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from intakegateway.bootstrap import Gateway
from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import SYSTEM
from intakegateway.store.tables.runs import Run
from intakegateway.store.tables.schedules import Schedule
from pool import make_task

AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def tasks(gateway: Gateway) -> dict[str, str]:
    """``never`` ran; ``broken`` failed after a success; ``mended`` the other way round; ``quick`` is under way."""
    made = {name: make_task(gateway, {"load": {"table": "t"}}, name) for name in _RUNS}
    project = gateway.projects.id_of(SYSTEM, "default")
    with gateway.context.database.write() as session:
        for name, runs in _RUNS.items():
            ids = sorted(uuid7() for _ in runs)
            for key, (status, seconds) in zip(ids, runs, strict=True):
                session.add(
                    Run(
                        id=key, project_id=project, task_id=made[name], task_name=name, spec={}, status=status,
                        load_id=key, duration_seconds=seconds, finished_at=AT if seconds else None,
                    )
                )  # fmt: skip
        for name, on, paused in (("never", True, None), ("broken", True, AT), ("mended", False, None)):
            session.add(
                Schedule(
                    project_id=project, task_id=made[name], cron="0 6 * * *", is_enabled=on, paused_at=paused
                )
            )
    return made


_RUNS: dict[str, list[tuple[str, float]]] = {
    "never": [],
    "broken": [("SUCCESS", 3.0), ("FAILED", 75.0)],
    "mended": [("FAILED", 10.0), ("SUCCESS", 9.999)],
    "quick": [("RUNNING", 0.0)],
}


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"state": "FAILED"}, ["broken"]),
        ({"state": ["SUCCESS", "RUNNING"]}, ["mended", "quick"]),
        ({"state": "NEVER"}, ["never"]),
        ({"state": ["NEVER", "FAILED"]}, ["broken", "never"]),
        ({"state": "CANCELLED"}, []),
        ({"schedule": "on"}, ["never"]),
        ({"schedule": "paused"}, ["broken"]),
        ({"schedule": "off"}, ["mended"]),
        ({"schedule": "none"}, ["quick"]),
        ({"schedule": "off", "state": "SUCCESS", "search": "end"}, ["mended"]),
        ({"schedule": "off", "state": "FAILED"}, []),
    ],
)
def test_tasks_are_found_by_their_last_run_and_by_their_schedule(
    client: TestClient, wanted: dict[str, str], names: list[str]
) -> None:
    page = client.get("/api/v1/tasks", params=wanted).json()
    assert ([one["name"] for one in page["items"]], page["total"]) == (names, len(names))


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(
    ("wanted", "seconds"),
    [
        ({"min_seconds": 10}, {10.0, 75.0}),
        ({"max_seconds": 10}, {3.0, 9.999}),
        ({"min_seconds": 3, "max_seconds": 75}, {3.0, 10.0, 9.999}),
        ({"min_seconds": 0}, {3.0, 10.0, 9.999, 75.0}),
        ({"min_seconds": 60, "status": "SUCCESS"}, set()),
    ],
)
def test_runs_that_have_ended_are_found_by_how_long_they_took(
    client: TestClient, wanted: dict[str, str], seconds: set[float]
) -> None:
    page = client.get("/api/v1/runs", params=wanted).json()
    assert {one["duration_seconds"] for one in page["items"]} == seconds
    assert page["total"] == len(seconds)


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize("database_url", ["embedded"], indirect=True)
def test_runs_are_found_by_duration_without_reading_them(client: TestClient, gateway: Gateway) -> None:
    engine = gateway.context.database.engine
    asked: list[tuple[str, object]] = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    client.get("/api/v1/runs", params={"min_seconds": 60, "max_seconds": 600})
    searches = [(text, given) for text, given in asked if "runs.duration_seconds <" in text]
    assert len(searches) == 2, "the page and the total"
    with engine.connect() as connection:
        for text, given in searches:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)  # type: ignore[arg-type]
            assert any("COVERING INDEX ix_runs_durations" in row[3] for row in plan)


@pytest.mark.parametrize(
    ("list_", "wanted", "path"),
    [
        ("tasks", {"state": "DONE"}, "state[0]"),
        ("tasks", {"schedule": "yes"}, "schedule"),
        ("runs", {"min_seconds": "-1"}, "min_seconds"),
        ("runs", {"max_seconds": "nan"}, "max_seconds"),
        ("runs", {"before": "yesterday"}, "before"),
        ("runs", {"schedule": "nightly"}, "schedule"),
        ("tasks", {"source_kind": "csv"}, "source_kind"),
        ("files", {"format": "xslx"}, "format"),
        ("connections", {"kind": "postgress"}, "kind"),
        ("deliveries", {"run": "the last one"}, "run"),
        ("audit", {"noun": "taks"}, "noun"),
        ("audit", {"action": "create"}, "action"),
        ("audit/export", {"noun": "taks"}, "noun"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_at_its_name(
    client: TestClient, list_: str, wanted: dict[str, str], path: str
) -> None:
    answer = client.get(f"/api/v1/{list_}", params=wanted)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)


def test_a_word_that_a_filter_does_not_know_is_answered_with_those_that_it_does(client: TestClient) -> None:
    for list_, wanted, known in (
        ("tasks", {"source_kind": "csv"}, "file, http, sql, push"),
        ("files", {"format": "xslx"}, "csv, tsv, txt, fixed"),
    ):
        answer = client.get(f"/api/v1/{list_}", params=wanted).json()
        assert known in answer["hint"]


def test_a_filter_that_is_left_empty_lets_everything_through(client: TestClient) -> None:
    for list_, name in (("tasks", "source_kind"), ("files", "format")):
        assert client.get(f"/api/v1/{list_}", params={name: ""}).status_code == 200


def test_what_a_deleted_run_or_schedule_left_behind_can_still_be_asked_for(client: TestClient) -> None:
    gone = uuid7()
    for list_, name in (("runs", "schedule"), ("runs", "before"), ("deliveries", "run")):
        answer = client.get(f"/api/v1/{list_}", params={name: gone.upper()})
        assert (answer.status_code, answer.json()["total"]) == (200, 0)
