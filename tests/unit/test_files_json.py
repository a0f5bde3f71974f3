"""JSON documents and NDJSON: every record is found, and what is broken is named with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from inputs import StreamInput, places, rows
from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files import json_document, json_lines, json_parts
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.sources import FileSource

DOCUMENT = b'{"meta":{"n":2},"data":{"items":[{"a":1,"s":"}],[{\\"\\\\"},{"a":2}],"z":[{"q":1}]}}'


def read(text: bytes, tmp_path: Path, reader: Any = json_document, **options: Any) -> list[Chunk]:
    spec = FileSource(path="x", **options)
    return list(reader.read(StreamInput(text, tmp_path), spec, []))


def read_until_broken(text: bytes, tmp_path: Path, **options: Any) -> tuple[list[dict[str, Any]], str]:
    chunks: list[Chunk] = []
    reading = json_document.read(StreamInput(text, tmp_path), FileSource(path="x", **options), [])
    with pytest.raises(SourceError) as caught:
        chunks.extend(reading)
    return rows(chunks), str(caught.value)


def test_records_are_found_in_the_list_with_the_most_objects(tmp_path: Path) -> None:
    warnings: list[str] = []
    chunks = list(json_document.read(StreamInput(DOCUMENT, tmp_path), FileSource(path="x"), warnings))
    assert rows(chunks) == [{"a": 1, "s": '}],[{"\\'}, {"a": 2, "s": None}]
    assert places(chunks) == ["item 1", "item 2"]
    assert warnings == ["The records were found at '$.data.items[*]'; name another path with 'records'."]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.data.z", [{"q": 1}]),
        ("data.z[*]", [{"q": 1}]),
        ("$['data']['z'][*]", [{"q": 1}]),
        ("$.meta", [{"n": 2}]),
        ("$.meta.n", [{"value": 2}]),
        ("$.data.items[*].a", [{"value": 1}, {"value": 2}]),
        ("$.data.items[?@.a > 1]", [{"a": 2}]),
        ("$..q", [{"value": 1}]),
    ],
)
def test_records_are_picked_by_path(path: str, found: list[dict[str, Any]], tmp_path: Path) -> None:
    assert rows(read(DOCUMENT, tmp_path, records=path)) == found


def test_a_wrong_path_is_answered_with_the_nearest_key(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no 'itmes'\. Did you mean 'items'"):
        read(DOCUMENT, tmp_path, records="$.data.itmes")
    with pytest.raises(SourceError, match="finds no records"):
        read(DOCUMENT, tmp_path, records="$.data.nope[*].a")
    with pytest.raises(DefinitionError, match="is not a JSONPath"):
        read(DOCUMENT, tmp_path, records="$.data[")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'{"id": 1, "tags": ["a"]}', [{"id": 1, "tags": '["a"]'}]),
        (b'{"count": 0, "results": []}', []),
        (b"[]", []),
        (b" [ ] ", []),
        (b"[[1], [2]]", [{"value": "[1]"}, {"value": "[2]"}]),
        (b"7", [{"value": 7}]),
        (b'[{"a": 1.50}]', [{"a": 1.5}]),
    ],
)
def test_other_documents_are_read_as_what_they_are(
    text: bytes, found: list[dict[str, Any]], tmp_path: Path
) -> None:
    assert rows(read(text, tmp_path)) == found


@pytest.mark.parametrize(
    ("text", "before", "message"),
    [
        (b'[{"a":1},\n{"a":2},\n{"a":', 2, "line 3, column 6: it breaks off"),
        (b'[{"a":1},\n{"a":NaN}]', 1, "line 2, column 6: NaN is not a JSON value"),
        (b'[{"a":1},\n{"a":2},]', 2, "line 2, column 9: a value is missing"),
        (b'[{"a":1},\n{"a":2}]]', 2, "line 2, column 9: unexpected content"),
        (b'{"data":[{"a":1},{"a":2}]\n', 2, "line 2, column 1: it breaks off"),
        (b'{"data":[{"a":1},{"a":2}], "next": nul}', 2, "line 1, column 36"),
        (b'[{"a":1} {"a":2}]', 0, "line 1, column 10"),
        (b'{"data": [{"a"', 0, "it breaks off"),
        (b'{"data": "x', 0, "it breaks off"),
        (b"<html></html>", 0, "line 1, column 1"),
        (b"", 0, "empty"),
        (b'{"a":1}\n{"a":2}', 0, "set the format to ndjson"),
    ],
)
def test_rows_before_the_break_come_before_the_error(
    text: bytes, before: int, message: str, tmp_path: Path
) -> None:
    found, said = read_until_broken(text, tmp_path)
    assert len(found) == before
    assert message in said


def test_a_text_that_is_none_breaks_its_record_only(tmp_path: Path) -> None:
    (chunk,) = read(b'[{"a":1},{"a":"\\ud800"},{"a":"\xff"},{"a":4}]', tmp_path)
    assert places([chunk]) == ["item 1", "item 4"]
    assert chunk.broken is not None
    assert chunk.broken.select("_locator", "code").rows() == [
        ("item 2", "INVALID_JSON"),
        ("item 3", "INVALID_JSON"),
    ]


@pytest.mark.parametrize("reader", [json_document, json_lines])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252"])
def test_text_in_other_encodings_is_read(reader: Any, encoding: str, tmp_path: Path) -> None:
    text = '{"a": "é"}\n' if reader is json_lines else '[{"a": "é"}]'
    options = {"encoding": encoding} if encoding == "cp1252" else {}
    assert rows(read(text.encode(encoding), tmp_path, reader, **options)) == [{"a": "é"}]
    with pytest.raises(DefinitionError, match="not a known encoding"):
        read(b'[{"a":1}]', tmp_path, reader, encoding="klingon")


def test_long_documents_are_streamed_with_the_right_rows(tmp_path: Path) -> None:
    records = [{"id": i, "text": 'x},{"[' * (i % 200), "inner": [{"k": [i]}, {}]} for i in range(15_000)]
    document = {"head": {"list": [1, {}]}, "data": records, "tail": {"a": [1, 2]}}
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    assert len(text) > 2 * json_parts.BLOCK
    source = StreamInput(text, tmp_path, most=1 << 18)
    chunks = list(json_document.read(source, FileSource(path="x", records="data"), []))
    assert len(chunks) > 2
    frame = pl.concat([chunk.frame for chunk in chunks])
    assert frame["id"].to_list() == list(range(15_000))
    assert frame["text"].to_list() == [record["text"] for record in records]
    assert places(chunks)[-1] == "item 15000"
    cut = text[: len(text) - 2_000_000]
    before, said = read_until_broken(cut, tmp_path, records="data")
    assert 0 < len(before) < 15_000
    assert "it breaks off" in said


def test_a_record_larger_than_a_block_is_read(tmp_path: Path) -> None:
    text = json.dumps([{"a": "x" * (5 << 20)}, {"a": "y"}]).encode()
    chunks = list(json_document.read(StreamInput(text, tmp_path, 1 << 20), FileSource(path="x"), []))
    assert [len(row["a"]) for row in rows(chunks)] == [5 << 20, 1]


def test_a_broken_line_is_a_broken_record_and_the_others_load(tmp_path: Path) -> None:
    lines = b'{"a":1}\n\n{"a":2\n"x"\r\n{"a":3}\r\n  \n{"a":NaN}\n{"a":"\\ud800"}\n{"a":4},{"a":5}\n{"a":6}'
    (chunk,) = read(lines, tmp_path, json_lines)
    assert rows([chunk]) == [{"a": 1}, {"a": 3}, {"a": 6}]
    assert places([chunk]) == ["line 1", "line 5", "line 10"]
    assert chunk.broken is not None
    assert dict(chunk.broken.select("_locator", "code").rows()) == {
        "line 3": "INVALID_JSON",
        "line 4": "NOT_AN_OBJECT",
        "line 7": "INVALID_JSON",
        "line 8": "INVALID_JSON",
        "line 9": "INVALID_JSON",
    }
    message = chunk.broken.filter(pl.col("_locator") == "line 7")["message"].item()
    assert message == "The line is not valid JSON at column 6: NaN is not a JSON value (null is)."
    assert chunk.broken["_raw"].to_list()[0] == '{"a":2'


def test_lines_that_only_together_are_json_are_still_broken(tmp_path: Path) -> None:
    (chunk,) = read(b'{"a":[{"x":1}\n{"b":2}\n{"z":1}]}\n{"c":1},{"d":2}\n', tmp_path, json_lines)
    assert rows([chunk]) == [{"b": 2}]
    assert chunk.broken is not None
    assert chunk.broken.height == 3


def test_records_inside_each_line_are_picked_by_path(tmp_path: Path) -> None:
    (chunk,) = read(b'{"p":{"a":1}}\n{"p":[{"a":2},{"a":3}]}\n{"q":1}', tmp_path, json_lines, records="$.p")
    assert rows([chunk]) == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert places([chunk]) == ["line 1", "line 2", "line 2"]
    assert chunk.broken is not None
    assert chunk.broken["code"].to_list() == ["NO_RECORDS"]


def test_an_empty_ndjson_file_has_no_rows(tmp_path: Path) -> None:
    assert read(b"", tmp_path, json_lines) == []
    assert read(b"\n\n", tmp_path, json_lines) == []


def test_chunks_say_whether_they_may_hold_a_nul(tmp_path: Path) -> None:
    assert read(b'{"a":"x\\u0000"}', tmp_path, json_lines)[0].nul
    assert not read(b'{"a":"x"}', tmp_path, json_lines)[0].nul
    assert read(b'[{"a":"x\\u0000"}]', tmp_path)[0].nul
    assert not read(b'[{"a":"x"}]', tmp_path)[0].nul


def test_all_bytes_are_accounted_for_in_ndjson(tmp_path: Path) -> None:
    text = b'{"a":1}\n{"a":2}\n'
    assert sum(chunk.bytes for chunk in read(text, tmp_path, json_lines)) == len(text)


KEYED = (
    b'{"data": {"17": {"n": "a"}, "18": {"n": "b"}}, "rates": {"EUR": 1.5, "USD": 2},'
    b' "days": {"mon": [{"x": 1}, {"x": 2}], "tue": [{"x": 3}]}}'
)


def keyed(text: bytes, tmp_path: Path, reader: Any = json_document, **options: Any) -> tuple[Any, list[str]]:
    warnings: list[str] = []
    spec = FileSource(path="x", **options)
    return rows(list(reader.read(StreamInput(text, tmp_path), spec, warnings))), warnings


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.data.*", [{"id": "17", "n": "a"}, {"id": "18", "n": "b"}]),
        ("$.data[*]", [{"id": "17", "n": "a"}, {"id": "18", "n": "b"}]),
        ("data.*", [{"id": "17", "n": "a"}, {"id": "18", "n": "b"}]),
        ("$.rates.*", [{"id": "EUR", "value": "1.5"}, {"id": "USD", "value": "2"}]),
        ("$.days.*[*]", [{"id": "mon", "x": 1}, {"id": "mon", "x": 2}, {"id": "tue", "x": 3}]),
    ],
)
@pytest.mark.parametrize("reader", [json_document, json_lines])
def test_the_key_that_a_record_stands_under_becomes_a_field(
    path: str, expected: list[dict[str, object]], reader: Any, tmp_path: Path
) -> None:
    assert keyed(KEYED, tmp_path, reader, records=path, key_field="id") == (expected, [])


def test_keys_that_are_left_out_are_pointed_out(tmp_path: Path) -> None:
    said = "The keys above the records ('17', '18') are left out: 'key_field' names a field that gets them."
    for path in ("$.data.*", "$.data[*]"):
        assert keyed(KEYED, tmp_path, records=path) == ([{"n": "a"}, {"n": "b"}], [said])
    assert keyed(KEYED, tmp_path, json_lines, records="$.data.*")[1] == [said]
    repeated = b'{"17": {"id": 17}, "18": {"id": 18}}'
    assert keyed(repeated, tmp_path, records="$.*") == ([{"id": 17}, {"id": 18}], [])


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        (b'{"a": {"17": {"id": 1}}}', "$.a.*", "a field 'id' of their own"),
        (b'{"a": [{"n": 1}]}', "$.a[*]", "stand under none of their own"),
        (b'{"b": {}}', "$.a.*", "finds no records"),
    ],
)
def test_a_key_field_that_cannot_be_is_an_error(text: bytes, path: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=message):
        keyed(text, tmp_path, records=path, key_field="id")


def test_an_object_without_records_has_none(tmp_path: Path) -> None:
    assert keyed(b'{"a": {}}', tmp_path, records="$.a.*", key_field="id") == ([], [])
    assert keyed(b'{"a": {}}', tmp_path, records="$.a.*") == ([], [])


def test_a_key_field_without_a_path_to_the_records_is_an_error() -> None:
    with pytest.raises(ValueError, match="'key_field' needs 'records'"):
        FileSource(path="a.json", key_field="id")


TWICE = (
    b'{"id": 1, "a": 1}\n{"id": 2, "a": 1, "a" : 2}\n{"id": 3, "in": [{"x": {"k": 1, "k": "1"}}]}\n'
    b'{"id": 4, "a": 7, "a": 7}\n{"id": 5, "t": "\\"a\\":1,\\"a\\":2"}\r\n'
)
LOST = [("2", '{"id": 2, "a": 1, "a" : 2}', "a"), ("3", '{"id": 3, "in": [{"x": {"k": 1, "k": "1"}}]}', "k")]


def lost(chunks: list[Chunk]) -> list[tuple[Any, ...]]:
    return [row for chunk in chunks if chunk.broken is not None for row in chunk.broken.rows()]


@pytest.mark.parametrize("more", [b"", b'{"id": 6\n', b'{"id": 6}\n' * 3000])
def test_a_line_with_a_key_twice_is_a_broken_record(more: bytes, tmp_path: Path) -> None:
    chunks = read(TWICE + more, tmp_path, json_lines)
    assert [row["id"] for row in rows(chunks)][:3] == [1, 4, 5]
    assert lost(chunks)[-2:] == [
        (
            f"line {line}",
            raw,
            "REPEATED_KEY",
            f"The key '{key}' stands twice in one object, with different values.",
        )
        for line, raw, key in LOST
    ]
    assert len(rows(chunks)) + len(lost(chunks)) == TWICE.count(b"\n") + more.count(b"\n")


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        (b"[", b"]", None),
        (b'{"n": 1, "data": [', b'], "n": 2}', None),
        (b'{"n": 1, "data": [', b"]}", "$.data[?@.id > 0]"),
        (b"[", b',{"id": 6, "t": "\\ud800"}]', None),
        (b"[", b"," + b",".join([b'{"id": 6}'] * 300_000) + b"]", None),
    ],
)
def test_an_element_with_a_key_twice_is_a_broken_record(
    before: bytes, after: bytes, path: str | None, tmp_path: Path
) -> None:
    text = before + TWICE.strip().replace(b"\n", b",") + after
    chunks = read(text, tmp_path, records=path)
    assert [row["id"] for row in rows(chunks)][:3] == [1, 4, 5]
    found = [
        (place, code, orjson.loads(raw)) for place, raw, code, _ in lost(chunks) if code != "INVALID_JSON"
    ]
    assert found == [(f"item {at}", "REPEATED_KEY", orjson.loads(raw)) for at, raw, _ in LOST]
    assert '"a":1,"a":2' in lost(chunks)[0][1]


def test_a_path_with_a_key_twice_is_an_error(tmp_path: Path) -> None:
    text = b'{"data": [{"a": 1}], "data": [{"a": 2}]}'
    for path in (None, "$.data[*]"):
        with pytest.raises(SourceError, match="The key 'data' stands twice in the document"):
            read(text, tmp_path, records=path)


def test_a_key_twice_is_found_behind_a_field_for_the_key(tmp_path: Path) -> None:
    chunks = read(b'{"17": {"a": 1, "a": 2}, "18": {"a": 3}}', tmp_path, records="$.*", key_field="id")
    assert rows(chunks) == [{"id": "18", "a": 3}]
    assert lost(chunks)[0][:3] == ("item 1", '{"id":"17","a":1,"a":2}', "REPEATED_KEY")
