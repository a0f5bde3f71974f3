"""The elements of a JSON list, block by block: parsed together, or one by one where one of them is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from msgspec import Struct, field

from intakegateway.connectors.files.json_stream import elements, last_boundary, probable_boundary
from intakegateway.connectors.files.json_window import JsonWindow
from intakegateway.connectors.json_parsing import explain, is_about_text, loads
from intakegateway.connectors.json_repeats import (
    Lost,
    marked,
    may_repeat_keys,
    repeats_on_the_way,
    without_repeats,
)
from intakegateway.model.errors import SourceError

BLOCK = 2 << 20
"""Bytes that are parsed at once."""
MAX_TAIL = 64 << 20
"""Bytes after the records that are checked; of a longer rest only the end is."""


class Part(Struct):
    """Elements that were parsed from the window's beginning.

    ``numbers`` are their positions from 0, None where all of them are records. ``broken`` has a
    position, the text, a code and a message. ``failure`` is where and why the text ends to be JSON.
    """

    records: list[Any]
    used: int
    numbers: list[int] | None = None
    broken: list[Lost] = field(default_factory=list)
    closed: bool = False
    failure: tuple[int, str] | None = None
    nul: bool = True

    @property
    def count(self) -> int:
        """Elements, broken ones included."""
        return len(self.records) + len(self.broken)


def parts(document: JsonWindow) -> Iterator[Part]:
    """All elements of the list that the window's beginning is inside of, up to its closing bracket.

    The window stands at the part's beginning while a part is looked at, and behind the list at the end. A
    part with a failure is the last one.
    """
    closed, first, guessing = False, True, True
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
        part.nul = b"\\u0000" in document.text[: part.used]
        yield part
        if part.failure is not None:
            return
        document.consume(part.used)
        first, closed = first and not part.count, part.closed


def _together(text: bytes, used: int) -> Part | None:
    whole = b"[%b]" % text
    try:
        records = loads(whole)
    except orjson.JSONDecodeError:
        return None
    good, lost = without_repeats(whole, records)
    if good is not None:
        return Part([records[i] for i in good], used, good, lost)
    return Part(records, used) if records else None


def _one_by_one(document: JsonWindow, first: bool) -> Part:
    """The elements of the whole window, of which one is broken or the last."""
    text = document.text
    spans = list(elements(text))
    end = spans[-1][1]
    closed = end < len(text)
    if closed:
        if first and not text[:end].strip():
            return Part([], end + 1, closed=True)
        part = _together(text[:end], end + 1)
        if part is not None:
            part.closed = True
            return part
    numbers: list[int] = []
    part = Part([], 0, numbers, closed=closed)
    for number, (start, stop) in enumerate(spans):
        if stop == len(text):
            if document.ended:
                part.failure = (stop, "it breaks off")
            break
        element = text[start:stop]
        try:
            record = loads(element)
            good, lost = without_repeats(b"[%b]" % element, [record])
            if good is None:
                part.records.append(record)
                numbers.append(number)
            part.broken += [(number, raw, code, why) for _, raw, code, why in lost]
        except orjson.JSONDecodeError as error:
            reason = explain(error, element)
            if not is_about_text(error):
                if not element.strip():
                    reason = "a value is missing between commas"
                part.failure = (start + len(error.doc[: error.pos].encode("utf-8", "replace")), reason)
                break
            raw = element.strip().decode("utf-8", "replace")
            part.broken.append((number, raw, "INVALID_JSON", f"The record is not valid JSON: {reason}."))
        part.used = stop + 1
    return part


def check_tail(document: JsonWindow, keys: Sequence[str] = ()) -> None:
    """Raise ``SourceError`` when what follows the records does not complete the document.

    So it does when one of the ``keys`` on the way to the records stands there once more.
    """
    document.fill(MAX_TAIL)
    if not document.ended:
        while not document.ended:
            document.consume(len(document.text) - 1)
            document.fill(BLOCK)
        if document.text.rstrip()[-1:] != b"}":
            raise document.error("it breaks off")
        return
    around = b"%b]%b" % (document.head, document.text)
    try:
        value = orjson.loads(around)
    except orjson.JSONDecodeError as error:
        before = len(error.doc[: error.pos].encode("utf-8", "replace"))
        at = min(max(before - len(document.head) - 1, 0), len(document.text))
        raise document.error(explain(error, document.head), at) from None
    check_path(around, value, keys, document.name)


def check_path(text: bytes, value: Any, keys: Sequence[str], name: str) -> None:
    """Raise ``SourceError`` when one of ``keys`` stands twice on the way to the records in ``text``."""
    twice = repeats_on_the_way(marked(text), keys) if keys and may_repeat_keys(text, value) else None
    if twice is not None:
        raise SourceError(
            f"The key '{twice}' stands twice in the document, so that there are two places for its records.",
            where=name,
            hint="Mend the document: the keys of an object must differ.",
        )
