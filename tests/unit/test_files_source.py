"""The file source over text: rows, places, broken records, several files."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest

from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files.source import FileRows, open_source
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.sources import FileSource


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def opened(folder: Path, text: str | bytes, name: str = "a.csv", **options: object) -> FileRows:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return open_source(FileSource(path=str(folder / name), **options))


def rows(source: FileRows) -> list[tuple]:
    return [row for chunk in source.chunks() for row in chunk.frame.rows()]


def places(source: FileRows) -> list[str]:
    return [place for chunk in source.chunks() for place in chunk.locators.words()]


def broken(source: FileRows) -> list[tuple]:
    return [row for chunk in source.chunks() if chunk.broken is not None for row in chunk.broken.rows()]


def test_empty_fields_are_null_and_quoted_ones_are_empty_texts(folder: Path) -> None:
    assert rows(opened(folder, 'a,b\n,""\n"",\n')) == [(None, ""), ("", None)]


def test_null_texts_are_null(folder: Path) -> None:
    source = opened(folder, "a,b\nNULL,x\nN/A,\n", null_texts=("NULL", "N/A"))
    assert rows(source) == [(None, "x"), (None, None)]
    assert rows(opened(folder, "a\nNULL\nx\n", null_texts=("NULL",))) == [(None,), ("x",)]


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_places_are_the_lines_where_records_start(folder: Path, eol: str) -> None:
    lines = ["preamble", "", "a,b", "1,2", '3,"x', 'y"', "", "5,6", "", "7"]
    source = opened(folder, eol.join(lines) + eol, skip_rows=1, header=True, delimiter=",")
    assert places(source) == ["line 4", "line 5", "line 8"]
    assert rows(source) == [("1", "2"), ("3", f"x{eol}y"), ("5", "6")]
    assert broken(source) == [("line 10", "7", "RAGGED_ROW", "has 1 field, the header has 2")]


def test_every_kind_of_broken_record_is_reported_and_the_others_load(folder: Path) -> None:
    source = opened(
        folder,
        b'a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,"2"x,3\n1,"2,3\n4,"5\n6",7\n1,\xff,3\n8,9,10\n',
        encoding="utf-8",
    )
    assert rows(source) == [("1", "2", "3"), ("4", "5\n6", "7"), ("8", "9", "10")]
    assert [(place, raw, code) for place, raw, code, _ in broken(source)] == [
        ("line 3", "1,2", "RAGGED_ROW"),
        ("line 4", "1,2,3,4", "RAGGED_ROW"),
        ("line 5", '1,"2"x,3', "BROKEN_QUOTE"),
        ("line 6", '1,"2,3', "BROKEN_QUOTE"),
        ("line 9", "1,\\xff,3", "INVALID_ENCODING"),
    ]


def test_unescaped_quotes_that_could_be_read_two_ways_are_not_guessed(folder: Path) -> None:
    source = opened(folder, 'a,b,c\n1,"a,"b",c",3\n4,"x",6\n', header=True)
    assert rows(source) == [("4", "x", "6")]
    assert [record[2] for record in broken(source)] == ["BROKEN_QUOTE"]


def test_a_quote_within_an_unquoted_field_is_a_character(folder: Path) -> None:
    source = opened(folder, 'id,size\n1,5" pipe\n2,"6"""\n3,7"\n')
    assert rows(source) == [("1", '5" pipe'), ("2", '6"'), ("3", '7"')]


