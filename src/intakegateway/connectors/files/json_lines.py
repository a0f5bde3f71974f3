"""NDJSON: one JSON value a line. A broken line is a broken record and the others load."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson
import polars as pl
from msgspec import Struct, field

from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files.json_stream import MAX_RECORD, utf8_stream
from intakegateway.connectors.gathering import Gathered
from intakegateway.connectors.json_parsing import explain, loads
from intakegateway.connectors.json_paths import RecordsPath, parse_path
from intakegateway.connectors.json_repeats import may_repeat_keys, without_repeats
from intakegateway.connectors.records import SLICE, Flattener
from intakegateway.model.errors import SourceError
from intakegateway.model.sources import FileSource

if TYPE_CHECKING:
    from intakegateway.connectors.files.opening import Input

BLOCK = 2 << 20
"""Bytes that are parsed at once."""
MAX_ROWS = 65_536
"""Rows of one chunk."""

Broken = tuple[str, str, str, str]


def read(input: Input, spec: FileSource, warnings: list[str]) -> Iterator[Chunk]:
    """One record a line; locators are ``line N``, counted from 1. Empty lines are no records.

    ``spec.records`` is a path within each line's value. A line that is not JSON becomes a broken record
    (``INVALID_JSON``, with the column), and so does one with a key twice in an object (``REPEATED_KEY``).
    Raises ``SourceError`` for text in another encoding than stated.
    """
    flattener = Flattener(arrays=spec.arrays, keep=(spec.explode or "",), warnings=warnings)
    path = parse_path(spec.records, spec.key_field, warnings) if spec.records is not None else None
    with input.open() as raw:
        next_line = 1
        for block in blocks(utf8_stream(raw, spec.encoding, input.name), input.name):
            lines = block.split(b"\n")
            if not lines[-1]:
                lines.pop()
            nul = b"\\u0000" in block
            for at in range(0, len(lines), MAX_ROWS):
                some = _Lines(lines[at : at + MAX_ROWS], next_line + at, path)
                numbers, gathered, broken = some.gathered(flattener)
                if numbers or broken:
                    a = pl.Series("a", numbers, dtype=pl.Int64)
                    size = sum(map(len, some.lines)) + len(some.lines)
                    yield flattener.chunk(
                        some.records, "line {a}", a, broken=broken, bytes=size, nul=nul, gathered=gathered
                    )
            next_line += len(lines)


class _Lines(Struct):
    """The lines of one chunk, parsed some at a time; ``kept`` are records that could not be gathered."""

    lines: list[bytes]
    first: int
    path: RecordsPath | None
    kept: dict[int, list[Any]] = field(default_factory=dict)

    def gathered(self, flattener: Flattener) -> tuple[list[int], list[Gathered | None], list[Broken]]:
        """The line of each record, the columns of the records, and the broken lines."""
        numbers: list[int] = []
        columns: list[Gathered | None] = []
        broken: list[Broken] = []
        for at in range(0, len(self.lines), SLICE):
            some, values, lost = self._parsed(at)
            numbers += some
            broken += lost
            columns.append(None if self.kept else flattener.gather(values))
            if columns[-1] is None:
                self.kept[at] = values
            del values  # room for the next ones, while it is warm
        return numbers, columns, broken

    def records(self) -> list[Any]:
        """All records."""
        parts = (
            self.kept[at] if at in self.kept else self._parsed(at)[1]
            for at in range(0, len(self.lines), SLICE)
        )
        return [record for part in parts for record in part]

    def _parsed(self, at: int) -> tuple[list[int], list[Any], list[Broken]]:
        lines, first = self.lines[at : at + SLICE], self.first + at
        numbers, values, broken = parsed(lines, first)
        if self.path is not None:
            numbers, values = _inside(self.path, numbers, values, broken, lines, first)
        return numbers, values, broken


def blocks(stream: BinaryIO, name: str, longest: int = MAX_RECORD) -> Iterator[bytes]:
    """Blocks of whole lines of a UTF-8 ``stream``; ``name`` is for errors."""
    pieces: list[bytes] = []
    there = 0
    while block := stream.read(BLOCK):
        pieces.append(block)
        there += len(block)
        end = block.rfind(b"\n") + 1
        if there >= BLOCK and end:
            pieces[-1] = block[:end]
            yield b"".join(pieces)
            pieces, there = [block[end:]], len(block) - end
        elif there > longest:
            raise SourceError(f"A line is over {longest >> 20} MB; this is not NDJSON.", where=name)
    rest = b"".join(pieces)
    if rest:
        yield rest


def parsed(lines: list[bytes], first: int) -> tuple[list[int], list[Any], list[Broken]]:
    """The numbers and values of lines, of which the first is number ``first``, and those that are broken."""
    there = [line for line in lines if line and not line.isspace()]
    numbers = list(range(first, first + len(lines)))
    if len(there) < len(lines):
        numbers = [n for n, line in zip(numbers, lines, strict=True) if line and not line.isspace()]
    # The zeros between the lines show whether each line is one whole value by itself.
    whole = b"[%b]" % b",0,".join(there)
    try:
        values = loads(whole)
    except orjson.JSONDecodeError:
        return _parse_each(there, numbers)
    if len(values) != max(2 * len(there) - 1, 0) or not set(map(type, values[1::2])) <= {int}:
        return _parse_each(there, numbers)
    if may_repeat_keys(whole, values):
        return _without_repeats(there, numbers, values[::2], [])
    return numbers, values[::2], []


def _parse_each(lines: list[bytes], numbers: list[int]) -> tuple[list[int], list[Any], list[Broken]]:
    good: list[int] = []
    there: list[bytes] = []
    values: list[Any] = []
    broken: list[Broken] = []
    for number, line in zip(numbers, lines, strict=True):
        try:
            values.append(loads(line))
            good.append(number)
            there.append(line)
        except orjson.JSONDecodeError as error:
            message = f"The line is not valid JSON at column {error.colno}: {explain(error, line)}."
            raw = line.removesuffix(b"\r").decode("utf-8", "replace")
            broken.append((f"line {number}", raw, "INVALID_JSON", message))
    return _without_repeats(there, good, values, broken)


def _without_repeats(
    lines: list[bytes], numbers: list[int], values: list[Any], broken: list[Broken]
) -> tuple[list[int], list[Any], list[Broken]]:
    """What is left of sound lines without those that have a key twice in an object."""
    good, lost = without_repeats(b"[%b]" % b",".join(lines), values)
    if good is None:
        return numbers, values, broken
    broken += [
        (f"line {numbers[i]}", lines[i].removesuffix(b"\r").decode(), code, why) for i, _, code, why in lost
    ]
    return [numbers[i] for i in good], [values[i] for i in good], broken


def _inside(
    path: RecordsPath,
    numbers: list[int],
    values: list[Any],
    broken: list[Broken],
    lines: list[bytes],
    first: int,
) -> tuple[list[int], list[Any]]:
    found_numbers: list[int] = []
    found: list[Any] = []
    for number, value in zip(numbers, values, strict=True):
        try:
            picked = path.pick(value, "")
        except SourceError as error:
            raw = lines[number - first].decode("utf-8", "replace")
            broken.append((f"line {number}", raw, "NO_RECORDS", str(error)))
            continue
        found.extend(picked)
        found_numbers.extend([number] * len(picked))
    return found_numbers, found
