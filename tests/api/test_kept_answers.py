"""Lists that are asked for again while nothing has changed: given again, and never when something has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi import Response
from fastapi.testclient import TestClient
from sqlalchemy import event

from intakegateway.api import kept_answers
from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.services.audit import record
from intakegateway.store.database import open_database
from intakegateway.store.standing import Standing
from service_fixtures import make_actor

LISTS = (
    "/api/v1/runs", "/api/v1/tasks", "/api/v1/schedules", "/api/v1/deliveries", "/api/v1/audit",
    "/api/v1/files", "/api/v1/connections",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _for_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nothing here is right because time went by."""
    monkeypatch.setattr(kept_answers, "FRESH", 3600.0)
    monkeypatch.setattr(kept_answers, "LONGEST", 3600.0)


@contextmanager
def statements(gateway: Gateway) -> Iterator[list[str]]:
    """What the store is asked inside of the block."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(gateway.context.database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(gateway.context.database.engine, "before_cursor_execute", note)


def connection(name: str) -> dict[str, object]:
    return {"name": name, "kind": "sqlite", "config": {"path": "/tmp/x.db"}}


@pytest.mark.parametrize("path", LISTS)
def test_the_same_question_is_answered_without_reading_again(
    client: TestClient, gateway: Gateway, path: str
) -> None:
    # The first request notes that its token was used.
    client.get(path)
    first = client.get(path)
    with statements(gateway) as asked:
        second = client.get(path)
    assert first.status_code == 200
    assert (second.content, second.headers["content-type"]) == (first.content, first.headers["content-type"])
    # Where a server has other databases too, what happens there may have been in between.
    assert gateway.context.database.is_shared or not asked


def test_what_somebody_else_has_written_is_there_at_once(
    client: TestClient, gateway: Gateway, admin: Actor
) -> None:
    # As another process does: nothing in this one knows of it.
    url = gateway.context.settings.database_url
    other = open_database(url)
    for number in range(5):
        before = client.get("/api/v1/audit").json()["total"]
        with other.write() as session:
            record(session, admin, "tested", "thing", name=f"n{number}")
        assert client.get("/api/v1/audit").json()["total"] == before + 1
    other.close()


def test_what_this_process_has_written_is_there_at_once(client: TestClient) -> None:
    for number in range(3):
        assert client.post("/api/v1/connections", json=connection(f"c{number}")).status_code == 201
        assert client.get("/api/v1/connections").json()["total"] == number + 1


def test_somebody_else_gets_an_answer_of_their_own(api: TestClient, gateway: Gateway) -> None:
    ann = make_actor(gateway, "ann@example.org", admin=True)
    bob = make_actor(gateway, "bob@example.org", Role.VIEWER)
    tokens = {one.name: gateway.tokens.issue(one, "tests")[1] for one in (ann, bob)}

    def ask(actor: Actor) -> int:
        return api.get("/api/v1/audit", headers={"Authorization": f"Bearer {tokens[actor.name]}"}).status_code

    assert [ask(ann), ask(bob), ask(ann), ask(bob)] == [200, 403, 200, 403]


def test_two_actors_see_the_same_only_with_the_same_rights(gateway: Gateway) -> None:
    ann = make_actor(gateway, "ann@example.org", Role.EDITOR)
    assert ann.sight == replace(ann, ip="10.0.0.1", token_id="t").sight
    others = (
        replace(ann, user_id="x"), replace(ann, is_admin=True), replace(ann, limit=Role.VIEWER),
        replace(ann, only_project="p"), replace(ann, roles={}),
    )  # fmt: skip
    assert ann.sight not in {one.sight for one in others}


def test_a_project_named_by_a_header_is_part_of_the_question(client: TestClient) -> None:
    client.post("/api/v1/projects", json={"name": "other", "title": "Other"})
    client.post("/api/v1/connections", json=connection("here"))
    totals = [
        client.get("/api/v1/connections", headers={"X-Project": name}).json()["total"]
        for name in ("default", "other", "default", "other")
    ]
    assert totals == [1, 0, 1, 0]


def test_refusals_are_not_kept(client: TestClient) -> None:
    missing = client.get("/api/v1/runs/none")
    assert (missing.status_code, client.get("/api/v1/runs/none").status_code) == (404, 404)
    wrong = client.get("/api/v1/runs", params={"limit": 0})
    assert wrong.status_code == 422
    assert [one["path"] for one in wrong.json()["errors"]] == ["limit"]


def test_only_so_many_bytes_are_kept(monkeypatch: pytest.MonkeyPatch, client: TestClient) -> None:
    monkeypatch.setattr(kept_answers, "MOST_BYTES", 200)
    kept = client.app.state.kept_answers  # type: ignore[attr-defined]
    for number in range(20):
        assert client.get("/api/v1/runs", params={"search": f"s{number}"}).status_code == 200
    assert kept._bytes == sum(len(one.body) for one in kept._kept.values()) <= 200
    assert kept._kept


def test_a_broken_connection_is_told_by_none_and_made_again(gateway: Gateway) -> None:
    standing = gateway.context.database.standing
    first = standing.now()
    assert first is not None
    assert gateway.context.database.is_shared or first == standing.now()
    standing._connection.dbapi_connection.close()
    assert standing.now() is None
    again = standing.now()
    assert again is not None
    assert again != first


def test_who_would_have_to_wait_reads_without_being_told(
    client: TestClient, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakegateway.store.standing.PATIENCE", 0.0)
    client.get("/api/v1/connections")
    standing = gateway.context.database.standing
    with standing._lock:  # as while a server does not answer
        assert standing.now() is None
        with statements(gateway) as asked:
            assert client.get("/api/v1/connections").status_code == 200
    assert [one for one in asked if "FROM connections" in one]


class _Told:
    """A standing that never changes, and tells when it was asked."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)

    def now(self) -> tuple[int, str]:
        self.asked.release()
        return 1, "the same"


