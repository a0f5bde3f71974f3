"""Blocks of whole records into frames: at once where they are clean, line by line where they are not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import polars as pl
from msgspec import Struct, field

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk, Locators
from intakegateway.connectors.files.grammar import WIDEST_PATTERN, Grammar, Record, readable

_SPARE = (b"\x1f", b"\x1e", b"\x1d", b"\x1c", b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x06")
"""Bytes that stand for a delimiter that Polars cannot take, the first that a block does not hold."""
_MISREAD = (b"x", b"\x1f\x8b", b"\x28\xb5", b"\xef\xbb\xbf")
"""Beginnings that Polars may take for compressed data or a byte order mark; a row is put before them."""
_BLANK = re.compile(rb"[ \t\r]*\x1a?")


class Shape(Struct, frozen=True):
    """How the text is cut into records and fields.

    ``delimiter`` may have several bytes, or none: then a line is a field. ``nulls``: texts for null.
    """

    names: tuple[str, ...]
    delimiter: bytes
    quote: bytes | None
    eol: bytes
    nulls: tuple[str, ...] = ()
    expected: str = "the header has"

    @property
    def width(self) -> int:
        """Fields in a record."""
        return len(self.names)


class Parsed(Struct):
    """The rows of a block. ``open_at``: where a record starts that is not finished, else -1."""

    frame: pl.DataFrame
    lines: pl.Series
    broken: list[tuple[str, str, str, str]] = field(default_factory=list)
    open_at: int = -1


class Parser:
    """Parses blocks; remembers whether the last one had faults, as faults come in company."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._suspicious = False

    def grammar(self, block: bytes) -> Grammar:
        """The grammar for this block, whose delimiter is one byte."""
        return _grammar(_stand_in(self.shape.delimiter, block), self.shape.quote, self.shape.eol)

    def chunk(self, block: bytes, first_line: int, lines: int, taken: int) -> tuple[Chunk, int]:
        """The rows of a block that ends with a line end, and where its unfinished record starts, or -1.

        ``first_line`` is the physical line that the block starts on, from 1, ``lines`` how many it has.
        ``taken``: bytes of input.
        """
        grammar = self.grammar(block)
        swap = self.shape.delimiter if self.shape.delimiter != grammar.delimiter else b""
        text = block.replace(swap, grammar.delimiter) if swap else block
        parsed = self._clean(text, grammar, first_line, lines)
        if parsed is None:
            parsed = self._mended(text, grammar, first_line, swap)
            self._suspicious = bool(parsed.broken)
            if parsed.open_at >= 0 and swap:
                parsed.open_at += text.count(grammar.delimiter, 0, parsed.open_at) * (len(swap) - 1)
        frame, starts = parsed.frame, parsed.lines
        if self.shape.width == 1:
            filled = frame.to_series().is_not_null()
            if not filled.all():
                frame, starts = frame.filter(filled), starts.filter(filled)
            if self.shape.nulls:
                only = pl.first()
                frame = frame.with_columns(pl.when(~only.is_in(self.shape.nulls)).then(only))
        if swap and self.shape.quote is not None and self.shape.quote in block:
            back = pl.all().str.replace_all(grammar.delimiter.decode(), swap.decode(), literal=True)
            frame = frame.with_columns(back)
        broken = pl.DataFrame(parsed.broken, BROKEN_SCHEMA, orient="row") if parsed.broken else None
        done = Chunk(frame, Locators("line {a}", starts), broken, taken, nul=b"\0" in block)
        return done, parsed.open_at

    def _clean(self, text: bytes, grammar: Grammar, first_line: int, lines: int) -> Parsed | None:
        """The whole block at once, or None where something in it is not as it should be."""
        shape, width = self.shape, self.shape.width
        cuts = width - 1
        quoted = grammar.quote is not None and grammar.quote in text
        counted = False
        if self._suspicious:
            return None
        if quoted and not grammar.well_quoted(text):
            if not as_text([text]).str.contains(grammar.block_pattern(width))[0]:
                return None
            counted = width <= WIDEST_PATTERN
        try:
            frame = self._frame(text, grammar)
        except pl.exceptions.PolarsError:
            return None
        last_is_full = width == 1 or frame.to_series(-1).null_count() == 0
        if not quoted:
            if frame.height != lines:
                return None
            if not last_is_full and text.count(grammar.delimiter) != lines * cuts:
                return None
        elif not counted and not last_is_full and not self._full(text, grammar, frame):
            return None
        if frame.height == lines:
            return Parsed(frame, _count_up(first_line, lines))
        starts = (_inside(frame, shape.eol) + 1).cum_sum().shift(1, fill_value=0) + first_line
        return Parsed(frame, starts)

    def _full(self, text: bytes, grammar: Grammar, frame: pl.DataFrame) -> bool:
        """Whether no record is short: every delimiter that stands in no value separates two."""
        inside = _inside(frame, grammar.delimiter).sum()
        return bool(text.count(grammar.delimiter) - inside == frame.height * (frame.width - 1))

    def _frame(self, text: bytes, grammar: Grammar) -> pl.DataFrame:
        shape = self.shape
        shielded = text.startswith(_MISREAD)
        if shielded:
            text = grammar.delimiter * (shape.width - 1) + shape.eol + text
        frame = pl.read_csv(
            text,
            has_header=False,
            schema=dict.fromkeys(shape.names, pl.String),
            infer_schema=False,
            separator=grammar.delimiter.decode(),
            quote_char=grammar.quote.decode() if grammar.quote else None,
            eol_char=shape.eol.decode(),
            null_values=list(shape.nulls) if shape.nulls and shape.width > 1 else None,
        )
        return frame.slice(1) if shielded else frame

    def _mended(self, text: bytes, grammar: Grammar, first_line: int, swap: bytes) -> Parsed:
        """Good lines together, the others one by one; a broken record never takes its neighbours along."""
        lines = text.split(grammar.eol)
        lines.pop()
        if grammar.quote is not None and grammar.quote not in text:
            grammar = _grammar(grammar.delimiter, None, grammar.eol)
        good = self._good(lines, grammar)
        parsed, kept = self._judged(text, lines, good, grammar, first_line, swap)
        if kept:
            parsed.frame = self._frame(kept, grammar)
        return parsed

    def _good(self, lines: list[bytes], grammar: Grammar) -> pl.Series:
        """Which lines are whole records by themselves, if they start one."""
        text = as_text(lines)
        width = self.shape.width
        if grammar.quote is None or width > WIDEST_PATTERN:
            fits = text.str.count_matches(grammar.delimiter.decode(), literal=True) == width - 1
            if grammar.quote:
                fits &= ~text.str.contains(grammar.quote.decode(), literal=True)
        else:
            fits = text.str.contains(grammar.line_pattern(width))
        if width == 1:
            fits &= text.str.strip_chars("\r") != ""
        return fits.fill_null(False)

    def _judged(
        self,
        text: bytes,
        lines: list[bytes],
        good: pl.Series,
        grammar: Grammar,
        first_line: int,
        swap: bytes,
    ) -> tuple[Parsed, bytes]:
        """The text without what is no row, with the numbers of its records, and the broken ones.

        The lines that are not ``good`` are read one by one, over several lines where a quote is open.
        """
        parsed = Parsed(self._empty(), _count_up(first_line, len(lines)))
        odd = (~good).arg_true()
        if not len(odd):
            return parsed, text
        sizes = pl.Series(lines, dtype=pl.Binary).bin.size().cast(pl.Int64) + 1
        starts = sizes.cum_sum().shift(1, fill_value=0).gather(odd).to_list()
        last_quote = text.rfind(grammar.quote) if grammar.quote else -1
        whole = grammar.whole_record(self.shape.width)
        kept: list[bytes] = []
        into: list[int] = []
        out: list[int] = []
        done = follow = 0
        for i, start in zip(odd.to_list(), starts, strict=True):
            if i < follow:
                continue
            line = lines[i]
            kept.append(text[done:start])
            done = start + len(line) + 1
            if _BLANK.fullmatch(line):
                continue
            if last_quote >= start and (match := whole.match(text, start)) and is_text(match[0]):
                kept.append(match[0])
                into.append(i)
                done = match.end()
                follow = i + match[0].count(grammar.eol)
                out.extend(range(i + 1, follow))
                continue
            fields = grammar.plain_line(line)
            record = grammar.record(text, start) if fields is None else Record(fields, done, 1)
            if record.open_at >= 0:
                parsed.open_at, done = start, len(text)
                out.extend(range(i, len(lines)))
                break
            if not record.problem:
                done = record.end
                out.extend(range(i + 1, i + record.lines))
                follow = i + record.lines
            raw = text[start : done - 1].rstrip(b"\r")
            fault = self.fault(record, raw)
            if fault is None:
                kept += [grammar.clean(record), grammar.eol]
                into.append(i)
            else:
                shown = raw.replace(grammar.delimiter, swap) if swap else raw
                parsed.broken.append((f"line {first_line + i}", readable(shown), *fault))
        kept.append(text[done:])
        mask = good.scatter(into, True).scatter(out, False)
        parsed.lines = parsed.lines.filter(mask)
        return parsed, b"".join(kept)

    def fault(self, record: Record, raw: bytes) -> tuple[str, str] | None:
        """Code and message of a record that is no row, or None."""
        if record.problem:
            slash = " (a backslash does not escape it)" if b"\\" in raw else ""
            return "BROKEN_QUOTE", f"{record.problem}; a quote inside a quoted field must be doubled{slash}"
        width = len(record.fields)
        if width != self.shape.width:
            noun = "field" if width == 1 else "fields"
            return "RAGGED_ROW", f"has {width} {noun}, {self.shape.expected} {self.shape.width}"
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            wrong = readable(raw[error.start : error.start + 3])[:4]
            return (
                "INVALID_ENCODING",
                f"is not valid text in the file's encoding (near {wrong!r} at byte {error.start + 1});"
                " state the encoding if it is another one",
            )
        return None

    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=dict.fromkeys(self.shape.names, pl.String))


