from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

API = "/api/v1"


@pytest.fixture
def task(client: TestClient) -> str:
    given = {
        "name": "t", "source": {"path": "x.csv"}, "load": {"to": "x.csv", "table": "t"},
        "mapping": [{"to": "a", "from": "x"}, {"to": "b", "from": "y", "transforms": ["trim"]}],
    }  # fmt: skip
    made: str = client.post(f"{API}/tasks", json=given).json()["id"]
    return made


def mappings(client: TestClient) -> list[dict[str, Any]]:
    return [one["mapping"] for one in client.get(f"{API}/tasks/t/mappings").json()["items"]]


def test_mappings_are_added_changed_and_deleted(client: TestClient, task: str) -> None:
    read = client.get(f"{API}/tasks/t/mappings")
    assert [one["id"] for one in read.json()["items"]] == [f"{task}.0", f"{task}.1"]
    new = {"mappings": [{"to": "c", "constant": 1}, {"to": ["d", "e"], "split": {"from": "z", "by": " "}}]}
    added = client.post(f"{API}/tasks/t/mappings", json=new, headers={"If-Match": read.headers["etag"]})
    assert (added.status_code, len(added.json()["items"])) == (201, 4)
    late = client.put(
        f"{API}/mappings/{task}.0", json={"to": "A", "from": "x"}, headers={"If-Match": read.headers["etag"]}
    )
    assert late.status_code == 412
    assert client.put(f"{API}/mappings/{task}.0", json={"to": "A", "from": "x"}).status_code == 200
    assert client.delete(f"{API}/mappings/{task}.1").status_code == 200
    assert [one["to"] for one in mappings(client)] == ["A", "c", ["d", "e"]]
    assert client.delete(f"{API}/mappings/{task}.9").status_code == 404
    assert client.delete(f"{API}/mappings/nonsense").status_code == 404
    assert client.get(f"{API}/tasks/t").json()["current"] == 4


def test_what_is_wrong_with_a_mapping_is_named(client: TestClient, task: str) -> None:
    draft = {"mappings": [{"to": "c", "from": "z"}, {"to": "d", "from": "q", "transforms": ["tirm"]}]}
    refused = client.post(f"{API}/tasks/t/mappings", json=draft)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"].startswith("mappings[1].transforms")
    assert "Did you mean 'trim'?" in refused.text
    assert len(mappings(client)) == 2


def test_one_transform_is_applied_to_many_and_all_are_cleared(client: TestClient, task: str) -> None:
    transform = f"{API}/tasks/t/mappings/transform"
    client.post(transform, json={"transform": "upper"})
    client.post(transform, json={"transform": {"null_if": "-"}, "positions": [1], "first": True})
    assert [one["transforms"] for one in mappings(client)] == [
        ["upper"],
        [{"null_if": ["-"]}, "trim", "upper"],
    ]
    assert client.post(transform, json={"transform": "upper", "positions": [7]}).status_code == 422
    assert client.post(transform, json={"transform": "upr"}).status_code == 422
    assert client.delete(f"{API}/tasks/t/mappings").json()["items"] == []


def test_mappings_go_out_as_a_file_and_come_in_again(client: TestClient, task: str) -> None:
    before = mappings(client)
    for kind in ("yaml", "json"):
        exported = client.get(f"{API}/tasks/t/mappings/file", params={"format": kind})
        assert "attachment" in exported.headers["content-disposition"]
        client.delete(f"{API}/tasks/t/mappings")
        imported = client.put(f"{API}/tasks/t/mappings/file", content=exported.content)
        assert imported.status_code == 200, imported.text
        assert mappings(client) == before
    broken = client.put(f"{API}/tasks/t/mappings/file", content="mapping:\n  - {to: a\n")
    assert (broken.status_code, "line 3" in broken.json()["detail"]) == (422, True)
    assert client.put(f"{API}/tasks/t/mappings/file", content="hello").status_code == 422


def test_a_template_is_applied_without_filling_a_column_twice(client: TestClient, task: str) -> None:
    template = {"name": "std", "mappings": [{"to": "a", "from": "other"}, {"to": "k", "from": "key"}]}
    made = client.post(f"{API}/templates", json=template)
    assert made.status_code == 201
    assert client.post(f"{API}/templates", json=template).status_code == 409
    client.post(f"{API}/tasks/t/mappings/apply", json={"template": "std"})
    assert [one["to"] for one in mappings(client)] == ["a", "b", "k"]
    client.post(f"{API}/tasks/t/mappings/apply", json={"template": "std", "replace": True})
    assert mappings(client) == template["mappings"]
    assert client.post(f"{API}/tasks/t/mappings/apply", json={"template": "no"}).status_code == 404
    wrong = client.patch(f"{API}/templates/std", json={"mappings": [{"to": "a"}]})
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (422, "mappings[0]")
    tag = {"If-Match": made.headers["etag"]}
    assert client.patch(f"{API}/templates/std", json={"description": "x"}, headers=tag).status_code == 200
    assert client.patch(f"{API}/templates/std", json={"description": "y"}, headers=tag).status_code == 412
    assert client.delete(f"{API}/templates/std").status_code == 204


def test_schemas_are_kept_while_tasks_are_held_to_them(client: TestClient) -> None:
    schema = {"name": "orders", "columns": [{"name": "id", "type": "integer", "primary_key": True}]}
    made = client.post(f"{API}/schemas", json=schema).json()
    assert made["columns"][0] | {"type": "integer", "primary_key": True} == made["columns"][0]
    for columns in ([{"name": "id"}, {"name": "ID"}], [{"name": "id", "type": "intger"}], []):
        assert client.post(f"{API}/schemas", json={"name": "bad", "columns": columns}).status_code == 422
    load = {"to": "x.csv", "table": "t", "schema": "orders"}
    given = {"name": "held", "source": {"path": "x.csv"}, "load": load}
    assert client.post(f"{API}/tasks", json=given).json()["definition"]["load"] == load
    users = [client.get(f"{API}/schemas").json()["items"][0], client.get(f"{API}/schemas/orders").json()]
    assert (made["used_by"], [one["used_by"] for one in users]) == ([], [["held"], ["held"]])
    refused = client.delete(f"{API}/schemas/orders")
    assert (refused.status_code, "'held'" in refused.json()["detail"]) == (409, True)
    assert client.patch(f"{API}/schemas/orders", json={"name": "other"}).status_code == 409
    assert client.patch(f"{API}/schemas/orders", json={"description": "x"}).json()["version"] == 2
    client.delete(f"{API}/tasks/held")
    assert client.delete(f"{API}/schemas/orders").status_code == 204
    assert [one["name"] for one in client.get(f"{API}/schemas").json()["items"]] == []
