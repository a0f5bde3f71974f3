from __future__ import annotations

from fastapi.testclient import TestClient


def test_without_a_token_nothing_is_told(api: TestClient) -> None:
    answer = api.get("/api/v1/projects")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"


def test_a_project_is_made_read_changed_and_deleted(client: TestClient) -> None:
    made = client.post("/api/v1/projects", json={"name": "sales", "title": "Sales"})
    assert made.status_code == 201
    read = client.get("/api/v1/projects/sales")
    assert read.json()["title"] == "Sales"
    changed = client.patch(
        "/api/v1/projects/sales", json={"title": "New"}, headers={"If-Match": read.headers["etag"]}
    )
    assert changed.json()["title"] == "New"
    stale = client.patch(
        "/api/v1/projects/sales", json={"title": "Old"}, headers={"If-Match": read.headers["etag"]}
    )
    assert stale.status_code == 412
    assert client.delete("/api/v1/projects/sales").status_code == 204
    assert client.get("/api/v1/projects/sales").status_code == 404


def test_what_is_wrong_is_named_with_its_field(client: TestClient) -> None:
    answer = client.post("/api/v1/projects", json={"name": "Not A Slug", "colour": "red"})
    assert answer.status_code == 422
    errors = {one["path"]: one["message"] for one in answer.json()["errors"]}
    assert errors.keys() == {"name", "colour"}
    assert "begins with a lower case letter or a digit" in errors["name"]
