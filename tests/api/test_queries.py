"""What stands after the ``?``: a parameter that no route knows is a mistake, and is told."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from intakegateway.api.routing import PREFIX, Route
from intakegateway.bootstrap import Gateway

LENIENT = {
    "/health", "/health/ready", "/api/v1/auth/oidc/{provider}/login", "/api/v1/auth/oidc/{provider}/callback",
    "/api/v1/auth/saml/{provider}/login", "/api/v1/auth/saml/{provider}/acs", "/api/v1/auth/saml/{provider}/complete",
    "/api/v1/auth/saml/{provider}/metadata", "/api/v1/tasks/{task}/push",
}  # fmt: skip
"""Addresses that are called by programs which add parameters of their own."""


def test_a_parameter_that_is_misspelt_is_named_with_the_nearest_and_all_allowed_ones(
    client: TestClient,
) -> None:
    answer = client.get("/api/v1/runs?stat=failed&limit=5")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["detail"] == (
        "the query parameter 'stat': there is no such parameter here. Did you mean 'status'?"
    )
    assert said["errors"] == [
        {"path": "stat", "message": "there is no such parameter here. Did you mean 'status'?"}
    ]
    assert "limit, max_seconds, min_seconds, offset, project, schedule, search, since" in said["hint"]


@pytest.mark.parametrize("query", ["limit=5&limit=6", "limit=5&%6cimit=6", "project=default&project=other"])
def test_a_parameter_that_has_one_value_is_not_given_two(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/runs?{query}")
    assert answer.status_code == 422
    assert "is given 2 times, and has one value" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    ["", "limit=5&offset=0", "%6cimit=5", "status=FAILED&status=SUCCESS", "limit=5&", "project=default"],
)  # fmt: skip
def test_what_a_route_knows_is_taken_however_it_is_written(client: TestClient, query: str) -> None:
    assert client.get(f"/api/v1/runs?{query}").status_code == 200


@pytest.mark.parametrize(
    ("path", "allowed"), [("runs?trigger=bogus", "'backfill'"), ("files?status=done", "'uploading'")]
)
def test_a_word_that_no_run_or_file_can_have_finds_not_nothing_but_an_error(
    client: TestClient, path: str, allowed: str
) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 422
    assert allowed in str(answer.json()["errors"])


def test_who_says_the_project_where_none_is_asked_for_is_answered(client: TestClient) -> None:
    assert client.get("/api/v1/projects?project=default").status_code == 200
    assert client.get("/api/v1/connectors?project=default").status_code == 200


def test_a_request_that_would_change_something_is_refused_before_it_does(client: TestClient) -> None:
    assert client.post("/api/v1/projects?dry_run=true", json={"name": "sales"}).status_code == 422
    assert client.get("/api/v1/projects/sales").status_code == 404


@pytest.mark.parametrize("query", ["?stat=1", "?%ff=1", "?=1", "?&&x", "?%E2%82%AC=1", f"?{'a' * 5000}=1"])
def test_odd_names_are_answered_in_a_problem(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/runs{query}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"


def test_every_route_refuses_what_it_does_not_know_but_those_that_others_add_to(
    client: TestClient, gateway: Gateway
) -> None:
    lenient = set()
    for route in client.app.router.routes:  # type: ignore[attr-defined]
        if not isinstance(route, Route):
            continue
        path = route.path.replace("{", "").replace("}", "")
        method = next(iter(route.methods - {"HEAD"}), "HEAD")
        answer = client.request(method, f"{path}?a_parameter_of_nobody=1", follow_redirects=False)
        refused = "a_parameter_of_nobody" in answer.text or (method == "HEAD" and answer.status_code == 422)
        if not refused:
            lenient.add(route.path)
    assert lenient == LENIENT


def test_the_document_and_the_page_take_anything(client: TestClient) -> None:
    assert client.get(f"{PREFIX}/openapi.json?v=1").status_code == 200
    assert client.get("/api/docs?theme=dark").status_code == 200
