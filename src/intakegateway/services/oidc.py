"""OpenID Connect: the questions to a provider, and what its answers must be.

Authorization code with PKCE (RFC 7636), state and nonce; the ID token's signature, issuer, audience, times
and nonce are verified (OpenID Connect Core 1.0, section 3.1.3.7).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct, field

from intakegateway.kit.clock import Clock
from intakegateway.model.errors import MissingDriverError, UnauthenticatedError, UnavailableError
from intakegateway.model.sso import Identity, OidcProvider

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key only: a shared secret would let the client sign for the provider."""
_KEPT_SECONDS = 3600
_LEEWAY = 60
_TIMEOUT = 10.0


class Started(Struct, frozen=True):
    """A sign-in under way: where the browser goes, and what its return is checked against."""

    url: str
    nonce: str
    verifier: str


class OidcClient(Struct):
    """One provider. What it says of itself is kept for an hour."""

    provider: OidcProvider
    clock: Clock
    _facts: dict[str, Any] = field(default_factory=dict)
    _keys: dict[str, Any] = field(default_factory=dict)
    _until: float = 0.0

    def start(self, state: str, redirect_uri: str) -> Started:
        """Where to send the browser. Raises ``UnavailableError`` when the provider does not answer."""
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        query = {
            "response_type": "code", "client_id": self.provider.client_id, "redirect_uri": redirect_uri,
            "scope": " ".join(self.provider.scopes), "state": state, "nonce": nonce,
            "code_challenge": challenge(verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        endpoint = str(self._discovered()["authorization_endpoint"])
        return Started(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", nonce, verifier)

    def finish(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> Identity:
        """Who has signed in. Raises ``UnauthenticatedError`` and ``UnavailableError``."""
        facts = self._discovered()
        answer = self._exchange(facts, code, redirect_uri, verifier)
        claims = self._verified(facts, str(answer.get("id_token", "")), nonce)
        wanted = ("email", self.provider.groups_claim)
        if any(name not in claims for name in wanted) and "userinfo_endpoint" in facts:
            told = self._asked("GET", facts["userinfo_endpoint"], token=str(answer.get("access_token", "")))
            if told.get("sub") != claims["sub"]:
                raise _refused("its answers are about different people")
            claims = {**told, **claims}
        return identity(self.provider, claims)

    def _discovered(self) -> dict[str, Any]:
        if self.clock.now() < self._until:
            return self._facts
        url = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        facts = self._asked("GET", url)
        missing = {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"} - facts.keys()
        if missing or facts["issuer"] != self.provider.issuer:
            said = (
                f"lacks {', '.join(sorted(missing))}" if missing else f"names the issuer '{facts['issuer']}'"
            )
            raise UnavailableError(
                f"the sign-in provider '{self.provider.name}' is not set up rightly: its description {said}.",
                hint="The setting 'issuer' must be exactly what the provider writes.",
            )
        self._facts, self._keys = facts, {}
        self._until = self.clock.now() + _KEPT_SECONDS
        return facts

    def _exchange(
        self, facts: Mapping[str, Any], code: str, redirect_uri: str, verifier: str
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
            "code_verifier": verifier, "client_id": self.provider.client_id,
        }  # fmt: skip
        basic = None
        if self.provider.client_secret is not None:
            secret = self.provider.client_secret.get_secret_value()
            methods = facts.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            if "client_secret_basic" in methods:
                basic = (quote(self.provider.client_id, safe=""), quote(secret, safe=""))
            else:
                form["client_secret"] = secret
        return self._asked("POST", str(facts["token_endpoint"]), form=form, basic=basic)

    def _verified(self, facts: Mapping[str, Any], token: str, nonce: str) -> dict[str, Any]:
        supported = facts.get("id_token_signing_alg_values_supported", ["RS256"])
        return verified(
            token, self._keys_for(token, facts), issuer=str(facts["issuer"]),
            client_id=self.provider.client_id, nonce=nonce, now=int(self.clock.now()),
            algorithms=[name for name in ALGORITHMS if name in supported],
        )  # fmt: skip

    def _keys_for(self, token: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The provider's keys; asked for again when the token's is not among those that are known."""
        known = {one.get("kid") for one in self._keys.get("keys", ())}
        if not known or _key_id(token) not in known:
            self._keys = self._asked("GET", str(facts["jwks_uri"]))
        return self._keys

    def _asked(
        self, method: str, url: str, *, form: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None, token: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        import httpx

        headers = {"Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            answer = httpx.request(method, url, data=form, auth=basic, headers=headers, timeout=_TIMEOUT)
            told = answer.json() if "json" in answer.headers.get("content-type", "") else None
        except (httpx.HTTPError, ValueError) as error:
            raise UnavailableError(
                f"the sign-in provider '{self.provider.name}' does not answer ({type(error).__name__})."
            ) from None
        if answer.status_code in (400, 401, 403):
            code = told.get("error") if isinstance(told, dict) else None
            raise _refused(f"it refused our request ({code or answer.status_code})")
        if answer.status_code != 200 or not isinstance(told, dict):
            raise UnavailableError(
                f"the sign-in provider '{self.provider.name}' answered {answer.status_code} in a way that"
                " is not understood."
            )
        return told


def challenge(verifier: str) -> str:
    """What is sent ahead of the verifier (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def verified(
    token: str, keys: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: int,
    algorithms: Sequence[str] = ALGORITHMS,
) -> dict[str, Any]:  # fmt: skip
    """The claims of an ID token that ``keys`` (a JSON web key set) have signed for us.

    Raises ``UnauthenticatedError`` unless signature, issuer, audience, times (seconds since 1970) and nonce
    are right.
    """
    try:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet
    except ImportError:
        raise MissingDriverError("single sign-on", "sso") from None
    try:
        ring = KeySet.import_key_set({"keys": list(keys["keys"])})
        claims = dict(jwt.decode(token, ring, algorithms=list(algorithms)).claims)
        jwt.JWTClaimsRegistry(
            now=now, leeway=_LEEWAY, iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id}, exp={"essential": True}, iat={"essential": True},
            sub={"essential": True}, nonce={"essential": True, "value": nonce},
        ).validate(claims)  # fmt: skip
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _refused(f"its ID token is not valid ({type(error).__name__})") from None
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if several and claims.get("azp") != client_id:
        raise _refused("its ID token is for another client")
    return claims


def _key_id(token: str) -> str | None:
    try:
        head = token.partition(".")[0]
        found = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        return str(found["kid"])
    except (ValueError, KeyError, TypeError):
        return None


def identity(provider: OidcProvider, claims: Mapping[str, Any]) -> Identity:
    """Who verified claims speak of. Raises ``UnauthenticatedError`` without a verified address."""
    email = claims.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise _refused("it does not tell an e-mail address", "Ask for the scope 'email'.")
    if claims.get("email_verified") not in (True, "true") and not provider.trust_email:
        raise _refused("it does not say that the e-mail address is verified")
    said = claims.get(provider.groups_claim)
    groups = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    name = claims.get("name") or claims.get("preferred_username") or ""
    return Identity(
        provider.name, str(claims["sub"]), email.strip().lower(), str(name)[:200],
        frozenset(str(one) for one in groups),
    )  # fmt: skip


def _refused(why: str, hint: str | None = None) -> UnauthenticatedError:
    return UnauthenticatedError(f"the provider's sign-in was not accepted: {why}.", hint=hint)
