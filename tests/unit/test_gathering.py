"""Records are taken apart page by page, and only looked at together where that is needed."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import orjson
import pytest

from inputs import StreamInput, places, rows
from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files import json_document, json_lines, json_parts
from intakegateway.connectors.files.json_stream import probable_boundary
from intakegateway.connectors.gathering import MAX_KEYS
from intakegateway.connectors.http_api.chunking import Fetched, chunked, gathered
from intakegateway.connectors.records import SLICE, Flattener
from intakegateway.kit.imports import without
from intakegateway.model.sources import FileSource

Asked = list[int]


def fetched(pages: list[list[Any]], asked: Asked) -> Generator[Fetched, None, None]:
    for number, records in enumerate(pages, 1):
        page = Fetched(number, list(records), size=1)

        def again(number: int = number, records: list[Any] = records) -> list[Any]:
            asked.append(number)
            return records

        page.again = again
        yield page


def chunks_of(pages: list[list[Any]], **options: Any) -> tuple[list[Chunk], Asked]:
    asked: Asked = []
    flattener = Flattener(**options)
    return list(chunked(gathered(fetched(pages, asked), flattener), flattener)), asked


def test_pages_of_several_kinds_make_one_column_without_a_second_look() -> None:
    pages = [
        [{"id": 0}],
        [{"x": 1}, {"x": None}],
        [{"x": 1.5}],
        [{"x": True}],
        [{"x": [1]}],
        [{"x": {"y": "z"}}],
    ]
    chunks, asked = chunks_of(pages)
    assert [row for chunk in chunks[1:] for row in chunk.frame.rows()] == [
        ("1", None), (None, None), ("1.5", None), ("true", None), ("[1]", None), (None, "z"),
    ]  # fmt: skip
    assert places(chunks)[:3] == ["page 1 item 1", "page 2 item 1", "page 2 item 2"]
    assert asked == []


def test_keys_that_are_data_are_seen_over_all_pages() -> None:
    pages = [
        [{"id": 0}],
        *[[{"by": {f"key {page} {n}": n for n in range(MAX_KEYS // 2)}}] for page in range(3)],
    ]
    chunks, asked = chunks_of(pages)
    assert chunks[1].frame.columns == ["by"]
    assert [orjson.loads(text) for text in chunks[1].frame["by"]] == [page[0]["by"] for page in pages[1:]]
    assert asked == [2, 3, 4]


def test_a_page_with_elements_that_are_no_objects_is_looked_at_again() -> None:
    chunks, asked = chunks_of([[{"id": 0}], [{"id": 1}], [{"id": 2}, 7], [{"id": 3}]])
    assert chunks[1].frame["id"].to_list() == [1, 2, 3]
    assert chunks[1].broken is not None
    assert chunks[1].broken["_locator"].to_list() == ["page 3 item 2"]
    assert asked == [2, 4]


def test_lines_of_several_kinds_make_one_column(tmp_path: Path) -> None:
    lines = [b'{"x":1}'] * SLICE + [b"nope"] + [b'{"x":2.5,"y":{}}'] * SLICE + [b'{"x":"t"}', b"7"]
    chunks = list(json_lines.read(StreamInput(b"\n".join(lines), tmp_path), FileSource(path="x"), []))
    found = rows(chunks)
    assert [row["x"] for row in found] == ["1"] * SLICE + ["2.5"] * SLICE + ["t"]
    assert {row["y"] for row in found} == {None}
    broken = [row for chunk in chunks if chunk.broken is not None for row in chunk.broken.rows()]
    assert [(row[0], row[2]) for row in broken] == [
        (f"line {SLICE + 1}", "INVALID_JSON"),
        (f"line {2 * SLICE + 3}", "NOT_AN_OBJECT"),
    ]


@pytest.mark.parametrize("arrays", ["json", "join"])
def test_lines_inside_which_records_are_picked_keep_their_numbers(arrays: str, tmp_path: Path) -> None:
    lines = [b'{"d":[{"x":[1,2]},{"x":[3]}]}'] * (SLICE + 1)
    spec = FileSource(path="x", records="$.d", arrays=arrays)  # type: ignore[arg-type]
    chunks = list(json_lines.read(StreamInput(b"\n".join(lines), tmp_path), spec, []))
    assert rows(chunks)[-2:] == (
        [{"x": "[1,2]"}, {"x": "[3]"}] if arrays == "json" else [{"x": "1,2"}, {"x": "3"}]
    )
    assert places(chunks)[-3:] == [f"line {SLICE}", f"line {SLICE + 1}", f"line {SLICE + 1}"]


@pytest.mark.parametrize(
    "record",
    [
        {"id": 1, "text": '},{"id":'},
        {"id": 1, "lines": [{"id": 5}, {"id": 6, "s": "x"}, {"id": 7}]},
        {"lines": [[1, {"lines": 2}, {"lines": 3}]], "id": 1},
    ],
)
@pytest.mark.parametrize("indent", [0, orjson.OPT_INDENT_2])
def test_what_looks_like_the_start_of_a_record_does_not_break_a_document(
    record: dict[str, Any], indent: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_parts, "BLOCK", 500)
    wanted = [{**record, "n": n} for n in range(60)]
    chunks = list(
        json_document.read(
            StreamInput(orjson.dumps(wanted, option=indent), tmp_path), FileSource(path="x"), []
        )
    )
    assert [row["n"] for row in rows(chunks)] == list(range(60))
    assert len(chunks) >= 5


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (b'{"a":1},{"a":2},{"a":', 15),
        (b'\n {"a":1},\n {"b":2},\n {"a":3', 19),
        (b'{"a":1}, {"a":2}', -1),
        (b'1,{"a":2},{"a":3}', -1),
        (b"", -1),
    ],
)
def test_the_probable_boundary_is_before_what_begins_as_the_first_element(text: bytes, at: int) -> None:
    assert probable_boundary(text) == at


def test_a_module_can_be_hidden_from_an_import() -> None:
    with without("antigravity"), pytest.raises(ImportError):
        import antigravity  # noqa: F401
    assert "antigravity" not in sys.modules
    with without("json"):
        import json
    assert sys.modules["json"] is json
