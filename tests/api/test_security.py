from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import WebSocket
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

from intakegateway.api.app import create_app
from intakegateway.api.deps import CurrentActor
from intakegateway.api.headers import CONTENT_POLICY
from intakegateway.bootstrap import Gateway, build
from intakegateway.settings import Settings


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Headers and limits do not depend on the store."""
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture
def small(settings: Settings) -> Iterator[TestClient]:
    """An application that takes small bodies and somewhat larger files, below a path."""
    built = build(
        replace(settings, max_body_bytes=2048, max_upload_bytes=4096, base_url="http://testserver/gateway")
    )
    yield TestClient(create_app(built), raise_server_exceptions=False)
    built.close()


@pytest.mark.parametrize("path", ["/health", "/api/v1/projects", "/nothing/here"])
def test_every_answer_forbids_frames_foreign_scripts_and_guessing_of_types(
    api: TestClient, path: str
) -> None:
    headers = api.get(path).headers
    assert headers["content-security-policy"] == CONTENT_POLICY
    assert "frame-ancestors 'none'" in CONTENT_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers


def test_over_https_browsers_are_told_to_stay_there(api: TestClient) -> None:
    api.base_url = "https://testserver"
    assert "max-age=31536000" in api.get("/health").headers["strict-transport-security"]


def test_the_documentation_has_every_operation_and_needs_nothing_from_elsewhere(api: TestClient) -> None:
    answer = api.get("/api/docs")
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert 'href="/api/v1/openapi.json"' in answer.text
    document = api.get("/api/v1/openapi.json").json()
    for path, item in document["paths"].items():
        for method in item:
            assert f'<span class="method">{method.upper()}</span><code>{path}</code>' in answer.text
    assert not re.search(r"<script|<link|<img|src=|https?://", re.sub(r"<details>.*", "", answer.text))
    assert "script" not in answer.text.replace("description", "").partition("<body>")[0]
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'"), "and no script may run"


def test_a_body_that_is_announced_too_large_is_refused_before_it_is_read(small: TestClient) -> None:
    answer = small.post("/gateway/api/v1/auth/login", content=b"x" * 2049)
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert answer.headers["content-type"] == "application/problem+json"
    assert small.post("/gateway/api/v1/auth/login", content=b"x" * 2048).status_code == 415


def test_a_body_of_unknown_size_is_refused_when_too_much_has_come(small: TestClient) -> None:
    answer = small.post("/gateway/api/v1/auth/login", content=iter([b"x" * 1500] * 3))
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_files_may_be_larger_than_other_bodies(small: TestClient) -> None:
    for path in ("/gateway/api/v1/files", "/api/v1/files", "/gateway/api/v1/tasks/some/push"):
        assert small.post(path, content=b"x" * 4096).status_code != 413
        assert small.post(path, content=b"x" * 4097).status_code == 413


@pytest.mark.parametrize("prefix", ["/gateway", ""])
def test_it_answers_below_its_path_whether_the_proxy_keeps_the_path_or_takes_it_away(
    small: TestClient, prefix: str
) -> None:
    assert small.get(f"{prefix}/health").status_code == 200
    assert small.get(f"{prefix}/api/v1/openapi.json").json()["servers"] == [{"url": "/gateway"}]


@pytest.mark.parametrize(
    ("origin", "is_let_in"), [("http://testserver", True), ("http://evil.example", False), ("", False)]
)
def test_a_web_socket_of_another_sites_page_does_not_use_the_cookie(
    gateway: Gateway, origin: str, is_let_in: bool
) -> None:
    app = create_app(gateway)

    @app.websocket("/who")
    async def who(socket: WebSocket, actor: CurrentActor) -> None:
        await socket.accept()
        await socket.send_text(actor.name)
        await socket.close()

    api = TestClient(app)
    api.post(
        "/api/v1/setup",
        json={
            "token": gateway.accounts.setup_token(),
            "email": "a@example.org",
            "password": "seven wet llamas",
        },
    )
    headers = {"Origin": origin} if origin else {}
    if is_let_in:
        with api.websocket_connect("/who", headers=headers) as socket:
            assert socket.receive_text() == "a@example.org"
    else:
        with (
            pytest.raises(WebSocketDenialResponse) as refused,
            api.websocket_connect("/who", headers=headers),
        ):
            pass
        assert refused.value.status_code == 403


def test_nul_characters_and_the_ends_of_the_calendar_are_no_defects(client: TestClient) -> None:
    for path in (
        "/api/v1/users/a%00b",
        "/api/v1/users?search=%00",
        "/api/v1/audit?since=0001-01-01T00:00:00%2B10:00",
    ):
        assert client.get(path).status_code == 422
