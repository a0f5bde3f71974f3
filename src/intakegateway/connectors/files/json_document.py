"""JSON documents: one value that holds the records, read in bounded memory where its path is plain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import orjson
import polars as pl

from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files.json_parts import BLOCK, Part, check_path, check_tail, parts
from intakegateway.connectors.files.json_stream import (
    AbsentError,
    ShortError,
    first_list_of_objects,
    utf8_stream,
    value_at,
)
from intakegateway.connectors.files.json_window import JsonWindow
from intakegateway.connectors.json_parsing import explain, loads, parse_json
from intakegateway.connectors.json_paths import RecordsPath, find_records, parse_path, spell
from intakegateway.connectors.json_repeats import Lost, marked, may_repeat_keys, sifted
from intakegateway.connectors.records import Flattener
from intakegateway.model.errors import SourceError
from intakegateway.model.sources import FileSource

if TYPE_CHECKING:
    from intakegateway.connectors.files.opening import Input

MAX_ROWS = 65_536
"""Rows of one chunk."""
MAX_WHOLE = 64 << 20
"""Bytes of a document that a JSONPath with filters or wildcards may load as a whole."""
MAX_LOOK = 8 << 20
"""Bytes that are looked at to find the records when no path is given."""


def read(input: Input, spec: FileSource, warnings: list[str]) -> Iterator[Chunk]:
    """The records of one JSON document; locators are ``item N``, counted from 1.

    ``spec.records`` is the path to them. Left out: the document's elements if it is a list; else the list
    with the most objects inside (the first one in documents over 8 MB); else the document is one record.
    Lists behind a plain path (``$.data.items[*]``) are streamed; any other JSONPath loads the document,
    which may then have 64 MB; so does ``spec.key_field``.

    Raises ``SourceError`` with line and column where the JSON is broken, after the records before it.
    """
    with input.open() as raw:
        document = JsonWindow(utf8_stream(raw, spec.encoding, input.name), input.name)
        document.fill(BLOCK)
        if document.ended and not document.text.strip():
            raise SourceError("The file is empty; a JSON document was expected.", where=input.name)
        if spec.records is not None:
            path = parse_path(spec.records, spec.key_field, warnings)
        else:
            path = _look(document, warnings)
        flattener = Flattener(arrays=spec.arrays, keep=(spec.explode or "",), warnings=warnings)
        if path.keys is None:
            yield from _whole(document, path, flattener)
            return
        if _enter(document, path):
            yield from _stream(document, flattener, path.keys)
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
    text = document.text
    records = path.pick(value, document.name)
    good: list[int] | None = None
    lost: list[Lost] = []
    if may_repeat_keys(text, value):
        check_path(text, value, path.keys or (), document.name)
        good, lost = sifted(path.pick(marked(text), document.name))
    kept = records if good is None else [records[i] for i in good]
    part = Part(kept, len(text), good, lost, nul=b"\\u0000" in text)
    yield from _chunks(flattener, part, 1)


def _stream(document: JsonWindow, flattener: Flattener, keys: tuple[str, ...]) -> Iterator[Chunk]:
    first = 1
    for part in parts(document):
        yield from _chunks(flattener, part, first)
        if part.failure is not None:
            at, reason = part.failure
            raise document.error(reason, at)
        first += part.count
    check_tail(document, keys)


def _chunks(flattener: Flattener, part: Part, first: int) -> Iterator[Chunk]:
    numbers = range(len(part.records)) if part.numbers is None else part.numbers
    a = pl.Series("a", numbers, dtype=pl.Int64) + first
    broken = [(f"item {number + first}", raw, code, why) for number, raw, code, why in part.broken]
    used, nul = part.used, part.nul
    for at in range(0, max(len(part.records), 1), MAX_ROWS):
        some = part.records[at : at + MAX_ROWS]
        if some or broken:
            places = a[at : at + MAX_ROWS]
            yield flattener.chunk(some, "item {a}", places, broken=broken, bytes=used, nul=nul)
        broken, used = [], 0
