"""Paginators, links, loops, paths and detection: no network."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from intakegateway.connectors.http_api.calls import Call, Page, join_url, redirected, same_site
from intakegateway.connectors.http_api.links import links
from intakegateway.connectors.http_api.loops import LoopGuard
from intakegateway.connectors.http_api.pagination import paginator
from intakegateway.connectors.http_api.paths import ABSENT, Records, finder
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.http import Pagination

CALL = Call("GET", "https://shop/orders?fixed=1")


def asked(definition: dict[str, Any], *bodies: Any, headers: dict[str, str] | None = None) -> list[str]:
    """The addresses that are asked for when the pages have these bodies; 'rows' are their records."""
    warnings: list[str] = []
    spec: Pagination = TypeAdapter(Pagination).validate_python(definition)
    steps = paginator(spec, warnings.append)
    call: Call | None = steps.first(CALL)
    seen = []
    for number, body in enumerate(bodies, 1):
        assert call is not None
        seen.append(call.target.removeprefix("https://shop/orders?fixed=1").lstrip("&"))
        rows = body.get("rows", []) if isinstance(body, dict) else body
        call = steps.next(call, Page(number, headers or {}, body, rows))
        if call is None:
            break
    return [*seen, *warnings, "more" if call else "end"]


@pytest.mark.parametrize(
    ("definition", "bodies", "expected"),
    [
        ({"type": "none"}, [{"next": "/x"}], ["", "end"]),
        ({"type": "page"}, [[1], [1], []], ["page=1", "page=2", "page=3", "end"]),
        ({"type": "page", "start": 0, "param": "p"}, [[1], []], ["p=0", "p=1", "end"]),
        ({"type": "page", "stop": "short"}, [[1, 2], [1]], ["page=1", "page=2", "end"]),
        ({"type": "page", "stop": "short"}, [[1], [1, 2]], ["page=1", "page=2", "more"]),
        (
            {"type": "page", "total": "n"},
            [{"rows": [1, 2], "n": "3"}, {"rows": [3], "n": 3}],
            ["page=1", "page=2", "end"],
        ),
        ({"type": "page", "has_more": "m"}, [{"rows": [1], "m": False}], ["page=1", "end"]),
        (
            {"type": "page", "has_more": "m"},
            [{"rows": [1], "m": True}, {"rows": [], "m": True}, {"rows": [2], "m": False}],
            ["page=1", "page=2", "page=3", "end"],
        ),
        (
            {"type": "page", "total_pages": "n"},
            [{"rows": [1], "n": 3}, {"rows": [], "n": 3}, {"rows": [2], "n": 3}],
            ["page=1", "page=2", "page=3", "end"],
        ),
        (
            {"type": "offset", "limit": 2, "has_more": "m"},
            [{"rows": [1, 2], "m": True}, {"rows": [], "m": True}, {"rows": [3], "m": False}],
            ["limit=2&offset=0", "limit=2&offset=2", "limit=2&offset=4", "end"],
        ),
        ({"type": "page", "total_pages": "n"}, [{"rows": [1], "n": None}], ["page=1", "more"]),
        (
            {"type": "offset", "limit": 2},
            [[1, 2], [3], []],
            ["limit=2&offset=0", "limit=2&offset=2", "limit=2&offset=3", "end"],
        ),
        ({"type": "offset", "limit_param": None, "start": 5}, [[]], ["offset=5", "end"]),
        (
            {"type": "cursor", "path": "c"},
            [{"rows": [1], "c": "a b"}, {"rows": [], "c": 7}, {"c": ""}],
            ["", "cursor=a+b", "cursor=7", "end"],
        ),
        (
            {"type": "cursor", "path": "$.rows[-1].id", "param": "after"},
            [{"rows": [{"id": 1}, {"id": 9}]}, {"rows": []}],
            ["", "after=9", "end"],
        ),
    ],
)
def test_each_kind_asks_for_its_pages(
    definition: dict[str, Any], bodies: list[Any], expected: list[str]
) -> None:
    assert asked(definition, *bodies) == expected


@pytest.mark.parametrize(
    ("definition", "bodies", "said"),
    [
        (
            {"type": "page", "total": "n"},
            [{"rows": [1], "n": 9}, {"rows": [], "n": 9}],
            "are 9 records in all",
        ),
        ({"type": "page", "total": "n"}, [{"rows": [1, 2, 3], "n": 2}], "are 2 records in all"),
        ({"type": "offset", "start": 5, "total": "n"}, [{"rows": [1, 2], "n": 7}], None),
        ({"type": "page", "total": "n"}, [{"rows": [1, 2], "n": 2}], None),
    ],
)
def test_a_total_that_does_not_fit_what_came_is_told(
    definition: dict[str, Any], bodies: list[Any], said: str | None
) -> None:
    told = asked(definition, *bodies)
    assert told[-1] == "end"
    warnings = [text for text in told if "records in all" in text]
    assert bool(warnings) == (said is not None)
    assert said is None or said in warnings[0]


def test_an_api_that_never_ends_its_empty_pages_is_an_error() -> None:
    with pytest.raises(SourceError, match="pages without records followed each other"):
        asked({"type": "page", "has_more": "m"}, *[{"rows": [], "m": True}] * 1000)


def test_a_cursor_may_come_and_go_in_headers() -> None:
    steps = paginator(
        TypeAdapter(Pagination).validate_python(
            {"type": "cursor", "header": "X-Next", "send": "header", "param": "X-At"}
        ),
        print,
    )
    following = steps.next(CALL, Page(1, {"x-next": "abc"}, [1], [1]))
    assert following is not None
    assert following.headers == (("X-At", "abc"),)


def test_a_path_that_leads_nowhere_on_the_first_page_is_noted() -> None:
    assert asked({"type": "cursor", "path": "$.nxt"}, {"rows": [1], "next": "a"}) == [
        "",
        "The first answer has no cursor at '$.nxt': taken as the only page.",
        "end",
    ]
    assert "no next link at '$.next'" in asked({"type": "next_link"}, {"rows": [1]})[1]


def test_a_next_link_that_is_no_link_is_an_error() -> None:
    with pytest.raises(SourceError, match="use type: cursor"):
        asked({"type": "next_link"}, {"next": 2})
    with pytest.raises(SourceError, match="not a web address"):
        asked({"type": "next_link"}, {"next": "javascript:alert(1)"})


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('<https://a/?x=1,2>; rel="next"', {"next": "https://a/?x=1,2"}),
        ("</b>;rel=next, </c>; rel=prev", {"next": "/b", "prev": "/c"}),
        ('</b>; title="a, b; rel=first"; rel="next last"', {"next": "/b", "last": "/b"}),
        ('</b>; REL="NEXT"; rel=prev', {"next": "/b"}),
        ("</b>", {}),
        ("nonsense", {}),
        ("", {}),
    ],
)
def test_link_headers_are_read_as_the_standard_says(header: str, found: dict[str, str]) -> None:
    assert links(header) == found


def test_what_is_found_automatically_is_said() -> None:
    first = {"rows": [1], "paging": {"next": {"after": "x"}}}
    assert asked({"type": "auto"}, first, {"rows": [2]}) == [
        "",
        "after=x",
        "The pages are followed by the cursor at '$.paging.next.after', sent as 'after' (pagination: auto).",
        "end",
    ]
    assert asked({"type": "auto"}, {"rows": [1], "next": None}) == ["", "end"]
    assert "not how to get it" in asked({"type": "auto"}, {"rows": [1], "has_more": True})[1]


def test_a_single_record_is_not_searched_for_pages() -> None:
    body = {"id": 1, "page": 1, "pages": 300}
    steps = paginator(TypeAdapter(Pagination).validate_python({"type": "auto"}), print)
    assert steps.next(CALL, Page(1, {}, body, [body])) is None


def test_the_loop_guard_names_the_page_that_came_again() -> None:
    guard = LoopGuard()
    guard.check_call(CALL, 1, "here")
    guard.check_call(CALL.with_query("page", "2"), 2, "here")
    with pytest.raises(SourceError, match="here: The API repeated page 2: page 7 names its address"):
        guard.check_call(CALL.with_query("page", "2"), 8, "here")
    guard.check_page([{"a": n} for n in range(1000)], 1, "here")
    guard.check_page([{"a": n} for n in range(1001)], 2, "here")
    guard.check_page([], 3, "here")
    guard.check_page([], 4, "here")
    with pytest.raises(SourceError, match="The API repeated page 1: page 5 has the same 1000 records"):
        guard.check_page([{"a": n} for n in range(1000)], 5, "here")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.a.b", 1),
        ("a.b", 1),
        ("$['a']['b']", 1),
        ("$.list[0].x", 1),
        ("$.list[*].x", [1, 2]),
        ("@odata.nextLink", "/n"),
        ("$.nothing", ABSENT),
        ("$.list[9]", ABSENT),
        ("a.b.c", ABSENT),
        ("$.null", None),
    ],
)
def test_paths_find_values(path: str, found: Any) -> None:
    body = {"a": {"b": 1}, "list": [{"x": 1}, {"x": 2}], "@odata.nextLink": "/n", "null": None}
    assert finder(path, ()) (body) == found  # fmt: skip


def test_a_bad_path_is_an_error_of_the_definition() -> None:
    with pytest.raises(DefinitionError, match="is not a JSONPath") as caught:
        finder("$.[[", ("source", "records"))
    assert caught.value.path == ("source", "records")


@pytest.mark.parametrize(
    ("body", "count", "said"),
    [
        ([1, 2], 2, ""),
        ({"data": [{}, {}], "errors": []}, 2, "'$.data'"),
        ({"meta": {"tags": ["a"]}, "orders": [{}]}, 1, "'$.orders'"),
        ({"response": {"body": {"rows": [{}]}}}, 1, "'$.response.body.rows'"),
        ({"id": 1, "tags": ["a", "b"]}, 1, ""),
        ({"data": [], "included": []}, 0, "'$.data'"),
    ],
)
def test_the_list_of_records_is_found_by_itself(body: Any, count: int, said: str) -> None:
    warnings: list[str] = []
    assert len(Records(None, warnings).of(body, 1, "")) == count
    assert said in "".join(warnings)


def test_a_later_page_without_the_list_is_empty_with_a_warning() -> None:
    warnings: list[str] = []
    records = Records("$.items[*]", warnings)
    assert records.of({"items": [1]}, 1, "") == [1]
    assert records.of({"items": None}, 2, "") == []
    assert warnings == []
    assert records.of({"kind": "list"}, 3, "") == []
    assert warnings == ["Page 3 has nothing at '$.items[*]': taken as empty."]


@pytest.mark.parametrize("path", ["$.data.*", "$.data[*]"])
def test_records_under_keys_come_with_them_when_a_field_is_named(path: str) -> None:
    warnings: list[str] = []
    body = {"data": {"17": {"n": 1}, "18": {"n": 2}, "19": {"n": 3}}}
    records = Records(path, warnings, "id")
    assert records.of(body, 1, "")[::2] == [{"id": "17", "n": 1}, {"id": "19", "n": 3}]
    assert records.keys(body, "") is None
    assert records.of({"data": {}}, 2, "") == []
    assert warnings == []
    without = Records(path, warnings)
    assert [without.of(body, page, "")[0] for page in (1, 2)] == [{"n": 1}, {"n": 1}]
    assert without.of({"data": {}}, 3, "") == []
    assert warnings == [
        "The keys above the records ('17', '18', …) are left out: 'key_field' names a field that gets them."
    ]


def test_addresses_are_joined_below_the_base() -> None:
    assert join_url("https://h/api/?k=1", "/v2/orders?x=2") == "https://h/api/v2/orders?k=1&x=2"
    assert join_url("https://h", "orders") == "https://h/orders"
    assert join_url("https://h/api", "https://other/x") == "https://other/x"


def test_parameters_replace_those_of_the_address_and_the_rest_is_kept_as_it_was() -> None:
    call = Call("GET", "https://h/a?sig=a%2Bb%2f&page=1&x").with_query("page", "2")
    assert call.target == "https://h/a?sig=a%2Bb%2f&x&page=2"
    assert call.at("?page=3").target == "https://h/a?page=3"


def test_credentials_stay_with_their_host() -> None:
    assert same_site("https://h/a", "https://h:443/b")
    assert same_site("http://h/a", "https://h/b")
    assert not same_site("https://h/a", "http://h/b")
    assert not same_site("https://h/a", "https://h:8443/b")
    assert not same_site("https://h/a", "https://h.evil/b")


def test_a_redirected_post_becomes_a_get_as_in_browsers() -> None:
    post = Call("POST", "https://h/a", json={"x": 1})
    assert (redirected(post, 303, "/b").method, redirected(post, 303, "/b").body) == ("GET", None)
    assert (redirected(post, 307, "/b").method, redirected(post, 307, "/b").body) == ("POST", b'{"x":1}')
