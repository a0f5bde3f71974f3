"""REST APIs as a source, against a real server on 127.0.0.1 that fails by script."""

from __future__ import annotations

import gzip
import json as plain_json
import stat
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from examples.demo_api import TOKEN, DemoApi, orders

from faulty_api import (
    FaultyApi,
    Reply,
    Seen,
    cut_chunks,
    drop,
    gzipped,
    hang,
    json,
    make_certificates,
    redirect,
    slow,
    status,
    text,
    too_short,
    truncated,
)
from intakegateway.connectors.cursors import MemoryCursors, SavedCursor
from intakegateway.connectors.http_api.source import HttpRecords, open_source
from intakegateway.connectors.http_api.stores import FileTokens, MemoryTokens
from intakegateway.connectors.registry import open_source as open_any_source
from intakegateway.kit.clock import ManualClock
from intakegateway.model.errors import DefinitionError, SourceError, UnavailableError
from intakegateway.model.http import HttpSource

SECRET = "s3cr3t-value"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def api() -> Iterator[FaultyApi]:
    with FaultyApi() as server:
        yield server


def spec(api: FaultyApi, path: str = "/orders", **given: Any) -> HttpSource:
    given.setdefault("retry", {"backoff": 0})
    given.setdefault("timeout", 5)
    return HttpSource.model_validate({"url": f"{api.url}{path}", **given})


def read(source: HttpRecords | HttpSource) -> pl.DataFrame:
    opened = open_source(source) if isinstance(source, HttpSource) else source
    return pl.concat([chunk.frame for chunk in opened.chunks()], how="diagonal_relaxed")


def ids(source: HttpRecords | HttpSource) -> list[int]:
    return read(source)["id"].to_list()


def numbered(pages: list[list[int]], **more: Any) -> Any:
    """Answers ``?page=N`` with objects of the ids of that page."""

    def answer(seen: Seen) -> Reply:
        at = int(seen.query.get("page", "1")) - 1
        here = pages[at] if at < len(pages) else []
        return json({"data": [{"id": n} for n in here], **more})

    return answer


# The demonstration's API


def test_the_demonstrations_orders_arrive_complete_although_it_fails_now_and_then() -> None:
    with DemoApi(records=530, page_size=50) as api:
        source = open_any_source(
            HttpSource.model_validate(
                {
                    "url": api.base,
                    "request": {"path": "/v2/orders"},
                    "records": "$.data[*]",
                    "pagination": {"type": "next_link", "path": "$.links.next"},
                    "auth": {"type": "bearer", "token": TOKEN},
                    "retry": {"backoff": "1ms"},
                }
            )
        )
        chunks = list(source.chunks())
    frame = pl.concat([chunk.frame for chunk in chunks], how="diagonal_relaxed")
    expected = list(orders(530))
    assert frame["id"].to_list() == [order["id"] for order in expected]
    assert frame["number"].to_list() == [order["number"] for order in expected]
    cities = [(order["user"]["address"] or {}).get("city") for order in expected]
    assert frame["user.address.city"].to_list() == cities
    assert plain_json.loads(frame["tags"][0]) == expected[0]["tags"]
    assert chunks[-1].locators.words()[-1] == "page 11 item 30"
    assert sum(chunk.bytes for chunk in chunks) > 200_000
    assert source.warnings == ["The API was asked again 2 times: status 500 (1), status 429 (1)."]


# Requests


def test_method_headers_query_and_json_body_are_sent_as_defined(api: FaultyApi) -> None:
    api.on("/v2/search", json([{"id": 1}]))
    request = {
        "method": "post",
        "path": "/search",
        "headers": {"X-Tenant": "a b"},
        "query": {"limit": 5, "deep": True, "tag": ["x", "y&z"], "none": None},
        "body": {"json": {"filter": {"open": None}, "since": "{{ cursor }}"}},
    }
    assert ids(spec(api, "/v2?key=1", request=request, pagination="none")) == [1]
    seen = api.seen[0]
    assert (seen.method, seen.path) == ("POST", "/v2/search")
    assert seen.target == "/v2/search?key=1&limit=5&deep=true&tag=x&tag=y%26z"
    assert seen.headers["x-tenant"] == "a b"
    assert seen.headers["content-type"] == "application/json"
    assert seen.json() == {"filter": {"open": None}}


