from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from standardwebhooks import Webhook

from intakegateway.bootstrap import Gateway
from intakegateway.store.tables.definitions import Task
from intakegateway.store.tables.runs import Run

TASKS = "/api/v1/tasks"
RECORDS = [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"}]


@pytest.fixture
def task(client: TestClient) -> dict[str, Any]:
    source = {"kind": "push", "null_texts": ["-"]}
    given = {"name": "hook", "source": source, "load": {"to": "memory://push", "table": "t"}}
    made: dict[str, Any] = client.post(TASKS, json=given).json()
    return made


def outsider(client: TestClient) -> TestClient:
    del client.headers["Authorization"]
    return client


def test_records_are_taken_with_the_tasks_token(
    client: TestClient, gateway: Gateway, task: dict[str, Any]
) -> None:
    token = client.post(f"{TASKS}/hook/push/token").json()
    assert token["url"].endswith(f"{TASKS}/{task['id']}/push")
    assert client.get(f"{TASKS}/hook").json()["has_push_token"] is True
    sender = outsider(client)
    headers = {"Authorization": f"Bearer {token['token']}"}
    answer = sender.post(f"{TASKS}/{task['id']}/push", json=RECORDS, headers=headers)
    assert answer.status_code == 202, answer.text
    with gateway.context.database.read() as session:
        run = session.get(Run, answer.json()["run_id"])
        assert run is not None
        assert (run.trigger, run.status, run.task_id) == ("push", "PENDING", task["id"])
        file = answer.json()["file_id"]
        assert run.input == {"kind": "file", "file": file, "null_texts": ["-"]}
        assert token["token"] not in str([row.push_token_hash for row in session.scalars(select(Task))])
    assert json.loads(b"".join(gateway.context.blobs.read(f"files/{file}"))) == RECORDS


def test_the_same_message_is_loaded_once(client: TestClient, task: dict[str, Any]) -> None:
    token = client.post(f"{TASKS}/hook/push/token").json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "a-1"}
    push = f"{TASKS}/{task['id']}/push"
    runs = {client.post(push, json=RECORDS, headers=headers).json()["run_id"] for _ in range(3)}
    assert len(runs) == 1
    other = client.post(push, json=RECORDS, headers={**headers, "Idempotency-Key": "a-2"})
    assert other.json()["run_id"] not in runs


def test_without_the_right_token_nothing_is_taken(
    client: TestClient, task: dict[str, Any], home: Path
) -> None:
    old = client.post(f"{TASKS}/hook/push/token").json()["token"]
    new = client.post(f"{TASKS}/hook/push/token").json()["token"]
    own = client.headers["Authorization"]

    def status(token: str, task_id: str = task["id"]) -> int:
        headers = {"Authorization": token}
        return client.post(f"{TASKS}/{task_id}/push", json=RECORDS, headers=headers).status_code

    assert [status(f"Bearer {one}") for one in (old, new)] == [401, 202]
    assert [status(own), status(""), status(f"Bearer {new}", "no-such-task")] == [401, 401, 401]
    assert client.delete(f"{TASKS}/hook/push/token").status_code == 204
    assert status(f"Bearer {new}") == 401
    assert list((home / "uploads").glob("*")) == []


def test_signed_messages_need_no_token(
    client: TestClient, gateway: Gateway, task: dict[str, Any], home: Path
) -> None:
    secret = client.post(f"{TASKS}/hook/push/secret").json()["token"]
    with gateway.context.database.read() as session:
        sealed = session.scalars(select(Task.push_secret)).one()
        assert sealed is not None
        assert secret not in sealed
    sender, push = outsider(client), f"{TASKS}/{task['id']}/push"
    body = json.dumps(RECORDS)
    moment = gateway.context.now().replace(microsecond=0)

    def send(content: str, when: datetime, message: str = "msg_1") -> int:
        signature = Webhook(secret).sign(message, when, body)
        headers = {
            "webhook-id": message, "webhook-timestamp": str(int(when.timestamp())),
            "webhook-signature": f"v1a,xyz v1,?? {signature}", "content-type": "application/json",
        }  # fmt: skip
        return sender.post(push, content=content, headers=headers).status_code

    assert send(body, moment) == 202
    assert send(body.replace("Ann", "Eve"), moment, "msg_2") == 401
    assert send(body, datetime(2001, 1, 1, tzinfo=UTC), "msg_3") == 401
    assert send(body, moment) == 202
    assert list((home / "uploads").glob("*")) == []
    with gateway.context.database.read() as session:
        assert len(session.scalars(select(Run)).all()) == 1


def test_what_cannot_be_read_is_refused_at_once(client: TestClient, task: dict[str, Any]) -> None:
    token = client.post(f"{TASKS}/hook/push/token").json()["token"]
    push, headers = f"{TASKS}/{task['id']}/push", {"Authorization": f"Bearer {token}"}
    kind = {"content-type": "application/json"}
    broken = client.post(push, content=b'[{"id": 1},\n {"id": }]', headers={**headers, **kind})
    assert broken.status_code == 422
    assert "line 2" in broken.json()["detail"]
    assert client.post(push, content=b"", headers={**headers, **kind}).status_code == 422
    form = client.post(push, files=[("f", ("a.csv", b"id\n1\n"))], headers=headers)
    assert form.status_code == 202
    lines = client.post(
        push, content=b'{"id": 1}\n{"id": 2}\n', headers={**headers, "content-type": "application/x-ndjson"}
    )
    assert lines.status_code == 202
    del client.headers["Authorization"]
    token = client.post(push, json=RECORDS)
    assert token.status_code == 401


def test_a_task_that_is_sent_its_rows_does_not_run_by_itself(
    client: TestClient, task: dict[str, Any]
) -> None:
    answer = client.post(f"{TASKS}/hook/preview")
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "source.kind")
    assert "are sent to it" in answer.json()["detail"]
