from pathlib import Path

import polars as pl
import pytest

from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files import fixed_width, lines, text
from intakegateway.connectors.files.opening import open_path
from intakegateway.model.errors import DefinitionError
from intakegateway.model.sources import FileSource


def chunks(module: object, path: Path, content: bytes, **options: object) -> list[Chunk]:
    path.write_bytes(content)
    (input,) = open_path(path)
    spec = FileSource.model_validate({"path": str(path), **options})
    return list(module.read(input, spec, []))  # type: ignore[attr-defined]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("block", [3, 4, 1 << 20])
def test_each_line_is_a_row_with_its_number(
    tmp_path: Path, end: bytes, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK", block)
    found = chunks(text, tmp_path / "a.txt", end.join([b"one", b"", b"  two ", "drei ß".encode(), b""]))
    rows = [(w, v) for c in found for w, v in zip(c.locators.words(), c.frame["line"], strict=True)]
    assert rows == [("line 1", "one"), ("line 3", "  two "), ("line 4", "drei ß")]


def test_a_line_that_is_no_text_is_broken_and_the_others_load(tmp_path: Path) -> None:
    (chunk,) = chunks(text, tmp_path / "a.txt", b"ok\nbad \xff\xfe\nfine\n", encoding="utf-8")
    assert chunk.frame["line"].to_list() == ["ok", "fine"]
    assert chunk.broken is not None
    assert chunk.broken.select("_locator", "code").rows() == [("line 2", "INVALID_ENCODING")]


def test_fields_are_cut_by_characters_and_padding_goes(tmp_path: Path) -> None:
    content = "00017Zoë Müller  12.50\n00018             7.00\n".encode()
    (chunk,) = chunks(
        fixed_width, tmp_path / "a.txt", content, widths=[5, 11, 6], columns=["id", "name", "price"]
    )
    assert chunk.frame.rows() == [("00017", "Zoë Müller", "12.50"), ("00018", None, "7.00")]


def test_lines_that_do_not_fit_the_widths_are_broken(tmp_path: Path) -> None:
    content = b"aabb\naabbcc\naabbccdd\naabbc\naabbcc   \n"
    (chunk,) = chunks(fixed_width, tmp_path / "a.txt", content, widths=[2, 2, 2])
    assert chunk.frame.rows() == [("aa", "bb", "cc"), ("aa", "bb", "c"), ("aa", "bb", "cc")]
    assert chunk.broken is not None
    assert chunk.broken["_raw"].to_list() == ["aabb", "aabbccdd"]


def test_names_come_from_the_first_line_when_asked(tmp_path: Path) -> None:
    (chunk,) = chunks(
        fixed_width, tmp_path / "a.txt", b"id na na \n1  x  y  \n", widths=[3, 3, 3], header=True
    )
    assert chunk.frame.equals(pl.DataFrame({"id": ["1"], "na": ["x"], "na_2": ["y"]}))


def test_a_fixed_width_file_without_widths_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="widths"):
        chunks(fixed_width, tmp_path / "a.txt", b"x\n")
