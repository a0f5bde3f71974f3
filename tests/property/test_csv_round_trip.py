"""Delimited text: what is written is read; what is broken is reported; nothing is lost or doubled."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from unittest.mock import patch

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from intakegateway.connectors.files.source import open_source
from intakegateway.model.sources import FileSource

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"), max_size=8
)
spicy = st.one_of(
    cells,
    st.sampled_from(
        ["", '"', '""', "a,b", "x;y", "1\n2", "\n", "'", " ", "\t", "|", ',"', '",', "\0", "\\", "é" * 5]
    ),
)


def read(data: bytes, block: int, **options: object) -> tuple[list[tuple], list[str], list[tuple], list[str]]:
    """Rows, their places, broken records and warnings, read in blocks of that many bytes."""
    rows: list[tuple] = []
    places: list[str] = []
    broken: list[tuple] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(data)
        source = open_source(FileSource(path=str(path), **options))
        with patch("intakegateway.connectors.files.feed.Feed.__init__.__defaults__", (block,)):
            for chunk in source.chunks():
                rows += chunk.frame.rows()
                places += chunk.locators.words().to_list()
                texts = [cell for row in chunk.frame.rows() for cell in row if cell]
                assert chunk.nul or not any("\0" in cell for cell in texts)
                if chunk.broken is not None:
                    broken += chunk.broken.rows()
    return rows, places, broken, source.warnings


@settings(max_examples=50, deadline=None)
@given(
    table=st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(spicy, min_size=width, max_size=width), min_size=1, max_size=20)
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|", "^", "||", "§"]),
    quote=st.sampled_from(['"', "'"]),
    eol=st.sampled_from(["\n", "\r\n"]),
    all_quoted=st.booleans(),
    encoding=st.sampled_from(ENCODINGS),
    last_end=st.booleans(),
    block=st.sampled_from([7, 64, 1 << 20]),
)
def test_what_a_writer_writes_is_read_back(
    table: list[list[str]],
    delimiter: str,
    quote: str,
    eol: str,
    all_quoted: bool,
    encoding: str,
    last_end: bool,
    block: int,
) -> None:
    def written(cell: str) -> str:
        must = all_quoted or cell == "" or any(c in cell for c in (*delimiter, quote, "\n", "\r"))
        return quote + cell.replace(quote, quote * 2) + quote if must else cell

    head = [f"f{i}" for i in range(len(table[0]))]
    lines = [delimiter.join(head), *(delimiter.join(map(written, row)) for row in table)]
    text = eol.join(lines) + (eol if last_end else "")
    rows, places, broken, _ = read(
        text.encode(encoding), block, delimiter=delimiter, quote=quote, header=True, encoding=encoding
    )
    assert broken == []
    assert rows == [tuple(row) for row in table]
    line = 2
    for place, written_line in zip(places, lines[1:], strict=True):
        assert place == f"line {line}"
        line += 1 + written_line.count("\n")


@settings(max_examples=50, deadline=None)
@given(
    table=st.lists(st.lists(st.text("ab1 é", max_size=5), min_size=3, max_size=3), min_size=1, max_size=30),
    damage=st.lists(
        st.tuples(
            st.integers(0, 29),
            st.sampled_from(["short", "long", "junk after quote", "open quote", "bad byte", "stray"]),
        ),
        max_size=6,
    ),
    block=st.sampled_from([7, 50, 1 << 20]),
    quoted=st.booleans(),
)
def test_a_broken_record_never_takes_its_neighbours_along(
    table: list[list[str]], damage: list[tuple[int, str]], block: int, quoted: bool
) -> None:
    kinds = {row: kind for row, kind in damage if row < len(table)}
    lines: list[bytes] = [b"a,b,c"]
    expected: list[tuple] = []
    faults: list[tuple[str, str]] = []
    for number, cells_of_row in enumerate(table):
        row = [f"k{number}", *cells_of_row[1:]]
        written = [f'"{cell}"' if quoted and cell else cell for cell in row]
        kind = kinds.get(number)
        if kind == "short":
            line = ",".join(written[:2]).encode()
        elif kind == "long":
            line = ",".join([*written, "x", "y"]).encode()
        elif kind == "junk after quote":
            line = f'k{number},"ab"cd,e'.encode()
        elif kind == "open quote":
            line = f'k{number},"ab,e'.encode()
        elif kind == "bad byte":
            line = f"k{number},ab".encode() + b"\xff,e"
        elif kind == "stray":
            line, expected_row = f'k{number},5" pipe,e'.encode(), (f"k{number}", '5" pipe', "e")
            expected.append(expected_row)
        else:
            line = ",".join(written).encode()
            expected.append(tuple(cell or None for cell in row))
        if kind not in (None, "stray"):
            faults.append((f"line {number + 2}", line.decode("utf-8", "backslashreplace")))
        lines.append(line)
    options = {"delimiter": ",", "quote": '"', "header": True, "encoding": "utf-8"}
    rows, places, broken, _ = read(b"\n".join(lines) + b"\n", block, **options)
    assert rows == expected
    assert [(place, raw) for place, raw, _, _ in broken] == faults
    assert sorted([*places, *(place for place, *_ in broken)], key=lambda p: int(p[5:])) == [
        f"line {i + 2}" for i in range(len(table))
    ]


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=300).map(lambda b: b"a,b\n1,2\n" + b), block=st.sampled_from([5, 1 << 20]))
def test_any_bytes_are_rows_or_broken_records_and_the_block_size_changes_nothing(
    data: bytes, block: int
) -> None:
    options = {"delimiter": ",", "quote": '"', "header": True, "encoding": "utf-8"}
    whole = read(data, 1 << 20, **options)
    pieces = read(data, block, **options)
    assert pieces[:3] == whole[:3]
    assert all(len(row) == 2 for row in whole[0])


@settings(max_examples=60, deadline=None)
@given(text=st.text('a,"\n\r ', max_size=60), block=st.sampled_from([3, 1 << 20]))
def test_rows_agree_with_the_standard_library_where_it_sees_no_fault(text: str, block: int) -> None:
    data = "x,y\n" + text
    rows, _, broken, _ = read(data.encode(), block, delimiter=",", quote='"', header=True, encoding="utf-8")
    if "\r" in text.replace("\r\n", "") or broken:
        return
    read_by_library = csv.reader(io.StringIO(data, newline=""))
    found = [row for row in read_by_library if len(row) > 1 or any(cell.strip(" ") for cell in row)]
    assert [tuple(cell or "" for cell in row) for row in rows] == [tuple(row) for row in found[1:]]


@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(st.text("ab c1é", max_size=12), max_size=20),
    widths=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    block=st.sampled_from([9, 1 << 20]),
)
def test_every_fixed_width_line_is_a_row_or_broken(lines: list[str], widths: list[int], block: int) -> None:
    data = ("h" * sum(widths) + "\n" + "\n".join(lines)).encode()
    rows, places, broken, _ = read(
        data, block, format="fixed", widths=tuple(widths), header=True, encoding="utf-8"
    )
    full = [(i + 2, line) for i, line in enumerate(lines) if line.strip()]
    assert sorted([*places, *(b[0] for b in broken)]) == sorted(f"line {i}" for i, _ in full)
    for place, row in zip(places, rows, strict=True):
        line = dict(full)[int(place[5:])]
        assert "".join(cell or "" for cell in row).replace(" ", "") == line.replace(" ", "")


def test_the_frame_types_are_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    (chunk,) = open_source(FileSource(path=str(path))).chunks()
    assert chunk.frame.schema == {"a": pl.String, "b": pl.String}
