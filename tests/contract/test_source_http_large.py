"""Answers that do not fit into memory are read as small ones are: the same rows, places, pages and errors.

What counts as large is made small here, so that each case takes no time.
"""

from __future__ import annotations

import gzip
import json as plain_json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from faulty_api import FaultyApi, Reply, cut_chunks, gzipped, json, text, too_short, truncated
from intakegateway.connectors.files import json_parts
from intakegateway.connectors.http_api import bodies, large, survey
from intakegateway.connectors.http_api.source import HttpRecords, open_source
from intakegateway.kit.clock import ManualClock
from intakegateway.model.errors import SourceError
from intakegateway.model.http import HttpSource

ROWS = [
    {
        "id": n,
        "name": f'a "quoted" \\ name, {n}]}}',
        "at": {"city": "Köln", "zip": f"{n:05d}"},
        "tags": [n, "x"],
    }
    for n in range(400)
]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bodies, "SMALL", 2_000)
    monkeypatch.setattr(survey, "LONG", 300)
    for module in (json_parts, survey):
        monkeypatch.setattr(module, "BLOCK", 1_000)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))


@pytest.fixture
def api() -> Iterator[FaultyApi]:
    with FaultyApi() as server:
        yield server


def source(api: FaultyApi, **given: Any) -> HttpRecords:
    spec = HttpSource.model_validate({"url": f"{api.url}/orders", "retry": {"backoff": 0}, **given})
    return open_source(spec, clock=ManualClock())


def read(api: FaultyApi, **given: Any) -> pl.DataFrame:
    return pl.concat([chunk.frame for chunk in source(api, **given).chunks()], how="diagonal_relaxed")


def places(opened: HttpRecords) -> list[str]:
    return [words for chunk in opened.chunks() for words in chunk.locators.words()]


def as_small(api: FaultyApi, monkeypatch: pytest.MonkeyPatch, **given: Any) -> tuple[pl.DataFrame, list[str]]:
    with monkeypatch.context() as patch:
        patch.setattr(bodies, "SMALL", 8 << 20)
        opened = source(api, **given)
        frame = pl.concat([chunk.frame for chunk in opened.chunks()], how="diagonal_relaxed")
        return frame, places(opened)


@pytest.mark.parametrize(
    ("body", "given"),
    [
        (ROWS, {}),
        ({"data": ROWS}, {}),
        ({"meta": {"count": 400}, "data": ROWS, "links": {"next": None}}, {}),
        ({"result": {"page": {"items": ROWS}}}, {}),
        ({"a": {"b": {"c": {"d": ROWS}}}}, {"records": "$.a.b.c.d[*]"}),
        ({"a b": ROWS, "other": ROWS[:50]}, {"records": "$['a b'][*]"}),
        ({"other": ROWS, "data": ROWS[:2]}, {"records": "data"}),
        ({"@odata.count": 1, "value": ROWS}, {}),
        ({"facets": [{"name": n} for n in range(200)], "items": ROWS}, {}),
        ({"data": ROWS[:1]} | {f"key {n}": "x" * 50 for n in range(100)}, {"records": "$.data"}),
        ({"data": ROWS}, {"records": "$.data[?(@.id < 5)]"}),
        ({f"key {n}": row for n, row in enumerate(ROWS)}, {"records": "$[*]"}),
        ({"one": "record", "with": {"a": ROWS}}, {"records": "$"}),
        ([1, 2.5, "three", None] * 500, {}),
    ],
)
def test_a_large_page_gives_what_a_small_one_would(
    api: FaultyApi, monkeypatch: pytest.MonkeyPatch, body: Any, given: dict[str, str]
) -> None:
    api.on("/orders", json(body))
    small, words = as_small(api, monkeypatch, pagination="none", **given)
    opened = source(api, pagination="none", **given)
    found = pl.concat([chunk.frame for chunk in opened.chunks()], how="diagonal_relaxed")
    assert found.cast(pl.String).equals(small.cast(pl.String))
    assert places(opened) == words


def leftovers() -> list[str]:
    return [path.name for path in Path(tempfile.gettempdir()).iterdir()]


def paged(pages: int, shape: Any) -> Any:
    """The rows over some pages, each of which says what follows."""
    size = len(ROWS) // pages

    def answer(seen: Any) -> Reply:
        number = int(seen.query.get("page", "1"))
        return json(shape(ROWS[(number - 1) * size : number * size], number + 1 if number < pages else None))

    return answer