def test_one_reading_serves_all_who_ask_while_it_is_made() -> None:
    told = _Told()
    kept = kept_answers.KeptAnswers(cast("Standing", told))
    found: list[bytes] = []

    def never() -> Response:
        raise AssertionError("read again")

    def ask() -> None:
        found.append(kept.body("q", never))

    others = [threading.Thread(target=ask) for _ in range(5)]

    def make() -> Response:
        for other in others:
            other.start()
        for _ in range(len(others) + 1):
            assert told.asked.acquire(timeout=60)
        return Response(b"made once")

    assert kept.body("q", make) == b"made once"
    for other in others:
        other.join()
    assert found == [b"made once"] * len(others)


def test_what_went_wrong_for_one_is_read_again_by_who_waited() -> None:
    told = _Told()
    kept = kept_answers.KeptAnswers(cast("Standing", told))
    found: list[bytes] = []
    other = threading.Thread(target=lambda: found.append(kept.body("q", lambda: Response(b"went well"))))

    def broken() -> Response:
        other.start()
        for _ in range(2):
            assert told.asked.acquire(timeout=60)
        raise LookupError("not today")

    with pytest.raises(LookupError, match="not today"):
        kept.body("q", broken)
    other.join()
    assert found == [b"went well"]


def test_an_answer_that_is_always_the_same_is_kept_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now, read = [0.0], list[float]()
    monkeypatch.setattr(kept_answers, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(kept_answers, "FRESH", 5.0)
    monkeypatch.setattr(kept_answers, "LONGEST", 15.0)
    kept = kept_answers.KeptAnswers(cast("Standing", _Told()))
    text = [b"same"]

    def make() -> Response:
        read.append(now[0])
        return Response(text[0])

    for second in range(60):
        now[0] = float(second)
        text[0] = b"other" if second >= 31 else b"same"
        assert kept.body("q", make) in (b"same", b"other")
    assert read == [0, 5, 15, 30, 45, 50]


def test_from_a_file_a_kept_answer_is_given_without_a_thread(
    client: TestClient, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/api/v1/connections")
    first = client.get("/api/v1/connections")
    in_threads = list[object]()
    body = kept_answers.KeptAnswers.body

    def noted(self: kept_answers.KeptAnswers, question: Hashable, make: Callable[[], Response]) -> bytes:
        in_threads.append(question)
        return body(self, question, make)

    monkeypatch.setattr(kept_answers.KeptAnswers, "body", noted)
    again = client.get("/api/v1/connections")
    assert again.content == first.content
    assert bool(in_threads) == gateway.context.database.is_shared
    client.post("/api/v1/connections", json=connection("new"))
    assert [one["name"] for one in client.get("/api/v1/connections").json()["items"]] == ["new"]
    assert in_threads
