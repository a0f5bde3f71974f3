"""Text files as lines, in blocks, for formats whose records are lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from intakegateway.connectors.base import BROKEN_SCHEMA
from intakegateway.connectors.files.encodings import Utf8Pieces, known_encoding
from intakegateway.connectors.files.opening import Input
from intakegateway.model.errors import SourceError
from intakegateway.model.sources import FileSource

BLOCK = 4 << 20
"""Bytes that are split at once."""
LONGEST_LINE = 64 << 20
"""A longer line means that this is no text of lines."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines without their ends: ``text`` (String) and ``number`` (Int64, from 1), empty lines left out.

    ``broken`` (``BROKEN_SCHEMA``) has the lines that are no text in the file's encoding.
    """

    text: pl.Series
    number: pl.Series
    broken: pl.DataFrame
    bytes: int
    nul: bool


def read_lines(input: Input, spec: FileSource, warnings: list[str]) -> Iterator[Lines]:
    """The file's lines in blocks of a few megabytes, from ``skip_rows`` on.

    Raises ``SourceError`` for a line without an end in sight, ``DefinitionError`` for an encoding that
    does not exist.
    """
    encoding = known_encoding(spec.encoding) if spec.encoding else None
    first, skip = 1, spec.skip_rows
    with input.open() as stream:
        pieces = Utf8Pieces(stream, encoding)
        for block in _blocks(pieces, input.name):
            lines = block.split(b"\n")
            if not lines[-1]:
                lines.pop()
            skipped = min(skip, len(lines))
            skip -= skipped
            yield _split(lines[skipped:], first + skipped, len(block))
            first += len(lines)
        if pieces.doubt:
            warnings.append(f"'{input.name}' {pieces.doubt}")


def _blocks(pieces: Utf8Pieces, name: str) -> Iterator[bytes]:
    rest = b""
    while piece := pieces.read(BLOCK):
        if b"\r" in piece or rest.endswith(b"\r"):
            # A pair of CR and LF may be cut in two; a CR alone ends a line, too.
            piece = (rest + piece).replace(b"\r\n", b"\n")
            held = b"\r" if piece.endswith(b"\r") else b""
            rest = piece[: len(piece) - len(held)].replace(b"\r", b"\n") + held
        else:
            rest += piece
        end = rest.rfind(b"\n") + 1
        if end:
            yield rest[:end]
            rest = rest[end:]
        elif len(rest) > LONGEST_LINE:
            raise SourceError(
                f"A line is over {LONGEST_LINE >> 20} MB; this is not a text of lines.", where=name
            )
    if rest:
        yield rest.replace(b"\r", b"\n")


def _split(lines: list[bytes], first: int, size: int) -> Lines:
    raw = pl.Series("raw", lines, dtype=pl.Binary)
    number = pl.int_range(first, first + len(lines), dtype=pl.Int64, eager=True)
    filled = raw.bin.size() > 0
    raw, number = raw.filter(filled), number.filter(filled)
    broken = pl.DataFrame(schema=BROKEN_SCHEMA)
    try:
        text = raw.cast(pl.String)
    except pl.exceptions.PolarsError:
        # Line by line, but only in a block that has a wrong byte.
        text = pl.Series("text", [_decoded(line) for line in raw.to_list()], dtype=pl.String)
        wrong = text.is_null()
        broken = pl.DataFrame(
            {
                "_locator": pl.select(pl.format("line {}", number.filter(wrong))).to_series(),
                "_raw": [line.decode("utf-8", "replace") for line in raw.filter(wrong).to_list()],
                "code": "INVALID_ENCODING",
                "message": "The line has bytes that are no text in the file's encoding; state the encoding.",
            },
            schema=BROKEN_SCHEMA,
        )
        text, number = text.filter(~wrong), number.filter(~wrong)
    return Lines(text, number, broken, size, any(b"\0" in line for line in lines))


def _decoded(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None