@pytest.mark.parametrize(
    ("shape", "pagination"),
    [
        (lambda rows, after: {"next_page": after, "data": rows}, "auto"),
        (lambda rows, after: {"data": rows, "meta": {"next": after}},
         {"type": "cursor", "path": "$.meta.next", "param": "page"}),
        (lambda rows, after: {"data": rows, "links": {"next": after and f"/orders?page={after}"}}, "auto"),
        (lambda rows, after: {"link": [{"rel": "self"}] + [{"rel": "next", "url": f"?page={after}"}] * bool(after),
                              "entry": rows},
         {"type": "next_link", "path": "$.link[?(@.rel=='next')].url"}),
        (lambda rows, after: {"data": rows, "pages": 4}, {"type": "page", "total_pages": "$.pages"}),
        (lambda rows, after: rows if len(rows) == 100 else [], {"type": "page", "size": 100, "size_param": "per_page"}),
        (lambda rows, after: {"data": [*rows[:-1], {**rows[-1], "after": after}]},
         {"type": "cursor", "path": "$.data[-1].after", "param": "page"}),
    ],
)  # fmt: skip
def test_what_follows_is_found_before_and_behind_the_records(
    api: FaultyApi, shape: Any, pagination: Any
) -> None:
    api.on("/orders", paged(4, shape))
    records = {"records": "$.entry"} if "entry" in shape(ROWS, None) else {}
    opened = source(api, pagination=pagination, **records)
    found = [n for chunk in opened.chunks() for n in chunk.frame["id"]]
    assert found == list(range(400))
    assert places(opened)[100:102] == ["page 2 item 1", "page 2 item 2"]
    del opened
    assert leftovers() == []


def test_a_large_page_that_comes_again_stops_the_reading(api: FaultyApi) -> None:
    api.on("/orders", json({"data": ROWS}))
    with pytest.raises(SourceError, match="repeated page 1: page 2 has the same 400 records"):
        read(api, pagination="page")


@pytest.mark.parametrize(
    "spoil",
    [
        truncated, cut_chunks, too_short,
        lambda reply: Reply(200, gzip.compress(reply.body)[:-300], {"Connection": "close"}),
        lambda reply: Reply(200, reply.body.removesuffix(b"}"), {"Connection": "close"}),
    ],
)  # fmt: skip
def test_a_large_answer_that_breaks_off_is_asked_for_again_before_any_row_is_taken(
    api: FaultyApi, spoil: Any
) -> None:
    whole = json({"data": ROWS, "next": None})
    api.on("/orders", spoil(whole), whole)
    opened = source(api, pagination="none")
    assert [n for chunk in opened.chunks() for n in chunk.frame["id"]] == list(range(400))
    assert "asked again 1 time" in opened.warnings[-1]


@pytest.mark.parametrize("spoil", [too_short, lambda reply: Reply(200, reply.body.removesuffix(b"}"))])
def test_a_large_answer_that_breaks_off_each_time_is_an_error(api: FaultyApi, spoil: Any) -> None:
    api.on("/orders", spoil(json({"data": ROWS})))
    with pytest.raises(SourceError, match="it breaks off.*It was tried 2 times"):
        read(api, retry={"attempts": 2, "backoff": 0})
    assert leftovers() == []


BROKEN = [
    (b'"id": 300', b'"id": nul', "line 1, column 34788: invalid literal"),
    (b'"next": null', b'"next": nul', "line 1, column 46490: 'nul' is not a JSON value"),
    (b'"next"', b"next", "'\"' was expected, not 'n'"),
    (b', "next"', b'; "next"', "',' or '}' was expected, not ';'"),
    (b'"data": [', b'"data": ,[', "a value is missing"),
    (b'"next": null}', b'"next": null}]', "unexpected content after document"),
    (b'{"data"', b'<html>{"data"', "web page"),
]


@pytest.mark.parametrize(("old", "new", "said"), BROKEN)
def test_a_large_answer_that_is_not_json_is_an_error_with_its_place(
    api: FaultyApi, old: bytes, new: bytes, said: str
) -> None:
    body = json({"data": ROWS, "next": None}).body
    assert body.count(old) == 1
    api.on("/orders", Reply(200, body.replace(old, new)))
    with pytest.raises(SourceError, match=said):
        read(api)
    assert len(api.seen) == 1


