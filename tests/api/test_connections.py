from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


CONFIG = {"host": "10.1.2.3", "database": "d", "user": "u", "password": "planted-pw"}


def test_every_kind_says_what_it_can_do_and_has_a_schema_for_a_form(client: TestClient) -> None:
    kinds = {one["kind"]: one for one in client.get("/api/v1/connectors").json()}
    assert {"postgresql", "mysql", "sqlite", "duckdb", "http", "file"} <= kinds.keys()
    assert kinds["http"]["destination"] is False
    assert "upsert" in kinds["postgresql"]["modes"]
    assert kinds["file"]["modes"] == ["append", "truncate_insert"]
    for kind in kinds:
        schema = client.get(f"/api/v1/connectors/{kind}/schema").json()
        assert schema["type"] == "object"
        for name, one in schema["properties"].items():
            assert one["order"] > 0, name
    password = client.get("/api/v1/connectors/postgresql/schema").json()["properties"]["password"]
    assert (password["secret"], password["writeOnly"], password["format"]) == (True, True, "password")
    token = client.get("/api/v1/connectors/http/schema").json()["properties"]["auth"]["properties"]["token"]
    assert token["when"] == {"setting": "auth.type", "in": ["bearer"]}
    assert client.get("/api/v1/connectors/nothing/schema").status_code == 404


def test_a_connection_is_made_read_changed_and_deleted(client: TestClient) -> None:
    made = client.post("/api/v1/connections", json={"name": "w", "kind": "postgresql", "config": CONFIG})
    assert made.status_code == 201, made.text
    assert made.json()["secrets"] == ["password"]
    read = client.get("/api/v1/connections/w")
    assert read.headers["etag"] == '"1"'
    change = {"config": {"host": "h", "database": "d", "password": None}}
    changed = client.patch("/api/v1/connections/w", json=change, headers={"If-Match": '"1"'})
    assert changed.json()["secrets"] == []
    assert client.patch("/api/v1/connections/w", json=change, headers={"If-Match": '"1"'}).status_code == 412
    assert client.post("/api/v1/connections/w/activate").json()["is_active"]
    assert client.post("/api/v1/connections/w/clone", json={"name": "w2"}).status_code == 201
    listed = client.get("/api/v1/connections", params={"kind": "postgres", "search": "W", "sort": "-name"})
    assert [one["name"] for one in listed.json()["items"]] == ["w2", "w"]
    assert client.delete("/api/v1/connections/w").status_code == 204
    assert client.get("/api/v1/connections/w").status_code == 404


def test_what_is_wrong_is_named_with_its_field(client: TestClient) -> None:
    answer = client.post(
        "/api/v1/connections", json={"name": "w", "kind": "postgresql", "config": {"host": "h"}}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "config.database"


def test_a_test_answers_with_its_steps_and_is_limited(client: TestClient) -> None:
    trial = {"kind": "postgresql", "config": CONFIG}
    answer = client.post("/api/v1/connections/test", json=trial)
    assert answer.status_code == 200
    assert answer.json()["ok"] is False
    assert [one["verdict"] for one in answer.json()["steps"]] == ["failed", "skipped", "skipped", "skipped"]
    for _ in range(9):
        client.post("/api/v1/connections/test", json=trial)
    limited = client.post("/api/v1/connections/test", json=trial)
    assert limited.status_code == 429
    assert int(limited.headers["retry-after"]) > 0


def test_tables_and_queries_of_an_embedded_database(client: TestClient, home: Path) -> None:
    import sqlite3

    database = sqlite3.connect(home / "shop.db")
    database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    database.execute("INSERT INTO t VALUES (1, 'a')")
    database.commit()
    database.close()
    client.post("/api/v1/connections", json={"name": "s", "kind": "sqlite", "config": {"path": "shop.db"}})
    tables = client.get("/api/v1/connections/s/tables").json()
    assert [(one["name"], one["schema"]) for one in tables["items"]] == [("t", "main")]
    shape = client.get("/api/v1/connections/s/tables/t/columns").json()
    assert [(one["name"], one["nullable"]) for one in shape["columns"]] == [("id", False), ("name", False)]
    assert client.get("/api/v1/connections/s/tables/x/columns").status_code == 404
    seen = client.post("/api/v1/connections/s/query-preview", json={"query": "SELECT * FROM t"}).json()
    assert seen["rows"] == [[1, "a"]]
    broken = client.post("/api/v1/connections/s/query-preview", json={"query": "SELEC"})
    assert broken.status_code == 422


def test_the_document_of_the_api_can_be_made(client: TestClient) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert "/api/v1/connections/{connection}/tables/{table}/columns" in paths


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/connections/%00", None),
        ("GET", "/connections?search=%00&kind=x%00", None),
        ("GET", "/connections/s/tables?schema=%00", None),
        ("GET", "/connections/s/tables/%00/columns", None),
        ("GET", "/connections/s/tables/a.b.c.d/columns", None),
        ("GET", "/connections/s/tables/%22/columns", None),
        ("GET", "/connectors/%00/schema", None),
        ("POST", "/connections", {"name": "n", "kind": "http", "config": {"url": "https://[", "headers": {"a": "\x00"}}}),
        ("POST", "/connections", {"name": "n", "kind": "http", "config": {"url": "https://[x", "auth": []}}),
        ("POST", "/connections", {"name": "n", "kind": "postgresql", "config": {"url": "postgresql://[x"}}),
        ("POST", "/connections", {"name": "n", "kind": "postgresql", "config": {"url": 1}}),
        ("POST", "/connections", {"name": "n", "kind": "postgresql", "config": {"options": {"a": [1]}}}),
        ("POST", "/connections", {"name": "n", "kind": "postgresql", "config": {"host": {"$sealed": "x"}}}),
        ("POST", "/connections", {"name": "n", "kind": "\x00", "config": {}}),
        ("POST", "/connections/test", {"kind": "postgresql", "config": {"host": "h" * 300, "database": "d"}}),
        ("POST", "/connections/test", {"kind": "postgresql", "config": {"host": "a b\n", "database": "\u00e9'\""}}),
        ("POST", "/connections/test", {"kind": "mysql", "config": {"host": "127.0.0.1", "database": "d", "options": {"x": "y"}}}),
        ("POST", "/connections/test", {"kind": "sqlite", "config": {"path": "~nobody/x"}}),
        ("POST", "/connections/s/query-preview", {"query": "SELECT 1 AS a, 2 AS a, x'00ff' AS b, 1e999 AS c"}),
        ("POST", "/connections/s/query-preview", {"query": "SELECT zeroblob(100) WHERE 0"}),
    ],
)  # fmt: skip
def test_nonsense_is_answered_in_words(client: TestClient, method: str, path: str, body: object) -> None:
    client.post("/api/v1/connections", json={"name": "s", "kind": "sqlite", "config": {"path": "shop.db"}})
    answer = client.request(method, f"/api/v1{path}", json=body)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.json()["detail"]