def test_a_quote_that_is_never_closed_costs_one_record(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "".join(f"{i},x\n" for i in range(2000))
    source = opened(folder, 'a,b\n1,"open\n' + body + '2,"open again\n' + body, header=True)
    for limit in (1 << 20, 3000):
        monkeypatch.setattr("intakegateway.connectors.files.csv.LONGEST", limit)
        monkeypatch.setattr("intakegateway.connectors.files.feed.Feed.__init__.__defaults__", (1000,))
        assert len(rows(source)) == 4000
        assert [record[0] for record in broken(source)] == ["line 2", "line 2003"]


def test_a_cell_larger_than_a_block_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intakegateway.connectors.files.feed.Feed.__init__.__defaults__", (1000,))
    big = "line\n" * 4000
    source = opened(folder, f'a,b\n1,"{big}"\n2,x\n')
    assert rows(source) == [("1", big), ("2", "x")]
    assert places(source) == ["line 2", "line 4003"]


def test_a_file_without_line_ends_is_no_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intakegateway.connectors.files.feed.LONGEST", 3000)
    monkeypatch.setattr("intakegateway.connectors.files.feed.Feed.__init__.__defaults__", (1000,))
    with pytest.raises(SourceError, match=r"a\.csv: has no line end"):
        rows(opened(folder, "a,b\n" + "x" * 9000))


@pytest.mark.parametrize(
    "start", ["x^2", "x\x01", "x\x9c", "\ufeff", "(\xb5", "\x1f", "BZh91AY", "PAR1", "%PDF"]
)
def test_a_block_may_start_with_anything(folder: Path, start: str) -> None:
    source = opened(folder, f"a,b\n{start}1,2\n", header=True, delimiter=",")
    assert rows(source) == [(f"{start}1", "2")]
    assert rows(opened(folder, f"a\n{start}\n", header=True)) == [(start,)]


def test_wide_files_keep_their_promises(folder: Path) -> None:
    names = ",".join(f"f{i}" for i in range(400))
    good = ",".join(str(i) for i in range(400))
    quoted = good.replace("17,", '"1,7",', 1)
    source = opened(folder, f"{names}\n{good}\n{quoted}\n{good},1\n{good[:-4]}\n{quoted[:-4]}\n")
    assert len(rows(source)) == 2
    assert [record[3] for record in broken(source)] == [
        f"has {n} fields, the header has 400" for n in (401, 399, 399)
    ]


def test_one_column_is_a_table_too(folder: Path) -> None:
    source = opened(folder, 'name\nAnn\n\n""\nb,c\n')
    assert rows(source) == [("Ann",), ("",), ("b,c",)]
    assert places(source) == ["line 2", "line 4", "line 5"]


def test_a_header_without_rows_gives_the_fields(folder: Path) -> None:
    for text in ("id,name", "id,name\n", "id,name\r\n\r\n"):
        (chunk,) = opened(folder, text).chunks()
        assert (chunk.frame.columns, chunk.rows) == (["id", "name"], 0)


def test_nul_characters_are_kept_and_noticed(folder: Path) -> None:
    (chunk,) = opened(folder, "id,name\n1,a\0b\n").chunks()
    assert (chunk.frame.rows(), chunk.nul) == ([("1", "a\0b")], True)
    (chunk,) = opened(folder, "id,name\n1,ab\n").chunks()
    assert chunk.nul is False


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252"])
def test_any_encoding_gives_the_same_rows(folder: Path, encoding: str) -> None:
    text = "id;Stadt\n" + "".join(f"{i};Zürich – „Größe“\n" for i in range(500))
    source = opened(folder, text.encode(encoding))
    assert rows(source) == [(str(i), "Zürich – „Größe“") for i in range(500)]
    assert bool(source.warnings) is (encoding == "cp1252")


def test_western_characters_late_in_the_file_are_read_with_a_warning(folder: Path) -> None:
    source = opened(folder, b"id,name\n" + b"1,plain\n" * 300_000 + b"2,Z\xfcrich\n")
    assert rows(source)[-1] == ("2", "Zürich")
    assert broken(source) == []
    assert "read as Windows-1252" in source.warnings[0]


def test_plain_lines_and_fixed_widths(folder: Path) -> None:
    assert rows(opened(folder, "Hello, you\n\nsome text\n", "a.txt")) == [("Hello, you",), ("some text",)]
    text = "id   name  \n0001 Zoë   \n0002 Bo\n0003       \n\n0004\n0005 Ann   surplus\n"
    source = opened(folder, text, "a.txt", widths=(5, 6), header=True)
    assert source.describe().fields == ("id", "name")
    assert rows(source) == [("0001", "Zoë"), ("0002", "Bo"), ("0003", None)]
    assert places(source) == ["line 2", "line 3", "line 4"]
    assert [(place, code, why) for place, _, code, why in broken(source)] == [
        ("line 6", "RAGGED_ROW", "has 4 characters, the last field starts after 5"),
        ("line 7", "RAGGED_ROW", "has 18 characters, the widths need 11"),
    ]


def test_fixed_width_needs_widths(folder: Path) -> None:
    with pytest.raises(DefinitionError, match="needs 'widths'"):
        rows(opened(folder, "abc\n", format="fixed"))


def test_several_files_have_the_fields_of_all(folder: Path) -> None:
    (folder / "b{1}.csv").write_text("name,id\nBob,2\n3\n")
    (folder / "c.csv").write_text("")
    (folder / "sub").mkdir()
    (folder / "sub" / "d.csv").write_bytes(gzip.compress(b"id;name;city\n3;Cy;Rome\n"))
    (folder / "a.csv").write_text("id,name\n1,Ann\n")
    source = open_source(FileSource(path=str(folder / "**" / "*.csv")))
    assert source.fixed_fields
    assert source.describe().fields == ("id", "name", "city")
    assert rows(source) == [("1", "Ann", None), ("2", "Bob", None), ("3", "Cy", "Rome")]
    assert places(source) == ["a.csv line 2", "b{1}.csv line 2", "sub/d.csv line 2"]
    assert [record[0] for record in broken(source)] == ["b{1}.csv line 3"]
    assert any("c.csv is empty" in sentence for sentence in source.warnings)
    assert any("a.csv has no 'city'" in sentence for sentence in source.warnings)
    assert source.total_bytes is not None
    assert sum(chunk.bytes for chunk in source.chunks()) == source.total_bytes


def test_the_members_of_an_archive_are_files(folder: Path) -> None:
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("x/a.csv", "id\n1\n")
        archive.writestr("x/b.csv", "id\n2\n")
        archive.writestr("readme.txt", "hello")
    source = open_source(FileSource(path=str(folder / "all.zip"), member="*.csv"))
    assert rows(source) == [("1",), ("2",)]
    assert places(source) == ["a.csv line 2", "b.csv line 2"]


def test_a_member_that_is_no_table_is_told_with_the_way_to_leave_it_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.csv", "id;name\n1;Ann\n")
        archive.writestr("b.pdf", "%PDF-1.7 and so on")
    with pytest.raises(SourceError) as caught:
        rows(open_source(FileSource(path=str(tmp_path / "all.zip"))))
    assert caught.value.where is not None
    assert caught.value.where.endswith("all.zip/b.pdf")
    assert "'--member'" in str(caught.value.hint)


def test_a_rewindable_source_gives_the_same_chunks_again(folder: Path) -> None:
    source = opened(folder, "id,name\n" + "1,x\n" * 1000 + "broken\n")

    def seen(chunks: list[Chunk]) -> list[object]:
        return [(c.frame.rows(), c.locators.words().to_list(), c.bytes, c.rows) for c in chunks]

    assert source.rewindable
    assert seen(list(source.chunks())) == seen(list(source.chunks()))
    assert len(source.warnings) == 0


def test_standard_input_is_sniffed_and_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"id;name\n1;a\n"))))
    source = open_source(FileSource(path="-"))
    assert (source.rewindable, source.restartable, source.name) == (False, False, "standard input")
    assert source.describe().fields == ("id", "name")
    assert rows(source) == [("1", "a")]
    with pytest.raises(SourceError, match="only once"):
        rows(source)


