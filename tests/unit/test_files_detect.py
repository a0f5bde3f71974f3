"""Finding out what a file is: its format, its dialect, its header."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from intakegateway.connectors.files.detect import Detected, detect_format
from intakegateway.connectors.files.opening import open_path
from intakegateway.connectors.files.text import lay_out
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.sources import FileSource


def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write(0, 0, "id")
    return out.getvalue()


def frame_bytes(kind: str) -> bytes:
    out = io.BytesIO()
    getattr(pl.DataFrame({"a": [1]}), f"write_{kind}")(out)
    return out.getvalue()


def document(*members: str, mimetype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for member in members:
            archive.writestr(member, "x")
    return out.getvalue()


def format_of(folder: Path, name: str, data: bytes, **options: object) -> str:
    path = folder / name
    path.write_bytes(data)
    return detect_format(open_path(path)[0], FileSource(path=str(path), **options))


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("a.csv", b"a,b\n1,2\n", "csv"),
        ("a.tsv", b"a\tb\n", "tsv"),
        ("a.txt", b"hello\n", "txt"),
        ("a.dat", b"a|b\n", "csv"),
        ("a", b"a,b\n", "csv"),
        ("a.csv", workbook(), "excel"),
        ("a.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "excel"),
        ("a", document("content.xml", mimetype="application/vnd.oasis.opendocument.spreadsheet"), "ods"),
        ("a.csv", frame_bytes("parquet"), "parquet"),
        ("a.csv", frame_bytes("ipc"), "arrow"),
        ("a", b'<?xml version="1.0"?><a/>', "xml"),
        ("a.xml", b"<rows><row/></rows>", "xml"),
        ("a", b'  [ {"a": 1} ]', "json"),
        ("a.csv", b'{"a": 1}\n{"a": 2}\n', "ndjson"),
        ("a", b'{"a": [\n1, 2]}\n', "json"),
        ("a.json", b'{"a": 1}\n{"a": 2}\n', "ndjson"),
        ("a.jsonl", b'{"a": 1}\n{"a": 2}\n', "ndjson"),
        ("a.json", b"[1, 2]", "json"),
        ("a.json", '[{"a": 1}]'.encode("utf-16"), "json"),
        ("a.csv", b"{x},b\n1,2\n", "csv"),
        ("a.csv", b"[x],b\n1,2\n", "csv"),
        ("a.csv", b"<x>,b\n1,2\n", "csv"),
    ],
)
def test_content_decides_and_then_the_name(tmp_path: Path, name: str, data: bytes, found: str) -> None:
    assert format_of(tmp_path, name, data) == found


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"\xff\xd8\xff\xe0", "an image"),
        (document("[Content_Types].xml", "word/document.xml"), "a Word document"),
        (document("[Content_Types].xml", "ppt/slides.xml"), "a PowerPoint presentation"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"a" * 257 + b"ustar", "a tar archive"),
        (b"Rar!\x1a\x07", "a RAR archive"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises(SourceError, match=rf"sales\.csv: is {what}"):
        format_of(tmp_path, "sales.csv", data)


def test_a_name_that_promises_another_format_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"ends with '.xlsx', but is not an Excel file"):
        format_of(tmp_path, "a.xlsx", b"a,b\n1,2\n")
    with pytest.raises(SourceError, match="is an Excel file, not csv"):
        format_of(tmp_path, "a.csv", workbook(), format="csv")
    with pytest.raises(SourceError, match="is empty"):
        format_of(tmp_path, "a.csv", b"")


def test_a_stated_format_wins_and_an_unknown_one_names_the_nearest(tmp_path: Path) -> None:
    assert format_of(tmp_path, "a.json", b"a,b\n", format="CSV") == "csv"
    assert format_of(tmp_path, "a.bin", workbook(), format="xlsx") == "excel"
    assert format_of(tmp_path, "a.bin", b"abc\n", format="txt", widths=(1, 2)) == "fixed"
    with pytest.raises(
        DefinitionError, match=r"'parqet' is not a known file format\. Did you mean 'parquet'"
    ):
        format_of(tmp_path, "a.json", b"a,b\n", format="parqet")


def look(folder: Path, text: str | bytes, kind: str = "csv", **options: object) -> Detected:
    path = folder / "a.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return lay_out(open_path(path)[0], FileSource(path=str(path), **options), kind).detected


@pytest.mark.parametrize(
    ("text", "delimiter", "quote"),
    [
        ("id,name\n1,a\n", ",", '"'),
        ("id;name\n1;2,5\n2;3,5\n", ";", '"'),
        ("id\tname\n1\ta,b\n", "\t", '"'),
        ("id|name\n1|a\n", "|", '"'),
        ("id:name\n1:a\n2:b\n", ":", '"'),
        ("id^name\n1^a\n2^b\n", "^", '"'),
        ("time\n12:30:00\n12:31:00\n", None, '"'),
        ("12:30\n12:31\n12:32\n", None, '"'),
        ("amount\n" + "1,5\n2,7\n" * 30, None, '"'),
        ("name\nAnn\nBob\n", None, '"'),
        ('id;text\n1;"a,b,c"\n2;"d,e,f"\n', ";", '"'),
        ('a,b\n"1;2;3","4;5"\n"6;7;8","9"\n', ",", '"'),
        ("id,name\n1,'a,b'\n2,'c, d'\n", ",", "'"),
        ("id,name\n1,it's\n2,'tis\n", ",", '"'),
        ("id,name\n1,a\n2\n3,c,d\n4,e\n", ",", '"'),
        ("at;b\n2024-01-01 12:00:00;1\n2024-01-01 13:00:00;2\n", ";", '"'),
    ],
)
def test_delimiter_and_quote_are_found(tmp_path: Path, text: str, delimiter: str | None, quote: str) -> None:
    found = look(tmp_path, text)
    assert (found.delimiter, found.quote) == (delimiter, quote)


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("id,name\n1,a\n2,b\n", True),
        ("1,a\n2,b\n", False),
        ("name,city\nAnn,Rome\nBob,Oslo\n", True),
        ("id,name\n", True),
        ("1,2\n", False),
        ("2024-01-01,5\n2024-01-02,6\n", False),
        ("a,b\n", True),
        ("yes,no\nyes,yes\n", False),
        ("Ann,Ann\nBob,Bob\nAnn,Eve\n", False),
        ("name,mail,mail\nAnn,a,b\nBob,c,d\n", True),
        ("id,\n1,x\n2,y\n", True),
        ("country,2019,2020,x\nDE,1.5,2.5,a\nFR,1,2,b\n", True),
    ],
)
def test_the_header_is_found(tmp_path: Path, text: str, header: bool) -> None:
    assert look(tmp_path, text).header is header


def test_names_are_made_usable(tmp_path: Path) -> None:
    found = look(tmp_path, 'id, name ,,id,"two\nlines",id_2\n1,2,3,4,5,6\n')
    assert found.fields == ("id", "name", "column_3", "id_3", "two lines", "id_2")
    assert len(found.warnings) == 2
    assert "field 3 has no name; it is called 'column_3'" in found.warnings[0]
    assert look(tmp_path, "1,2\n3,4\n").fields == ("column_1", "column_2")
    assert look(tmp_path, "id,name,\n1,a\n2,b\n").fields == ("id", "name")
    assert look(tmp_path, "id,name\n1,a,\n2,b,\n").fields == ("id", "name", "column_3")


@pytest.mark.parametrize(
    ("text", "comma"),
    [
        ("id;price\n1;2,50\n2;1.234,50\n", True),
        ("id;price\n1;2.50\n2;1,234.50\n", False),
        ("id;price\n1;1,234\n2;5,678\n", False),
        ('id,price\n1,"2,5"\n2,"3,5"\n', True),
        ("id;price;x\n1;2,5;1.5\n", True),
        ("id,price\n1,2\n", False),
    ],
)
def test_a_decimal_comma_is_found(tmp_path: Path, text: str, comma: bool) -> None:
    assert look(tmp_path, text).decimal_comma is comma


def test_what_is_stated_wins(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        "a,b;c\n1,2;3\n",
        delimiter=";",
        quote="",
        header=False,
        columns=("p", "q"),
        decimal_comma=False,
        encoding="latin-1",
    )
    assert found.delimiter == ";"
    assert found.quote is None
    assert (found.header, found.fields, found.decimal_comma) == (False, ("p", "q"), False)
    assert found.encoding == "iso8859-1"
    assert look(tmp_path, "a\tb\n", delimiter="\\t").fields == ("a", "b")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": ""}, "'' cannot be the delimiter"),
        ({"delimiter": "\n"}, "cannot be the delimiter"),
        ({"delimiter": "'", "quote": "'"}, "cannot be the delimiter"),
        ({"quote": "“"}, "cannot be the quote"),
        ({"columns": ("a",)}, "'columns' names 1 fields, but .* has 2"),
        ({"columns": ("a", "a")}, "'columns' has 'a' twice"),
        ({"encoding": "utf88"}, "not a known encoding"),
    ],
)
def test_impossible_options_are_refused(tmp_path: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        look(tmp_path, "a,b\n1,2\n", **options)


def test_a_text_of_plain_lines_is_told_from_a_delimited_one(tmp_path: Path) -> None:
    assert look(tmp_path, "Hello, you\nthis is text\n", "txt").fields == ("line",)
    assert look(tmp_path, "id;name\n1;a\n2;b\n", "txt").fields == ("id", "name")
    assert look(tmp_path, "sep=;\nid;name\n1;a,b\n").fields == ("id", "name")


def test_a_file_without_rows_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.csv: has no rows\."):
        look(tmp_path, "\n\r\n\n")
    with pytest.raises(SourceError, match="has no rows after the 9 skipped rows"):
        look(tmp_path, "a,b\n1,2\n", skip_rows=9)


@pytest.mark.parametrize("options", [{}, {"format": "csv"}])
def test_text_of_a_mainframe_is_refused_until_its_kind_is_stated(
    tmp_path: Path, options: dict[str, object]
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("id,name\n1,Müller\n2,Özil\n".encode("cp500"))
    (source,) = open_path(path)
    with pytest.raises(SourceError, match=r"mainframe.*cp037"):
        lay_out(source, FileSource(path=str(path), **options), "csv")
    assert lay_out(source, FileSource(path=str(path), encoding="cp500"), "csv").shape.names == ("id", "name")


TITLED = [
    ("Report of sales 2024\n\nid;name;amount\n1;a;2,5\n2;b;3,5\n", ("id", "name", "amount"), 2),
    (
        "Report\r\nMade by: me\r\n\r\n\r\nid,name,amount\r\n1,a,2.5\r\n2,b,3.5\r\n",
        ("id", "name", "amount"),
        4,
    ),
    ("\n\nReport\nday\tn\n2024-01-31\tx\n2024-02-01\ty\n", ("day", "n"), 3),
    ('"Sales, of all\nshops"\nid,name\n1,a\n2,"b,c"\n', ("id", "name"), 2),
    ("Report;;\n;;\nid;name;n\n1;a;2\n2;b;3\n", ("id", "name", "n"), 2),
    ("Report\nid,name,amount\n1,a,2.5\n2,b,3.5\n3,c,4.5\nTotal\n", ("id", "name", "amount"), 1),
]


@pytest.mark.parametrize(("text", "names", "lines"), TITLED)
def test_lines_above_the_header_are_skipped_and_told(
    text: str, names: tuple[str, ...], lines: int, tmp_path: Path
) -> None:
    found = look(tmp_path, text)
    assert (found.fields, found.skip_rows, found.header) == (names, lines, True)
    assert any(
        "above the header" in sentence and "'--skip-rows 0'" in sentence for sentence in found.warnings
    )


@pytest.mark.parametrize("stated", [{"skip_rows": 0}, {"header": True}, {"header": False}])
def test_lines_above_the_header_are_not_looked_for_where_it_is_stated(
    stated: dict[str, object], tmp_path: Path
) -> None:
    found = look(tmp_path, TITLED[0][0], **stated)
    assert (found.skip_rows, "id" in found.fields) == (None, False)


@pytest.mark.parametrize(
    "text",
    [
        "id\n1,a,2.5\n2,b,3.5\n",
        "name\nx,1\ny,2\n",
        "comment\nhello, world\nfoo, bar\n",
        "comment\nwell, then\nnot so\nall, of, it\nfine\n",
        "Report, of sales\nid,name,amount\n1,a,2.5\n2,b,3.5\n",
        "price\n1,5\n2,5\n",
        "id,name\n1,a\n2,b\n",
        "title\nid,,n\n1,a,2\n",
        "Report\nid,id,n\n1,a,2\n",
    ],
)
def test_lines_above_a_header_are_left_alone_where_they_may_be_something_else(
    text: str, tmp_path: Path
) -> None:
    assert look(tmp_path, text).skip_rows is None
