from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from identity_providers import oidc_provider, sign_in_at
from intakegateway.api.app import create_app
from intakegateway.bootstrap import Gateway, build
from intakegateway.model.actor import Actor
from intakegateway.model.views.accounts import UserDraft
from intakegateway.model.views.projects import ProjectDraft
from intakegateway.settings import Settings
from service_fixtures import make_actor

pytestmark = pytest.mark.oidc
CALLBACK = "http://testserver/api/v1/auth/oidc/staff/callback"
Start = Callable[..., tuple[TestClient, Gateway]]


@pytest.fixture(scope="module")
def issuer(provided: Callable[[str], None]) -> Iterator[str]:
    """A real provider of OpenID Connect."""
    provided("oidc")
    with oidc_provider(CALLBACK) as found:
        yield found


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture
def start(settings: Settings, issuer: str) -> Iterator[Start]:
    """Start a gateway whose provider ``staff`` has these settings."""
    built = []

    def begin(**given: Any) -> tuple[TestClient, Gateway]:
        described = {
            "name": "staff", "title": "Work", "issuer": issuer, "client_id": "gateway",
            "client_secret": "a secret of the client", **given,
        }  # fmt: skip
        gateway = build(replace(settings, oidc=json.dumps([described])))
        built.append(gateway)
        return TestClient(create_app(gateway), raise_server_exceptions=False, follow_redirects=False), gateway

    yield begin
    for gateway in built:
        gateway.close()


def leave(api: TestClient, goal: str = "/") -> str:
    """Go to the provider. Returns its address."""
    sent = api.get("/api/v1/auth/oidc/staff/login", params={"next": goal})
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


def come(api: TestClient, login: str, goal: str = "/") -> Any:
    """Sign in at the provider and come back."""
    return api.get(sign_in_at(leave(api, goal), login))


def test_a_person_comes_in_through_the_provider_and_goes_on_to_where_they_wanted(start: Start) -> None:
    api, _ = start(default_role="viewer")
    assert api.get("/api/v1/auth/providers").json()[0]["login_url"].endswith("/api/v1/auth/oidc/staff/login")
    back = come(api, "ann", "/runs?status=FAILED")
    assert back.status_code == 303
    assert back.headers["location"] == "/runs?status=FAILED"
    me = api.get("/api/v1/auth/me").json()
    assert me["user"]["email"] == "ann@example.org"
    assert me["user"]["name"] == "Person ann"
    assert [(one["project"], one["role"]) for one in me["memberships"]] == [("default", "viewer")]
    assert not me["user"]["is_admin"]


def test_a_client_without_a_secret_proves_itself_by_pkce(start: Start) -> None:
    api, _ = start(client_id="public", client_secret=None)
    assert come(api, "ann").status_code == 303
    assert api.get("/api/v1/auth/me").status_code == 200


def test_the_second_time_they_are_the_same_person(start: Start) -> None:
    api, gateway = start()
    come(api, "ann")
    first = api.get("/api/v1/auth/me").json()["user"]["id"]
    admin = make_actor(gateway, "admin@example.org", admin=True)
    api.cookies.clear()
    with gateway.context.database.write() as session:
        from intakegateway.store.tables.people import User

        kept = session.get(User, first)
        assert kept is not None
        kept.email = "renamed@example.org"
    come(api, "ann")
    assert api.get("/api/v1/auth/me").json()["user"]["id"] == first
    assert gateway.accounts.get(admin, first).email == "renamed@example.org"


def test_an_answer_is_good_for_one_sign_in_in_the_browser_that_asked(start: Start) -> None:
    api, _ = start()
    goal = sign_in_at(leave(api), "ann")
    other = TestClient(api.app, raise_server_exceptions=False, follow_redirects=False)
    stolen = other.get(goal)
    assert stolen.status_code == 401
    assert "another browser" in stolen.json()["detail"]
    assert api.get(goal).status_code == 401, "it was used up by the attempt"
    goal = sign_in_at(leave(api), "ann")
    assert api.get(goal).status_code == 303
    assert api.get(goal).status_code == 401


def test_an_answer_that_nobody_asked_for_is_refused_on_a_page_for_people(start: Start) -> None:
    api, _ = start()
    refused = api.get(
        "/api/v1/auth/oidc/staff/callback",
        params={"state": "<b>", "code": "x"},
        headers={"Accept": "text/html"},
    )
    assert refused.status_code == 401
    assert "<h1>Sign-in failed</h1>" in refused.text
    assert "<b>" not in refused.text


def test_who_turns_back_at_the_provider_is_told_so(start: Start) -> None:
    api, _ = start()
    answer = api.get(sign_in_at(leave(api), "ann", consent=False))
    assert answer.status_code == 401
    assert "access_denied" in answer.json()["detail"]