def test_a_missing_file_names_its_neighbours(folder: Path) -> None:
    (folder / "orders.csv").write_text("a\n")
    with pytest.raises(SourceError, match=r"order\.csv: there is no such file. Did you mean 'orders\.csv'"):
        rows(open_source(FileSource(path=str(folder / "order.csv"))))
    with pytest.raises(SourceError, match=r"no file fits this pattern. The folder holds: orders\.csv"):
        rows(open_source(FileSource(path=str(folder / "zz*"))))
    with pytest.raises(SourceError, match=r"The folder .* does not exist"):
        rows(open_source(FileSource(path=str(folder / "no" / "a.csv"))))
    with pytest.raises(SourceError, match=r"is a folder. Name its files with a pattern"):
        rows(open_source(FileSource(path=str(folder))))


def test_a_name_with_pattern_characters_is_a_file_if_it_exists(folder: Path) -> None:
    assert rows(opened(folder, "id\n7\n", "a[1].csv")) == [("7",)]


def test_compressed_rows_that_break_off_are_no_success(folder: Path) -> None:
    packed = gzip.compress(
        b"id,name\n" + b"".join(b"%d,x%d\n" % (i, i * 7919 % 1000) for i in range(900_000))
    )
    source = opened(folder, packed[: len(packed) // 2], "a.csv.gz")
    with pytest.raises(SourceError, match="breaks off"):
        rows(source)


def test_reading_a_csv_imports_no_heavy_package(folder: Path) -> None:
    (folder / "a.csv").write_text("id,name\n1,x\n")
    code = (
        "import sys; from intakegateway.connectors.files.source import open_source;"
        "from intakegateway.model.sources import FileSource;"
        f"assert [c.rows for c in open_source(FileSource(path={str(folder / 'a.csv')!r})).chunks()] == [1];"
        "print(*{'pyarrow', 'numpy', 'pandas', 'duckdb', 'zstandard', 'lxml'} & set(sys.modules))"
    )
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(source)},
        check=True,
    )
    assert done.stdout.strip() == ""


