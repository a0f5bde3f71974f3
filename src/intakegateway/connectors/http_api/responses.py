"""What an answer means: records to read, a page to sign in, a body that broke off, a refusal."""

from __future__ import annotations

import re
from typing import Any

import orjson
from msgspec import Struct, field

from intakegateway.connectors.http_api.bodies import Spool, unpacked
from intakegateway.connectors.http_api.calls import Answer
from intakegateway.connectors.http_api.large import Large, read_large
from intakegateway.connectors.http_api.survey import BreaksOff
from intakegateway.connectors.json_parsing import as_utf8, explain, loads
from intakegateway.connectors.json_repeats import Lost
from intakegateway.kit.masking import Scrubber
from intakegateway.model.errors import SourceError

_SHOWN = 200
_GZIP = b"\x1f\x8b"

HINTS = {
    400: "The API did not understand the request: check 'query' and 'body'.",
    401: "The credentials were not accepted: check 'auth'.",
    402: "The API wants to be paid.",
    403: "These credentials may not read this: check the account's rights, or 'auth'.",
    404: "Nothing is at this address: check 'url' and 'path'.",
    405: "Check 'method'.",
    406: "Check the header 'Accept'.",
    407: "The proxy wants a user and a password: put them in 'proxy'.",
    410: "This address was given up: look for the API's new version.",
    411: "Check 'method' and 'body'.",
    413: "The request is too large.",
    414: "The address is too long.",
    415: "Check the body's kind and 'content_type'.",
    422: "The API did not accept a value: check 'query' and 'body'.",
}


