from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from identity_providers import SamlProvider, load_pysaml2
from intakegateway.api.app import create_app
from intakegateway.bootstrap import build
from intakegateway.settings import Settings

pytestmark = [
    pytest.mark.saml,
    # The identity provider's and the service provider's libraries use what newer versions call old.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
]
AUTH = "/api/v1/auth/saml/staff"
Start = Callable[..., TestClient]


@pytest.fixture(scope="module")
def idp(provided: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> SamlProvider:
    """A real identity provider."""
    provided("saml")
    load_pysaml2()
    return SamlProvider(tmp_path_factory.mktemp("idp"))


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture
def start(settings: Settings, idp: SamlProvider) -> Iterator[Start]:
    """Start a gateway whose provider ``staff`` has these settings."""
    built = []

    def begin(base_url: str = "", **given: Any) -> TestClient:
        described = {"name": "staff", "metadata": idp.metadata, **given}
        gateway = build(replace(settings, saml=json.dumps([described]), base_url=base_url))
        built.append(gateway)
        return TestClient(create_app(gateway), raise_server_exceptions=False, follow_redirects=False)

    yield begin
    for gateway in built:
        gateway.close()


def leave(api: TestClient, goal: str = "/", base: str = "") -> str:
    sent = api.get(f"{base}{AUTH}/login", params={"next": goal})
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


def posted(
    api: TestClient, idp: SamlProvider, email: str = "ann@example.org", **given: Any
) -> dict[str, str]:
    """Sign in at the provider; what its page posts."""
    return idp.answer(leave(api), api.get(f"{AUTH}/metadata").text, email, **given)


def test_a_person_comes_in_with_a_signed_assertion(start: Start, idp: SamlProvider) -> None:
    mapping = [{"group": "g", "project": "default", "role": "editor"}]
    api = start(default_role="operator", group_roles=mapping)
    form = idp.answer(leave(api, "/runs"), api.get(f"{AUTH}/metadata").text, "Ann@example.org", groups=("g",))
    taken = api.post(f"{AUTH}/acs", data=form)
    assert taken.status_code == 303, taken.text
    assert "set-cookie" not in taken.headers
    back = api.get(taken.headers["location"])
    assert back.status_code == 303
    assert back.headers["location"] == "/runs"
    me = api.get("/api/v1/auth/me").json()
    assert (me["user"]["email"], me["user"]["name"]) == ("ann@example.org", "Ann of SAML")
    assert [one["role"] for one in me["memberships"]] == ["editor"]


def test_below_a_path_and_behind_https_the_addresses_are_those_that_browsers_see(
    start: Start, idp: SamlProvider
) -> None:
    api = start("https://data.example.org/gateway")
    metadata = api.get(f"{AUTH}/metadata").text
    assert "https://data.example.org/gateway/api/v1/auth/saml/staff/acs" in metadata
    api.base_url = "https://data.example.org"
    form = idp.answer(leave(api, "/runs", "/gateway"), metadata, "ann@example.org")
    taken = api.post(f"/gateway{AUTH}/acs", data=form)
    assert taken.headers["location"].startswith("/gateway/api/v1/auth/saml/staff/complete?ticket=")
    assert api.get(taken.headers["location"]).headers["location"] == "/gateway/runs"
    assert api.get("/gateway/api/v1/auth/me").status_code == 200


def test_an_assertion_that_came_before_does_not_come_in_again(start: Start, idp: SamlProvider) -> None:
    api = start()
    form = posted(api, idp)
    assert api.post(f"{AUTH}/acs", data=form).status_code == 303
    assert api.post(f"{AUTH}/acs", data=form).status_code == 401
    newer = leave(api)
    state = newer.partition("RelayState=")[2].partition("&")[0]
    refused = api.post(f"{AUTH}/acs", data={**form, "RelayState": state})
    assert refused.status_code == 401
    assert "InResponseTo" in refused.json()["detail"]


def test_an_assertion_that_nobody_asked_for_is_refused(start: Start, idp: SamlProvider) -> None:
    api = start()
    form = posted(api, idp)
    assert api.post(f"{AUTH}/acs", data={"SAMLResponse": form["SAMLResponse"]}).status_code == 401


def test_the_ticket_is_good_once_in_the_browser_that_asked(start: Start, idp: SamlProvider) -> None:
    api = start()
    goal = api.post(f"{AUTH}/acs", data=posted(api, idp)).headers["location"]
    other = TestClient(api.app, raise_server_exceptions=False, follow_redirects=False)
    assert other.get(goal).status_code == 401
    goal = api.post(f"{AUTH}/acs", data=posted(api, idp)).headers["location"]
    assert api.get(goal).status_code == 303
    assert api.get(goal).status_code == 401


def test_an_assertion_that_is_not_signed_is_refused(start: Start, idp: SamlProvider) -> None:
    api = start()
    refused = api.post(f"{AUTH}/acs", data=posted(api, idp, signed=False))
    assert refused.status_code == 401
    assert "not signed" in refused.json()["detail"]


def test_an_assertion_signed_with_sha1_is_refused(start: Start, idp: SamlProvider) -> None:
    api = start()
    refused = api.post(f"{AUTH}/acs", data=posted(api, idp, sha1=True))
    assert refused.status_code == 401


def test_an_assertion_that_was_changed_on_the_way_is_refused(start: Start, idp: SamlProvider) -> None:
    api = start()
    form = posted(api, idp)
    xml = base64.b64decode(form["SAMLResponse"]).replace(b"ann@example.org", b"boss@example.org")
    refused = api.post(f"{AUTH}/acs", data={**form, "SAMLResponse": base64.b64encode(xml).decode()})
    assert refused.status_code == 401


def test_an_assertion_of_another_provider_is_refused(start: Start, idp: SamlProvider, tmp_path: Path) -> None:
    api = start()
    foreign = SamlProvider(tmp_path)
    form = foreign.answer(leave(api), api.get(f"{AUTH}/metadata").text, "ann@example.org")
    refused = api.post(f"{AUTH}/acs", data=form)
    assert refused.status_code == 401
    assert "ignature" in refused.json()["detail"]


def test_an_assertion_for_another_service_is_refused(start: Start, idp: SamlProvider) -> None:
    api = start()
    form = posted(api, idp, sp_entity_id="http://other.example.org/metadata")
    refused = api.post(f"{AUTH}/acs", data=form)
    assert refused.status_code == 401


@pytest.mark.parametrize("given", ["", "no base64!", base64.b64encode(b"<not xml").decode(), "AAAA"])
def test_rubbish_is_refused_in_words(start: Start, given: str) -> None:
    api = start()
    state = leave(api).partition("RelayState=")[2].partition("&")[0]
    refused = api.post(f"{AUTH}/acs", data={"SAMLResponse": given, "RelayState": state})
    assert refused.status_code in (401, 422)
    assert "internal" not in refused.text


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"metadata": "<a/>"}, 422, "describe no identity provider"),
        ({"metadata": "<a"}, 422, "not SAML metadata"),
        ({"metadata": "/no/such/file.xml"}, 422, "cannot be read"),
        ({"metadata": None, "metadata_url": "http://127.0.0.1:9/metadata"}, 503, "cannot be had"),
    ],
)
def test_metadata_that_cannot_be_used_are_told(start: Start, given: Any, status: int, said: str) -> None:
    answer = start(**given).get(f"{AUTH}/login")
    assert answer.status_code == status
    assert said in answer.json()["detail"]
