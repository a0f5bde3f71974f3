"""Every answer has a name that the log knows, too."""

from __future__ import annotations

import re

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from intakegateway.api.app import create_app
from intakegateway.bootstrap import Gateway

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.mark.parametrize(
    "path", ["/api/v1/projects", "/api/v1/nothing", "/health", "/api/v1/runs?min_seconds=-1", "/api/v1/%00"]
)
def test_every_answer_has_an_id_of_its_own(client: TestClient, path: str) -> None:
    first, second = (client.get(path).headers.get_list("x-request-id") for _ in range(2))
    assert len(first) == len(second) == 1
    assert first != second
    assert UUID.fullmatch(first[0])


def test_one_that_a_proxy_gave_is_kept_and_told_in_problems(client: TestClient) -> None:
    answer = client.get("/api/v1/tasks/nothing", headers={"X-Request-Id": "edge-7/42:a"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "edge-7/42:a"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "ä", "a\tb", "<script>"])
def test_one_that_does_not_belong_into_a_log_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/health", headers={"X-Request-Id": given.encode()})
    assert UUID.fullmatch(answer.headers["x-request-id"])


def test_an_unexpected_error_is_answered_and_logged_with_it(gateway: Gateway) -> None:
    app: FastAPI = create_app(gateway)

    def broken() -> None:
        raise RuntimeError("secret detail")

    app.add_api_route("/broken", broken)
    with (
        TestClient(app, raise_server_exceptions=False) as client,
        capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines,
    ):
        answer = client.get("/broken", headers={"X-Request-Id": "mine"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "mine")
    assert answer.json()["request_id"] == "mine"
    assert "secret" not in answer.text
    assert [one["request_id"] for one in lines if one["event"] == "request_failed"] == ["mine"]
