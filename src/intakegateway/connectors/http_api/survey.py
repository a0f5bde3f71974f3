"""A JSON document of any size, read once from end to end: what it says besides its long lists, and where
those are. A list counts as long when its text does; then only its first and last elements are kept."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson
from msgspec import Struct, field

from intakegateway.connectors.files.json_parts import BLOCK, parts
from intakegateway.connectors.files.json_stream import ShortError, end_of_value
from intakegateway.connectors.files.json_window import JsonWindow
from intakegateway.connectors.json_parsing import explain, loads
from intakegateway.model.errors import SourceError

Keys = tuple[str, ...]

LONG = 64 << 10
"""Bytes of a list from which on it is not kept."""
_DEEP = 8
"""Objects around a list that is looked for."""
_SPACE = re.compile(rb"[ \t\n\r]*")


class BreaksOff(Exception):
    """The document ends in the middle; ``error`` says where."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(str(error))
        self.error = error


class LongList(Struct):
    """A list that is not kept: where its first element begins (a byte of the document), and what it has.

    ``ends`` are its first and last element, or as many as there are; ``digest`` is one of its text.
    """

    start: int
    count: int = 0
    ends: list[Any] = field(default_factory=list)
    digest: bytes = b""


class Surveyed(Struct):
    """``value`` is the document, its long lists cut down to their ends; ``lists`` are those, by their keys."""

    value: Any = None
    lists: dict[Keys, LongList] = field(default_factory=dict)


def survey(document: JsonWindow) -> Surveyed:
    """Read all of a document, and check all of it.

    Raises ``SourceError`` with line and column where it is not JSON, and for more text outside of long lists
    than the window may have; ``BreaksOff`` where it ends too early.
    """
    found = Surveyed()
    found.value = _Survey(document, found.lists).value(())
    document.fill(BLOCK)
    while not document.ended and not document.text.strip():
        document.consume(len(document.text))
        document.fill(BLOCK)
    if document.text.strip():
        raise document.error("unexpected content after document", _skipped(document.text))
    return found


def ends_of(records: list[Any]) -> list[Any]:
    """The first and the last of some records, or as many as there are."""
    return [records[0], records[-1]] if len(records) > 1 else records


class _Survey(Struct):
    document: JsonWindow
    lists: dict[Keys, LongList]
    kept: int = 0

    def value(self, keys: Keys) -> Any:
        self._skip_space()
        self.lists.pop(keys, None)  # of a key that is there twice, the last one counts
        first = self.document.text[:1]
        if first not in (b"{", b"[") or self._is_short():
            return self._whole()
        if first == b"[":
            return self._list(keys)
        return self._object(keys) if len(keys) < _DEEP else self._whole()

    def _object(self, keys: Keys) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self.document.consume(1)
        if self._next(b'}"') == b"}":
            self.document.consume(1)
            return members
        while True:
            self._next(b'"')
            name = self._whole()
            self._next(b":")
            self.document.consume(1)
            members[name] = self.value((*keys, name))
            ends = self._next(b",}") == b"}"
            self.document.consume(1)
            if ends:
                return members

    def _list(self, keys: Keys) -> list[Any]:
        document = self.document
        document.consume(1)
        found = LongList(document.position)
        hashed = hashlib.blake2b(digest_size=16)
        for part in parts(document):
            if part.failure is not None:
                at, reason = part.failure
                if document.ended and at >= len(document.text):
                    raise BreaksOff(document.error(reason, at))
                raise document.error(reason, at)
            hashed.update(document.text[: part.used])
            if part.records:
                found.ends = ends_of([*found.ends[:1], *part.records])
            found.count += part.count
        found.digest = hashed.digest()
        self.lists[keys] = found
        return found.ends

    def _is_short(self) -> bool:
        """Whether the value at the window's beginning ends soon."""
        self.document.fill(LONG)
        try:
            end_of_value(self.document.text[:LONG], 0)
        except ShortError:
            return self.document.ended and len(self.document.text) <= LONG
        return True

    def _whole(self) -> Any:
        """The value at the window's beginning."""
        document = self.document
        if document.text[:1] in (b",", b":", b"]", b"}"):
            raise document.error("a value is missing", 0)
        while True:
            try:
                end = end_of_value(document.text, 0)
                break
            except ShortError:
                if not document.grow():
                    end = len(document.text)
                    break
        text = document.text[:end]
        try:
            value = loads(text)
        except orjson.JSONDecodeError as error:
            at = len(error.doc[: error.pos].encode("utf-8", "replace"))
            reason = explain(error, text)
            if reason == "it breaks off":
                if end == len(document.text) and document.ended:
                    raise BreaksOff(document.error(reason)) from None
                reason, at = f"'{text[:40].decode('utf-8', 'replace')}' is not a JSON value", 0
            raise document.error(reason, min(at, end)) from None
        document.consume(end)
        self.kept += end
        if self.kept > document.longest:
            raise SourceError(
                f"The document has over {document.longest >> 20} MB besides its long lists.",
                where=document.name,
            )
        return value

    def _next(self, wanted: bytes) -> bytes:
        """The next letter, which must be one of ``wanted``."""
        self._skip_space()
        found = self.document.text[:1]
        if found and found in wanted:
            return found
        names = " or ".join(f"'{chr(letter)}'" for letter in wanted)
        raise self.document.error(f"{names} was expected, not '{found.decode('utf-8', 'replace')}'", 0)

    def _skip_space(self) -> None:
        document = self.document
        while True:
            document.fill(1 << 12)
            document.consume(_skipped(document.text))
            if document.text:
                return
            if document.ended:
                raise BreaksOff(document.error("it breaks off", 0))


def _skipped(text: bytes) -> int:
    found = _SPACE.match(text)
    return found.end() if found is not None else 0