def test_a_form_and_a_raw_body_are_sent_with_their_types(api: FaultyApi) -> None:
    api.on("/orders", json([{"id": 1}]))
    read(spec(api, request={"method": "POST", "body": {"form": {"a": "1 2", "b": True}}}))
    read(spec(api, request={"method": "POST", "body": {"raw": "<q/>", "content_type": "text/xml"}}))
    assert api.seen[0].form() == {"a": "1 2", "b": "true"}
    assert api.seen[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert (api.seen[1].body, api.seen[1].headers["content-type"]) == (b"<q/>", "text/xml")


def test_one_connection_serves_all_pages(api: FaultyApi) -> None:
    ports: set[str] = set()
    api.on("/orders", numbered([[1, 2], [3], [4]]))
    served = api._server.RequestHandlerClass

    class Watching(served):  # type: ignore[misc, valid-type]
        def setup(self) -> None:
            ports.add(str(self.client_address))
            super().setup()

    api._server.RequestHandlerClass = Watching
    assert ids(spec(api, pagination="page")) == [1, 2, 3, 4]
    assert len(ports) == 1


# Signing in


def test_a_bearer_token_is_sent(api: FaultyApi) -> None:
    api.on("/orders", json([{"id": 1}]))
    read(spec(api, auth={"type": "bearer", "token": f"{SECRET}\n"}))
    assert api.seen[0].headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("place", ["header", "query"])
def test_an_api_key_is_sent_under_any_name(api: FaultyApi, place: str) -> None:
    api.on("/orders", json([{"id": 1}]))
    read(spec(api, auth={"type": "api_key", "name": "X-Shop", "value": SECRET, "in": place}))
    sent = api.seen[0].headers.get("x-shop") if place == "header" else api.seen[0].query.get("X-Shop")
    assert sent == SECRET


def test_user_and_password_are_sent_also_from_the_address(api: FaultyApi) -> None:
    api.on("/orders", json([{"id": 1}]))
    read(spec(api, auth={"type": "basic", "username": "ann", "password": SECRET}))
    source = open_source(HttpSource(url=f"{api.url}/orders".replace("//", f"//ann:{SECRET}@")))
    read(source)
    assert api.seen[0].headers["authorization"] == api.seen[1].headers["authorization"]
    assert SECRET not in source.name
    assert "***@127.0.0.1" in source.name


@pytest.mark.parametrize(
    "auth",
    [
        {"type": "bearer"},
        {"type": "bearer", "token": "  "},
        {"type": "api_key", "name": "X", "value": ""},
        {"type": "basic"},
        {
            "type": "oauth2_client_credentials",
            "token_url": "http://x/t",
            "client_id": "a",
            "client_secret": "",
        },
        {"type": "oauth2_refresh_token", "token_url": "http://x/t", "client_id": "a"},
    ],
)
def test_a_missing_secret_fails_at_once_and_says_so(api: FaultyApi, auth: dict[str, str]) -> None:
    with pytest.raises(DefinitionError, match=r"is missing: 'auth\.\w+' is empty") as caught:
        open_source(spec(api, auth=auth))
    assert caught.value.path[:2] == ("source", "auth")
    assert api.seen == []


def test_client_credentials_buy_a_token_that_serves_all_pages(api: FaultyApi) -> None:
    api.on("/token", json({"access_token": "t1", "expires_in": 3600}))
    api.on("/orders", numbered([[1], [2]]))
    auth = {
        "type": "oauth2_client_credentials",
        "token_url": f"{api.url}/token",
        "client_id": "me",
        "client_secret": SECRET,
        "scope": "read",
        "client_auth": "body",
    }
    assert ids(spec(api, auth=auth, pagination="page")) == [1, 2]
    token, *pages = api.seen
    assert token.form() == {
        "grant_type": "client_credentials",
        "scope": "read",
        "client_id": "me",
        "client_secret": SECRET,
    }
    assert {seen.headers["authorization"] for seen in pages} == {"Bearer t1"}
    assert [seen.path for seen in api.seen].count("/token") == 1


def refresh_auth(api: FaultyApi) -> dict[str, str]:
    return {
        "type": "oauth2_refresh_token",
        "token_url": f"{api.url}/token",
        "client_id": "me",
        "client_secret": SECRET,
        "refresh_token": "r0",
    }


def rotating(api: FaultyApi) -> tuple[list[str], Any]:
    """A token endpoint where each refresh token is good for one use."""
    issued = ["r0"]

    def answer(seen: Seen) -> Reply:
        if seen.form()["refresh_token"] != issued[-1]:
            return json({"error": "invalid_grant"}, 400)
        number = len(issued)
        issued.append(f"r{number}")
        return json({"access_token": f"a{number}", "refresh_token": f"r{number}", "expires_in": 3600})

    return issued, answer


def test_a_token_that_expires_in_the_middle_is_renewed_once_and_the_page_repeated(api: FaultyApi) -> None:
    issued, answer = rotating(api)
    api.on("/token", answer)

    def page(seen: Seen) -> Reply:
        if seen.query["page"] == "2" and seen.headers["authorization"] == "Bearer a1":
            return status(401, "expired")
        return numbered([[1], [2], [3]])(seen)

    api.on("/orders", page)
    assert ids(spec(api, auth=refresh_auth(api), pagination="page")) == [1, 2, 3]
    assert issued == ["r0", "r1", "r2"]


def test_a_token_that_is_refused_again_ends_the_reading(api: FaultyApi) -> None:
    api.on("/token", rotating(api)[1])
    api.on("/orders", status(401, "no"))
    with pytest.raises(SourceError, match="401 Unauthorized: no"):
        read(spec(api, auth=refresh_auth(api)))
    assert [seen.path for seen in api.seen] == ["/token", "/orders", "/token", "/orders"]


def test_a_rotated_refresh_token_is_saved_before_it_is_used(api: FaultyApi, tmp_path: Path) -> None:
    tokens = FileTokens(tmp_path / "tokens")
    saved: list[str] = []

    def page(seen: Seen) -> Reply:
        saved.extend(plain_json.loads(path.read_bytes())["refresh"] for path in tokens.folder.glob("*.json"))
        return json([{"id": 1}])

    api.on("/token", rotating(api)[1])
    api.on("/orders", page)
    read(open_source(spec(api, auth=refresh_auth(api)), tokens=tokens))
    assert saved == ["r1"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in tokens.folder.iterdir()] == [0o600, 0o600]
    read(open_source(spec(api, auth=refresh_auth(api)), tokens=tokens))
    assert [seen.path for seen in api.seen].count("/token") == 1


def test_concurrent_runs_share_one_rotating_refresh_token(api: FaultyApi, tmp_path: Path) -> None:
    issued, answer = rotating(api)
    api.on("/token", answer)
    api.on("/orders", json([{"id": 1}]))
    failed: list[BaseException] = []

    def run() -> None:
        try:
            read(open_source(spec(api, auth=refresh_auth(api)), tokens=FileTokens(tmp_path)))
        except Exception as error:  # noqa: BLE001 - asserted on below
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert issued == ["r0", "r1"]


def test_a_refresh_token_that_is_void_says_to_sign_in_again(api: FaultyApi) -> None:
    api.on("/token", json({"error": "invalid_grant", "error_description": "revoked"}, 400))
    with pytest.raises(SourceError, match="revoked") as caught:
        read(open_source(spec(api, auth=refresh_auth(api)), tokens=MemoryTokens()))
    assert "sign in again" in str(caught.value)
    assert SECRET not in str(caught.value)


# Pages


def test_page_numbers_are_followed_until_an_empty_page(api: FaultyApi) -> None:
    api.on("/orders", numbered([[1, 2], [3], [4, 5]]))
    paging = {"type": "page", "size_param": "per_page", "size": 2}
    assert ids(spec(api, pagination=paging)) == [1, 2, 3, 4, 5]
    assert [seen.query for seen in api.seen] == [{"per_page": "2", "page": str(n)} for n in (1, 2, 3, 4)]


def test_page_numbers_stop_after_a_short_page_when_asked_to(api: FaultyApi) -> None:
    api.on("/orders", numbered([[1, 2], [3, 4], [5]]))
    assert ids(spec(api, pagination={"type": "page", "stop": "short"})) == [1, 2, 3, 4, 5]
    assert len(api.seen) == 3


def test_page_numbers_stop_where_the_answer_says(api: FaultyApi) -> None:
    api.on("/orders", numbered([[1, 2], [3, 4]], meta={"pages": 2}))
    assert ids(spec(api, pagination={"type": "page", "total_pages": "$.meta.pages"})) == [1, 2, 3, 4]
    assert len(api.seen) == 2


def test_a_404_after_the_last_page_is_the_end(api: FaultyApi) -> None:
    pages = numbered([[1], [2]])
    api.on("/orders", lambda seen: pages(seen) if seen.query["page"] < "3" else status(404, "no such page"))
    assert ids(spec(api, pagination="page")) == [1, 2]


def test_offsets_move_by_what_came_even_where_the_api_gives_less_than_asked(api: FaultyApi) -> None:
    def capped(seen: Seen) -> Reply:
        start, limit = int(seen.query["offset"]), min(int(seen.query["limit"]), 3)
        return json([{"id": n} for n in range(start, min(start + limit, 8))])

    api.on("/orders", capped)
    assert ids(spec(api, pagination={"type": "offset", "limit": 100})) == list(range(8))


def test_a_cursor_in_the_body_asks_for_the_next_page(api: FaultyApi) -> None:
    api.on(
        "/orders",
        lambda seen: json(
            {"rows": [{"id": int(seen.query.get("after", 0))}], "more": seen.query.get("after") != "2"}
            | {"next": {"after": int(seen.query.get("after", 0)) + 1}}
        ),
    )
    paging = {"type": "cursor", "path": "$.next.after", "param": "after", "has_more": "more"}
    assert ids(spec(api, pagination=paging)) == [0, 1, 2]


def test_a_cursor_may_be_sent_inside_a_json_body(api: FaultyApi) -> None:
    def graph(seen: Seen) -> Reply:
        after = seen.json()["variables"].get("after", 0)
        info = {"endCursor": after + 1, "hasNextPage": after < 2}
        return json({"data": {"orders": {"nodes": [{"id": after}], "pageInfo": info}}})

    api.on("/orders", graph)
    source = spec(
        api,
        request={"method": "POST", "body": {"json": {"query": "{…}", "variables": {"first": 1}}}},
        records="$.data.orders.nodes[*]",
        pagination={
            "type": "cursor",
            "path": "$.data.orders.pageInfo.endCursor",
            "has_more": "$.data.orders.pageInfo.hasNextPage",
            "param": "variables.after",
            "send": "body",
        },
    )
    assert ids(source) == [0, 1, 2]
    assert api.seen[-1].json()["variables"] == {"first": 1, "after": 2}


@pytest.mark.parametrize("relative", [True, False])
def test_next_links_in_the_body_may_be_relative(api: FaultyApi, relative: bool) -> None:
    def page(seen: Seen) -> Reply:
        at = int(seen.query.get("p", 1))
        link = f"?p={at + 1}&sig=a%2Bb" if relative else f"{api.url}/orders?p={at + 1}&sig=a%2Bb"
        return json({"data": [{"id": at}], "links": {"next": link if at < 3 else None}})

    api.on("/orders", page)
    assert ids(spec(api, pagination={"type": "next_link", "path": "$.links.next"})) == [1, 2, 3]
    assert api.seen[1].target == "/orders?p=2&sig=a%2Bb"


def test_link_headers_are_followed(api: FaultyApi) -> None:
    api.on(
        "/orders",
        json([{"id": 1}], Link=f'<{api.url}/b>; rel="next", <{api.url}/z>; rel="last"'),
    )
    api.on("/b", json([{"id": 2}], Link=f'<{api.url}/orders>; rel="first"'))
    assert ids(spec(api, pagination="link_header")) == [1, 2]


def link_pages(api: FaultyApi) -> list[Reply]:
    return [json([{"id": 1}], Link="</b>; rel=next"), json([{"id": 2}])]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ({"items": [{"id": 1}], "next": "/b"}, {"items": [{"id": 2}], "next": None}, "link at '$.next'"),
        (
            {"value": [{"id": 1}], "@odata.nextLink": "/b"},
            {"value": [{"id": 2}]},
            "link at '@odata.nextLink'",
        ),
        ({"_links": {"next": {"href": "/b"}}, "data": [{"id": 1}]}, {"data": [{"id": 2}]}, "'$._links.next'"),
    ],
)
def test_next_links_are_found_by_themselves(
    api: FaultyApi, first: dict[str, Any], second: dict[str, Any], found: str
) -> None:
    api.on("/orders", json(first))
    api.on("/b", json(second))
    source = open_source(spec(api))
    assert ids(source) == [1, 2]
    assert any(found in warning for warning in source.warnings)


