"""From bytes in any encoding to UTF-8, in bounded memory."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from msgspec import Struct

from intakegateway.model.errors import DefinitionError, nearest

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNDEFINED_IN_1252 = b"\x81\x8d\x8f\x90\x9d"
_CONTROLS = re.compile(b"\xc2[\x80-\x9f]")
_MARK = "intakegateway.mark"
_MOSTLY = 0.1
"""A text with at most this share of wrong characters among the non-ASCII ones is UTF-8 with faults."""

EBCDIC = ("cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140")
"""What mainframes write; their line ends decode to NEL (U+0085), if the file has any."""
_EBCDIC_TEXT = bytes((
    0x05, 0x0D, 0x15, 0x25, 0x40, 0x4B, 0x4D, 0x4F, 0x50, 0x5C, 0x5D, 0x5E, 0x60, 0x61, 0x6B, 0x6D, 0x6F, 0x7A,
    0x7D, 0x7E, 0x7F, *range(0x81, 0x8A), *range(0x91, 0x9A), *range(0xA2, 0xAA), *range(0xC1, 0xCA),
    *range(0xD1, 0xDA), *range(0xE2, 0xEA), *range(0xF0, 0xFA),
))  # fmt: skip
"""Letters, digits, the blank, line ends and what is common between them."""
_FEWEST_EBCDIC = 16

_FAMILIAR = (
    "utf-8", "utf-16", "utf-32", "latin-1", "cp1252", "cp1250", "cp1251", "iso-8859-2", "iso-8859-15",
    "cp437", "cp850", "mac-roman", "gb18030", "big5", "shift-jis", "euc-jp", "euc-kr", "koi8-r",
)  # fmt: skip


def _mark(error: UnicodeError) -> tuple[str, int]:
    r"""Keep each byte that is no text as a lone surrogate, which no valid text contains."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in wrong), error.end


codecs.register_error(_MARK, _mark)


def known_encoding(name: str) -> str:
    """Python's name of a text encoding that a person stated. Raises ``DefinitionError``."""
    try:
        found = codecs.lookup(name.strip())
        if found._is_text_encoding and found.name not in ("idna", "punycode", "undefined"):
            return found.name
    except (LookupError, ValueError):
        pass
    raise DefinitionError(
        f"'{name}' is not a known encoding.", hint=nearest(name, _FAMILIAR), path=("source", "encoding")
    )


class Guess(Struct, frozen=True):
    """An encoding found from bytes; ``doubt`` is a sentence where it may be wrong, else empty."""

    encoding: str
    doubt: str = ""


def guess_encoding(data: bytes, *, whole: bool = False) -> Guess:
    """The encoding of a text that starts with ``data`` (``whole``: and ends with it).

    A byte order mark decides; then NULs in the places that UTF-16 and UTF-32 have them; then UTF-8
    where (nearly) all non-ASCII characters are valid; then Windows-1252, or Latin-1 where bytes
    occur that Windows-1252 does not define. ``ascii`` means that nothing decided yet.
    """
    for mark, name in BOMS:
        if data.startswith(mark):
            return Guess(name)
    wide = _wide(data[:4096])
    if wide:
        return Guess(wide)
    if data.isascii():
        return Guess("ascii")
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data, whole)
    wrong = text.count("�") - data.count("�".encode())
    if wrong <= 0:
        return Guess("utf-8")
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    if wrong <= _MOSTLY * foreign:
        return Guess("utf-8")
    latin = any(byte in data for byte in _UNDEFINED_IN_1252)
    name, shown = ("latin-1", "Latin-1") if latin else ("cp1252", "Windows-1252")
    return Guess(name, f"is not UTF-8 and was read as {shown}; if letters look wrong, state the encoding.")


def looks_ebcdic(data: bytes) -> bool:
    """Whether a text is EBCDIC: most bytes are, and ASCII's blanks and line ends, which others have, are missing."""
    if len(data) < _FEWEST_EBCDIC or data.isascii() or b" " in data or b"\n" in data:
        return False
    valid = codecs.getincrementaldecoder("utf-8")("ignore").decode(data).encode()
    return 2 * len(valid) < len(data) and len(data.translate(None, _EBCDIC_TEXT)) <= 0.2 * len(data)


def _wide(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: ASCII characters leave NULs in half or three quarters."""
    if len(data) < 4 or b"\0" not in data:
        return None
    data = data[: len(data) // 4 * 4]
    quarter = len(data) // 4
    nuls = [data[i::4].count(0) / quarter for i in range(4)]
    for name, (zeroth, first, second, third) in (("utf-32-le", nuls), ("utf-32-be", nuls[::-1])):
        if third == 1 and second > 0.9 and first > 0.5 and zeroth < 0.1:
            return name
    odd, even = (nuls[1] + nuls[3]) / 2, (nuls[0] + nuls[2]) / 2
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    if even > 0.4 and odd < 0.1:
        return "utf-16-be"
    return None


class Utf8Pieces:
    """A stream's bytes as UTF-8, piece by piece, without a byte order mark.

    ``encoding`` None: it is guessed as soon as a piece holds something else than ASCII; ``doubt`` then
    says so. Bytes that are no text in the encoding come out as bytes that are no UTF-8.
    """

    def __init__(self, stream: BinaryIO, encoding: str | None) -> None:
        self._stream = stream
        self._encoding = encoding
        self._decoder: codecs.IncrementalDecoder | None = None
        self._started = False
        self._ended = False
        self.doubt = ""

    def read(self, size: int) -> bytes:
        """The next piece, from about ``size`` bytes of the stream; empty at the end."""
        while not self._ended:
            raw = self._stream.read(size)
            self._ended = not raw
            piece = self._utf8(raw)
            if not self._started and piece:
                self._started = True
                while piece.startswith(codecs.BOM_UTF8):  # some programs put one before the one that is there
                    piece = piece.removeprefix(codecs.BOM_UTF8)
            if piece:
                return piece
        return b""

    def _utf8(self, raw: bytes) -> bytes:
        if self._encoding is None:
            guess = guess_encoding(raw)
            if guess.encoding == "ascii":
                return raw
            self._encoding, self.doubt = guess.encoding, guess.doubt
        if self._encoding in ("utf-8", "utf-8-sig", "ascii"):
            return raw
        if self._decoder is None:
            if self._encoding in ("cp1252", "iso8859-1", "latin-1") and raw.isascii():
                return raw
            self._decoder = codecs.getincrementaldecoder(self._encoding)(_MARK)
        if self._encoding == "cp1252":
            # Decoding as Latin-1 is three times as fast, and the same where no byte is 0x80 to 0x9F.
            quick = raw.decode("latin-1").encode()
            if _CONTROLS.search(quick) is None:
                return quick
        text = self._decoder.decode(raw, self._ended)
        if self._encoding in EBCDIC:
            text = text.replace("\x85", "\n")
        return text.encode("utf-8", "surrogatepass")