def test_all_fields_are_text(folder: Path) -> None:
    (chunk,) = opened(folder, "a,b\n1,2021-01-01\n").chunks()
    assert chunk.frame.schema == {"a": pl.String, "b": pl.String}


def test_a_file_of_many_blocks_comes_whole_and_in_order_one_block_at_a_time(folder: Path) -> None:
    text = "id,word\n" + "".join(f"{i},{'x' * 40}\n" for i in range(300_000))
    source = opened(folder, text)
    first, *others = source.chunks()
    assert len(others) > 2
    assert first.bytes < 5 << 20
    ids = pl.concat([chunk.frame["id"] for chunk in (first, *others)])
    assert ids.to_list() == [str(i) for i in range(300_000)]
    assert sum(chunk.bytes for chunk in (first, *others)) == len(text)


@pytest.mark.parametrize("left", [0, 1000])
def test_a_file_that_becomes_shorter_while_it_is_read_is_no_success(folder: Path, left: int) -> None:
    source = opened(folder, "id\n" + "".join(f"{i}\n" for i in range(5000)))
    os.truncate(folder / "a.csv", left)
    with pytest.raises(SourceError, match=rf"became shorter.*{left:,} now"):
        rows(source)


def test_a_file_that_changes_while_it_is_read_is_told_of(folder: Path) -> None:
    source = opened(folder, "id\n1\n")
    path = folder / "a.csv"
    with path.open("a") as file:
        file.write("2\n")
    assert rows(source) == [("1",), ("2",)]
    assert "grew by 2 bytes while it was read" in source.warnings[0]
    (folder / "b.csv").write_text("id\n7\n8\n")
    (folder / "b.csv").replace(path)
    assert rows(source) == [("7",), ("8",)]
    assert "was replaced while it was read" in source.warnings[0]


def test_a_file_that_is_removed_while_it_is_read_is_read_to_its_end(folder: Path) -> None:
    source = opened(folder, "id\n1\n")
    chunks = source.chunks()
    first = next(chunks)
    (folder / "a.csv").unlink()
    assert first.frame.rows() == [("1",)]
    assert not list(chunks)
    assert not source.warnings


@pytest.mark.parametrize("text", ["id,name\r1,a\r2,b\r3,c\n", "id,name\r1,a\r2,b\r\n3,c\n4,d\r\n"])
def test_lines_that_end_in_two_ways_are_not_taken_for_one_header(folder: Path, text: str) -> None:
    with pytest.raises(SourceError, match="mixes line ends"):
        rows(opened(folder, text))


def test_a_carriage_return_in_a_quoted_name_or_value_is_its_own(folder: Path) -> None:
    assert rows(opened(folder, '"id\rno",name\n1,"a\rb"\n')) == [("1", "a\rb")]


def test_several_byte_order_marks_are_none_of_the_first_name(folder: Path) -> None:
    assert opened(folder, "\ufeff\ufeffid,name\n1,a\n").describe().fields == ("id", "name")


def test_a_name_of_any_length_leaves_its_sentence_readable(folder: Path) -> None:
    long = "x" * 10_000
    source = opened(folder, f"{long},{long}\n1,2\n")
    assert rows(source) == [("1", "2")]
    assert all(len(sentence) < 1_000 for sentence in source.warnings)


def test_rows_below_a_title_keep_their_lines(folder: Path) -> None:
    source = opened(folder, 'Report of sales\n\nid;name\n1;a\n2;"b\nc"\n3\n')
    assert rows(source) == [("1", "a"), ("2", "b\nc")]
    assert places(source) == ["line 4", "line 5"]
    assert [row[0] for row in broken(source)] == ["line 7"]
    assert any("2 lines above the header were skipped" in warning for warning in source.warnings)
