"""Secrets are planted in every place that takes one, and then looked for in everything that comes out."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import inspect, text

from intakegateway.api.app import create_app
from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor
from intakegateway.services.resolving import runnable
from intakegateway.settings import Settings, read_settings

PLANTED = ("pl4nted/pass", "pl4nted-token-1", "pl4nted-key-2", "pl4nted-header-3", "pl4nted-proxy-4", "pl4nted-client-5",
           "pl4nted-url-6", "pl4nted-refresh-7")  # fmt: skip
AUTHS = (
    {"type": "bearer", "token": PLANTED[1]},
    {"type": "api_key", "name": "X-Key", "value": PLANTED[2]},
    {"type": "basic", "username": "u", "password": PLANTED[0]},
    {
        "type": "oauth2_client_credentials",
        "token_url": "http://127.0.0.1:9/t",
        "client_id": "c",
        "client_secret": PLANTED[5],
    },
    {
        "type": "oauth2_refresh_token",
        "token_url": "http://127.0.0.1:9/t",
        "client_id": "c",
        "refresh_token": PLANTED[7],
    },
)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture
def settings(home: Path, database_url: str) -> Settings:
    return replace(
        read_settings(), database_url=database_url, execution="inline", allow_private_addresses="127.0.0.1"
    )


def found_in(words: str) -> list[str]:
    return [one for one in PLANTED if one in words or quote(one, safe="") in words]


def test_no_planted_secret_comes_out_anywhere(
    gateway: Gateway,
    admin: Actor,
    project: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    _, token = gateway.tokens.issue(admin, "t")
    said: list[str] = []
    with TestClient(create_app(gateway), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"

        def ask(method: str, path: str, body: object = None) -> int:
            answer = client.request(method, f"/api/v1{path}", json=body)
            said.append(f"{answer.headers} {answer.text}")
            return answer.status_code

        drafts = [
            {"name": f"api{number}", "kind": "http", "config": {
                "url": "http://127.0.0.1:9/x", "auth": auth, "headers": {"X-Api-Key": PLANTED[3]},
                "proxy": f"http://u:{PLANTED[4]}@127.0.0.1:9"}}
            for number, auth in enumerate(AUTHS)
        ]  # fmt: skip
        server = {"host": "127.0.0.1", "port": 9, "database": "d", "user": "u", "password": PLANTED[0]}
        drafts += [{"name": kind, "kind": kind, "config": server} for kind in ("postgresql", "mysql")]
        drafts += [
            {"name": f"{kind}-url", "kind": kind, "config": {"url": f"{kind}://u:{PLANTED[6]}@127.0.0.1:9/d"}}
            for kind in ("postgresql", "mysql")
        ]
        for draft in drafts:
            assert ask("POST", "/connections", draft) == 201, said[-1]
            name = draft["name"]
            ask("GET", f"/connections/{name}")
            ask("PATCH", f"/connections/{name}", {"description": "changed", "config": draft["config"]})
            ask("PATCH", f"/connections/{name}", {"config": {**draft["config"], "wrong": PLANTED[1]}})
            assert ask("POST", f"/connections/{name}/clone", {"name": f"{name} copy"}) == 201
            for look in ("schemas", "tables", "tables/t/columns"):
                ask("GET", f"/connections/{name}/{look}")
            ask("POST", f"/connections/{name}/query-preview", {"query": "SELECT 1"})
        for draft in drafts[:2] + drafts[5:7]:
            ask("POST", f"/connections/{draft['name']}/test")
            ask("POST", "/connections/test", {"kind": draft["kind"], "config": draft["config"]})
        ask("GET", "/connections?limit=500")
        ask("POST", "/connections", {**drafts[0], "name": "x" * 200})
    for draft in drafts:
        source = (
            {"connection": draft["name"], "query": "SELECT 1"}
            if "api" not in str(draft["name"])
            else {"connection": draft["name"]}
        )
        spec = {"name": "t", "source": source, "load": {"to": "a.csv", "table": "t"}}
        with runnable(gateway.context, project, spec) as task:
            said.append(repr(task.source))
    with gateway.context.database.read() as session:
        names = inspect(gateway.context.database.engine).get_table_names()
        said += [str(session.execute(text(f'SELECT * FROM "{name}"')).all()) for name in names]
    said += [
        caplog.text,
        *capfd.readouterr(),
        repr(gateway.context),
        repr(gateway.keyring),
        json.dumps([str(admin)]),
    ]
    for words in said:
        assert found_in(words) == [], words[:2000]
    assert len(said) > 100
