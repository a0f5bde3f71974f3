r"""What a record of a delimited text file is, as patterns: for one record and for a whole block.

A field that starts with the quote runs to the next quote that is not doubled, which must be followed
by a delimiter or the end of the line; anything else there is broken. A quote elsewhere in a field is
an ordinary character (``5" pipe``). Backslashes escape nothing.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

from msgspec import Struct

WIDEST_PATTERN = 160
"""Fields up to which one pattern counts them too; a larger one would be slow to make."""


_SAMPLE = 1 << 16
_SPARSE = 200
"""Bytes for each quote above which a block is taken apart at its quotes."""


class Record(Struct, frozen=True):
    """One record: its fields (None where the whole is broken) and where the next one starts.

    ``problem`` is a sentence; ``open_at`` says where a quote opened that nothing closes.
    """

    fields: list[bytes]
    end: int
    lines: int
    quoted: tuple[int, ...] = ()
    problem: str = ""
    open_at: int = -1


class Grammar(Struct, frozen=True, dict=True):
    """A delimiter of one byte, a quote of one byte or none, and a line end (``\\n`` or ``\\r``)."""

    delimiter: bytes
    quote: bytes | None = b'"'
    eol: bytes = b"\n"

    @cached_property
    def _bare(self) -> re.Pattern[bytes]:
        return re.compile(b"[^" + re.escape(self.delimiter + self.eol) + b"]*")

    @cached_property
    def _quoted(self) -> re.Pattern[bytes] | None:
        if self.quote is None:
            return None
        q = re.escape(self.quote)
        return re.compile(q + b"([^" + q + b"]*+(?:" + q + q + b"[^" + q + b"]*+)*+)" + q)

    def whole_record(self, width: int) -> re.Pattern[bytes]:
        """A record of ``width`` fields without a fault, over as many lines as it has."""
        return _whole_record(self, width)

    def field_pattern(self) -> str:
        """A field in the syntax of Polars' patterns; quotes inside unquoted fields are left out."""
        stop = _literal(self.delimiter) + _literal(self.eol)
        if self.quote is None:
            return f"[^{stop}]*"
        q = _literal(self.quote)
        return f"(?:{q}(?:[^{q}]|{q}{q})*{q}|[^{q}{stop}]*)"

    def well_quoted(self, text: bytes) -> bool | None:
        """Whether every quote of a block opens, closes or is doubled in a quoted field.

        None where another look is due: quotes are so frequent that a pattern over all of the text is
        cheaper, or one stands elsewhere, which may still be right.
        """
        quote = self.quote
        if quote is None or text.count(quote, 0, _SAMPLE) > _SAMPLE // _SPARSE:
            return None
        parts = text.split(quote)
        if len(parts) % 2 == 0:
            return None
        before = {b"", self.delimiter, self.eol}
        after = {self.delimiter, self.eol, b"\r" if self.eol == b"\n" else self.eol}
        if parts[0][-1:] not in before or parts[-1][:1] not in after:
            return None
        # Between two quoted fields stands what starts and ends with a delimiter or a line end; nothing
        # at all between two quotes is a doubled one.
        between = {(part[:1], part[-1:]) for part in parts[2:-1:2]} - {(b"", b"")}
        before.discard(b"")
        fits = all(first in after and last in before for first, last in between)
        if not fits or (b"\r" in after and not _ends_lines(parts[2::2])):
            return None
        return True

    def line_pattern(self, width: int) -> str:
        """One line that is a whole record of ``width`` fields."""
        return rf"\A{self._record_pattern(width)}\z"

    def block_pattern(self, width: int) -> str:
        """Lines that are whole records of ``width`` fields (any number, above ``WIDEST_PATTERN``)."""
        return rf"\A(?:{self._record_pattern(width)}{_literal(self.eol)})*\z"

    def _record_pattern(self, width: int) -> str:
        piece, cut = self.field_pattern(), _literal(self.delimiter)
        more = "*" if width > WIDEST_PATTERN else f"{{{width - 1}}}"
        end = r"\r?" if self.eol == b"\n" else ""
        return f"{piece}(?:{cut}{piece}){more}{end}"

    def record(self, text: bytes, start: int) -> Record:
        """The record that starts at ``start`` of ``text``."""
        line_end = text.find(self.eol, start)
        plain = self.plain_line(text[start:line_end]) if line_end >= 0 else None
        if plain is not None:
            return Record(plain, line_end + 1, 1)
        fields: list[bytes] = []
        quoted: list[int] = []
        at, lines = start, 0
        quote, delimiter, eol, pattern = self.quote, self.delimiter, self.eol, self._quoted
        while True:
            if pattern is not None and text.startswith(quote or b"", at) and quote:
                match = pattern.match(text, at)
                if match is None:
                    return Record(fields, len(text), lines, open_at=at)
                value = match[1]
                lines += value.count(eol)
                quoted.append(len(fields))
                fields.append(value.replace(quote + quote, quote))
                stop = match.end()
                if (
                    eol == b"\n"
                    and text.startswith(b"\r", stop)
                    and text[stop + 1 : stop + 2] in (b"", b"\n")
                ):
                    stop += 1
            else:
                found = self._bare.match(text, at)
                stop = found.end() if found else at
                value = text[at:stop]
                if eol == b"\n" and value.endswith(b"\r") and not text.startswith(delimiter, stop):
                    value = value[:-1]
                fields.append(value)
            after = text[stop : stop + 1]
            if after == delimiter:
                at = stop + 1
            elif after in (b"", eol):
                return Record(fields, stop + len(after), lines + 1, tuple(quoted))
            else:
                shown = readable(text[stop : stop + 4])[:1]
                problem = f"the quoted field {len(fields)} ends and '{shown}' follows instead of a delimiter"
                return Record(fields, stop, lines + 1, tuple(quoted), problem)

    def plain_line(self, line: bytes) -> list[bytes] | None:
        """The fields of a line where no field starts with a quote, so that no quote means anything."""
        quote = self.quote
        if quote is None or (not line.startswith(quote) and self.delimiter + quote not in line):
            return line.removesuffix(b"\r").split(self.delimiter)
        return None

    def clean(self, record: Record) -> bytes:
        """The record written so that no reader can misunderstand it, without its line end."""
        quote = self.quote or b'"'
        pieces = list(record.fields)
        for i, field in enumerate(pieces):
            if quote in field or i in record.quoted:
                pieces[i] = quote + field.replace(quote, quote + quote) + quote
        return self.delimiter.join(pieces)


def _ends_lines(outside: list[bytes]) -> bool:
    """Whether a carriage return behind a quoted field is always the first half of a line end."""
    return all(part.startswith(b"\r\n") for part in outside if part.startswith(b"\r"))


_SURROGATE = re.compile("[\udc00-\udcff]")


def readable(raw: bytes) -> str:
    r"""Text for a person; bytes that are no text are shown as ``\xe9``."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        try:
            text = raw.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return raw.decode("utf-8", "backslashreplace")
        return _SURROGATE.sub(lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}", text)


@lru_cache(maxsize=16)
def _whole_record(grammar: Grammar, width: int) -> re.Pattern[bytes]:
    stop = re.escape(grammar.delimiter + grammar.eol)
    field = b"[^" + stop + b"]*+"
    if grammar.quote is not None:
        q = re.escape(grammar.quote)
        field = b"(?:%b[^%b]*+(?:%b%b[^%b]*+)*+%b|[^%b%b]*+)" % (q, q, q, q, q, q, q, stop)
    end = (b"\r?" if grammar.eol == b"\n" else b"") + re.escape(grammar.eol)
    return re.compile(b"%b(?:%b%b){%d}%b" % (field, re.escape(grammar.delimiter), field, width - 1, end))


def _literal(text: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text)