def test_a_code_for_another_sign_in_is_refused(start: Start) -> None:
    api, _ = start()
    first, second = sign_in_at(leave(api), "ann"), leave(api)
    state = second.partition("&state=")[2].partition("&")[0]
    code = first.partition("code=")[2].partition("&")[0]
    refused = api.get("/api/v1/auth/oidc/staff/callback", params={"state": state, "code": code})
    assert refused.status_code == 401
    assert "invalid_grant" in refused.json()["detail"]


def test_an_address_that_is_not_verified_lets_nobody_in_unless_the_provider_is_trusted(start: Start) -> None:
    api, _ = start()
    refused = come(api, "unverified")
    assert refused.status_code == 401
    assert "not say that the e-mail address is verified" in refused.json()["detail"]
    api, _ = start(trust_email=True)
    assert come(api, "unverified").status_code == 303


def test_who_has_an_account_gets_into_it_or_is_refused_as_the_settings_say(start: Start) -> None:
    api, gateway = start()
    admin = make_actor(gateway, "admin@example.org", admin=True)
    ann = gateway.accounts.create(admin, UserDraft(email="ann@example.org", invite=False)).user
    come(api, "ann")
    assert api.get("/api/v1/auth/me").json()["user"]["id"] == ann.id
    api, _ = start(link_by_email=False, name="staff")
    assert come(api, "ann").status_code == 303, "they are known by now"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"create_users": False}, "has no account here"),
        ({"allowed_domains": ["elsewhere.example"]}, "are not let in"),
    ],
)
def test_strangers_are_kept_out_where_the_settings_say_so(start: Start, given: Any, said: str) -> None:
    api, _ = start(**given)
    refused = come(api, "ann")
    assert refused.status_code == 403
    assert said in refused.json()["detail"]


def test_roles_follow_the_groups_at_every_sign_in(start: Start) -> None:
    mapping = [
        {"group": "loaders", "project": "sales", "role": "operator"},
        {"group": "admins", "project": "sales", "role": "admin"},
        {"group": "auditors", "project": "default", "role": "viewer"},
    ]
    api, gateway = start(
        scopes=["openid", "email", "profile", "groups"], group_roles=mapping, admin_groups=["admins"]
    )
    system = Actor("", "system", is_admin=True)
    gateway.projects.create(system, ProjectDraft(name="sales"))
    come(api, "ann")
    me = api.get("/api/v1/auth/me").json()
    assert [(one["project"], one["role"]) for one in me["memberships"]] == [("sales", "operator")]
    assert not me["user"]["is_admin"]
    come(api, "boss")
    boss = api.get("/api/v1/auth/me").json()
    assert boss["user"]["is_admin"]
    assert [(one["project"], one["role"]) for one in boss["memberships"]] == [("sales", "admin")]


def test_a_person_who_is_disabled_does_not_come_in_through_the_provider(start: Start) -> None:
    api, gateway = start()
    come(api, "ann")
    person = api.get("/api/v1/auth/me").json()["user"]
    admin = make_actor(gateway, "admin@example.org", admin=True)
    from intakegateway.model.views.accounts import UserChange

    gateway.accounts.change(admin, person["id"], UserChange(is_active=False))
    assert come(api, "ann").status_code == 403


@pytest.mark.parametrize(
    "goal", ["https://evil.example", "//evil.example", "/\\evil.example", "x", "/a\r\nb"]
)
def test_nobody_is_sent_to_another_site_afterwards(start: Start, goal: str) -> None:
    api, _ = start()
    assert come(api, "ann", goal).headers["location"] == "/"


def test_a_provider_that_is_set_up_wrongly_or_away_is_told_with_its_name(start: Start, issuer: str) -> None:
    api, _ = start(issuer=f"{issuer}/")
    answer = api.get("/api/v1/auth/oidc/staff/login")
    assert answer.status_code == 503
    assert "must be exactly" in answer.json()["hint"]
    api, _ = start(issuer="http://127.0.0.1:9")
    answer = api.get("/api/v1/auth/oidc/staff/login")
    assert answer.status_code == 503
    assert "'staff' does not answer" in answer.json()["detail"]
    assert api.get("/api/v1/auth/oidc/other/login").status_code == 404


def test_a_wrong_secret_of_the_client_is_told_without_it(start: Start) -> None:
    api, _ = start(client_secret="plant3d")
    answer = come(api, "ann")
    assert answer.status_code == 401
    assert "invalid_client" in answer.json()["detail"]
    assert "plant3d" not in answer.text
