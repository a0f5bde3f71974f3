"""A JSON array read piece by piece: where its elements begin and end, without building them."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

import orjson

from intakegateway.connectors.json_parsing import unicode_encoding
from intakegateway.model.errors import DefinitionError, SourceError

MAX_RECORD = 256 << 20
"""Bytes of one record, and of what stands before the first one."""

_SPACE = b" \t\n\r"
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\],]', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}]+")
_FIRST_KEY = re.compile(rb'\s*\{\s*"[^"\\]*"\s*:')
_BEFORE_VALUE = re.compile(rb"\s*")


class ShortError(Exception):
    """The bytes at hand end before the place that is looked for."""


class AbsentError(Exception):
    """A key is not there; ``known`` are those that are."""

    def __init__(self, key: str, known: list[str]) -> None:
        super().__init__(key)
        self.key = key
        self.known = known


def utf8_stream(raw: BinaryIO, encoding: str | None, what: str) -> BinaryIO:
    """``raw`` as UTF-8 without a byte order mark; ``encoding`` is what the definition says, if it does."""
    head = raw.read(4)
    found = unicode_encoding(head)
    start = io.BytesIO(head.removeprefix(codecs.BOM_UTF8) if found == "utf-8" else head)
    joined = _Joined(start, raw)
    name = found if found != "utf-8" else encoding or "utf-8"
    try:
        decoder = codecs.getincrementaldecoder(name)()
    except LookupError:
        raise DefinitionError(
            f"'{name}' is not a known encoding.", hint="Examples: utf-8, utf-16, cp1252, latin-1."
        ) from None
    if codecs.lookup(name).name in ("utf-8", "ascii"):
        return joined  # type: ignore[return-value]
    return _Transcoded(joined, decoder, name, what)  # type: ignore[return-value]


class _Joined:
    """Two streams, one after the other."""

    def __init__(self, first: BinaryIO, second: BinaryIO) -> None:
        self._first = first
        self._second = second

    def read(self, size: int) -> bytes:
        return self._first.read(size) or self._second.read(size)


class _Transcoded:
    def __init__(self, raw: _Joined, decoder: codecs.IncrementalDecoder, name: str, what: str) -> None:
        self._raw = raw
        self._decoder = decoder
        self._name = name
        self._what = what
        self._started = False

    def read(self, size: int) -> bytes:
        while True:
            block = self._raw.read(size)
            try:
                text = self._decoder.decode(block, final=not block)
            except UnicodeError as error:
                raise SourceError(
                    f"This is not valid {self._name} text: {error}.", where=self._what
                ) from None
            if text and not self._started:
                self._started = True
                text = text.removeprefix("\ufeff")
            if text or not block:
                return text.encode("utf-8", "surrogatepass")


def value_at(text: bytes, keys: tuple[str, ...]) -> int:
    """Where the value begins that ``keys`` lead to from the document's root.

    Raises ``ShortError``, ``AbsentError`` for a key that is not there, ``ValueError`` for broken JSON.
    """
    at = _skip_space(text, 0)
    for key in keys:
        at = _member(text, at, key)
    return at


def end_of_value(text: bytes, start: int) -> int:
    """Where the value ends that begins at ``start``. Raises ``ShortError`` when it does not."""
    first = text[start : start + 1]
    if first in (b"{", b"["):
        depth = 0
        for token in _TOKEN.finditer(text, start):
            match token[0]:
                case b"{" | b"[":
                    depth += 1
                case b"}" | b"]":
                    depth -= 1
                    if depth == 0:
                        return token.end()
                case b'"':
                    break
        raise ShortError
    found = (_STRING if first == b'"' else _SCALAR).match(text, start)
    if found is None or (found.end() == len(text) and first != b'"'):
        raise ShortError
    return found.end()


def first_list_of_objects(text: bytes) -> tuple[str, ...] | None:
    """The keys that lead to the first list of objects in what is there of a document, if there is one."""
    opened: list[tuple[bytes, str]] = []
    key, before = "", b""
    for token in _TOKEN.finditer(text):
        here = token[0]
        if here == b"{" and before == b"[" and sum(1 for kind, _ in opened if kind == b"[") == 1:
            return tuple(name for _, name in opened[1:])
        if here in (b"{", b"["):
            opened.append((here, key))
        elif here in (b"}", b"]"):
            if opened:
                opened.pop()
        elif len(here) > 1:
            key = orjson.loads(here) if _is_sound(here) else ""
        before = here
    return None


def probable_boundary(text: bytes) -> int:
    """Where the last comma before an element that begins as the first one does is in ``text``; -1 for none.

    It may be inside an element; if what is before it is valid as a whole, then it is not.
    """
    start = _FIRST_KEY.match(text)
    at = text.rfind(b"," + start[0]) if start is not None else -1
    return at if at > 0 else -1


def last_boundary(text: bytes) -> int:
    """Where the last comma between elements is in ``text``, which begins with an element; -1 for none.

    Everything is counted by searches over the whole text; only the last, unfinished element is walked.
    """
    blank = text.replace(b"\\\\", b"__").replace(b'\\"', b"__")
    pieces = blank.split(b'"')
    outside = b"".join(pieces[::2])
    depth = outside.count(b"{") + outside.count(b"[") - outside.count(b"}") - outside.count(b"]")
    at = len(text)
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        at -= len(piece)
        if index % 2 == 0:
            for offset in range(len(piece) - 1, -1, -1):
                byte = piece[offset]
                if byte in b"}]":
                    depth += 1
                elif byte in b"{[":
                    depth -= 1
                elif byte == 0x2C and depth == 0:
                    return at + offset
        at -= 1
    return -1


def elements(text: bytes) -> Iterator[tuple[int, int]]:
    """The begin and end of each element in ``text``: ``element, element, …``, up to the closing bracket.

    The last pair may be an element that breaks off.
    """
    start, depth = 0, 0
    for token in _TOKEN.finditer(text):
        match token[0]:
            case b"{" | b"[":
                depth += 1
            case b"}" | b"]":
                depth -= 1
                if depth < 0:
                    yield start, token.start()
                    return
            case b"," if depth == 0:
                yield start, token.start()
                start = token.end()
            case b'"':
                break
    yield start, len(text)


def _member(text: bytes, at: int, key: str) -> int:
    if text[at : at + 1] != b"{":
        raise AbsentError(key, [])
    known: list[str] = []
    at = _skip_space(text, at + 1)
    while text[at : at + 1] != b"}":
        name = _STRING.match(text, at)
        if name is None:
            if text[at : at + 1] == b'"':
                raise ShortError
            raise ValueError
        at = _skip_space(text, name.end())
        if text[at : at + 1] != b":":
            raise ValueError
        at = _skip_space(text, at + 1)
        known.append(orjson.loads(name[0]) if _is_sound(name[0]) else "")
        if known[-1] == key:
            return at
        at = _skip_space(text, end_of_value(text, at))
        if text[at : at + 1] == b",":
            at = _skip_space(text, at + 1)
        elif text[at : at + 1] != b"}":
            raise ValueError
    raise AbsentError(key, known)


def _skip_space(text: bytes, at: int) -> int:
    found = _BEFORE_VALUE.match(text, at)
    end = found.end() if found is not None else at
    if end >= len(text):
        raise ShortError
    return end


def _is_sound(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
