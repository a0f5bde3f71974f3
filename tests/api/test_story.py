"""What a team does in its first hour, over the REST API alone, from the set-up to the project's file."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock

API = "/api/v1"
PASSWORD = "seven wet llamas"
MESSY = (
    "\ufeffCustomer ID;E-Mail;Full Name;Amount;Signed up\r\n"
    "1;ann@example.org; Ann Ash ;1.234,50;31.12.2025\r\n"
    "2;bob@example.org;Bob;99,90;01.02.2026\r\n"
    '3;cy@example.org;"Cy; the third";;15.03.2026\r\n'
    "four;dee@example.org;Dee;7,00;16.03.2026\r\n"
    "5;;Eve;12,00;31.02.2026\r\n"
).encode()
COLUMNS = [
    {"name": "customer_id", "type": "integer", "nullable": False},
    {"name": "email", "type": "text"},
    {"name": "full_name", "type": "text"},
    {"name": "amount", "type": "decimal(12,2)"},
    {"name": "signed_up", "type": "date"},
]


def test_a_team_sets_up_loads_a_messy_file_and_takes_its_project_along(
    api: TestClient, gateway: Gateway, clock: ManualClock, tmp_path: Path
) -> None:
    def call(method: str, path: str, status: int = 200, **more: Any) -> Any:
        answer = api.request(method, f"{API}{path}", **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer.text

    # The first administrator: signed in with a cookie at once, and again with the password.
    assert call("GET", "/setup") == {"needed": True}
    person = {"email": "ann@example.org", "password": PASSWORD}
    me = call("POST", "/setup", 201, json={**person, "token": gateway.accounts.setup_token(), "name": "Ann"})
    call("POST", "/auth/logout", 204, headers={"X-CSRF-Token": me["csrf_token"]})
    call("GET", "/auth/me", 401)
    me = call("POST", "/auth/login", json=person)
    call("POST", "/projects", 403, json={"name": "crm"})
    api.headers["X-CSRF-Token"] = me["csrf_token"]

    # A project; whatever comes is in it.
    call("POST", "/projects", 201, json={"name": "crm", "title": "Customers"})
    assert "crm" in [one["name"] for one in call("GET", "/projects")["items"]]
    api.headers["X-Project"] = "crm"

    # Where the rows go: a file in a folder that is allowed, and none elsewhere.
    target = tmp_path / "crm.db"
    place = {"name": "warehouse", "kind": "sqlite", "config": {"path": str(target)}}
    outside = call("POST", "/connections/test", json={"kind": "sqlite", "config": {"path": "/etc/crm.db"}})
    assert not outside["ok"]
    connection = call("POST", "/connections", 201, json=place)
    assert call("POST", "/connections/warehouse/test")["ok"]
    assert call("POST", f"/connections/{connection['id']}/activate")["is_active"]
    assert call("GET", "/connections/warehouse/tables")["items"] == []

    # What comes in: found out about, looked at, matched with the table to be.
    file = call("POST", "/files", 201, files={"file": ("customers.csv", MESSY, "text/csv")})["items"][0]
    assert (file["status"], file["format"], file["detected"]["delimiter"]) == ("ready", "csv", ";")
    look = call("GET", f"/files/{file['id']}/preview")
    fields = [one["name"] for one in look["fields"]]
    assert fields == ["Customer ID", "E-Mail", "Full Name", "Amount", "Signed up"]
    schema = call("POST", "/schemas", 201, json={"name": "customers", "columns": COLUMNS})
    names = [one["name"] for one in schema["columns"]]
    matched = call("POST", "/auto-match", json={"fields": fields, "columns": names})
    pairs = {one["field"]: one["column"] for one in matched}
    assert pairs == dict(zip(fields, names, strict=True))
    known = {one["name"]: one for one in look["fields"]}
    keys = (
        "name",
        "type",
        "date_format",
        "max_length",
        "nulls",
        "values",
        "decimal_comma",
        "null_share",
        "notes",
        "samples",
    )
    drafts = [
        {"field": {key: known[field][key] for key in keys}, "column": column}
        for field, column in zip(fields, COLUMNS, strict=True)
    ]
    suggested = {one["field"]: one["transforms"] for one in call("POST", "/suggest-transforms", json=drafts)}
    mapping = [{"to": pairs[field], "from": field, "transforms": suggested[field]} for field in fields]
    mapping[2]["transforms"] = ["trim"]
    mapping[4]["transforms"] = [{"to_date": "%d.%m.%Y"}]
    call(
        "POST",
        "/check-mapping",
        json={"mapping": mapping, "fields": [d["field"] for d in drafts], "columns": COLUMNS},
    )
    definition = {
        "name": "customers", "source": {"kind": "file", "file": "customers.csv"}, "mapping": mapping,
        "rules": [{"not_null": "email"}],
        "load": {"connection": "warehouse", "table": "customers", "mode": "upsert", "keys": ["customer_id"],
                 "schema": "customers"},
    }  # fmt: skip
    tried = call("POST", "/preview-task", json={"definition": definition})
    assert tried["error"] is None
    assert tried["trial"]["counts"]["rejected"] == 2, tried["trial"]

    # The task: saved, planned (nothing is written), run.
    task = call("POST", "/tasks", 201, json=definition)
    plan = call("POST", f"/tasks/{task['id']}/plan")
    assert plan["result"]["inserted_records"] == 3
    assert not target.exists() or not tables(target)
    once = {"Idempotency-Key": "first-load"}
    run = call("POST", "/runs", json={"task": "customers", "wait": True}, headers=once)
    assert (run["status"], run["inserted_records"], run["rejected_records"]) == ("PARTIAL_SUCCESS", 3, 2)
    again = call("POST", "/runs", json={"task": "customers", "wait": True}, headers=once)
    assert again == run
    with sqlite3.connect(target) as database:
        found = database.execute("SELECT * FROM customers ORDER BY customer_id").fetchall()
    database.close()
    assert [row[:3] for row in found] == [
        (1, "ann@example.org", "Ann Ash"), (2, "bob@example.org", "Bob"), (3, "cy@example.org", "Cy; the third"),
    ]  # fmt: skip
    assert [float(row[3]) if row[3] is not None else None for row in found] == [1234.5, 99.9, None]

    # What went wrong, and that everybody sees the same.
    causes = {(one["code"], one["column"]): one["count"] for one in run["reject_groups"]}
    assert sum(causes.values()) >= 2
    assert {column for _, column in causes} >= {"customer_id"}
    logged = call("GET", f"/runs/{run['id']}/logs")
    assert "run_finished" in [line["event"] for line in logged["items"]]
    listed = call("GET", "/runs", params={"task": "customers", "has_rejects": True})
    assert [one["id"] for one in listed["items"]] == [run["id"]]
    assert call("GET", "/tasks")["items"][0]["last_run"]["id"] == run["id"]
    assert call("GET", "/dashboard")
    clock.sleep(60)
    [stats] = call("GET", "/stats/tasks")
    assert stats["task_id"] == task["id"]
    assert call("GET", "/connections/warehouse/tables")["items"][0]["name"] == "customers"

    # Again with the keys that are there: nothing is doubled. Then by itself every morning.
    retried = call("POST", f"/runs/{run['id']}/retry", json={"wait": True})
    assert (retried["retry_of_run_id"], retried["inserted_records"], retried["unchanged_records"]) == (
        run["id"],
        0,
        3,
    )
    schedule = call(
        "PUT", "/tasks/customers/schedule", json={"cron": "0 6 * * 1-5", "timezone": "Europe/Berlin"}
    )
    assert schedule["next_run_at"]
    assert call("GET", "/tasks")["items"][0]["schedule"]["cron"] == "0 6 * * 1-5"
    assert call("GET", "/schedules")["items"][0]["task_name"] == "customers"

    # What happened is on record, and the project goes out and comes in again as it was.
    done = {(one["noun"], one["action"]) for one in call("GET", "/audit", params={"limit": 500})["items"]}
    assert {("task", "created"), ("connection", "activated"), ("run", "retried")} <= done
    text = call("GET", "/projects/crm/export")
    assert "customers" in text
    assert PASSWORD not in text
    same = call("POST", "/projects/apply", json={"document": text, "dry_run": True})
    assert {one["action"] for one in same["changes"]} == {"unchanged"}, same
    copy = call("POST", "/projects/apply", params={"name": "crm-copy"}, json={"document": text})
    assert {one["action"] for one in copy["changes"] if one["noun"] != "project"} == {"create"}, copy
    twin = call("GET", "/tasks/customers", headers={"X-Project": "crm-copy"})
    assert twin["definition"] == call("GET", "/tasks/customers")["definition"]


def tables(path: Path) -> list[str]:
    database = sqlite3.connect(path)
    try:
        return [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    finally:
        database.close()
