"""XML is read one repeating element at a time, and expands nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inputs import StreamInput, places, rows
from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files import xml
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.sources import FileSource


def read(text: str | bytes, tmp_path: Path, warnings: list[str] | None = None, **options: Any) -> list[Chunk]:
    source = StreamInput(text.encode() if isinstance(text, str) else text, tmp_path)
    return list(xml.read(source, FileSource(path="x", **options), warnings if warnings is not None else []))


def test_elements_attributes_and_lists_become_columns(tmp_path: Path) -> None:
    text = """<orders>
<order id="1"><name> Ann </name><price currency="EUR">5.00</price><tag>a</tag><tag>b</tag><note/></order>
<order id="2"><tag>c</tag><to><city>Rome</city></to></order>
</orders>"""
    warnings: list[str] = []
    chunks = read(text, tmp_path, warnings)
    assert rows(chunks) == [
        {
            "@id": "1",
            "name": " Ann ",
            "price.@currency": "EUR",
            "price": "5.00",
            "tag": '["a","b"]',
            "note": None,
            "to.city": None,
        },
        {
            "@id": "2",
            "name": None,
            "price.@currency": None,
            "price": None,
            "tag": '["c"]',
            "note": None,
            "to.city": "Rome",
        },
    ]
    assert places(chunks) == ["element 1 (line 2)", "element 2 (line 3)"]
    assert warnings == ["The records were found as <orders/order>; name another element with 'records'."]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<r><m><k>1</k></m><os><o><a>1</a></o><o><a>2</a></o></os></r>", [{"a": "1"}, {"a": "2"}]),
        ("<r><o><i>1</i><i>2</i><i>3</i></o><o><i>4</i></o></r>", [{"i": '["1","2","3"]'}, {"i": '["4"]'}]),
        ("<r><o><a>1</a></o></r>", [{"a": "1"}]),
        ("<o><a>1</a><b>2</b></o>", [{"a": "1", "b": "2"}]),
        ("<r><o>1</o><o>2</o></r>", [{"value": "1"}, {"value": "2"}]),
        ("<r/>", []),
        ("<r><o><a>x<b>1</b>y</a></o><o/></r>", [{"a": "xy", "a.b": "1"}, {"a": None, "a.b": None}]),
        ("<r><o><![CDATA[<b>]]></o><o><!-- no --><?pi no?>x</o></r>", [{"value": "<b>"}, {"value": "x"}]),
        (
            "<r><o><i n='1'><k>a</k><k>b</k></i><i>t</i></o><o/></r>",
            [{"i": '[{"@n":"1","k":["a","b"]},"t"]'}, {"i": None}],
        ),
    ],
)
def test_records_are_found_where_elements_repeat(text: str, found: list[Any], tmp_path: Path) -> None:
    assert rows(read(text, tmp_path)) == found


def test_namespaces_are_left_out_and_nil_is_null(tmp_path: Path) -> None:
    text = """<r xmlns="urn:a" xmlns:b="urn:b" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
      <b:o xsi:type="t"><b:n b:k="v">1</b:n></b:o><b:o><b:n xsi:nil="true"></b:n></b:o></r>"""
    assert rows(read(text, tmp_path)) == [{"n.@k": "v", "n": "1"}, {"n.@k": None, "n": None}]
    assert len(rows(read(text, tmp_path, records="b:o"))) == 2


def test_records_are_named_by_element_or_path(tmp_path: Path) -> None:
    text = "<r><a><x><n>1</n></x></a><b><x><n>2</n></x><x><x><n>4</n></x><n>3</n></x></b></r>"
    assert [row["n"] for row in rows(read(text, tmp_path, records="x"))] == ["1", "2", "3"]
    assert [row["n"] for row in rows(read(text, tmp_path, records="b/x"))] == ["2", "3"]
    assert [row["n"] for row in rows(read(text, tmp_path, records="/r/a/x"))] == ["1"]
    with pytest.raises(SourceError, match=r"no element <nn>\. Did you mean 'n'"):
        read(text, tmp_path, records="nn")


def test_an_element_that_repeats_late_is_a_list_from_there_on(tmp_path: Path) -> None:
    head = "".join(f"<o><a>{i}</a><text>{'x' * 500}</text></o>" for i in range(3000))
    warnings: list[str] = []
    found = rows(read(f"<r>{head}<o><a>1</a><a>2</a></o></r>", tmp_path, warnings))
    assert len(found) == 3001
    assert found[2999]["a"] == "2999"
    assert found[3000]["a"] == '["1","2"]'
    assert "The element <a> repeats in some records: from there on it is a JSON list." in warnings


def test_entities_are_never_expanded_and_nothing_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    text = f"""<!DOCTYPE r [<!ENTITY k "known"><!ENTITY x SYSTEM "{secret.as_uri()}">]>
      <r><o><a>&k;</a><b>&x;</b><c>&amp;&#65;</c></o><o/></r>"""
    assert rows(read(text, tmp_path))[0] == {"a": "&k;", "b": "&x;", "c": "&A"}


