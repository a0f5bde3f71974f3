from __future__ import annotations

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from intakegateway.model.errors import UnauthenticatedError
from intakegateway.model.sso import OidcProvider
from intakegateway.services.oidc import challenge, identity, verified

NOW = 1_700_000_000
KEY = RSAKey.generate_key(2048, {"kid": "one"})
KEYS: Any = KeySet([KEY]).as_dict(private=False)
RIGHT = {
    "iss": "https://id.example.org", "aud": "gateway", "sub": "ann", "nonce": "n", "iat": NOW, "exp": NOW + 60,
}  # fmt: skip


def signed(key: Any = KEY, algorithm: str = "RS256", **changes: Any) -> str:
    claims = {name: value for name, value in {**RIGHT, **changes}.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "one"}, claims, key, algorithms=[algorithm])


def read(token: str) -> dict[str, Any]:
    return verified(token, KEYS, issuer="https://id.example.org", client_id="gateway", nonce="n", now=NOW)


def test_a_token_that_is_right_in_all_is_taken() -> None:
    assert read(signed())["sub"] == "ann"
    assert read(signed(aud=["gateway", "other"], azp="gateway"))["sub"] == "ann"
    assert read(signed(exp=NOW - 30))["sub"] == "ann", "clocks differ a little"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"nonce": "m"},
        {"nonce": None}, {"exp": NOW - 61}, {"exp": None}, {"iat": NOW + 120}, {"sub": None},
        {"aud": ["gateway", "other"]}, {"aud": ["gateway", "other"], "azp": "other"},
    ],
)  # fmt: skip
def test_a_token_that_is_wrong_in_one_thing_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnauthenticatedError, match="not accepted"):
        read(signed(**changes))


def test_a_token_of_another_key_of_a_shared_secret_or_of_nobody_is_refused() -> None:
    other = RSAKey.generate_key(2048, {"kid": "one"})
    secret = OctKey.import_key("the secret of the client, which it shares", {"kid": "one"})
    head, body, _ = signed().split(".")
    for token in (signed(other), signed(secret, "HS256"), f"{head}.{body}.", "rubbish", "", "a.b.c"):
        with pytest.raises(UnauthenticatedError):
            read(token)


def test_the_challenge_is_the_one_of_the_standard() -> None:
    # RFC 7636, appendix B.
    assert (
        challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ({"email_verified": True}, True),
        ({"email_verified": "true"}, True),
        ({"email_verified": False}, False),
        ({}, False),
    ],
)
def test_an_address_counts_when_the_provider_has_verified_it(said: dict[str, Any], taken: bool) -> None:
    claims = {"sub": "1", "email": "Ann@Example.org", **said}
    provider = OidcProvider(name="staff", issuer="https://id.example.org", client_id="gateway")
    if taken:
        assert identity(provider, claims).email == "ann@example.org"
    else:
        with pytest.raises(UnauthenticatedError, match="verified"):
            identity(provider, claims)
    trusting = provider.model_copy(update={"trust_email": True})
    assert identity(trusting, claims).email == "ann@example.org"


def test_groups_may_be_one_text_or_a_list() -> None:
    provider = OidcProvider(name="staff", issuer="https://id.example.org", client_id="g", trust_email=True)
    for said, groups in (("a", {"a"}), (["a", "b"], {"a", "b"}), (None, set()), ({"a": 1}, set())):
        assert identity(provider, {"sub": "1", "email": "a@b", "groups": said}).groups == groups
