from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

API = "/api/v1"
CSV = b"id,name,total\n1,Ann,3.50\n2,,4.00\nx,Bob,5.25\n1,Ann again,7\n"


@pytest.fixture
def orders(client: TestClient, tmp_path: Path) -> dict[str, Any]:
    client.post(f"{API}/files", content=CSV, params={"name": "orders.csv"})
    shop = tmp_path / "shop.db"
    with sqlite3.connect(shop) as db:
        db.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT NOT NULL, total REAL)")
        db.execute("INSERT INTO orders VALUES (1, 'Old', 1.0)")
    db.close()
    return {
        "name": "orders",
        "source": {"kind": "file", "file": "orders.csv"},
        "mapping": [
            {"to": "id", "from": "id"},
            {"to": "name", "from": "name", "transforms": ["upper"]},
            {"to": "total", "from": "total"},
        ],
        "rules": [
            {"not_null": "name"},
            {"range": {"column": "total", "max": 3}, "severity": "warning"},
            {"dedupe": {"keys": ["id"], "keep": "last"}},
        ],
        "load": {"to": f"sqlite:///{shop}", "table": "orders", "mode": "upsert", "keys": ["id"]},
    }


def test_a_source_is_shown_as_table_tree_and_text(client: TestClient) -> None:
    client.post(f"{API}/files", content=CSV, params={"name": "orders.csv"})
    seen = client.post(f"{API}/preview", json={"source": {"file": "orders.csv"}, "rows": 2}).json()
    assert seen["data"] == [
        {"id": "1", "name": "Ann", "total": "3.50"}, {"id": "2", "name": None, "total": "4.00"}
    ]  # fmt: skip
    assert (seen["source"], seen["whole"], seen["locators"]) == ("orders.csv", False, ["line 2", "line 3"])
    assert seen["raw"] == ["id,name,total", "1,Ann,3.50"]
    assert seen["detected"]["delimiter"] == ","
    name = next(one for one in seen["fields"] if one["name"] == "name")
    assert (name["type"], name["null_share"], name["samples"]) == ("text", 0.5, ["Ann"])


def test_pasted_json_is_a_sample(client: TestClient) -> None:
    sample = '{"data": [{"user": {"city": "Ulm"}, "tags": ["a", "b"]}]}'
    seen = client.post(f"{API}/preview-fields", json={"sample": sample}).json()
    assert [one["name"] for one in seen["fields"]] == ["user.city", "tags"]
    tags = seen["tree"][1]
    assert (tags["type"], [one["path"] for one in tags["children"]]) == ("array", ["tags.0", "tags.1"])
    broken = client.post(f"{API}/preview-fields", json={"sample": '{"a": 1,\n "b": }'})
    assert broken.status_code == 422
    assert "line 2, column 7" in broken.json()["detail"]


def test_pasted_records_keep_the_keys_that_they_stand_under(
    client: TestClient, orders: dict[str, Any]
) -> None:
    sample = '{"orders": {"17": {"name": "Ann"}, "18": {"name": "Bob"}}}'
    where = {"records": "$.orders.*", "key_field": "id"}
    seen = client.post(f"{API}/preview", json={"sample": sample, **where}).json()
    assert seen["data"] == [{"id": "17", "name": "Ann"}, {"id": "18", "name": "Bob"}]
    task = {**orders, "source": {"kind": "push", **where}}
    assert client.post(f"{API}/tasks", json={**task, "name": "sent"}).status_code == 201
    fields = client.post(f"{API}/tasks/sent/preview-fields", json={"sample": sample}).json()
    assert [one["name"] for one in fields["fields"]] == ["id", "name"]


def test_rows_are_marked_with_what_becomes_of_them(client: TestClient, orders: dict[str, Any]) -> None:
    seen = client.post(f"{API}/preview-task", json={"definition": orders}).json()
    assert seen["error"] is None
    trial = seen["trial"]
    assert trial["counts"] == {"good": 1, "rejected": 2, "deduplicated": 1}
    outcomes = [(one["locator"], one["outcome"]) for one in trial["rows"]]
    assert outcomes == [
        ("line 2", "deduplicated"), ("line 3", "rejected"), ("line 4", "rejected"), ("line 5", "good")
    ]  # fmt: skip
    assert trial["rows"][3]["before"]["name"] == "Ann again"
    assert trial["rows"][3]["after"] == {"id": 1, "name": "ANN AGAIN", "total": 7.0}
    assert [one["code"] for one in trial["rows"][1]["problems"]] == ["NOT_NULL"]
    assert trial["rows"][2]["problems"][0]["column"] == "id"
    found = {(one["code"], one["column"], one["severity"]): one["rows"] for one in trial["findings"]}
    assert found[("NOT_NULL", "name", "error")] == 1
    assert found[("RANGE", "total", "warning")] == 3
    assert len(trial["touched"]) == len(orders["rules"])


