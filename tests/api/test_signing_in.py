from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from intakegateway.api.app import create_app
from intakegateway.bootstrap import Gateway, build
from intakegateway.kit.clock import ManualClock
from intakegateway.settings import Settings

GOOD = "seven wet llamas"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What the browser sees does not depend on the store."""
    return f"sqlite:///{tmp_path / 'app.db'}"


def set_up(api: TestClient, gateway: Gateway) -> dict[str, str]:
    """Make the first administrator; the browser is signed in afterwards. Returns the header of the token."""
    token = gateway.accounts.setup_token()
    made = api.post(
        "/api/v1/setup", json={"token": token, "email": "Ann@example.org", "password": GOOD, "name": "Ann"}
    )
    assert made.status_code == 201, made.text
    return {"X-CSRF-Token": made.json()["csrf_token"]}


def app_with(settings: Settings, clock: ManualClock, **changes: str) -> Iterator[tuple[TestClient, Gateway]]:
    built = build(replace(settings, **changes), clock)  # type: ignore[arg-type]
    yield TestClient(create_app(built), raise_server_exceptions=False, base_url="http://testserver"), built
    built.close()


def test_the_set_up_signs_in_with_a_cookie_that_scripts_cannot_read(
    api: TestClient, gateway: Gateway
) -> None:
    assert api.get("/api/v1/setup").json() == {"needed": True}
    token = gateway.accounts.setup_token()
    made = api.post("/api/v1/setup", json={"token": token, "email": "ann@example.org", "password": GOOD})
    cookie = made.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/;" in cookie
    assert "Secure" not in cookie
    assert made.headers["cache-control"] == "no-store"
    assert api.get("/api/v1/setup").json() == {"needed": False}
    me = api.get("/api/v1/auth/me").json()
    assert me["user"]["email"] == "ann@example.org"
    assert me["user"]["is_admin"]
    assert me["csrf_token"] == made.json()["csrf_token"]


def test_a_change_with_a_cookie_needs_the_csrf_token_and_a_look_does_not(
    api: TestClient, gateway: Gateway
) -> None:
    csrf = set_up(api, gateway)
    assert api.get("/api/v1/projects").status_code == 200
    for headers in ({}, {"X-CSRF-Token": "wrong"}):
        refused = api.post("/api/v1/projects", json={"name": "sales"}, headers=headers)
        assert refused.status_code == 403
        assert "X-CSRF-Token" in refused.json()["detail"]
    assert api.post("/api/v1/projects", json={"name": "sales"}, headers=csrf).status_code == 201


def test_a_program_with_a_token_needs_no_csrf_token(api: TestClient, gateway: Gateway) -> None:
    csrf = set_up(api, gateway)
    made = api.post("/api/v1/auth/tokens", json={"name": "ci", "role": "admin"}, headers=csrf)
    assert made.status_code == 201
    api.cookies.clear()
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert api.post("/api/v1/projects", json={"name": "sales"}, headers=bearer).status_code == 201


def test_sign_out_ends_the_session_also_for_who_has_kept_the_cookie(
    api: TestClient, gateway: Gateway
) -> None:
    csrf = set_up(api, gateway)
    kept = api.cookies["intakegateway_session"]
    assert api.post("/api/v1/auth/logout").status_code == 403
    out = api.post("/api/v1/auth/logout", headers=csrf)
    assert out.status_code == 204
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert api.get("/api/v1/auth/me").status_code == 401
    api.cookies.set("intakegateway_session", kept)
    assert api.get("/api/v1/auth/me").status_code == 401
    assert api.post("/api/v1/auth/logout").status_code == 204


def test_a_new_sign_in_makes_a_new_session_and_ends_the_one_before(api: TestClient, gateway: Gateway) -> None:
    set_up(api, gateway)
    before = api.cookies["intakegateway_session"]
    again = api.post("/api/v1/auth/login", json={"email": "ann@example.org", "password": GOOD})
    assert again.status_code == 200
    assert api.cookies["intakegateway_session"] != before
    assert len(api.get("/api/v1/auth/sessions").json()) == 1


def test_a_locked_address_is_told_when_to_come_back(api: TestClient, gateway: Gateway) -> None:
    set_up(api, gateway)
    for _ in range(5):
        wrong = api.post("/api/v1/auth/login", json={"email": "ann@example.org", "password": "x"})
        assert wrong.status_code == 401
    locked = api.post("/api/v1/auth/login", json={"email": "ann@example.org", "password": GOOD})
    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) == 61


def test_a_password_in_a_broken_request_is_not_told_back(api: TestClient) -> None:
    answer = api.post(
        "/api/v1/auth/login", json={"email": "no address", "password": "plant3d-s3cret", "x": 1}
    )
    assert answer.status_code == 422
    assert "plant3d" not in answer.text


def test_a_token_is_shown_once_listed_with_its_last_use_and_revoked(
    api: TestClient, gateway: Gateway
) -> None:
    csrf = set_up(api, gateway)
    made = api.post(
        "/api/v1/auth/tokens",
        json={"name": "ci", "role": "viewer", "project": "default", "expires_at": "2099-01-01T00:00:00Z"},
        headers=csrf,
    ).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert api.get("/api/v1/projects/default", headers=bearer).json()["role"] == "viewer"
    refused = api.patch("/api/v1/projects/default", json={"title": "X"}, headers=bearer)
    assert refused.status_code == 403
    listed = api.get("/api/v1/auth/tokens").json()["items"]
    assert [one["name"] for one in listed] == ["ci"]
    assert listed[0]["last_used_at"]
    assert made["token"] not in json.dumps(listed)
    assert api.delete(f"/api/v1/auth/tokens/{made['id']}", headers=csrf).status_code == 204
    assert api.get("/api/v1/projects", headers=bearer).status_code == 401


def test_a_token_expires_and_cannot_be_made_for_the_past(
    api: TestClient, gateway: Gateway, clock: ManualClock
) -> None:
    csrf = set_up(api, gateway)
    past = api.post(
        "/api/v1/auth/tokens",
        json={"name": "x", "role": "viewer", "expires_at": "2001-01-01T00:00:00Z"},
        headers=csrf,
    )
    assert past.status_code == 422
    assert past.json()["errors"][0]["path"] == "expires_at"
    soon = gateway.context.now().replace(year=gateway.context.now().year + 1).isoformat()
    made = api.post(
        "/api/v1/auth/tokens", json={"name": "x", "role": "admin", "expires_at": soon}, headers=csrf
    ).json()
    api.cookies.clear()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    child = api.post("/api/v1/auth/tokens", json={"name": "y", "role": "admin"}, headers=bearer).json()
    assert child["expires_at"] == made["expires_at"]
    clock.sleep(366 * 86_400)
    assert api.get("/api/v1/projects", headers=bearer).status_code == 401


def test_a_person_is_invited_and_comes(api: TestClient, gateway: Gateway) -> None:
    csrf = set_up(api, gateway)
    made = api.post("/api/v1/users", json={"email": "bob@example.org"}, headers=csrf)
    assert made.status_code == 201
    assert made.json()["invitation"]["url"].startswith("http://testserver/invitation#")
    api.cookies.clear()
    came = api.post(
        "/api/v1/auth/invitation",
        json={"token": made.json()["invitation"]["token"], "password": "nine dry camels", "name": "Bob"},
    )
    assert came.json()["user"]["name"] == "Bob"
    assert came.json()["memberships"] == []
    assert api.get("/api/v1/users").status_code == 403
    assert api.get("/api/v1/projects").json()["items"] == []


@pytest.mark.parametrize(
    ("host", "begins"),
    [
        ("evil.example.com", "/invitation#"), ("evil.example.com:8080", "/invitation#"), ("6.6.6.6", "/invitation#"),
        ("localhost.evil.com", "/invitation#"), ("testserver@evil.com", "http://testserver/invitation#"), ("[::1", "http://testserver/invitation#"),
        ("evil.com/x?y#z", "http://testserver/invitation#"),
        ("localhost:8080", "http://localhost:8080/invitation#"), ("127.0.0.1:99", "http://127.0.0.1:99/invitation#"),
        ("testserver", "http://testserver/invitation#"),
    ],
)  # fmt: skip
def test_an_invitation_does_not_lead_to_a_host_that_only_the_request_names(
    api: TestClient, gateway: Gateway, host: str, begins: str
) -> None:
    headers = {**set_up(api, gateway), "Host": host}
    made = api.post("/api/v1/users", json={"email": "bob@example.org"}, headers=headers)
    assert made.status_code == 201, made.text
    assert made.json()["invitation"]["url"].startswith(begins)
    again = api.post(f"/api/v1/users/{made.json()['user']['id']}/invitation", headers=headers)
    assert again.json()["url"].startswith(begins)


@pytest.mark.parametrize("host", ["[::1", "a b", "", "[", "x:y:z", "a:99999999"])
def test_a_host_that_is_none_is_no_fault_of_ours(api: TestClient, host: str) -> None:
    for path in ("/api/v1/auth/providers", "/api/v1/auth/me", "/health", "/api/v1/openapi.json", "/"):
        assert api.get(path, headers={"Host": host}).status_code < 500, path


def test_the_cookie_goes_over_https_only_and_under_the_base_path(
    settings: Settings, clock: ManualClock
) -> None:
    for api, gateway in app_with(settings, clock, base_url="https://data.example.org/gateway"):
        token = gateway.accounts.setup_token()
        made = api.post("/api/v1/setup", json={"token": token, "email": "a@example.org", "password": GOOD})
        assert "Secure" in made.headers["set-cookie"]
        assert "Path=/gateway" in made.headers["set-cookie"]
        assert "max-age" in made.headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "seen"),
    [
        ("", "203.0.113.9", "testclient"),
        ("10.0.0.0/8", "203.0.113.9", "10.1.2.3"),
        ("192.0.2.0/24", "203.0.113.9", "203.0.113.9"),
        ("192.0.2.0/24", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("192.0.2.0/24", "198.51.100.1, 203.0.113.9:4711, 192.0.2.77", "203.0.113.9"),
        ("192.0.2.0/24", "203.0.113.9, nonsense", "192.0.2.1"),
        ("::1", "[2001:db8::5]:443", "2001:db8::5"),
    ],
)
def test_the_address_is_the_one_that_trusted_proxies_tell(
    settings: Settings, clock: ManualClock, trusted: str, forwarded: str, seen: str
) -> None:
    peers = {"": "testclient", "10.0.0.0/8": "10.1.2.3", "192.0.2.0/24": "192.0.2.1", "::1": "::1"}
    peer = "testclient" if not trusted else peers[trusted]
    if trusted == "10.0.0.0/8":
        trusted = "172.16.0.0/12"
    for _, gateway in app_with(settings, clock, trusted_proxies=trusted):
        api = TestClient(create_app(gateway), client=(peer, 5))
        token = gateway.accounts.setup_token()
        api.post(
            "/api/v1/setup", json={"token": token, "email": "a@example.org", "password": GOOD},
            headers={"X-Forwarded-For": forwarded},
        )  # fmt: skip
        assert api.get("/api/v1/auth/sessions").json()[0]["ip"] == seen


def test_the_audit_log_is_filtered_paged_and_exported(api: TestClient, gateway: Gateway) -> None:
    csrf = set_up(api, gateway)
    api.post("/api/v1/projects", json={"name": "sales", "title": "=cmd()"}, headers=csrf)
    api.patch("/api/v1/projects/sales", json={"title": "New"}, headers=csrf)
    found = api.get("/api/v1/audit", params={"noun": "project", "user": "ann@example.org"}).json()
    assert [one["action"] for one in found["items"]] == ["updated", "created"]
    assert found["items"][0]["before"] == {"title": "=cmd()"}
    assert found["items"][0]["ip"] == "testclient"
    assert api.get("/api/v1/audit", params={"limit": 1, "project": "sales"}).json()["total"] == 2
    assert api.get("/api/v1/audit", params={"since": "2999-01-01T00:00:00Z"}).json()["total"] == 0
    assert api.get("/api/v1/audit", params={"project": "unknown"}).status_code == 404
    table = list(csv.DictReader(io.StringIO(api.get("/api/v1/audit/export").text)))
    lines = api.get("/api/v1/audit/export", params={"format": "jsonl"})
    assert lines.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    entries = [json.loads(line) for line in lines.text.splitlines()]
    assert [row["id"] for row in table] == [str(one["id"]) for one in entries]
    assert len(entries) == api.get("/api/v1/audit").json()["total"]
