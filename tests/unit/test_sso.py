from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from intakegateway.services.sso import local, read_providers
from intakegateway.settings import Settings, SettingsError

OIDC = {"name": "staff", "issuer": "https://id.example.org", "client_id": "gateway"}
SAML = {"name": "staff", "metadata_url": "https://id.example.org/metadata"}


def described(**settings: Any) -> Settings:
    return Settings(home=Path("unused"), **{name: json.dumps(value) for name, value in settings.items()})


def test_providers_are_read_from_the_settings_and_their_secrets_are_not_shown() -> None:
    oidc, saml = read_providers(described(oidc=[{**OIDC, "client_secret": "plant3d"}], saml=[SAML]))
    assert [one.name for one in oidc + saml] == ["staff", "staff"]
    assert "plant3d" not in repr(oidc)
    assert read_providers(described()) == ([], [])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"oidc": [{"name": "staff"}]}, "INTAKEGATEWAY_OIDC: provider 1, issuer: Field required"),
        ({"oidc": [{**OIDC, "issuer": "id.example.org"}]}, "provider 1, issuer: give the issuer's URL"),
        ({"oidc": [{**OIDC, "colour": "red"}]}, "provider 1, colour: Extra inputs"),
        ({"oidc": [OIDC, OIDC]}, "two providers with the name 'staff'"),
        ({"oidc": [{**OIDC, "name": "Not A Slug"}]}, "provider 1, name"),
        ({"oidc": [{**OIDC, "default_role": "boss"}]}, "provider 1, default_role"),
        (
            {"saml": [{"name": "staff"}]},
            "INTAKEGATEWAY_SAML: provider 1: give either metadata_url or metadata",
        ),
    ],
)
def test_a_provider_that_is_described_wrongly_stops_the_start(settings: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_providers(described(**settings))


@pytest.mark.parametrize("goal", ["/", "/runs?status=FAILED#top", "/a/b%20c"])
def test_paths_of_ours_are_goals(goal: str) -> None:
    assert local(goal) == goal


@pytest.mark.parametrize(
    "goal", ["", "x", "//x", "/\\x", "\\/x", "https://x", "/a\tb", "/\r\nSet-Cookie: a", "javascript:1"]
)
def test_nothing_else_is_a_goal(goal: str) -> None:
    assert local(goal) == "/"


def test_the_providers_that_the_documentation_shows_are_right() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/howto/people.md").read_text(encoding="utf-8")
    oidc, saml = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    found = read_providers(Settings(home=Path("unused"), oidc=oidc, saml=saml))
    assert [one.name for some in found for one in some] == ["staff", "staff"]