def _stand_in(delimiter: bytes, block: bytes) -> bytes:
    if len(delimiter) == 1:
        return delimiter
    return next((spare for spare in _SPARE if spare not in block), _SPARE[0])


@lru_cache(maxsize=16)
def _grammar(delimiter: bytes, quote: bytes | None, eol: bytes) -> Grammar:
    return Grammar(delimiter, quote, eol)


def as_text(pieces: list[bytes]) -> pl.Series:
    """The pieces as String, null where one is not UTF-8."""
    try:
        return pl.Series(pieces, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series([piece if is_text(piece) else None for piece in pieces], dtype=pl.Binary).cast(
            pl.String
        )


def is_text(piece: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


def _inside(frame: pl.DataFrame, text: bytes) -> pl.Series:
    """How often the values of each row contain ``text``."""
    times = pl.all().str.count_matches(text.decode(), literal=True).fill_null(0)
    return frame.select(line=pl.sum_horizontal(times).cast(pl.Int64)).to_series()


def _count_up(first: int, rows: int) -> pl.Series:
    return pl.int_range(first, first + rows, eager=True, dtype=pl.Int64).alias("line")


def empty_chunk(names: Sequence[str]) -> Chunk:
    """No rows, but the fields."""
    frame = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    return Chunk(frame, Locators("line {a}", pl.Series("line", [], pl.Int64)), nul=False)
