"""Delimited text (CSV, TSV, any delimiter) and plain lines, in blocks of whole records."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from msgspec.structs import replace

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk
from intakegateway.connectors.files.delimited import Parser, empty_chunk
from intakegateway.connectors.files.encodings import Utf8Pieces
from intakegateway.connectors.files.feed import BLOCK, LONGEST, Feed
from intakegateway.connectors.files.grammar import readable
from intakegateway.connectors.files.opening import Input
from intakegateway.connectors.files.text import TextLayout, lay_out
from intakegateway.model.errors import SourceError
from intakegateway.model.sources import FileSource

_STEPS_BACK = 500
"""Line ends that are tried for the end of a block before its records are looked at one by one."""


def read(
    source: Input, spec: FileSource, warnings: list[str], layout: TextLayout | None = None
) -> Iterator[Chunk]:
    """The rows of a delimited text, every field as String.

    An unquoted empty field is null, a quoted one is an empty text. Blank lines are left out. A record
    with too few or too many fields (``RAGGED_ROW``), a misplaced or missing quote (``BROKEN_QUOTE``) or
    bytes that are no text (``INVALID_ENCODING``) is a broken record; its neighbours are rows.
    """
    layout = layout or lay_out(source, spec, spec.format or "csv")
    warnings.extend(layout.detected.warnings)
    with source.open() as stream:
        pieces = Utf8Pieces(stream, layout.encoding)
        feed = Feed(pieces, layout.shape.eol)
        try:
            yield from _chunks(source, spec, layout, feed)
        except SourceError as error:
            if error.where is None:
                error.where = source.name
            raise
        if pieces.doubt and not any(source.name in sentence for sentence in layout.detected.warnings):
            warnings.append(f"{source.name} {pieces.doubt}")


def _chunks(source: Input, spec: FileSource, layout: TextLayout, feed: Feed) -> Iterator[Chunk]:
    parser = Parser(layout.shape)
    taken = 0
    feed.more()
    feed.skip_lines(layout.skip_rows)
    feed.skip_blank()
    feed.skip_lines(int(layout.marked))
    if layout.header:
        _skip_header(parser, feed)
    quote = layout.shape.quote or b""
    empty = True
    open_record = False
    judged = 0
    # To find the header a block was read already: to wait for another would only make the first one late.
    at_hand = len(feed.text) >= BLOCK // 2
    while at_hand or feed.more() or feed.text:
        at_hand = False
        if open_record and feed.text.find(quote, judged) < 0:
            if not feed.ended and len(feed.text) < LONGEST:
                continue
            yield _never_closed(parser, feed)
            open_record, empty = False, False
            continue
        block = _whole_records(feed.text, layout.shape.quote, layout.shape.eol)
        if not block and not feed.ended:
            continue
        lines = block.count(layout.shape.eol)
        chunk, open_at = parser.chunk(block, feed.line, lines, source.consumed - taken)
        open_record = open_at >= 0
        judged = len(block) - open_at
        if open_at == 0 and (feed.ended or len(feed.text) >= LONGEST):
            chunk, open_record = _never_closed(parser, feed), False
        elif open_record:
            feed.drop(open_at)
        else:
            feed.drop(len(block), lines)
        if chunk.rows:
            empty = False
            taken += chunk.bytes
            yield chunk
    if empty:
        yield empty_chunk(layout.shape.names)


def _skip_header(parser: Parser, feed: Feed) -> None:
    """Leave out the record with the names, which may have several lines."""
    quote, eol = parser.shape.quote, parser.shape.eol
    while True:
        grammar = parser.grammar(feed.text)
        swap = parser.shape.delimiter
        text = feed.text.replace(swap, grammar.delimiter) if swap and swap != grammar.delimiter else feed.text
        record = grammar.record(text, 0)
        if record.open_at < 0 and eol in text:
            break
        if not feed.more():
            break
    lines = 1 if record.open_at >= 0 or record.problem or quote is None else record.lines
    feed.skip_lines(lines)


def _whole_records(text: bytes, quote: bytes | None, eol: bytes) -> bytes:
    """The text up to the last line end that seems to stand outside of quotes.

    Where no such end is near, the text up to its last line end: the parser finds what is unfinished.
    """
    last = text.rfind(eol)
    if last < 0 or quote is None or quote not in text:
        return text[: last + 1]
    end, odd = last, text.count(quote, 0, last) & 1
    for _ in range(_STEPS_BACK):
        if not odd:
            return text[: end + 1]
        before = text.rfind(eol, 0, end)
        if before < 0:
            break
        odd ^= text.count(quote, before, end) & 1
        end = before
    return text[: last + 1]


def _never_closed(parser: Parser, feed: Feed) -> Chunk:
    """Take the first line off as a broken record: it opens a quote that nothing closes."""
    line = feed.line
    end = feed.text.find(parser.shape.eol)
    raw, limit = feed.text[:end].rstrip(b"\r"), "" if feed.ended else f" within {LONGEST >> 20} MB"
    feed.drop(end + 1)
    feed.postpone()
    message = f"a quote opens on line {line} and is never closed{limit}"
    row = (f"line {line}", readable(raw), "BROKEN_QUOTE", message)
    return replace(empty_chunk(parser.shape.names), broken=pl.DataFrame([row], BROKEN_SCHEMA, orient="row"))