@pytest.mark.parametrize(
    ("key", "param"), [("next_cursor", "cursor"), ("nextPageToken", "pageToken"), ("next_page", "page")]
)
def test_cursors_are_found_by_themselves(api: FaultyApi, key: str, param: str) -> None:
    def page(seen: Seen) -> Reply:
        at = int(seen.query.get(param, 1))
        return json({"orders": [{"id": at}], "meta": {key: at + 1 if at < 3 else None}})

    api.on("/orders", page)
    source = open_source(spec(api))
    assert ids(source) == [1, 2, 3]
    assert any(f"sent as '{param}'" in warning for warning in source.warnings)


def test_numbered_pages_and_link_headers_are_found_by_themselves(api: FaultyApi) -> None:
    def page(seen: Seen) -> Reply:
        at = int(seen.query.get("page", 1))
        return json({"results": [{"id": at}], "page": at, "total_pages": 3})

    api.on("/orders", page)
    api.on("/linked", *link_pages(api))
    api.on("/b", json([{"id": 2}]))
    assert ids(spec(api)) == [1, 2, 3]
    assert ids(spec(api, "/linked")) == [1, 2]


def test_an_answer_that_is_not_all_is_noted_when_no_way_to_the_rest_is_found(api: FaultyApi) -> None:
    api.on("/orders", json({"data": [{"id": 1}], "total": 500}))
    source = open_source(spec(api))
    assert ids(source) == [1]
    assert any("1 records of 500" in warning for warning in source.warnings)


