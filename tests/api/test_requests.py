"""Requests as other people's programs send them: wrong types, wrong methods, other ETags, endless lists."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from intakegateway.bootstrap import Gateway
from intakegateway.model.errors import DefinitionError
from intakegateway.services.definitions import validated
from seeded import served

API = "/api/v1"
SPEC: dict[str, Any] = {
    "name": "a", "source": {"kind": "file", "path": "x.csv"}, "load": {"to": "sqlite:///x.db", "table": "t"}
}  # fmt: skip


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_a_body_that_is_not_sent_as_json_is_a_415_that_says_what_to_do(client: TestClient, kind: str) -> None:
    answer = client.post(f"{API}/projects", content=b'{"name":"a"}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "application/json" in answer.json()["hint"]


def test_a_body_that_is_missing_or_no_object_is_told_so(client: TestClient) -> None:
    assert client.post(f"{API}/projects").json()["detail"] == "the body is missing."
    assert client.post(f"{API}/projects", json=[]).json()["detail"] == "the body must be a JSON object."


@pytest.mark.parametrize("tag", ['"0"', '"abc"', "abc", '"99999999999999"', '""', 'W/"7"', '"5", "6"'])
def test_an_etag_that_is_not_the_present_one_is_a_412(client: TestClient, tag: str) -> None:
    client.post(f"{API}/projects", json={"name": "a", "title": "A"})
    answer = client.patch(f"{API}/projects/a", json={"title": "B"}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale_edit")
    assert client.get(f"{API}/projects/a").json()["title"] == "A"


@pytest.mark.parametrize("tag", ["*", 'W/"1"', '"0", "1"'])
def test_the_present_etag_counts_in_every_form(client: TestClient, tag: str) -> None:
    client.post(f"{API}/projects", json={"name": "a", "title": "A"})
    answer = client.patch(f"{API}/projects/a", json={"title": "B"}, headers={"If-Match": tag})
    assert answer.status_code == 200


def test_what_answers_get_answers_head(client: TestClient) -> None:
    for path in ("/health", "/metrics", f"{API}/projects", f"{API}/openapi.json"):
        asked, got = client.head(path), client.get(path)
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["content-type"] == got.headers["content-type"]
    assert client.head(f"{API}/projects/none").status_code == 404
    assert client.head(f"{API}/events").status_code == 405, "it would never end"


def test_a_wrong_method_is_answered_with_those_that_are_right(client: TestClient) -> None:
    answer = client.put(f"{API}/runs", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert answer.json()["hint"] == "Allowed: GET, HEAD, POST."


def test_lists_that_nobody_wrote_are_refused_before_they_take_minutes(client: TestClient) -> None:
    for many in ({"rules": [{}] * 10_001}, {"load": {**SPEC["load"], "keys": [1] * 100_001}}):
        answer = client.post(f"{API}/tasks", json={**SPEC, **many})
        assert answer.status_code == 422
        assert "allowed" in answer.json()["detail"]


def test_the_first_hundred_findings_are_told() -> None:
    with pytest.raises(DefinitionError) as told:
        validated({**SPEC, "rules": [{}] * 500})
    assert str(told.value).count("no rule is named") == 100


def test_an_import_is_held_to_the_limits_of_json(client: TestClient) -> None:
    answer = client.post(
        f"{API}/import", content=b'{"task":"a\\u0000"}', headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, "NUL" in answer.json()["detail"]) == (422, True)
    large = b'{"task":"' + b"a" * (11 << 20) + b'"}'
    answer = client.post(f"{API}/import", content=large, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


NO_HTTP = {
    "a space in a header's name": b"GET /health HTTP/1.1\r\nHost: x\r\nBad Header: x\r\n\r\n",
    "a control character": b"GET /health HTTP/1.1\r\nHost: x\x00\r\n\r\n",
    "letters beyond ASCII in the address": "GET /h\xe9 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "two lengths": b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": (
        b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
}


@contextmanager
def talking(gateway: Gateway) -> Iterator[socket.socket]:
    """A connection to a server, for the bytes themselves."""
    with (
        served(gateway) as address,
        socket.create_connection(("127.0.0.1", urlsplit(address).port or 0), timeout=60) as to,
    ):
        yield to


def answered(to: socket.socket, *parts: bytes) -> tuple[int, str | None, dict[str, Any]]:
    """Status, media type and document of the answer to these bytes."""
    for part in parts:
        to.sendall(part)
    answer = http.client.HTTPResponse(to)
    answer.begin()
    return answer.status, answer.getheader("content-type"), json.loads(answer.read())


def refused(gateway: Gateway, *parts: bytes) -> tuple[int, str | None, str]:
    """Status, media type and code of the problem that these bytes get."""
    with talking(gateway) as to:
        status, media, document = answered(to, *parts)
    return status, media, document["code"]


@pytest.mark.parametrize("request_bytes", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_a_problem_too(gateway: Gateway, request_bytes: bytes) -> None:
    assert refused(gateway, request_bytes) == (400, "application/problem+json", "bad_request")


def test_headers_without_an_end_are_refused(gateway: Gateway) -> None:
    head = [b"GET /health HTTP/1.1\r\nHost: x\r\n", b"X-Long: ", *[b"a" * 65_536] * 17]
    assert refused(gateway, *head) == (431, "application/problem+json", "headers_too_long")


def test_a_connection_that_stays_may_send_more_than_a_head_may_have(gateway: Gateway) -> None:
    one = b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 60_000 + b"\r\n\r\n"
    with talking(gateway) as to:
        assert [answered(to, one)[0] for _ in range(40)] == [200] * 40


def test_how_far_an_upload_is_has_no_type_in_the_document(client: TestClient) -> None:
    document = client.get(f"{API}/openapi.json").json()
    assert "content" not in document["paths"][f"{API}/files/{{file}}/content"]["head"]["responses"]["200"]


def test_the_document_says_who_may_ask_and_how_to_ask_twice(client: TestClient) -> None:
    document = client.get(f"{API}/openapi.json").json()
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}
    stranger = TestClient(client.app)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "get" and "{" not in path:
                answer = stranger.get(path)
                assert (answer.status_code == 401) == (operation.get("security") != []), path
    run = document["paths"][f"{API}/runs"]["post"]
    assert "Idempotency-Key" in [one["name"] for one in run["parameters"]]
    assert {"409", "415"} <= set(run["responses"])


@pytest.mark.parametrize(
    "body",
    ['{"name": "a", "title": "A", "name": "b"}', '{"name": "a", "title": "A", "n\\u0061me": "b"}'],
)
def test_a_body_that_says_a_thing_twice_is_refused(client: TestClient, body: str) -> None:
    answer = client.post("/api/v1/projects", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "the body has the key 'name' twice in one object."
    assert client.get("/api/v1/projects").json()["total"] == 1


def test_the_same_key_in_different_objects_is_no_repetition(client: TestClient) -> None:
    body = {"name": "t", "mappings": [{"to": "a", "from": "a"}, {"to": "b", "from": "b"}]}
    assert client.post("/api/v1/templates", json=body).status_code == 201


def test_a_body_that_is_nested_more_deeply_than_anything_reads_is_refused(client: TestClient) -> None:
    deep = '{"name": ' + "[" * 1000 + "]" * 1000 + "}"
    answer = client.post("/api/v1/projects", content=deep, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


@pytest.mark.parametrize("name", [".", "..", "a/b", "a\nb", "a\u202eb", "a\x7fb"])
def test_a_name_that_cannot_stand_in_an_address_is_refused_for_every_noun(
    client: TestClient, name: str
) -> None:
    task = {"source": {"kind": "file", "file": "a.csv"}, "load": {"connection": "x", "table": "t"}}
    for path, body in (
        ("/connections", {"kind": "sqlite", "config": {"path": "x.db"}}), ("/tasks", task), ("/templates", {}),
        ("/schemas", {}), ("/notifications", {"kind": "webhook", "url": "https://example.org"}),
    ):  # fmt: skip
        answer = client.post(f"/api/v1{path}", json={**body, "name": name})
        assert answer.status_code == 422, path
        assert "a name " in str(answer.json()["errors"]), answer.text


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00", "0001-01-01"])
@pytest.mark.parametrize(
    "path",
    [
        "runs?since=", "runs?until=", "stats/runs?since=", "stats/runs?until=", "stats/tasks?since=",
        "stats/tasks?until=", "audit?since=", "audit?until=", "schedules/preview?cron=0+0+*+*+*&starts_at=",
        "schedules/preview?every=90m&starts_at=", "schedules/preview?cron=0+0+*+*+*&ends_at=",
    ],
)  # fmt: skip
def test_the_ends_of_the_calendar_are_no_fault_of_ours(client: TestClient, path: str, moment: str) -> None:
    assert client.get(f"/api/v1/{path}{moment}").status_code in (200, 422)
