from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from services.test_rejects import spec_of


def test_rejects_go_through_the_api_from_the_list_to_the_replay(client: TestClient, tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    source.write_text("id,qty,note\n1,10,a\n2,ten,b\n3,ten,c\n")
    spec = spec_of(source, f"sqlite:///{tmp_path / 'shop.db'}")
    run = client.post("/api/v1/runs", json={"spec": spec}).json()
    assert run["rejects"] == {"total": 2, "open": 2, "replaying": 0, "replayed": 0, "discarded": 0}
    base = f"/api/v1/runs/{run['id']}"
    page = client.get(f"{base}/rejects", params={"limit": 1}).json()
    assert (page["items"][0]["original"]["qty"], page["next"]) == ("ten", 0)
    assert client.get(f"{base}/rejects/groups").json()["items"][0]["count"] == 2
    for part, field in (("rejects", {}), ("rejects/export", {}), ("rejects/values", {"field": "qty"})):
        wrong = client.get(f"{base}/{part}", params={"group": "no-such", **field})
        assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (422, "group"), part
    for part, more in (("replay", {}), ("rejects/check", {}), ("rejects/discard", {"note": "gone"})):
        wrong = client.post(f"{base}/{part}", json={"groups": ["no-such"], **more})
        assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (422, "groups"), part
    counted = client.get(f"{base}/rejects/values", params={"field": "qty"}).json()
    assert counted["items"] == [{"value": "ten", "count": 2}]
    edit = {"field": "qty", "old": "ten", "new": "10"}
    assert client.post(f"{base}/rejects/edits/everywhere", json=edit | {"preview": True}).json()["rows"] == 2
    assert client.post(f"{base}/rejects/edits/everywhere", json=edit).json()["edits"] == 1
    assert client.get(f"{base}/rejects/edits").json()["total"] == 1
    assert client.get(f"{base}/rejects/edits", params={"sort": "-id"}).json()["total"] == 1
    assert client.get(f"{base}/rejects/edits", params={"sort": "colour"}).status_code == 422
    checked = client.post(f"{base}/rejects/check").json()
    assert (checked["passed"], checked["failed"]) == (2, 0)
    export = client.get(f"{base}/rejects/export", params={"format": "csv"})
    assert export.headers["content-type"].startswith("text/csv")
    taken = client.post(
        f"{base}/rejects/import", files={"file": ("r.csv", export.content.replace(b",c,", b",d,"))}
    ).json()
    assert taken["changed"] == 1
    done = client.post(f"{base}/rejects/discard", json={"rows": [0], "note": "a test"}).json()
    assert (done["changed"], done["counts"]["open"]) == (1, 1)
    assert client.post(f"{base}/rejects/discard", json={"rows": [0], "note": "a test"}).status_code == 409
    child = client.post(f"{base}/replay")
    assert (child.status_code, child.json()["inserted_records"]) == (200, 1)
    assert client.post(f"{base}/rejects/restore").json()["changed"] == 1
    assert client.post(f"{base}/rejects/rule", json={"field": "qty"}).status_code == 409
    assert client.delete(f"{base}/rejects/edits", params={"row": 0}).status_code == 200


def test_wrong_questions_get_problems(client: TestClient) -> None:
    assert client.get("/api/v1/runs/none/rejects").status_code == 404
    assert client.get("/api/v1/runs/none/rejects/export").status_code == 404
    assert client.post("/api/v1/runs/none/rejects/edits", json={"edits": []}).status_code == 422
    assert client.post("/api/v1/runs/none/rejects/discard", json={}).status_code == 422