def test_a_repeated_page_stops_the_reading(api: FaultyApi) -> None:
    api.on("/orders", numbered([[1], [2], [3], [2], [5]]))
    with pytest.raises(SourceError, match=r"The API repeated page 2: page 4 has the same 1 records\."):
        read(spec(api, pagination="page"))


def test_an_api_that_ignores_the_page_number_stops_the_reading(api: FaultyApi) -> None:
    api.on("/orders", json([{"id": n} for n in range(100)]))
    with pytest.raises(SourceError, match="The API repeated page 1"):
        read(spec(api, pagination="page"))
    assert len(api.seen) == 2


def test_pages_may_be_alike_where_that_is_said(api: FaultyApi) -> None:
    api.on("/orders", numbered([[7], [7], [7]]))
    assert ids(spec(api, pagination={"type": "page", "allow_repeats": True})) == [7, 7, 7]


def test_a_next_link_or_cursor_in_a_circle_stops_the_reading(api: FaultyApi) -> None:
    api.on("/orders", json({"data": [{"id": 1}], "next": "/b", "cursor": "x"}))
    api.on("/b", json({"data": [{"id": 2}], "next": "/orders"}))
    with pytest.raises(SourceError, match="The API repeated page 1"):
        read(spec(api, pagination="next_link"))
    with pytest.raises(SourceError, match="The API repeated page"):
        read(spec(api, pagination={"type": "cursor", "path": "cursor"}))


def test_the_page_limit_stops_with_a_warning(api: FaultyApi) -> None:
    api.on("/orders", numbered([[1], [2], [3]]))
    source = open_source(spec(api, pagination={"type": "page", "max_pages": 2}))
    assert ids(source) == [1, 2]
    assert source.warnings[-1] == "Stopped after 2 pages ('max_pages'); there are more."
    assert len(api.seen) == 2


