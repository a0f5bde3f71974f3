"""JSON documents: one value that holds the records, read in bounded memory where its path is plain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files.json_stream import (
    AbsentError,
    ShortError,
    elements,
    first_list_of_objects,
    last_boundary,
    probable_boundary,
    utf8_stream,
    value_at,
)
from intakegateway.connectors.files.json_window import JsonWindow
from intakegateway.connectors.json_parsing import explain, is_about_text, loads, parse_json
from intakegateway.connectors.json_paths import RecordsPath, find_records, parse_path, spell
from intakegateway.connectors.records import Flattener
from intakegateway.model.errors import SourceError
from intakegateway.model.sources import FileSource

if TYPE_CHECKING:
    from intakegateway.connectors.files.opening import Input

BLOCK = 2 << 20
"""Bytes that are parsed at once."""
MAX_ROWS = 65_536
"""Rows of one chunk."""
MAX_WHOLE = 64 << 20
"""Bytes of a document that a JSONPath with filters or wildcards may load as a whole."""
MAX_TAIL = 64 << 20
"""Bytes after the records that are checked; of a longer rest only the end is."""
MAX_LOOK = 8 << 20
"""Bytes that are looked at to find the records when no path is given."""


def read(input: Input, spec: FileSource, warnings: list[str]) -> Iterator[Chunk]:
    """The records of one JSON document; locators are ``item N``, counted from 1.

    ``spec.records`` is the path to them. Left out: the document's elements if it is a list; else the list
    with the most objects inside (the first one in documents over 8 MB); else the document is one record.
    Lists behind a plain path (``$.data.items[*]``) are streamed; any other JSONPath loads the document,
    which may then have 64 MB.

    Raises ``SourceError`` with line and column where the JSON is broken, after the records before it.
    """
    with input.open() as raw:
        document = JsonWindow(utf8_stream(raw, spec.encoding, input.name), input.name)
        document.fill(BLOCK)
        if document.ended and not document.text.strip():
            raise SourceError("The file is empty; a JSON document was expected.", where=input.name)
        path = parse_path(spec.records) if spec.records is not None else _look(document, warnings)
        flattener = Flattener(arrays=spec.arrays, keep=(spec.explode or "",), warnings=warnings)
        if path.keys is None:
            yield from _whole(document, path, flattener)
            return
        if _enter(document, path):
            yield from _stream(document, flattener)
        else:
            yield from _whole(document, path, flattener)


def _look(document: JsonWindow, warnings: list[str]) -> RecordsPath:
    if document.text.lstrip()[:1] != b"{":
        return RecordsPath("$", ())
    document.fill(MAX_LOOK)
    keys = None
    if document.ended:
        try:
            keys = find_records(orjson.loads(document.text))
        except orjson.JSONDecodeError:
            keys = first_list_of_objects(document.text)
    else:
        keys = first_list_of_objects(document.text)
    if keys is None:
        return RecordsPath("$", ())
    warnings.append(f"The records were found at '{spell(keys)}'; name another path with 'records'.")
    return RecordsPath(spell(keys), keys)


def _enter(document: JsonWindow, path: RecordsPath) -> bool:
    """Move the window to the first element of the list; false when there is no list to stream."""
    keys = path.keys or ()
    while True:
        try:
            at = value_at(document.text, keys)
        except ShortError:
            if document.grow():
                continue
            return False
        except AbsentError as error:
            if document.ended:
                parse_json(document.text, document.name)
            raise path.missing(error.key, error.known, document.name) from None
        except ValueError:
            return False
        if document.text[at : at + 1] != b"[":
            return False
        document.head = document.text[: at + 1]
        document.consume(at + 1)
        return True


def _whole(document: JsonWindow, path: RecordsPath, flattener: Flattener) -> Iterator[Chunk]:
    document.fill(MAX_WHOLE + 1)
    if len(document.text) > MAX_WHOLE:
        raise SourceError(
            f"The path '{path.text}' needs the whole document in memory, which may have"
            f" {MAX_WHOLE >> 20} MB; this one has more.",
            where=document.name,
            hint="Use a plain path such as $.data[*], which is streamed.",
        )
    try:
        value = loads(document.text)
    except orjson.JSONDecodeError as error:
        advice = "Several values in one file are NDJSON: set the format to ndjson."
        raise SourceError(
            f"This is not valid JSON at line {error.lineno}, column {error.colno}:"
            f" {explain(error, document.text)}.",
            where=document.name,
            hint=advice if "after document" in str(error) else None,
        ) from None
    part = _Part(path.pick(value, document.name), len(document.text))
    yield from _chunks(flattener, part, 1, b"\\u0000" in document.text)


def _stream(document: JsonWindow, flattener: Flattener) -> Iterator[Chunk]:
    first, closed, guessing = 1, False, True
    while not closed:
        document.fill(BLOCK)
        last = document.ended and len(document.text) <= BLOCK
        part = None
        if guessing and not last:
            boundary = probable_boundary(document.text[:BLOCK])
            part = _together(document.text[:boundary], boundary + 1) if boundary >= 0 else None
            guessing = part is not None
        if part is None:
            boundary = -1 if last else last_boundary(document.text[:BLOCK])
            if boundary < 0 and not last:
                boundary = last_boundary(document.text)
                if boundary < 0 and document.grow():
                    continue
            part = _together(document.text[:boundary], boundary + 1) if boundary >= 0 else None
            part = part or _one_by_one(document, first)
        yield from _chunks(flattener, part, first, b"\\u0000" in document.text[: part.used])
        if part.failure is not None:
            at, reason = part.failure
            raise document.error(reason, at)
        document.consume(part.used)
        first += len(part.records) + len(part.broken)
        closed = part.closed
    _check_tail(document)


@dataclass(slots=True)
class _Part:
    """Elements that were parsed from the window's beginning.

    ``numbers`` are their positions from 0, None where all of them are records. ``broken`` has a
    position, the text and a message. ``failure`` is where and why the text ends to be JSON.
    """

    records: list[Any]
    used: int
    numbers: list[int] | None = None
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    closed: bool = False
    failure: tuple[int, str] | None = None


def _together(text: bytes, used: int) -> _Part | None:
    try:
        records = loads(b"[%b]" % text)
    except orjson.JSONDecodeError:
        return None
    return _Part(records, used) if records else None


def _one_by_one(document: JsonWindow, first: int) -> _Part:
    """The elements of the whole window, of which one is broken or the last."""
    text = document.text
    spans = list(elements(text))
    end = spans[-1][1]
    closed = end < len(text)
    if closed:
        if first == 1 and not text[:end].strip():
            return _Part([], end + 1, closed=True)
        part = _together(text[:end], end + 1)
        if part is not None:
            part.closed = True
            return part
    numbers: list[int] = []
    part = _Part([], 0, numbers, closed=closed)
    for number, (start, stop) in enumerate(spans):
        if stop == len(text):
            if document.ended:
                part.failure = (stop, "it breaks off")
            break
        element = text[start:stop]
        try:
            part.records.append(loads(element))
            numbers.append(number)
        except orjson.JSONDecodeError as error:
            reason = explain(error, element)
            if not is_about_text(error):
                if not element.strip():
                    reason = "a value is missing between commas"
                part.failure = (start + len(error.doc[: error.pos].encode("utf-8", "replace")), reason)
                break
            raw = element.strip().decode("utf-8", "replace")
            part.broken.append((number, raw, f"The record is not valid JSON: {reason}."))
        part.used = stop + 1
    return part


def _chunks(flattener: Flattener, part: _Part, first: int, nul: bool) -> Iterator[Chunk]:
    numbers = range(len(part.records)) if part.numbers is None else part.numbers
    a = pl.Series("a", numbers, dtype=pl.Int64) + first
    broken = [(f"item {number + first}", raw, "INVALID_JSON", why) for number, raw, why in part.broken]
    used = part.used
    for at in range(0, max(len(part.records), 1), MAX_ROWS):
        some = part.records[at : at + MAX_ROWS]
        if some or broken:
            places = a[at : at + MAX_ROWS]
            yield flattener.chunk(some, "item {a}", places, broken=broken, bytes=used, nul=nul)
        broken, used = [], 0


def _check_tail(document: JsonWindow) -> None:
    """Raise ``SourceError`` when what follows the records does not complete the document."""
    document.fill(MAX_TAIL)
    if not document.ended:
        while not document.ended:
            document.consume(len(document.text) - 1)
            document.fill(BLOCK)
        if document.text.rstrip()[-1:] != b"}":
            raise document.error("it breaks off")
        return
    try:
        orjson.loads(b"%b]%b" % (document.head, document.text))
    except orjson.JSONDecodeError as error:
        before = len(error.doc[: error.pos].encode("utf-8", "replace"))
        at = min(max(before - len(document.head) - 1, 0), len(document.text))
        raise document.error(explain(error, document.head), at) from None