class BrokenOff(Exception):
    """The body ends in the middle; asking again may help. ``error`` is what to say when it does not."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(str(error))
        self.error = error


class Document(Struct, frozen=True):
    """One answer, read: a JSON value, or the records of JSON lines with the numbers of their lines.

    ``broken`` are lines that are not JSON. ``size`` is in bytes. ``text`` is the
    JSON that ``json_parsing.loads`` made ``value`` of, None where it was not a single one. Of an answer that
    is too large for memory, ``large`` has the records, and ``value`` lacks them.
    """

    value: Any
    size: int
    headers: Any
    nul: bool = True
    lines: list[int] | None = None
    broken: list[Lost] = field(default_factory=list)
    text: bytes | None = None
    large: Large | None = None


def read_document(answer: Answer, max_bytes: int, where: str, scrub: Scrubber) -> Document:
    """The JSON or JSON lines of an answer.

    Raises ``SourceError`` for what is neither, ``BrokenOff`` for a body that ends too early.
    """
    content: bytes | Spool | None = answer.spool or answer.content
    if answer.content.startswith(_GZIP):
        content = unpacked(answer.spool or answer.content, max_bytes, where)
        if content is None:
            raise BrokenOff(SourceError("The compressed answer breaks off.", where=where))
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if isinstance(content, Spool):
        return _large(content, kind, answer, where, scrub)
    assert content is not None
    text = _decoded(content, answer.headers.get("content-type", ""), where)
    is_lines = "ndjson" in kind or "jsonl" in kind or "json-seq" in kind or "jsonlines" in kind
    if not text.strip():
        if answer.status == 204 or is_lines:
            return Document([], len(content), answer.headers)
        raise BrokenOff(
            SourceError("The answer is empty.", where=where, hint="An API answers 'no records' with a list.")
        )
    nul = b"\\u0000" in text
    if is_lines:
        return _lines(text, answer, where, nul)
    try:
        return Document(loads(text), len(content), answer.headers, nul, text=text)
    except orjson.JSONDecodeError as error:
        return _otherwise(error, text, kind, answer, where, nul, scrub)


def _large(spool: Spool, kind: str, answer: Answer, where: str, scrub: Scrubber) -> Document:
    start = spool.head.lstrip()
    if start.startswith(b"<"):
        raise _markup(start[:512], spool.head, where)
    try:
        large = read_large(spool, answer.headers.get("content-type", ""), where)
    except BreaksOff as broken:
        raise BrokenOff(broken.error) from None
    except SourceError as error:
        raise _not_json(error.message, kind, spool.head, where, scrub, error.hint) from None
    return Document(large.value, spool.size, answer.headers, large=large)


def refusal(answer: Answer, where: str, scrub: Scrubber, *, signed: bool) -> SourceError:
    """The error for a status that trying again does not help."""
    hint = HINTS.get(answer.status, "")
    if answer.status == 401 and not signed:
        hint = "The API wants credentials: set 'auth'."
    said = excerpt(answer.content, scrub)
    return SourceError(
        f"The API answered {answer.status} {_reason(answer.status)}".rstrip()
        + (f": {said}" if said else "."),
        where=where,
        hint=hint,
    )


def excerpt(content: bytes, scrub: Scrubber) -> str:
    """The first 200 characters of a body, in one line and without secrets."""
    text = scrub(re.sub(r"\s+", " ", content[: _SHOWN * 16].decode("utf-8", "replace")).strip())
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _otherwise(
    error: orjson.JSONDecodeError,
    text: bytes,
    kind: str,
    answer: Answer,
    where: str,
    nul: bool,
    scrub: Scrubber,
) -> Document:
    """What a body is that is not one JSON value."""
    start = text.lstrip()[:512]
    if start.startswith(b"<"):
        raise _markup(start, text, where)
    if "after document" in error.msg and start[:1] in (b"{", b"["):
        found = _lines(text, answer, where, nul)
        if len(found.broken) <= len(found.value):
            return found
    said = (
        f"The answer is not valid JSON at line {error.lineno}, column {error.colno}: {explain(error, text)}."
    )
    wrong = _not_json(said, kind, text, where, scrub)
    if "unexpected end" in error.msg or (error.pos >= len(text) - 1 and start[:1] in (b"{", b"[")):
        raise BrokenOff(wrong) from None
    raise wrong from None


def _not_json(
    said: str, kind: str, text: bytes, where: str, scrub: Scrubber, hint: str | None = None
) -> SourceError:
    return SourceError(
        said + (f" It begins with: {excerpt(text, scrub)}" if "json" not in kind else ""),
        where=where,
        hint=hint or ("" if "json" in kind or not kind else f"The server calls it '{kind}'.{_as_file(kind)}"),
    )


_READ_AS_FILE = "let it be read as a file: give the address as 'path', and its 'format'."


def _as_file(kind: str) -> str:
    is_file = re.search("csv|tab-sep|excel|spreadsheet|parquet|zip|octet-stream|arrow", kind)
    return f" Download it and load the file, or {_READ_AS_FILE}" if is_file else ""


def _markup(start: bytes, text: bytes, where: str) -> SourceError:
    if b"<html" not in start.lower() and b"<!doctype html" not in start.lower():
        return SourceError(
            "The answer is XML, not JSON.",
            where=where,
            hint=f"Ask for JSON, if the API has it, or {_READ_AS_FILE}",
        )
    title = re.search(rb"<title[^>]*>\s*(.*?)\s*</title>", text[:65536], re.IGNORECASE | re.DOTALL)
    named = f" with the title '{title[1].decode('utf-8', 'replace')[:80]}'" if title else ""
    return SourceError(
        f"The answer is a web page (HTML){named}, not JSON.",
        where=where,
        hint="It may be a page to sign in or a proxy's message: check 'url' and 'auth'.",
    )


def _lines(text: bytes, answer: Answer, where: str, nul: bool) -> Document:
    lines = text.replace(b"\x1e", b"").split(b"\n")
    there = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    numbers = [number for number, _ in there]
    try:
        array = b"[" + b",".join(line for _, line in there) + b"]"
        together = loads(array)
        if len(together) == len(numbers):
            return Document(together, len(text), answer.headers, nul, numbers, text=array)
    except orjson.JSONDecodeError:
        pass
    good, places = [], []
    broken: list[Lost] = []
    for number, line in there:
        try:
            good.append(loads(line))
            places.append(number)
        except orjson.JSONDecodeError as error:
            sentence = f"The line is not valid JSON at column {error.colno}: {explain(error, line)}."
            if number == len(lines) and "unexpected end" in error.msg:
                raise BrokenOff(SourceError(f"Line {number} breaks off.", where=where)) from None
            broken.append((number, line.decode("utf-8", "replace"), "INVALID_JSON", sentence))
    return Document(good, len(text), answer.headers, nul, places, broken)


def _decoded(content: bytes, content_type: str, where: str) -> bytes:
    charset = re.search(r"charset\s*=\s*\"?([\w.:-]+)", content_type, re.IGNORECASE)
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        try:
            return content.decode(charset[1]).removeprefix("\ufeff").encode()
        except (LookupError, UnicodeError):
            pass  # the name is wrong often enough: JSON shows its own encoding
    return as_utf8(content, where)


def _reason(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
