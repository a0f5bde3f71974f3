"""Text whose fields stand at fixed places in the line, counted in characters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import polars as pl
from msgspec import Struct

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk, Locators
from intakegateway.connectors.files import dialect
from intakegateway.connectors.files.delimited import as_text, empty_chunk
from intakegateway.connectors.files.detect import Detected, stated_or_guessed
from intakegateway.connectors.files.encodings import Utf8Pieces
from intakegateway.connectors.files.feed import Feed
from intakegateway.connectors.files.grammar import readable
from intakegateway.connectors.files.opening import Input
from intakegateway.connectors.files.text import field_list, own_names, sample_text
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.sources import FileSource


class FixedLayout(Struct, frozen=True):
    """Where the fields of a fixed-width text stand."""

    names: tuple[str, ...]
    widths: tuple[int, ...]
    encoding: str | None
    eol: bytes
    header: bool
    detected: Detected


def lay_out(source: Input, spec: FileSource) -> FixedLayout:
    """Names and places of the fields. Raises ``DefinitionError`` for missing or impossible widths."""
    if not spec.widths or min(spec.widths) < 1:
        raise DefinitionError(
            "A fixed-width file needs 'widths': the number of characters of each field, each at least 1.",
            hint="For example: widths: [10, 8, 12].",
            path=("source", "widths"),
        )
    encoding, doubt = stated_or_guessed(source, spec)
    warnings = [f"{source.name} {doubt}"] if doubt else []
    text, _, eol = sample_text(source, spec, encoding)
    lines = [readable(line.rstrip(b"\r")) for line in text.split(eol)[: dialect.RECORDS] if line.strip()]
    records = [[line[start:end].strip() for start, end in _places(spec.widths)] for line in lines]
    header = dialect.has_header(records) if spec.header is None else spec.header
    names, changed = dialect.field_names(records[0]) if header else field_list(len(spec.widths))
    warnings += [f"{source.name}: {sentence}" for sentence in changed]
    if spec.columns:
        names = own_names(spec.columns, len(names), source.name)
    comma = dialect.has_decimal_comma(records[1:] if header else records)
    detected = Detected(
        format="fixed",
        encoding=encoding or "utf-8",
        header=header,
        decimal_comma=spec.decimal_comma if spec.decimal_comma is not None else comma,
        fields=names,
        eol=eol,
        warnings=tuple(warnings),
    )
    return FixedLayout(names, spec.widths, encoding, eol, header, detected)


def read(
    source: Input, spec: FileSource, warnings: list[str], layout: FixedLayout | None = None
) -> Iterator[Chunk]:
    """The rows of a fixed-width text, every field as String without the spaces around it.

    A field of spaces is null. The last field may be cut short; a line that ends before it, or that goes
    on behind it, is a broken record (``RAGGED_ROW``), as are bytes that are no text. Blank lines are
    left out.
    """
    layout = layout or lay_out(source, spec)
    warnings.extend(layout.detected.warnings)
    taken, empty = 0, True
    with source.open() as stream:
        pieces = Utf8Pieces(stream, layout.encoding)
        feed = Feed(pieces, layout.eol)
        try:
            feed.more()
            feed.skip_lines(spec.skip_rows)
            if layout.header:
                feed.skip_blank()
                feed.skip_lines(1)
            while feed.more() or feed.text:
                block = feed.text[: feed.text.rfind(layout.eol) + 1]
                if not block:
                    continue
                chunk = _chunk(block, feed.line, layout, spec.null_texts, source.consumed - taken)
                feed.drop(len(block))
                if chunk.rows:
                    empty = False
                    taken += chunk.bytes
                    yield chunk
        except SourceError as error:
            error.where = error.where or source.name
            raise
        if pieces.doubt:
            warnings.append(f"{source.name} {pieces.doubt}")
    if empty:
        yield empty_chunk(layout.names)


def _chunk(block: bytes, first: int, layout: FixedLayout, nulls: tuple[str, ...], taken: int) -> Chunk:
    line, length = pl.col("line"), pl.col("line").str.len_chars()
    lines = block.split(layout.eol)
    lines.pop()
    places = _places(layout.widths)
    frame = pl.DataFrame({"raw": pl.Series(lines, dtype=pl.Binary), "line": as_text(lines)}).select(
        "raw",
        line=line.str.strip_suffix("\r"),
        number=pl.int_range(first, first + len(lines), dtype=pl.Int64),
    )
    frame = frame.filter(line.is_null() | (line.str.strip_chars() != ""))
    full, start_of_last = places[-1][1], places[-1][0]
    reaches = length > start_of_last if len(places) > 1 else pl.lit(True)
    fits = reaches & (line.str.slice(full).str.strip_chars_end() == "")
    good = frame.select(fits.fill_null(False)).to_series()
    rows = frame if good.all() else frame.filter(good)
    values = rows.select(
        line.str.slice(start, end - start).str.strip_chars(" \t").alias(name)
        for name, (start, end) in zip(layout.names, places, strict=True)
    )
    void = pl.all().is_in(["", *nulls])
    values = values.select(pl.when(~void).then(pl.all()))
    broken = None
    if rows.height < frame.height:
        faults = [
            _fault(raw, text, number, full, start_of_last)
            for raw, text, number in frame.filter(~good).iter_rows()
        ]
        broken = pl.DataFrame(faults, BROKEN_SCHEMA, orient="row")
    return Chunk(values, Locators("line {a}", rows["number"]), broken, taken, nul=b"\0" in block)


def _fault(raw: bytes, line: str | None, number: int, full: int, last: int) -> tuple[str, str, str, str]:
    place, shown = f"line {number}", readable(raw.rstrip(b"\r"))
    if line is None:
        return place, shown, "INVALID_ENCODING", "is not valid text in the file's encoding"
    need = f"the widths need {full}" if len(line) > full else f"the last field starts after {last}"
    return place, shown, "RAGGED_ROW", f"has {len(line)} characters, {need}"


def _places(widths: tuple[int, ...]) -> list[tuple[int, int]]:
    ends = list(accumulate(widths))
    return list(zip([0, *ends], ends, strict=False))
