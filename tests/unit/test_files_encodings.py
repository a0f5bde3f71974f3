"""Encodings: found from bytes, stated by people, turned into UTF-8 piece by piece."""

from __future__ import annotations

import io

import pytest

from intakegateway.connectors.files.encodings import (
    EBCDIC,
    Utf8Pieces,
    guess_encoding,
    known_encoding,
    looks_ebcdic,
)
from intakegateway.model.errors import DefinitionError

TEXT = "id;Stadt\n1;Zürich – “Łódź” 東京 🎉\n"
WESTERN = "id;Stadt\n1;Zürich – “São Paulo” €\n"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (WESTERN.encode("utf-16-le"), "utf-16-le"),
        (WESTERN.encode("utf-16-be"), "utf-16-be"),
        (WESTERN.encode("utf-32-le"), "utf-32-le"),
        (WESTERN.encode("utf-32-be"), "utf-32-be"),
        (TEXT.encode("utf-32"), "utf-32-le"),
        (WESTERN.encode("cp1252"), "cp1252"),
        ("Zürich\x81".encode("latin-1"), "latin-1"),
        (b"id,name\n1,x\n", "ascii"),
        (b"a,b\n1,x\0y\n2,\0\n", "ascii"),
        (TEXT.encode()[:-4], "utf-8"),
        (TEXT.encode() * 20 + b"bad \xe9\n", "utf-8"),
        ("replaced \N{REPLACEMENT CHARACTER}".encode(), "utf-8"),
    ],
)
def test_the_encoding_is_found(data: bytes, found: str) -> None:
    assert guess_encoding(data).encoding == found


def test_a_guess_that_may_be_wrong_says_so() -> None:
    assert "read as Windows-1252" in guess_encoding(b"Z\xfcrich").doubt
    assert guess_encoding(TEXT.encode()).doubt == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030"])
@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_characters_across_borders_survive(encoding: str, size: int) -> None:
    pieces = Utf8Pieces(io.BytesIO(TEXT.encode(encoding)), encoding)
    assert b"".join(iter(lambda: pieces.read(size), b"")).decode().removeprefix("\ufeff") == TEXT


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "cp437", "koi8-r"])
def test_one_byte_encodings_give_every_character(encoding: str) -> None:
    data = bytes(byte for byte in range(256) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)) * 3
    pieces = Utf8Pieces(io.BytesIO(data), encoding)
    assert b"".join(iter(lambda: pieces.read(100), b"")).decode() == data.decode(encoding)


def test_ascii_at_first_is_decided_when_something_else_comes() -> None:
    pieces = Utf8Pieces(io.BytesIO(b"abcd" * 10 + b"Z\xfcrich"), None)
    assert b"".join(iter(lambda: pieces.read(8), b"")).decode() == "abcd" * 10 + "Zürich"
    assert "Windows-1252" in pieces.doubt
    pieces = Utf8Pieces(io.BytesIO(b"abcd" * 10 + "Zürich".encode()), None)
    assert b"".join(iter(lambda: pieces.read(8), b"")).decode() == "abcd" * 10 + "Zürich"
    assert pieces.doubt == ""


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-16-le", "ab".encode("utf-16-le") + b"\x00\xd8x\x00"),
        ("shift_jis", b"ab\x82"),
        ("utf-16-le", b"a\0b"),
    ],
)
def test_what_is_no_text_comes_out_as_no_utf8(encoding: str, data: bytes) -> None:
    pieces = Utf8Pieces(io.BytesIO(data), encoding)
    with pytest.raises(UnicodeDecodeError):
        b"".join(iter(lambda: pieces.read(100), b"")).decode()


def test_an_unknown_encoding_names_the_nearest() -> None:
    assert known_encoding("Latin1") == "iso8859-1"
    with pytest.raises(DefinitionError, match=r"'utf9' is not a known encoding\. Did you mean 'utf-8'"):
        known_encoding("utf9")
    with pytest.raises(DefinitionError, match="not a known encoding"):
        known_encoding("rot13")


@pytest.mark.parametrize("encoding", EBCDIC)
@pytest.mark.parametrize("line_end", [b"\x25", b"\x15", b"\x0d\x25", b""])
def test_text_of_a_mainframe_is_known_and_cut_into_lines(encoding: str, line_end: bytes) -> None:
    text = "id,name,amount\n1,Miller,17.50\n2,O'Neil,-3.25\n"
    written = text.encode(encoding).replace(b"\x25", line_end)
    assert looks_ebcdic(written)
    pieces = Utf8Pieces(io.BytesIO(written), encoding)
    expected = text.replace("\n", {b"": "", b"\x0d\x25": "\r\n"}.get(line_end, "\n"))
    assert b"".join(iter(lambda: pieces.read(7), b"")) == expected.encode()


def test_letters_of_one_country_do_not_hide_a_mainframe() -> None:
    assert looks_ebcdic("Nr;Straße;Ort\n1;Königstraße;Überlingen\n2;Öhmdwäldle;Köln\n".encode("cp273"))


@pytest.mark.parametrize(
    "text", ["東京都千代田区丸の内一丁目九番一号", "ああああああああああああ", "Привет,мир,Привет"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "koi8-r", "cp1251", "gb18030", "cp932"])
def test_one_line_in_another_script_is_no_mainframe(text: str, encoding: str) -> None:
    assert not looks_ebcdic(text.encode(encoding, "ignore") + b"\n")
    if encoding == "utf-8":
        assert not looks_ebcdic(text.encode())
