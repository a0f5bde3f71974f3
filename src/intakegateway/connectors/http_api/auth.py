"""Signing calls: what is added to a call, and what becomes of it when the API refuses it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from pydantic import SecretStr

from intakegateway.connectors.http_api.calls import Answer, Call
from intakegateway.connectors.http_api.oauth import read_token, token_call
from intakegateway.connectors.http_api.stores import MemoryTokens, Token, TokenStore
from intakegateway.connectors.http_api.templates import check_header
from intakegateway.kit.clock import Clock
from intakegateway.kit.masking import looks_secret
from intakegateway.model.errors import DefinitionError
from intakegateway.model.http import HttpSource
from intakegateway.model.http_auth import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    BearerAuth,
    ClientCredentialsAuth,
    NoAuth,
    RefreshTokenAuth,
)

Fetch = Callable[[Call], Answer]


class Signer(Protocol):
    """Adds credentials to a call."""

    def sign(self, call: Call, fetch: Fetch) -> Call:
        """The call with credentials. ``fetch`` reaches the token endpoint where there is one.

        Raises what ``fetch`` raises, and ``SourceError`` when no token is handed out.
        """
        ...

    def renew(self, fetch: Fetch) -> bool:
        """After a 401: get other credentials; False when there are none to be had."""
        ...


class Fixed(Struct, frozen=True):
    """Credentials that do not change."""

    add: Callable[[Call], Call]

    def sign(self, call: Call, fetch: Fetch) -> Call:
        """The call with them."""
        return self.add(call)

    def renew(self, fetch: Fetch) -> bool:
        """There are no others."""
        return False


@dataclass(slots=True)
class Granted:
    """An access token from a token endpoint, got when needed, kept in a store that runs share."""

    spec: ClientCredentialsAuth | RefreshTokenAuth
    tokens: TokenStore
    clock: Clock
    _held: Token | None = field(default=None, repr=False)

    def sign(self, call: Call, fetch: Fetch) -> Call:
        """The call with ``Authorization: Bearer``."""
        if self._held is None or not self._held.fresh(self.clock.now()):
            self._get(fetch, refused=None)
        return call.with_header("Authorization", f"Bearer {self._held.access if self._held else ''}")

    def renew(self, fetch: Fetch) -> bool:
        """Get another token, or the one that another run got meanwhile."""
        self._get(fetch, refused=self._held.access if self._held else None)
        return True

    def _get(self, fetch: Fetch, refused: str | None) -> None:
        key = token_key(self.spec)
        with self.tokens.lock(key):
            kept = self.tokens.load(key)
            if kept is not None and kept.access != refused and kept.fresh(self.clock.now()):
                self._held = kept
                return
            refresh = kept.refresh if kept is not None else None
            if refresh is None and isinstance(self.spec, RefreshTokenAuth):
                refresh = secret(self.spec.refresh_token)
            answer = fetch(token_call(self.spec, refresh))
            got = read_token(answer, self.clock.now(), refresh)
            # Before its first use: the old refresh token may be void from this moment on.
            self.tokens.save(key, got)
            self._held = got


def signer(spec: HttpSource, tokens: TokenStore, clock: Clock) -> Signer:
    """The signer that a definition describes. Raises ``DefinitionError`` when a secret is missing."""
    match spec.auth:
        case BearerAuth():
            token = _given(spec.auth.token, "The API's token", "token")
            check_header("Authorization", token, ("source", "auth", "token"))
            return Fixed(
                lambda call: call.with_header("Authorization", f"{_scheme(spec.auth)} {token}".strip())
            )
        case ApiKeyAuth(name=name, place=place):
            value = _given(spec.auth.value, f"The API key '{name}'", "value")
            if place == "header":
                check_header(name, value, ("source", "auth", "value"))
            return Fixed(lambda call: call.with_value(place, name, value))
        case BasicAuth(username=username):
            if not username.strip() and not secret(spec.auth.password):
                raise _missing("The user name", "username")
            return _basic(username, secret(spec.auth.password) or "")
        case ClientCredentialsAuth():
            _given(spec.auth.client_secret, "The client secret", "client_secret")
            return Granted(spec.auth, MemoryTokens(), clock)
        case RefreshTokenAuth():
            _given(spec.auth.refresh_token, "The refresh token", "refresh_token")
            return Granted(spec.auth, tokens, clock)
        case NoAuth():
            parts = urlsplit(spec.request.url or spec.url or "")
            if parts.username is not None:
                return _basic(unquote(parts.username), unquote(parts.password or ""))
            return Fixed(lambda call: call)


def token_key(spec: ClientCredentialsAuth | RefreshTokenAuth) -> str:
    """What tells tokens apart: a refresh token that is given anew starts anew."""
    given = secret(spec.refresh_token) if isinstance(spec, RefreshTokenAuth) else spec.scope
    seed = hashlib.sha256((given or "").encode()).hexdigest()
    return f"{spec.token_url} {spec.client_id} {seed}"


def secret(value: SecretStr | None) -> str | None:
    """The secret in plain text, without the line break that files end with."""
    return None if value is None else value.get_secret_value().strip()


def secrets_of(spec: HttpSource) -> Iterator[str | None]:
    """Every secret of a definition, to be taken out of messages."""
    auth: Auth = spec.auth
    for name in type(auth).model_fields:
        value = getattr(auth, name)
        if isinstance(value, SecretStr):
            yield secret(value)
    if isinstance(auth, BasicAuth):
        yield base64.b64encode(f"{auth.username}:{secret(auth.password)}".encode()).decode()
    for url in (spec.url, spec.request.url, spec.request.path, secret(spec.proxy)):
        if url:
            parts = urlsplit(url)
            yield unquote(parts.password or parts.username or "")
            pairs = (piece.partition("=") for piece in parts.query.split("&"))
            yield from (unquote(value) for name, _, value in pairs if looks_secret(name))
    for named in (spec.request.headers, spec.request.query):
        yield from (str(value) for name, value in named.items() if value is not None and looks_secret(name))
    yield secret(spec.client_key_password)


def _basic(username: str, password: str) -> Fixed:
    word = base64.b64encode(f"{username}:{password}".encode()).decode()
    return Fixed(lambda call: call.with_header("Authorization", f"Basic {word}"))


def _scheme(auth: Auth) -> str:
    return auth.scheme if isinstance(auth, BearerAuth) else "Bearer"


def _given(value: SecretStr | None, what: str, key: str) -> str:
    found = secret(value)
    if not found:
        raise _missing(what, key)
    return found


def _missing(what: str, key: str) -> DefinitionError:
    return DefinitionError(
        f"{what} is missing: 'auth.{key}' is empty.",
        hint="Give its value, or set the environment variable that it refers to.",
        path=("source", "auth", key),
    )
