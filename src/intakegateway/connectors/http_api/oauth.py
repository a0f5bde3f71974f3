"""OAuth2 token requests and their answers (RFC 6749, sections 4.4, 5 and 6)."""

from __future__ import annotations

import base64
from urllib.parse import quote

import orjson

from intakegateway.connectors.http_api.calls import Answer, Call
from intakegateway.connectors.http_api.stores import Token
from intakegateway.kit.masking import public_url
from intakegateway.model.errors import SourceError
from intakegateway.model.http_auth import ClientCredentialsAuth, RefreshTokenAuth

_MARGIN = 30.0
"""A token that expires within so many seconds is not worth sending."""


def token_call(spec: ClientCredentialsAuth | RefreshTokenAuth, refresh_token: str | None) -> Call:
    """The request for a token. ``refresh_token`` is the current one, for that grant."""
    if isinstance(spec, ClientCredentialsAuth):
        form = [("grant_type", "client_credentials")]
    else:
        form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token or "")]
    if spec.scope:
        form.append(("scope", spec.scope))
    form.extend(spec.params.items())
    client_secret = spec.client_secret.get_secret_value().strip() if spec.client_secret else None
    headers = [("Accept", "application/json")]
    if client_secret and spec.client_auth == "basic":
        pair = f"{quote(spec.client_id, safe='')}:{quote(client_secret, safe='')}"
        headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
    else:
        form.append(("client_id", spec.client_id))
        if client_secret:
            form.append(("client_secret", client_secret))
    return Call("POST", spec.token_url, headers=tuple(headers), form=tuple(form))


def read_token(answer: Answer, now: float, refresh_token: str | None) -> Token:
    """The token of an answer. Where no new refresh token is handed out, the old one stays.

    Raises ``SourceError`` with the server's reason.
    """
    try:
        said = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        said = None
    where = public_url(answer.url)
    if not isinstance(said, dict):
        raise SourceError(
            f"The token endpoint answered {answer.status} with something other than JSON.",
            where=where,
            hint="Check 'auth.token_url'.",
        )
    access = said.get("access_token")
    if answer.status >= 400 or not isinstance(access, str) or not access:
        reason = str(said.get("error_description") or said.get("error") or "no access_token in the answer")
        raise SourceError(
            f"No token was handed out (status {answer.status}): {reason[:200].rstrip('.')}.",
            where=where,
            hint=_HINTS.get(str(said.get("error")), "Check 'auth'."),
        )
    new = said.get("refresh_token")
    return Token(
        access, new if isinstance(new, str) and new else refresh_token, _expiry(said.get("expires_in"), now)
    )


_HINTS = {
    "invalid_grant": "The refresh token is not accepted any more: sign in again and give the new one.",
    "invalid_client": "Check 'client_id' and 'client_secret', or try client_auth: body.",
    "unauthorized_client": "The client is not allowed to use this grant.",
    "invalid_scope": "Check 'scope'.",
}


def _expiry(expires_in: object, now: float) -> float:
    try:
        lasts = float(str(expires_in))
    except ValueError:
        return 0.0
    return now + max(lasts - min(_MARGIN, lasts / 10), 0.0) if lasts > 0 else 0.0
