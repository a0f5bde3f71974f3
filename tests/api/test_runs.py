from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from intakegateway.bootstrap import Gateway
from pool import make_task, orders, spec_of


@pytest.fixture
def task(gateway: Gateway, tmp_path: Path) -> str:
    path = orders(tmp_path / "orders.csv", 3)
    return make_task(gateway, spec_of(path, f"sqlite:///{tmp_path / 'shop.db'}"), "orders")


def test_small_input_is_answered_with_its_result(client: TestClient, task: str) -> None:
    answer = client.post("/api/v1/runs", json={"task": "orders"})
    assert answer.status_code == 200
    run = answer.json()
    assert (run["status"], run["inserted_records"], run["task_id"], run["trigger"]) == (
        "SUCCESS",
        3,
        task,
        "api",
    )
    lines = client.get(f"/api/v1/runs/{run['id']}/logs", params={"level": "info"}).json()
    assert lines["items"][0]["event"] == "run_started"
    file = client.get(f"/api/v1/runs/{run['id']}/logs/download")
    assert file.headers["content-type"].startswith("application/x-ndjson")
    assert len(file.text.splitlines()) == len(lines["items"])
    assert client.delete(f"/api/v1/runs/{run['id']}").status_code == 204
    assert client.get(f"/api/v1/runs/{run['id']}").status_code == 404


def test_a_run_in_the_background_is_accepted_listed_and_cancelled(client: TestClient, task: str) -> None:
    answer = client.post("/api/v1/runs", json={"task": task, "wait": False})
    assert answer.status_code == 202
    listed = client.get("/api/v1/runs", params={"status": ["PENDING", "RUNNING"], "task": "orders"}).json()
    assert (listed["total"], listed["items"][0]["id"]) == (1, answer.json()["id"])
    cancelled = client.post(f"/api/v1/runs/{answer.json()['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "CANCELLED")
    assert client.post(f"/api/v1/runs/{answer.json()['id']}/cancel").status_code == 409
    again = client.post(f"/api/v1/runs/{answer.json()['id']}/retry")
    assert (again.status_code, again.json()["retry_of_run_id"]) == (200, answer.json()["id"])


def test_what_is_wrong_with_a_run_is_named(client: TestClient, task: str) -> None:
    assert client.post("/api/v1/runs", json={"task": "nothing"}).status_code == 404
    assert client.post("/api/v1/runs", json={}).json()["detail"] == "give either a task or a definition."
    answer = client.post(
        "/api/v1/runs", json={"spec": {"name": "x", "source": {"path": "a"}, "load": {"tabel": "t"}}}
    )
    assert answer.status_code == 422
    assert "tabel" in answer.json()["detail"]
    assert client.get("/api/v1/runs", params={"sort": "colour"}).status_code == 422
    assert client.get("/api/v1/runs", params={"since": "0001-01-01T00:00:00+14:00"}).status_code == 422


def test_all_tasks_that_match_are_imported(client: TestClient, task: str) -> None:
    answer = client.post("/api/v1/import", json={"tables": "ord*"})
    assert answer.status_code == 202
    assert [one["task_name"] for one in answer.json()] == ["orders"]


def test_the_same_key_does_the_work_once(client: TestClient, task: str) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = client.post("/api/v1/runs", json={"task": "orders"}, headers=headers)
    second = client.post("/api/v1/runs", json={"task": "orders"}, headers=headers)
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert second.headers["idempotency-replayed"] == "true"
    assert client.get("/api/v1/runs").json()["total"] == 1
    other = client.post("/api/v1/runs", json={"task": "orders", "dry_run": True}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_an_answer_is_noted_before_it_is_sent(client: TestClient, gateway: Gateway, task: str) -> None:
    """Whoever has it may send the request again in the same moment."""
    from fastapi import FastAPI
    from starlette.types import Message, Receive, Scope, Send

    from intakegateway.store.tables.service import Answer

    seen: list[int | None] = []
    app = client.app
    assert isinstance(app, FastAPI)

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def look(message: Message) -> None:
            if message["type"] == "http.response.start":
                with gateway.context.database.read() as session:
                    seen.extend(session.scalars(select(Answer.status)))
            await send(message)

        await app(scope, receive, look)

    headers = {**dict(client.headers), "Idempotency-Key": "k-4"}
    there = TestClient(watched, headers=headers, cookies=dict(client.cookies))
    assert there.post("/api/v1/runs", json={"task": "orders"}).status_code == 200
    assert there.post("/api/v1/runs", json={"task": "orders"}).headers["idempotency-replayed"] == "true"
    assert seen == [200, 200]


def test_what_is_shown_once_is_not_readable_in_the_store_and_comes_again_with_its_key(
    client: TestClient, gateway: Gateway
) -> None:
    headers = {"Idempotency-Key": "k-5"}
    wanted = {"name": "nightly", "role": "viewer"}
    first = client.post("/api/v1/auth/tokens", json=wanted, headers=headers)
    assert client.post("/api/v1/auth/tokens", json=wanted, headers=headers).json() == first.json()
    viewer = {"Authorization": f"Bearer {first.json()['token']}", **headers}
    assert client.post("/api/v1/auth/tokens", json=wanted, headers=viewer).status_code == 422
    with gateway.context.database.read() as session:
        rows = [dict(row) for row in session.execute(text("SELECT * FROM answers")).mappings()]
    assert len(rows) == 1
    assert first.json()["token"] not in repr(rows)


def test_a_request_that_failed_may_be_sent_again_with_its_key(
    client: TestClient, gateway: Gateway, tmp_path: Path
) -> None:
    headers = {"Idempotency-Key": "k-2"}
    assert client.post("/api/v1/runs", json={"task": "late"}, headers=headers).status_code == 404
    path = orders(tmp_path / "late.csv", 3)
    make_task(gateway, spec_of(path, f"sqlite:///{tmp_path / 'late.db'}"), "late")
    assert client.post("/api/v1/runs", json={"task": "late"}, headers=headers).status_code == 200


def test_a_key_whose_request_is_not_answered_yet_is_in_conflict(
    client: TestClient, gateway: Gateway, task: str
) -> None:
    from intakegateway.services import answers

    body = b'{"task":"orders"}'
    begun: list[answers.Question] = []
    whole = answers.begin

    def note(context: object, question: answers.Question) -> answers.Known | None:
        begun.append(question)
        return whole(gateway.context, question)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "begin", note)
        headers = {"Idempotency-Key": "k-3", "Content-Type": "application/json"}
        assert client.post("/api/v1/runs", content=body, headers=headers).status_code == 200
        answers.forget(gateway.context, begun[0])
    with gateway.context.database.write() as session:
        from intakegateway.store.tables.service import Answer

        kept = session.get_one(Answer, ("k-3", begun[0].user_id))
        kept.status = None
    answer = client.post("/api/v1/runs", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "in_progress")
