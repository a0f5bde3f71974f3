"""The built page, served by the gateway."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from intakegateway.api.app import create_app
from intakegateway.api.web import WebPage
from intakegateway.bootstrap import build
from intakegateway.settings import Settings

PAGE = '<!doctype html><base href="/" /><meta property="csp-nonce" nonce="__CSP_NONCE__" />'
HTML = {"Accept": "text/html,*/*"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / ".vite" / "manifest.json").write_text("{}")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-AbCd1234.js").write_text("export {}")
    (folder / "assets" / "index-AbCd1234.js.gz").write_bytes(gzip.compress(b"export {}"))
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def page(built: Path) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[Mount("/", WebPage(built))])) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/tasks", "/runs/01a1?tab=log", "/index.html"])
def test_every_place_of_the_page_is_the_page_and_never_kept(page: TestClient, path: str) -> None:
    answer = page.get(path, headers=HTML)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    nonce = re.search(r'nonce="([^"]+)"', answer.text)
    assert nonce is not None
    assert f"style-src-elem 'self' 'nonce-{nonce[1]}'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    again = page.get(path, headers=HTML)
    assert nonce[1] not in again.text, "each page has a signature of its own"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-AbCd1234.js", "/api/v1/nothing", "/nothing.png", "/..%2fsecret.txt", "/%2e%2e/secret.txt",
        "/.vite/manifest.json", "/assets/index-AbCd1234.js.gz", "/health/nothing",
    ],
)  # fmt: skip
def test_what_is_not_there_is_an_error_and_never_the_page(page: TestClient, path: str) -> None:
    assert page.get(path, headers=HTML).status_code == 404


def test_a_program_that_asks_for_a_place_of_the_page_gets_an_error(page: TestClient) -> None:
    assert page.get("/tasks", headers={"Accept": "application/json"}).status_code == 404
    assert page.get("/", headers={"Accept": "application/json"}).status_code == 404
    assert page.post("/tasks", headers=HTML).status_code == 405


def test_a_program_that_takes_anything_gets_the_page_at_its_address(page: TestClient) -> None:
    assert page.get("/", headers={"Accept": "*/*"}).headers["content-type"].startswith("text/html")
    assert page.get("/tasks", headers={"Accept": "*/*"}).status_code == 404


def test_files_are_kept_for_ever_by_their_hash_and_sent_packed(page: TestClient) -> None:
    plain = page.get("/assets/index-AbCd1234.js", headers={"Accept-Encoding": "identity"})
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"].startswith("text/javascript")
    packed = page.get("/assets/index-AbCd1234.js", headers={"Accept-Encoding": "br;q=0, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text == "export {}"
    assert packed.headers["etag"] != plain.headers["etag"]
    seen = page.get(
        "/assets/index-AbCd1234.js",
        headers={"Accept-Encoding": "identity", "If-None-Match": plain.headers["etag"]},
    )
    assert (seen.status_code, seen.content) == (304, b"")
    refused = page.get("/assets/index-AbCd1234.js", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers
    assert page.get("/favicon.svg").headers["cache-control"] == "no-cache"


def test_without_a_built_page_it_says_how_to_get_one(tmp_path: Path) -> None:
    with TestClient(Starlette(routes=[Mount("/", WebPage(tmp_path / "nothing"))])) as client:
        answer = client.get("/", headers=HTML)
    assert answer.status_code == 503
    assert "make ui" in answer.text


@pytest.mark.parametrize("given", ["/etl/tasks", "/tasks"])
def test_below_a_path_the_page_knows_where_it_is(settings: Settings, given: str, built: Path) -> None:
    """Whether the proxy leaves the path in the address or takes it away."""
    gateway = build(replace(settings, base_url="http://localhost/etl"))
    app = create_app(gateway)
    app.router.default = WebPage(built)
    with TestClient(app) as client:
        answer = client.get(given, headers=HTML)
        assert '<base href="/etl/"' in answer.text
        assert client.get(given.replace("tasks", "assets/index-AbCd1234.js")).text == "export {}"
    gateway.close()


def test_what_the_api_does_not_have_is_still_a_problem_of_the_api(settings: Settings) -> None:
    gateway = build(settings)
    with TestClient(create_app(gateway)) as client:
        answer = client.get("/api/v1/nothing", headers=HTML)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert client.delete("/api/v1/nothing").status_code == 404
        wrong = client.delete("/api/v1/tasks")
        assert (wrong.status_code, "GET" in wrong.headers["allow"]) == (405, True)
    gateway.close()
