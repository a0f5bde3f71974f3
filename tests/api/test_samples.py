from __future__ import annotations

from fastapi.testclient import TestClient


def test_the_first_run_path_ends_in_rows_that_are_loaded(client: TestClient) -> None:
    made = client.post("/api/v1/projects/default/sample")
    assert made.status_code == 200, made.text
    run = client.post("/api/v1/runs", json={"task": made.json()["task_id"], "wait": True})
    assert run.json()["status"] == "PARTIAL_SUCCESS", run.text
    assert run.json()["inserted_records"] > 200
    assert client.post("/api/v1/projects/nowhere/sample").status_code == 404


def test_administrators_see_how_the_installation_is_set_up_and_no_secrets(client: TestClient) -> None:
    told = client.get("/api/v1/system").json()
    assert told["keep_runs_days"] == 90
    assert not told["sends_mail"]
    assert not {"smtp_url", "secret_keys", "metrics_token", "database_url"} & told.keys()
