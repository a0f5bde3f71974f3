"""Answers that are too large for memory: checked from end to end, then read record by record from a file.

The first reading finds what a page says besides its records (a cursor, a next link) and that it is whole, so
that one that breaks off is asked for again before any of its rows is taken.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from msgspec import Struct, field

from intakegateway.connectors.files.json_lines import blocks, parsed
from intakegateway.connectors.files.json_parts import parts
from intakegateway.connectors.files.json_stream import utf8_stream
from intakegateway.connectors.files.json_window import JsonWindow
from intakegateway.connectors.http_api.bodies import Spool
from intakegateway.connectors.http_api.survey import BreaksOff, Keys, LongList, ends_of, survey
from intakegateway.connectors.json_parsing import is_json_lines, loads
from intakegateway.connectors.json_paths import spell
from intakegateway.connectors.json_repeats import Lost
from intakegateway.model.errors import SourceError

IN_MEMORY = 20 << 20
"""Bytes of one record, or of what a page says besides its records."""

_PIECE = 1 << 20


class Batch(Struct):
    """Some records of a page, the number of each (from 1), and what could not be read.

    ``size`` is in bytes; ``nul``: whether a text may hold that character.
    """

    records: list[Any]
    numbers: list[int]
    broken: list[Lost]
    size: int
    nul: bool


class Large(Struct):
    """One answer in a file. ``value`` is what it says, its long lists cut down to their ends."""

    spool: Spool
    charset: str | None
    name: str
    value: Any = None
    lists: dict[Keys, LongList] = field(default_factory=dict)
    is_lines: bool = False

    def batches(self, keys: Keys) -> Iterator[Batch]:
        """The records of the long list at ``keys``, or of the lines."""
        with self.spool.open() as raw:
            text = utf8_stream(raw, self.charset, self.name)
            yield from self._lines(text) if self.is_lines else self._elements(text, self.lists[keys].start)

    def whole(self) -> Any:
        """All of a document that may be in memory for once. Raises ``SourceError`` for one that may not."""
        if self.spool.size > IN_MEMORY:
            names = ", ".join(f"'{spell(keys)}'" for keys in list(self.lists)[:5])
            raise SourceError(
                f"The path to the records needs the whole answer in memory, which may have {IN_MEMORY >> 20} MB;"
                f" this one has {self.spool.size >> 20} MB.",
                where=self.name,
                hint=f"Give 'records' as a plain path to a long list: {names}. Or ask for smaller pages.",
            )
        with self.spool.open() as raw:
            text = utf8_stream(raw, self.charset, self.name)
            return loads(b"".join(iter(lambda: text.read(_PIECE), b"")))

    def _elements(self, text: BinaryIO, start: int) -> Iterator[Batch]:
        left = start
        while left:
            left -= len(text.read(min(left, _PIECE)))
        first = 1
        for part in parts(JsonWindow(text, self.name, IN_MEMORY)):
            places = range(len(part.records)) if part.numbers is None else part.numbers
            broken = [(number + first, raw, code, why) for number, raw, code, why in part.broken]
            yield Batch(part.records, [n + first for n in places], broken, part.used, part.nul)
            first += part.count

    def _lines(self, text: BinaryIO) -> Iterator[Batch]:
        first = 1
        for block in blocks(text, self.name, IN_MEMORY):
            lines = block.replace(b"\x1e", b"").split(b"\n")
            if not lines[-1]:
                lines.pop()
            numbers, records, lost = parsed(lines, first)
            broken = [(int(place.removeprefix("line ")), raw, code, why) for place, raw, code, why in lost]
            yield Batch(records, numbers, broken, len(block), b"\\u0000" in block)
            first += len(lines)


def read_large(spool: Spool, content_type: str, where: str) -> Large:
    """A large answer, checked. Raises ``SourceError`` for what is not JSON, ``BreaksOff`` for what is not all."""
    kind = content_type.partition(";")[0].strip().lower()
    large = Large(spool, _charset(content_type), where)
    large.is_lines = bool(re.search("ndjson|jsonl|json-seq", kind)) or is_json_lines(spool.head)
    if large.is_lines:
        _survey_lines(large)
    else:
        with spool.open() as raw:
            found = survey(JsonWindow(utf8_stream(raw, large.charset, where), where, IN_MEMORY))
        large.value, large.lists = found.value, found.lists
    return large


def _survey_lines(large: Large) -> None:
    large.value, found = {}, LongList(0)
    last: Batch | None = None
    for last in large.batches(()):
        if last.records:
            found.ends = ends_of([*found.ends[:1], *last.records])
        found.count += len(last.records)
    if last is not None and last.broken and last.broken[-1][3].endswith("it breaks off."):
        number = last.broken[-1][0]
        if not last.numbers or number > last.numbers[-1]:
            raise BreaksOff(SourceError(f"Line {number} breaks off.", where=large.name))
    with large.spool.open() as raw:
        found.digest = hashlib.file_digest(raw, "blake2b").digest()
    large.lists[()] = found


def _charset(content_type: str) -> str | None:
    """The encoding that an answer names, where it is one: the name is wrong often enough."""
    named = re.search(r"charset\s*=\s*\"?([\w.:-]+)", content_type, re.IGNORECASE)
    try:
        return codecs.lookup(named[1]).name if named is not None else None
    except LookupError:
        return None
