"""JSON text into Python values without losing a digit, and back.

``orjson`` reads integers beyond 64 bits and decimals of more than 17 digits as the nearest double.
Text that has such a number is found by a look at its bytes and read once more by the standard library,
which keeps those numbers as ``Decimal``.
"""

from __future__ import annotations

import codecs
import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import orjson

from intakegateway.model.errors import SourceError

_SHAPES = bytes(0x30 if c in b"0123456789." else 0x65 if c in b"eE" else 0x20 for c in range(256))
_NUMBERS_AND_QUOTES = bytes(c if c in b'0123456789.-+"' else 0x20 for c in range(256))
_LONG_RUN = b"0" * 16
_LONG_RUN_WITH_EXPONENT = b"0" * 15 + b"e"
_INT64_DIGITS = 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_JSON = re.compile(rb"-?(?:NaN|Infinity|nan|inf|undefined|None|True|False)\b")


def parse_json(data: bytes, what: str) -> Any:
    """The value of one JSON document in UTF-8, UTF-16 or UTF-32.

    ``what`` names the document in errors (a path, a URL without secrets). Integers beyond 64 bits and
    decimals that a double does not hold come as ``Decimal``. Raises ``SourceError`` with line and column.
    """
    text = as_utf8(data, what)
    try:
        return loads(text)
    except orjson.JSONDecodeError as error:
        raise SourceError(
            f"This is not valid JSON at line {error.lineno}, column {error.colno}: {explain(error, text)}.",
            where=what,
        ) from None


def loads(data: bytes) -> Any:
    """As ``parse_json`` for UTF-8 without a byte order mark; raises ``orjson.JSONDecodeError``."""
    try:
        with uncollected():
            value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if "infinity" not in str(error):
            raise
        return _exact(data)
    if holds_inexact_numbers(data):
        return _exact(data)
    return value


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection inside: it walks a growing tree of records over and over (half of the time
    that reading them takes), and such a tree has no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def holds_inexact_numbers(data: bytes) -> bool:
    """Whether JSON text may have a number that ``orjson`` would change; sometimes true for text."""
    shapes = data.translate(_SHAPES)
    if _LONG_RUN not in shapes:
        return _LONG_RUN_WITH_EXPONENT in shapes
    if _LONG_RUN_WITH_EXPONENT in shapes:
        return True
    tokens = data.translate(_NUMBERS_AND_QUOTES).split()
    long = [token for token in tokens if len(token) >= len(_LONG_RUN) and token[0] != 0x22]
    integers = [token for token in long if b"." not in token]
    if any(len(token) > _INT64_DIGITS for token in integers):
        return True
    decimals = [token for token in long if b"." in token]
    try:
        # One comparison settles the usual case: doubles written by a program, shortest form.
        if orjson.dumps(list(map(float, decimals))) == b"[%b]" % b",".join(decimals):
            return False
        return any(isinstance(decimal_unless_exact(token.decode()), Decimal) for token in decimals)
    except (ValueError, ArithmeticError):
        return True  # a version or a date inside a text


def dumps(value: Any) -> str:
    """``value`` as compact JSON text, exact numbers as they were written.

    Raises ``UnicodeEncodeError`` for text with half a surrogate pair.
    """
    try:
        return orjson.dumps(value, default=json_number).decode()
    except orjson.JSONEncodeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        text.encode()
        return text


def is_text(value: Any) -> bool:
    """Whether ``value`` can be JSON text: no text in it has half a surrogate pair."""
    try:
        dumps(value)
    except UnicodeEncodeError:
        return False
    return True


def dumps_or_repr(value: Any) -> str:
    """``value`` as JSON text, or as Python writes it where it holds half a surrogate pair."""
    try:
        return dumps(value)
    except UnicodeEncodeError:
        return repr(value)


def number_text(value: float | Decimal) -> str:
    """A number in plain digits where that is of reasonable length, else with an exponent."""
    text = repr(value) if isinstance(value, float) else str(value)
    if "e" not in text and "E" not in text:
        return text
    exact = Decimal(text)
    return format(exact, "f") if -40 <= exact.adjusted() <= 40 else text


def as_utf8(data: bytes, what: str) -> bytes:
    """JSON bytes in UTF-8 without a byte order mark, whichever Unicode encoding they came in."""
    encoding = unicode_encoding(data)
    if encoding == "utf-8":
        return data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeError as error:
        raise SourceError(f"This is not valid {encoding.upper()} text: {error}.", where=what) from None


def unicode_encoding(data: bytes) -> str:
    """The Unicode encoding of JSON text, from its mark or from where its first zero bytes are (RFC 4627)."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    zeros = tuple(byte == 0 for byte in data[:4])
    if len(zeros) == 4:
        if zeros[:3] == (True, True, True):
            return "utf-32-be"
        if zeros[1:] == (True, True, True):
            return "utf-32-le"
    if len(zeros) >= 2 and zeros[0] != zeros[1]:
        return "utf-16-be" if zeros[0] else "utf-16-le"
    return "utf-8"


def is_json_lines(head: bytes) -> bool:
    """Whether a text that begins with ``head`` is one value a line: its first line is one, another follows."""
    line, _, rest = head.lstrip().partition(b"\n")
    if line[:1] not in (b"{", b"[") or rest.lstrip()[:1] not in (b"{", b"["):
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def is_about_text(error: orjson.JSONDecodeError) -> bool:
    """Whether only the characters of a text are wrong, so that where it ends is certain."""
    return "surrogate" in error.msg


def explain(error: orjson.JSONDecodeError, text: bytes) -> str:
    """What is wrong, for a person who does not know the parser."""
    reason = str(error.msg)
    if not text.strip():
        return "it is empty"
    # The parser counts characters; a token it stumbles over is looked for around there.
    around = text.decode("utf-8", "replace")[max(error.pos - 1, 0) : error.pos + 12].encode()
    token = _NOT_JSON.search(around)
    if token is not None and "surrogate" not in reason:
        return f"{token[0].decode()} is not a JSON value (null is)"
    if "no low surrogate" in reason or "surrogate" in reason:
        if "UTF-8" in reason:
            return "it is not valid UTF-8 text"
        return "half of a surrogate pair (\\ud800 to \\udfff), which no text can hold"
    if "unexpected end of data" in reason:
        return "it breaks off"
    return reason


def _exact(data: bytes) -> Any:
    # orjson has accepted the syntax, or found a number that is too big for a double.
    try:
        return json.loads(data, parse_float=decimal_unless_exact, parse_int=int_within_64_bits)
    except json.JSONDecodeError as error:
        raise orjson.JSONDecodeError(error.msg, error.doc, error.pos) from None
    except RecursionError:
        raise orjson.JSONDecodeError("nested too deeply", data.decode("utf-8", "replace"), 0) from None


def decimal_unless_exact(text: str) -> float | Decimal:
    """A decimal as a double that has all its digits, or else as it is."""
    number, exact = float(text), Decimal(text)
    return number if Decimal(repr(number)) == exact else exact


def int_within_64_bits(text: str) -> int | Decimal:
    """A whole number, beyond 64 bits as ``Decimal``."""
    if len(text) <= _INT64_DIGITS:
        return int(text)
    exact = Decimal(text)
    return int(text) if -(1 << 63) <= exact < 1 << 63 else exact


def json_number(value: object) -> orjson.Fragment:
    """What ``orjson`` is to write for a number that it does not know."""
    if isinstance(value, Decimal):
        return orjson.Fragment(number_text(value).encode())
    raise TypeError(f"{type(value).__name__} is not a JSON value")
