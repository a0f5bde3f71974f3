"""What clients are answered when something is wrong: a problem with a sentence, never a 500."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.kit.secretbox import new_key
from intakegateway.settings import Settings
from pool import make_task, spec_of
from seeded import API, fill
from trouble import end_connections, held, no_room

MIB = 1 << 20
on_server = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, database_wait_seconds=1)


def openapi() -> dict[str, Any]:
    path = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_an_upload_without_room_is_a_507_and_leaves_nothing(client: TestClient, home: Path) -> None:
    content = b"id\n" + b"1\n" * (4 * MIB)
    with no_room(6 * MIB):
        answer = client.post(f"{API}/files?name=big.csv", content=content)
        form = client.post(f"{API}/files", files={"file": ("big.csv", content)})
    for one in (answer, form):
        assert (one.status_code, one.json()["code"]) == (507, "storage")
        assert "Free some space" in one.json()["hint"]
    assert [path for path in (home / "uploads").rglob("*") if path.is_file()] == []
    assert client.get(f"{API}/files").json()["total"] == 0
    assert client.post(f"{API}/files?name=big.csv", content=content).status_code == 201


def test_an_upload_in_pieces_goes_on_where_the_disk_was_full(client: TestClient) -> None:
    content = b"id\n" + b"1\n" * (4 * MIB)
    file = client.post(f"{API}/files/uploads", json={"name": "big.csv", "size": len(content)}).json()["id"]
    place = f"{API}/files/{file}/content"
    with no_room(6 * MIB):
        answer = client.patch(place, content=content, headers={"Upload-Offset": "0"})
    assert answer.status_code == 507
    arrived = int(client.head(place).headers["Upload-Offset"])
    assert 0 < arrived <= 6 * MIB
    rest = client.patch(place, content=content[arrived:], headers={"Upload-Offset": str(arrived)})
    assert (rest.status_code, rest.json()["sha256"]) == (200, hashlib.sha256(content).hexdigest())


def test_a_held_database_is_a_503_that_says_when_to_come_back(client: TestClient, database_url: str) -> None:
    keyed = {"Idempotency-Key": "one"}
    with held(database_url, "projects", "answers"):
        plain = client.post(f"{API}/projects", json={"name": "a", "title": "A"})
        once = client.post(f"{API}/projects", json={"name": "b", "title": "B"}, headers=keyed)
    for answer in (plain, once):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"].isdecimal()
        assert "lock" in answer.json()["detail"]
    assert client.post(f"{API}/projects", json={"name": "a", "title": "A"}).status_code == 201
    again = client.post(f"{API}/projects", json={"name": "b", "title": "B"}, headers=keyed)
    assert again.status_code == 201


def test_an_answer_that_cannot_be_noted_is_given_all_the_same(
    client: TestClient, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """The store is held right after the work is done, before the answer is noted."""
    from intakegateway.services import answers

    keep = answers.keep

    def held_by_another(*arguments: object) -> None:
        with held(database_url, "answers"):
            keep(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(answers, "keep", held_by_another)
    body, keyed = {"name": "a", "title": "A"}, {"Idempotency-Key": "one"}
    assert client.post(f"{API}/projects", json=body, headers=keyed).status_code == 201
    again = client.post(f"{API}/projects", json=body, headers=keyed)
    assert (again.status_code, again.json()["code"]) == (409, "in_progress"), "it is not done twice"


@on_server
def test_connections_that_the_server_ended_are_not_noticed_by_clients(
    client: TestClient, database_url: str
) -> None:
    for path in (f"{API}/projects", "/health/ready", "/metrics", f"{API}/runs"):
        assert client.get(path).status_code == 200
        assert end_connections(database_url) >= 1
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("database_url", ["embedded"], indirect=True)
def test_with_another_key_nothing_is_a_500_and_with_the_right_one_all_is_as_it_was(
    client: TestClient, home: Path, tmp_path: Path
) -> None:
    names = fill(client, tmp_path)
    config = {"host": "127.0.0.1", "port": 9, "database": "d", "user": "u", "password": "pw-1"}
    for name in ("db", "other"):
        client.post(f"{API}/connections", json={"name": name, "kind": "postgresql", "config": config})
    names["connection"] += ["db"]
    client.get(f"{API}/notifications/callback-secret")
    client.post(f"{API}/tasks/people/push/secret")
    paths = [
        (re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], ["x"])[-1], path), method)
        for path, item in openapi()["paths"].items()
        for method in item
        if method == "get" or path.endswith(("/clone", "/preview"))
        if not path.endswith(("/events", "/stream"))
    ]

    right = (home / "secret.key").read_text()
    (home / "secret.key").write_text(new_key() + "\n")
    for path, method in paths:
        body = {"json": {"name": "copy"}} if method == "post" else {}
        answer = client.request(method, path, **body)  # type: ignore[arg-type]
        assert answer.status_code < 500, f"{method} {path}: {answer.text}"
    clone = client.post(f"{API}/connections/db/clone", json={"name": "copy"}).json()
    assert re.search(r"sealed with the key \w{8}, which is not in secret.key", clone["detail"])
    (home / "secret.key").write_text(right)
    assert client.post(f"{API}/connections/db/clone", json={"name": "copy"}).status_code == 201


def test_a_signed_message_waits_until_the_key_is_back(
    client: TestClient, gateway: Gateway, home: Path, tmp_path: Path, clock: ManualClock
) -> None:
    spec = spec_of(tmp_path / "none.csv", f"sqlite:///{tmp_path / 'a.db'}")
    task = make_task(gateway, {**spec, "source": {"kind": "file", "file": "any.json"}}, "people")
    secret = client.post(f"{API}/tasks/people/push/secret").json()["token"]
    body = b'[{"id": 1, "name": "Ann"}]'

    def push() -> int:
        stamp = str(int(clock.time))
        signed = hmac.new(
            base64.b64decode(secret.removeprefix("whsec_")), f"m1.{stamp}.".encode() + body, hashlib.sha256
        )
        headers = {
            "webhook-id": "m1", "webhook-timestamp": stamp, "Content-Type": "application/json",
            "webhook-signature": f"v1,{base64.b64encode(signed.digest()).decode()}", "Authorization": "",
        }  # fmt: skip
        return client.post(f"{API}/tasks/{task}/push", content=body, headers=headers).status_code

    right = (home / "secret.key").read_text()
    (home / "secret.key").write_text(new_key() + "\n")
    assert push() == 503
    (home / "secret.key").write_text(right)
    assert push() == 202


@pytest.mark.parametrize("content", [b"rubbish\n", b"\xff\xfe", b""])
def test_a_key_file_that_is_none_is_a_503_without_its_content(
    client: TestClient, home: Path, tmp_path: Path, content: bytes
) -> None:
    (home / "secret.key").write_bytes(content)
    config = {"host": "127.0.0.1", "database": "d", "user": "u", "password": "pw-1"}
    answer = client.post(f"{API}/connections", json={"name": "db", "kind": "postgresql", "config": config})
    assert (answer.status_code, answer.json()["code"]) == (503, "settings")
    assert "rubbish" not in answer.text
    assert client.get(f"{API}/connections").status_code == 200