@pytest.mark.parametrize("place", ["<o><a>&l11;</a></o>", '<o a="&l11;"/>'])
def test_a_bomb_of_entities_is_refused(place: str, tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    with pytest.raises(SourceError, match="Maximum entity amplification"):
        read(f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><r>{place}<o/></r>', tmp_path)


def test_elements_with_dots_in_their_names_overwrite_nothing(tmp_path: Path) -> None:
    text = "<r><o><a.b>1</a.b><a><b>2</b></a></o><o/></r>"
    assert rows(read(text, tmp_path))[0] == {"a.b": "1", "a.b_2": "2"}


@pytest.mark.parametrize(
    ("text", "before", "said"),
    [
        (
            "<r><o><n>1</n></o>\n<o><n>2</n></o>\n<o><n>3</o></r>",
            2,
            "at line 3: Opening and ending tag",
        ),
        ("<r><o><n>1</n></o>\n<o><n>2</n></o>\n<o><n>3", 2, "at line 3: Premature end"),
        ("<r><o><n>1</n></o><o><n>2</n></o>", 2, "at line 1: Premature end"),
        ("a,b\n1,2", 0, "at line 1: Start tag expected"),
        ("", 0, "empty"),
        ("<r><o>\x01</o></r>", 0, "at line 1"),
    ],
)
def test_rows_before_the_break_come_before_the_error(
    text: str, before: int, said: str, tmp_path: Path
) -> None:
    chunks: list[Chunk] = []
    reading = xml.read(StreamInput(text.encode(), tmp_path), FileSource(path="x"), [])
    with pytest.raises(SourceError) as caught:
        chunks.extend(reading)
    assert len(rows(chunks)) == before
    assert said in str(caught.value)


def test_every_encoding_is_read(tmp_path: Path) -> None:
    text = "<r><o>é</o><o>2</o></r>"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert rows(read(text.encode(encoding), tmp_path))[0] == {"value": "é"}
    for name in ("iso-8859-1", "latin-1", "windows-1252"):
        declared = f'<?xml version="1.0" encoding="{name}"?>{text}'
        assert rows(read(declared.encode("latin-1"), tmp_path))[0] == {"value": "é"}
    assert rows(read(text.encode("cp1252"), tmp_path, encoding="cp1252"))[0] == {"value": "é"}
    with pytest.raises(DefinitionError, match="'klingon' is not a known encoding"):
        read(text, tmp_path, encoding="klingon")


def test_long_files_come_in_chunks(tmp_path: Path) -> None:
    body = "\n".join(f"<o><a>{i}</a></o>" for i in range(25_000))
    chunks = read(f"<r>{body}</r>", tmp_path)
    assert [chunk.rows for chunk in chunks] == [10_000, 10_000, 5_000]
    assert places(chunks)[-1] == "element 25000 (line 25000)"


def test_entities_that_the_document_declares_are_told(tmp_path: Path) -> None:
    warnings: list[str] = []
    text = '<!DOCTYPE r [<!ENTITY us "Acme">]><r><i><n>&us; &amp; Co</n></i><i><n>b</n></i></r>'
    assert rows(read(text, tmp_path, warnings)) == [{"n": "&us; & Co"}, {"n": "b"}]
    assert any("declares entities" in sentence for sentence in warnings)
