"""A REST API as a kind of connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from intakegateway.connectors.catalog import Config, Connector, Setting
from intakegateway.connectors.probing import Probe
from intakegateway.kit.masking import public_url
from intakegateway.model.errors import DefinitionError

_OAUTH = ("oauth2_client_credentials", "oauth2_refresh_token")


def _auth(*types: str) -> tuple[str, tuple[str, ...]]:
    return ("auth.type", types)


def _source_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a source takes; headers belong to its request."""
    keys = {
        key: value
        for key, value in config.items()
        if key not in ("headers", "test_path") and value is not None
    }
    if config.get("headers"):
        request = dict(keys.get("request") or {})
        keys["request"] = {**request, "headers": {**config["headers"], **(request.get("headers") or {})}}
    return keys


def _check(config: Config) -> None:
    url = str(config.get("url") or "")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise DefinitionError(
            "the address of an API starts with http:// or https:// and a host.", path=("config", "url")
        )
    if parts.username is not None or parts.password is not None:
        raise DefinitionError(
            "the address holds a user or password.", path=("config", "url"),
            hint="Give them as 'auth' of type 'basic', where they are kept encrypted.",
        )  # fmt: skip
    if public_url(url) != url.partition("#")[0]:
        raise DefinitionError(
            "the address holds something secret.", path=("config", "url"),
            hint="Give it as 'auth' of type 'api_key' with 'in': 'query', where it is kept encrypted.",
        )  # fmt: skip


def _probe(config: Config) -> Probe:
    from intakegateway.connectors.http_api.probe import HttpProbe

    return HttpProbe(config, _source_keys(config))


CONNECTOR = Connector(
    kind="http",
    title="REST API",
    description="An HTTP API that answers with JSON.",
    group="api",
    settings=(
        Setting(
            "url", "Address", "What the paths of sources continue.", required=True,
            examples=("https://api.example.org/v1",),
        ),
        Setting(
            "auth.type", "Sign-in", choices=("none", "bearer", "api_key", "basic", *_OAUTH), default="none",
        ),
        Setting("auth.token", "Token", secret=True, when=_auth("bearer")),
        Setting("auth.scheme", "Word before the token", default="Bearer", advanced=True, when=_auth("bearer")),
        Setting("auth.name", "Name of the key", default="X-API-Key", when=_auth("api_key")),
        Setting("auth.value", "Key", secret=True, when=_auth("api_key")),
        Setting("auth.in", "Where it is sent", choices=("header", "query"), default="header", when=_auth("api_key")),
        Setting("auth.username", "User", when=_auth("basic")),
        Setting("auth.password", "Password", secret=True, when=_auth("basic")),
        Setting(
            "auth.token_url", "Token endpoint", examples=("https://login.example.org/oauth/token",),
            when=_auth(*_OAUTH),
        ),
        Setting("auth.client_id", "Client id", when=_auth(*_OAUTH)),
        Setting("auth.client_secret", "Client secret", secret=True, when=_auth(*_OAUTH)),
        Setting("auth.refresh_token", "Refresh token", secret=True, when=_auth("oauth2_refresh_token")),
        Setting("auth.scope", "Scope", advanced=True, when=_auth(*_OAUTH), leads=False),
        Setting(
            "auth.client_auth", "How the client names itself", choices=("basic", "body"), default="basic",
            advanced=True, when=_auth(*_OAUTH),
        ),
        Setting(
            "auth.params", "Further fields of the token request", type="object", advanced=True,
            examples=({"audience": "https://api.example.org"},), when=_auth(*_OAUTH),
        ),
        Setting("headers", "Headers", "Sent with every request.", type="object", advanced=True,
                examples=({"Accept-Language": "en"},)),
        Setting("test_path", "Path for tests", "Something small that needs the sign-in.", examples=("/me",),
                leads=False),
        Setting("timeout", "Patience", "Seconds without any answer.", type="number", default=30.0, least=0.1,
                advanced=True, leads=False),
        Setting("proxy", "Proxy", "With its user and password if it has them.", secret=True, advanced=True,
                examples=("http://proxy.example.org:3128",), leads=True),
        Setting("verify", "Check the certificate", type="boolean", default=True, advanced=True),
        Setting("ca", "Authority's certificate", "A file, or its text (PEM).", long=True, advanced=True),
        Setting("client_cert", "Client certificate", "A file (PEM).", advanced=True),
        Setting("client_key", "Key of the client certificate", "A file (PEM).", advanced=True),
        Setting("client_key_password", "Password of that key", secret=True, advanced=True),
        Setting("rate_limit.calls", "Calls", "At most so many in a period.", type="integer", least=1, advanced=True,
                leads=False),
        Setting("rate_limit.period", "Period", "Seconds.", type="number", least=0.001, advanced=True,
                leads=False),
        Setting("request", "Request", "What all sources share: method, query, headers, body.", type="json",
                advanced=True),
        Setting("pagination", "Pages", "How pages follow each other.", type="json", advanced=True,
                examples=("link_header", {"type": "page", "param": "page"}), leads=False),
        Setting("retry", "Tries", "What is done about failures.", type="json", advanced=True,
                examples=({"attempts": 5, "backoff": 0.5},), leads=False),
    ),
    destination=False,
    source_kind="http",
    driver="httpx",
    source_keys=_source_keys,
    trial={},
    check=_check,
    probe=_probe,
)  # fmt: skip