def test_each_rule_tells_the_rows_it_touches(client: TestClient, orders: dict[str, Any]) -> None:
    rules = [
        {"dedupe": {"keys": ["id"], "keep": "last"}},
        {"not_null": "name"},
        {"range": {"column": "total", "max": 5}, "severity": "warning"},
        {"range": {"column": "total", "max": 5}, "on_fail": "set_null"},
        {"not_null": "id"},
    ]
    seen = client.post(f"{API}/preview-task", json={"definition": {**orders, "rules": rules}}).json()
    touched = {(one["place"], one["outcome"]): one["rows"] for one in seen["trial"]["touched"]}
    assert touched == {
        (0, "deduplicated"): [0], (1, "rejected"): [1], (3, "changed"): [3], (4, "rejected"): [2]
    }  # fmt: skip


def test_what_does_not_fit_is_said_beside_the_rows(client: TestClient, orders: dict[str, Any]) -> None:
    wrong = {**orders, "mapping": [{"to": "id", "from": "ident"}]}
    seen = client.post(f"{API}/preview-task", json={"definition": wrong}).json()
    assert len(seen["preview"]["data"]) == 4
    assert seen["trial"] is None
    assert seen["error"]["path"] == ["mapping", 0, "from"]
    assert "no field 'ident'" in seen["error"]["message"]


def test_a_destination_that_does_not_answer_is_imagined(client: TestClient, orders: dict[str, Any]) -> None:
    away = {**orders, "load": {**orders["load"], "to": "postgresql://nobody@127.0.0.1:1/none"}}
    trial = client.post(f"{API}/preview-task", json={"definition": away}).json()["trial"]
    assert trial["counts"]["rejected"] == 1
    assert "could not be asked" in trial["warnings"][0]


def test_a_plan_says_what_would_happen_and_writes_nothing(
    client: TestClient, orders: dict[str, Any], home: Path
) -> None:
    planned = client.post(f"{API}/plan", json={"definition": orders}).json()
    result = planned["result"]
    assert (result["updated_records"], result["rejected_records"], result["deduplicated_records"]) == (
        1,
        2,
        1,
    )
    assert result["plan"]["samples"]["updated"][0]["before"]["name"] == "Old"
    assert planned["partial"] is False
    part = client.post(f"{API}/plan", json={"definition": orders, "rows": 1}).json()
    assert (part["result"]["total_records"], part["partial"]) == (1, True)
    with sqlite3.connect(orders["load"]["to"].removeprefix("sqlite:///")) as db:
        assert db.execute("SELECT * FROM orders").fetchall() == [(1, "Old", 1.0)]
    db.close()
    assert not (home / "rejects").exists()


def test_a_saved_task_is_previewed_and_planned_with_its_secrets(
    client: TestClient, orders: dict[str, Any]
) -> None:
    orders["source"]["null_texts"] = ["Ann"]
    made = client.post(f"{API}/tasks", json=orders).json()
    seen = client.post(f"{API}/tasks/orders/preview", json={"rows": 1}).json()
    assert seen["preview"]["data"] == [{"id": "1", "name": None, "total": "3.50"}]
    fields = client.post(f"{API}/tasks/{made['id']}/preview-fields").json()
    assert [one["name"] for one in fields["fields"]] == ["id", "name", "total"]
    assert client.post(f"{API}/tasks/orders/plan").json()["result"]["total_records"] == 4
    edited = {**made["definition"], "mapping": []}
    seen = client.post(f"{API}/tasks/orders/preview", json={"definition": edited}).json()
    assert seen["trial"]["columns"][1] == {"name": "name", "type": "text", "nullable": False}


def test_limits_are_held(client: TestClient, orders: dict[str, Any]) -> None:
    assert client.post(f"{API}/preview-task", json={"definition": orders, "rows": 5000}).status_code == 422
    assert client.post(f"{API}/plan", json={"definition": orders, "seconds": 0}).status_code == 422
    assert client.post(f"{API}/preview", json={}).status_code == 422
    missing = client.post(f"{API}/preview", json={"source": {"file": "nothing.csv"}})
    assert (missing.status_code, missing.json()["errors"][0]["path"]) == (422, "source.file")