def test_looking_at_the_first_chunk_asks_for_one_page_only(api: FaultyApi) -> None:
    api.on("/orders", numbered([[1], [2], [3]]))
    chunks = open_source(spec(api, pagination="page")).chunks()
    assert next(chunks).frame["id"].to_list() == [1]
    chunks.close()  # type: ignore[attr-defined]
    assert len(api.seen) == 1


# Records


def test_records_that_are_not_there_are_an_error_with_the_keys_that_are(api: FaultyApi) -> None:
    api.on("/orders", json({"payload": {"rows": []}, "ok": True}))
    with pytest.raises(SourceError, match=r"no records at '\$\.data\[\*\]'") as caught:
        read(spec(api, records="$.data[*]"))
    assert "$.payload, $.ok, $.payload.rows" in str(caught.value)


def test_an_error_in_a_later_page_that_came_with_200_is_an_error(api: FaultyApi) -> None:
    api.on("/orders", json({"data": [{"id": 1}]}), json({"error": {"message": "quota used up"}}))
    with pytest.raises(SourceError, match="The API says: quota used up"):
        read(spec(api, records="$.data[*]", pagination="page"))


def test_several_lists_are_not_guessed_between(api: FaultyApi) -> None:
    api.on("/orders", json({"buyers": [{"id": 1}], "sellers": [{"id": 2}]}))
    with pytest.raises(SourceError, match=r"several lists: \$\.buyers, \$\.sellers"):
        read(spec(api))
    assert ids(spec(api, records="sellers")) == [2]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("$.a.b[*]", [1, 2]), ("a.b", [1, 2]), ("$.a.b[?@.id > 1]", [2]), ("$.a.b[0]", [1]), ("$.a.c", [3])],
)
def test_records_are_picked_by_path(api: FaultyApi, path: str, expected: list[int]) -> None:
    api.on("/orders", json({"a": {"b": [{"id": 1}, {"id": 2}], "c": {"id": 3}}}))
    assert ids(spec(api, records=path, pagination="none")) == expected


def test_no_records_are_no_error(api: FaultyApi) -> None:
    api.on("/orders", json({"data": []}), json([]), status(204))
    assert list(open_source(spec(api, records="$.data[*]")).chunks()) == []
    assert list(open_source(spec(api)).chunks()) == []
    assert list(open_source(spec(api)).chunks()) == []