def test_a_large_table_that_is_no_json_says_what_it_is(api: FaultyApi) -> None:
    api.on("/orders", text("id,name\n" + "1,a\n" * 1000, "text/csv"))
    with pytest.raises(SourceError, match="It begins with: id,name") as caught:
        read(api)
    assert "Download it and load the file" in str(caught.value)


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/json", "text/plain"])
def test_large_json_lines_are_read_line_by_line(api: FaultyApi, kind: str) -> None:
    lines = [plain_json.dumps(row) for row in ROWS]
    lines[200] = "{"
    api.on("/orders", text("\n".join(lines), kind))
    opened = source(api)
    chunks = list(opened.chunks())
    assert [n for chunk in chunks for n in chunk.frame["id"]] == [n for n in range(400) if n != 200]
    broken = [row for chunk in chunks if chunk.broken is not None for row in chunk.broken.iter_rows()]
    assert [row[:3] for row in broken] == [("page 1 item 201", "{", "INVALID_JSON")]
    assert places(opened)[199:201] == ["page 1 item 200", "page 1 item 202"]


def test_large_json_lines_that_break_off_are_asked_for_again(api: FaultyApi) -> None:
    whole = "\n".join(plain_json.dumps(row) for row in ROWS)
    api.on("/orders", text(whole[:-5], "application/x-ndjson"), text(whole, "application/x-ndjson"))
    assert read(api)["id"].to_list() == list(range(400))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "latin-1"])
@pytest.mark.parametrize("pack", [lambda reply: reply, gzipped, lambda reply: replace_body(reply)])
def test_large_answers_come_in_any_encoding_and_packing(api: FaultyApi, encoding: str, pack: Any) -> None:
    body = plain_json.dumps({"data": ROWS}, ensure_ascii=False).encode(encoding)
    said = "application/json" + ("; charset=latin-1" if encoding == "latin-1" else "")
    api.on("/orders", pack(Reply(200, body, {"Content-Type": said})))
    found = read(api)
    assert (found.height, found["at.city"].unique().to_list()) == (400, ["Köln"])


def replace_body(reply: Reply) -> Reply:
    """The body as a file that is packed, of which HTTP knows nothing."""
    return Reply(200, gzip.compress(reply.body), reply.headers)


def test_a_text_with_half_a_surrogate_pair_is_one_broken_record(api: FaultyApi) -> None:
    body = json({"data": ROWS}).body.replace(
        b'"at": {"city": "K\\u00f6ln", "zip": "00007"}', b'"at": "\\ud800"'
    )
    api.on("/orders", Reply(200, body))
    opened = source(api, pagination="none")
    chunks = list(opened.chunks())
    assert sum(chunk.frame.height for chunk in chunks) == 399
    assert [c.broken.to_series(0).to_list() for c in chunks if c.broken is not None] == [["page 1 item 8"]]


def test_what_must_be_in_memory_has_a_limit_and_says_so(
    api: FaultyApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "IN_MEMORY", 10_000)
    api.on("/orders", json({"data": ROWS}))
    with pytest.raises(SourceError, match="needs the whole answer in memory") as caught:
        read(api, records="$.data[?(@.id < 5)]")
    assert "plain path to a long list: '$.data[*]'" in str(caught.value)
    api.on("/orders", json({"data": [*ROWS, {"id": 1, "text": "x" * 30_000}, *ROWS]}))
    with pytest.raises(SourceError, match="A single record, or what stands before the first, is over"):
        read(api)
    api.on("/orders", json({f"key {n}": "x" * 100 for n in range(400)}))
    with pytest.raises(SourceError, match="besides its long lists"):
        read(api)


def test_the_size_of_a_large_answer_is_bounded_also_when_it_is_packed(api: FaultyApi) -> None:
    big = json(ROWS)
    api.on("/orders", big, gzipped(big), Reply(200, gzip.compress(big.body)))
    for _ in range(3):
        with pytest.raises(SourceError, match="larger than 20,000 bytes"):
            read(api, max_response_bytes=20_000)
    assert leftovers() == []


def test_a_preview_takes_the_first_records_of_a_large_page(api: FaultyApi) -> None:
    api.on("/orders", json({"data": ROWS}))
    opened = source(api)
    chunks = opened.chunks()
    assert next(chunks).frame["id"][0] == 0
    chunks.close()
    del chunks, opened
    assert leftovers() == []