@pytest.mark.parametrize("size", [0, 9 << 20])
@pytest.mark.parametrize(
    ("before", "between", "after", "kind"),
    [(b'{"data": [', b",", b"]}", "application/json"), (b"", b"\n", b"\n", "application/x-ndjson")],
)
def test_a_record_with_a_key_twice_is_a_broken_record(
    api: FaultyApi, before: bytes, between: bytes, after: bytes, kind: str, size: int
) -> None:
    sound = b'{"id":9,"t":"%b"}' % (b"x" * 5000)
    records = [b'{"id":1}', b'{"id":2,"id":3}', b'{"id":4,"in":[{"k":1,"k":2}]}', b'{"id":5}']
    body = before + between.join([*records, *[sound] * (size // len(sound))]) + after
    api.on("/orders", Reply(200, body, {"Content-Type": kind}))
    chunks = list(open_source(spec(api, pagination="none")).chunks())
    assert [row["id"] for chunk in chunks for row in chunk.frame.to_dicts()][:2] == [1, 5]
    places = [words for chunk in chunks for words in chunk.locators.words()]
    assert places[:2] == ["page 1 item 1", "page 1 item 4"]
    broken = [row for chunk in chunks if chunk.broken is not None for row in chunk.broken.rows()]
    assert [row[:3] for row in broken] == [
        ("page 1 item 2", '{"id":2,"id":3}', "REPEATED_KEY"),
        ("page 1 item 3", '{"id":4,"in":[{"k":1,"k":2}]}', "REPEATED_KEY"),
    ]


def test_json_lines_are_read_and_a_broken_line_is_a_broken_record(api: FaultyApi) -> None:
    api.on("/orders", text('{"id": 1}\n\n{"id": oops}\n{"id": 3}\n', "application/x-ndjson"))
    chunk = next(open_source(spec(api)).chunks())
    assert chunk.frame["id"].to_list() == [1, 3]
    assert chunk.locators.words().to_list() == ["page 1 item 1", "page 1 item 4"]
    assert chunk.broken is not None
    assert chunk.broken.select("_locator", "_raw", "code").rows() == [
        ("page 1 item 3", '{"id": oops}', "INVALID_JSON")
    ]
    assert chunk.rows == 3


def test_a_large_page_comes_in_slices_with_every_place_kept(api: FaultyApi) -> None:
    api.on("/orders", json([{"id": n} for n in range(50_000)]))
    chunks = list(open_source(spec(api)).chunks())
    assert len(chunks) == 2
    assert sum(chunk.rows for chunk in chunks) == 50_000
    assert [chunk.locators.words()[0] for chunk in chunks] == ["page 1 item 1", "page 1 item 25001"]


def test_digits_survive(api: FaultyApi) -> None:
    api.on("/orders", text('[{"id": 12345678901234567890123, "price": 0.12345678901234567890}]'))
    assert read(spec(api)).rows() == [("12345678901234567890123", "0.12345678901234567890")]


# Faults


@pytest.mark.parametrize(
    "fault",
    [
        status(500, "oops"),
        status(503),
        status(429, Retry_After="0"),
        status(408),
        drop(),
        truncated(json([{"id": 1}, {"id": 2}])),
        cut_chunks(json([{"id": 1}, {"id": 2}])),
        too_short(json([{"id": 1}, {"id": 2}])),
        gzipped(truncated_json := json([{"id": 1}, {"id": 2}], 500)),
        Reply(200, gzip.compress(truncated_json.body)[:-12], {"Content-Encoding": "gzip"}),
        Reply(200, b"not gzip", {"Content-Encoding": "gzip"}),
        status(200),
    ],
    ids=lambda reply: f"{reply.status} {len(reply.body)} {reply.sent}",
)
def test_what_may_pass_is_asked_again(api: FaultyApi, fault: Reply) -> None:
    api.on("/orders", fault, json([{"id": 1}, {"id": 2}]))
    assert ids(spec(api)) == [1, 2]


def test_a_server_that_hangs_is_asked_again_after_the_timeout(api: FaultyApi) -> None:
    api.on("/orders", hang(), json([{"id": 1}]))
    source = open_source(spec(api, timeout=0.2))
    assert ids(source) == [1]
    assert source.warnings == ["The API was asked again 1 time: no answer for 0.2 seconds (1)."]


def test_a_body_that_trickles_is_given_up_after_max_time(api: FaultyApi) -> None:
    api.on("/orders", slow(json([{"id": n} for n in range(100)]), 0.02))
    with pytest.raises(UnavailableError, match=r"not complete after 0\.2 seconds"):
        read(spec(api, max_time=0.2, retry={"attempts": 1}))


def test_a_slow_body_arrives(api: FaultyApi) -> None:
    api.on("/orders", slow(json([{"id": 1}]), 0.01))
    assert ids(spec(api, timeout=0.5)) == [1]


def test_what_does_not_pass_ends_with_the_number_of_tries(api: FaultyApi) -> None:
    api.on("/orders", status(502, "bad gateway"))
    with pytest.raises(UnavailableError, match=r"answered 502: bad gateway\. It was tried 3 times\."):
        read(spec(api, retry={"attempts": 3, "backoff": 0}))
    assert len(api.seen) == 3


def test_an_error_in_a_later_page_comes_after_the_pages_before_it(api: FaultyApi) -> None:
    api.on("/orders", json([{"id": 1}]), json([{"id": 2}]), status(400, "bad page"))
    chunks = open_source(spec(api, pagination="page")).chunks()
    assert next(chunks).frame["id"].to_list() == [1]
    with pytest.raises(SourceError, match="400 Bad Request: bad page"):
        list(chunks)


def test_waits_grow_and_retry_after_is_kept(api: FaultyApi) -> None:
    clock = ManualClock(time.time())
    api.on(
        "/orders",
        status(500),
        status(500, X_RateLimit_Reset="3600"),
        status(429, Retry_After="7"),
        status(503, Retry_After=formatdate(clock.time + 100, usegmt=True)),
        json([{"id": 1}]),
    )
    read(open_source(spec(api, retry={"attempts": 9, "backoff": 2}), clock=clock))
    first, second, asked, date = clock.slept
    assert 1 <= first <= 2 <= second <= 4
    assert asked == 7
    assert 80 < date < 100


def test_a_rate_limit_header_is_waited_for(api: FaultyApi) -> None:
    clock = ManualClock(time.time())
    api.on(
        "/orders",
        json({"data": [{"id": 1}], "next": "/orders?p=2"}, X_RateLimit_Remaining="0", X_RateLimit_Reset="12"),
        status(403, "slow down", X_RateLimit_Remaining="0", X_RateLimit_Reset=str(int(clock.time) + 60)),
        json({"data": [{"id": 2}]}),
    )
    assert ids(open_source(spec(api), clock=clock)) == [1, 2]
    assert clock.slept[0] == 12
    assert 40 < clock.slept[1] <= 60


def test_a_wait_that_is_too_long_is_an_error(api: FaultyApi) -> None:
    api.on("/orders", status(429, Retry_After="86400"))
    with pytest.raises(UnavailableError, match="asks to wait 86400 seconds; the longest allowed wait is 60"):
        read(spec(api, retry={"max_wait": "1m"}))
    assert len(api.seen) == 1


def test_calls_are_spread_by_the_rate_limit(api: FaultyApi) -> None:
    clock = ManualClock()
    api.on("/orders", numbered([[n] for n in range(5)]))
    limit = {"calls": 2, "period": "10s"}
    assert len(read(open_source(spec(api, rate_limit=limit, pagination="page"), clock=clock))) == 5
    assert clock.slept == [10.0, 10.0]


@pytest.mark.parametrize(
    ("code", "hint"), [(400, "query"), (401, "set 'auth'"), (403, "rights"), (404, "address"), (422, "body")]
)
def test_a_refusal_is_not_repeated_and_says_what_to_do(api: FaultyApi, code: int, hint: str) -> None:
    api.on("/orders", status(code, f"no,\n {SECRET} " + "x" * 500))
    with pytest.raises(SourceError, match=f"answered {code}") as caught:
        read(spec(api, "/orders?api_key=" + SECRET, request={"query": {"id": 5}}))
    assert len(api.seen) == 1
    said = str(caught.value)
    assert hint in said
    assert "api_key=***&id=5" in said
    assert SECRET not in said
    assert said.count("x") < 260


def test_an_unreachable_host_and_an_unknown_name_are_told_apart(api: FaultyApi) -> None:
    with pytest.raises(UnavailableError, match=r"Cannot connect: .*refused"):
        read(HttpSource(url="http://127.0.0.1:9/x", retry={"attempts": 2, "backoff": 0}))
    with pytest.raises(UnavailableError, match="name is not known"):
        read(HttpSource(url="http://no-such-host.invalid/x", retry={"attempts": 1}))


def test_a_host_that_keeps_failing_is_left_alone_by_all_runs(api: FaultyApi) -> None:
    api.on("/orders", status(500))
    for _ in range(5):
        with pytest.raises(UnavailableError, match="answered 500"):
            read(spec(api, retry={"attempts": 1}))
    with pytest.raises(UnavailableError, match="failed 5 times in a row and is left alone"):
        read(spec(api, retry={"attempts": 1}))
    assert len(api.seen) == 5


def test_a_key_in_the_address_is_not_shown_whatever_its_name(api: FaultyApi) -> None:
    auth = {"type": "api_key", "name": "shop", "value": SECRET, "in": "query"}
    api.on("/orders", drop(), status(404))
    with pytest.raises(UnavailableError) as caught:
        read(spec(api, auth=auth, retry={"attempts": 1}))
    assert SECRET not in str(caught.value)
    api.on("/orders", json({"data": [{"id": 1}], "next": f"/orders?p=2&shop={SECRET}"}), status(404))
    source = open_source(spec(api, auth=auth))
    with pytest.raises(SourceError, match="404") as refused:
        read(source)
    assert SECRET not in str(refused.value)
    assert SECRET not in str(source.warnings)


def test_a_page_to_sign_in_is_called_one(api: FaultyApi) -> None:
    api.on("/orders", text("<!DOCTYPE html><html><title>Sign in</title>…", "text/html"))
    with pytest.raises(SourceError, match=r"web page \(HTML\) with the title 'Sign in'") as caught:
        read(spec(api))
    assert "check 'url' and 'auth'" in str(caught.value)
    assert len(api.seen) == 1


@pytest.mark.parametrize("body", ["hello", "<a><b/></a>", '{"a": nul}', '[{"a": 1,}]'])
def test_what_is_not_json_is_an_error_at_once(api: FaultyApi, body: str) -> None:
    api.on("/orders", text(body, "application/json"))
    with pytest.raises(SourceError, match=r"not valid JSON at line 1, column|XML"):
        read(spec(api))
    assert len(api.seen) == 1


def test_an_answer_that_breaks_off_each_time_is_an_error(api: FaultyApi) -> None:
    api.on("/orders", too_short(json([{"id": 1}, {"id": 2}])))
    with pytest.raises(SourceError, match=r"it breaks off.*It was tried 2 times"):
        read(spec(api, retry={"attempts": 2, "backoff": 0}))


def test_the_size_of_an_answer_is_bounded_also_when_it_is_compressed(api: FaultyApi) -> None:
    big = json([{"id": n, "text": "a" * 1000} for n in range(2000)])
    api.on("/orders", big, gzipped(big), Reply(200, gzip.compress(big.body)))
    for _ in range(3):
        with pytest.raises(SourceError, match="larger than 1,000,000 bytes"):
            read(spec(api, max_response_bytes=1_000_000))


def test_an_answer_that_is_a_gzip_file_is_unpacked(api: FaultyApi) -> None:
    body = gzip.compress(b'\xef\xbb\xbf[{"id": 1}]')
    api.on("/orders", Reply(200, body, {"Content-Type": "application/gzip"}))
    assert ids(spec(api)) == [1]


# Redirects, proxies, TLS


def test_credentials_are_not_taken_to_another_host(api: FaultyApi) -> None:
    with FaultyApi() as other:
        api.on("/orders", redirect(f"{other.url}/orders"))
        other.on("/orders", json([{"id": 1}]))
        source = open_source(
            spec(
                api,
                request={"headers": {"X-Api-Key": SECRET, "X-Tenant": "me"}},
                auth={"type": "bearer", "token": SECRET},
            )
        )
        assert ids(source) == [1]
        assert api.seen[0].headers["authorization"] == f"Bearer {SECRET}"
        assert SECRET not in str(other.seen[0].headers)
        assert other.seen[0].headers["x-tenant"] == "me"
        assert "another host" in source.warnings[-1]


def test_redirects_on_the_same_host_keep_credentials_and_have_a_limit(api: FaultyApi) -> None:
    api.on("/orders", redirect("/moved", 308))
    api.on("/moved", json([{"id": 1}]))
    api.on("/circle", redirect("/circle"))
    assert ids(spec(api, auth={"type": "bearer", "token": SECRET})) == [1]
    assert api.seen[1].headers["authorization"] == f"Bearer {SECRET}"
    with pytest.raises(SourceError, match="redirects too often"):
        read(spec(api, "/circle", max_redirects=3))


def test_a_proxy_is_used(api: FaultyApi) -> None:
    api.on("/orders", json([{"id": 1}]))
    source = HttpSource.model_validate(
        {"url": "http://shop.invalid/orders", "proxy": f"http://me:{SECRET}@{api.url[7:]}"}
    )
    assert ids(source) == [1]
    assert api.seen[0].target == "http://shop.invalid/orders"
    assert "proxy-authorization" in api.seen[0].headers
    assert SECRET not in repr(source)


def test_a_private_authority_and_a_client_certificate(tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    with FaultyApi(made.server_context(wants_client=True)) as api:
        api.on("/orders", json([{"id": 1}]))
        with pytest.raises(SourceError, match="certificate is not trusted") as caught:
            read(spec(api))
        assert "'ca'" in str(caught.value)
        with pytest.raises(UnavailableError):
            read(spec(api, ca=str(made.ca), retry={"attempts": 1}))
        mutual = {"client_cert": str(made.client_cert), "client_key": str(made.client_key)}
        assert ids(spec(api, ca=str(made.ca), **mutual)) == [1]
        assert ids(spec(api, ca=made.ca.read_text(), **mutual)) == [1]
        unchecked = open_source(spec(api, verify=False, **mutual))
        assert ids(unchecked) == [1]
        assert "not checked" in unchecked.warnings[0]
        with pytest.raises(DefinitionError, match="'ca': there is no file"):
            read(spec(api, ca="nowhere.pem"))


# Only what is new


def incremental(api: FaultyApi, cursors: MemoryCursors, **more: Any) -> HttpRecords:
    source = spec(
        api,
        request={"query": {"since": "{{ cursor }}"}},
        incremental={"field": "at", "lookback": "10m", **more},
        pagination="none",
    )
    return open_source(source, cursors=cursors)


def test_the_cursor_is_saved_only_after_the_commit(api: FaultyApi) -> None:
    cursors = MemoryCursors()
    rows = [{"at": "2024-05-01T12:00:00+02:00"}, {"at": "2024-05-01T11:00:00Z"}, {"at": None}]
    api.on("/orders", json(rows))
    source = incremental(api, cursors)
    read(source)
    assert cursors.kept == {}
    source.committed()
    assert list(cursors.kept.values()) == [SavedCursor("2024-05-01T11:00:00Z", "timestamp")]
    read(incremental(api, cursors))
    assert [seen.query for seen in api.seen] == [{}, {"since": "2024-05-01T10:50:00Z"}]


def test_the_first_run_begins_at_start(api: FaultyApi) -> None:
    api.on("/orders", json([{"at": "2024-05-01"}]))
    read(incremental(api, MemoryCursors(), start="2024-01-01"))
    assert api.seen[0].query == {"since": "2024-01-01"}


def test_the_cursor_never_moves_back_and_survives_an_empty_answer(api: FaultyApi) -> None:
    cursors = MemoryCursors()
    api.on("/orders", json([{"at": 50}]), json([{"at": 45}]), json([]), json([{"at": 51}]))
    for _ in range(4):
        source = incremental(api, cursors, lookback=5)
        list(source.chunks())
        source.committed()
    assert [seen.query.get("since") for seen in api.seen] == [None, "45", "45", "45"]
    assert [kept.value for kept in cursors.kept.values()] == ["51"]


def test_a_reading_that_stopped_half_way_does_not_move_the_cursor(api: FaultyApi) -> None:
    cursors = MemoryCursors()
    api.on("/orders", numbered([[1], [2]]))
    source = open_source(
        spec(api, pagination={"type": "page", "max_pages": 1}, incremental={"field": "id", "param": "since"}),
        cursors=cursors,
    )
    read(source)
    source.committed()
    assert cursors.kept == {}


def test_a_cursor_field_that_is_not_there_is_an_error_that_names_the_nearest(api: FaultyApi) -> None:
    api.on("/orders", json([{"meta": {"updated_at": "2024-05-01"}}]))
    with pytest.raises(SourceError, match=r"no field 'meta\.update_at'.*'meta\.updated_at'"):
        read(incremental(api, MemoryCursors(), field="meta.update_at"))


def test_cursors_of_the_data_folder_outlive_the_process(api: FaultyApi, home: Path) -> None:
    api.on("/orders", json([{"at": "2024-05-01T11:00:00Z"}]))
    for _ in range(2):
        source = open_source(
            spec(
                api,
                request={
                    "method": "POST",
                    "headers": {"X-Since": "{{ cursor }}"},
                    "body": {"json": {"a": "{{ cursor }}"}},
                },
                incremental={"field": "at", "key": "nightly"},
            )
        )
        read(source)
        source.committed()
    assert [seen.json() for seen in api.seen] == [{}, {"a": "2024-05-01T11:00:00Z"}]
    assert [seen.headers.get("x-since") for seen in api.seen] == [None, "2024-05-01T11:00:00Z"]
    assert len(list((home / "cursors").iterdir())) == 1
