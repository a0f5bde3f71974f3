"""Bodies of any size: moved in pieces, with the disk's work done off the event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from fastapi import Request
from msgspec import Struct, field
from starlette.concurrency import run_in_threadpool

from intakegateway.model.errors import DefinitionError, TooLargeError
from intakegateway.services.incoming import PIECE, Incoming

T = TypeVar("T")

_MOST_FILES = 100
_MOST_HEADER_BYTES = 16_384


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces of about a MiB."""
    held: list[bytes] = []
    size = 0
    async for piece in request.stream():
        held.append(piece)
        size += len(piece)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


async def whole(request: Request, most: int) -> bytes:
    """A small body. Raises ``TooLargeError`` beyond ``most`` bytes."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > most:
            raise TooLargeError(f"the body has more than {most:,} bytes.")
    return bytes(found)


async def take(request: Request, incoming: Incoming, observe: Callable[[bytes], None] | None = None) -> None:
    """The whole body into ``incoming``; it is discarded when the body breaks off. ``observe`` sees it all."""
    try:
        async for piece in pieces(request):
            if observe is not None:
                observe(piece)
            await run_in_threadpool(incoming.write, piece)
    except BaseException:
        await run_in_threadpool(incoming.discard)
        raise


async def take_form(request: Request, open_file: Callable[[str], Incoming]) -> list[Incoming]:
    """The files of a multipart form, all or none. Other fields are passed over.

    Raises ``DefinitionError`` for a form that is none.
    """
    form = _Form(open_file)
    try:
        parser = form.parser(request.headers.get("content-type", ""))
        async for piece in pieces(request):
            await run_in_threadpool(form.feed, parser, piece)
        if not form.ended:
            raise DefinitionError("the form breaks off before its end.", hint="Send it again.")
        if not form.files:
            raise DefinitionError("the form has no file.", hint="Send each file as a part with a file name.")
    except BaseException:
        await run_in_threadpool(form.discard)
        raise
    return form.files


class _Form(Struct):
    """The parts of a form as they come."""

    open_file: Callable[[str], Incoming]
    files: list[Incoming] = field(default_factory=list)
    ended: bool = False
    _header: list[bytes] = field(default_factory=lambda: [b"", b""])
    _headers: dict[str, bytes] = field(default_factory=dict)
    _current: Incoming | None = None

    def parser(self, content_type: str) -> Any:
        from python_multipart.multipart import MultipartParser, parse_options_header

        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise DefinitionError("the form's 'Content-Type' names no boundary.")
        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._field,
                "on_header_value": self._value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )

    def feed(self, parser: Any, piece: bytes) -> None:
        from python_multipart.exceptions import FormParserError

        try:
            parser.write(piece)
        except FormParserError as error:
            raise DefinitionError(f"the form cannot be read: {error}.") from None

    def discard(self) -> None:
        for one in self.files:
            one.discard()

    def _begin(self) -> None:
        self._headers, self._current = {}, None

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]
        self._bound()

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]
        self._bound()

    def _bound(self) -> None:
        if len(self._header[0]) + len(self._header[1]) > _MOST_HEADER_BYTES:
            raise TooLargeError("a part of the form has too long a header.")

    def _header_end(self) -> None:
        self._headers[self._header[0].decode("latin-1").lower()] = self._header[1]
        self._header = [b"", b""]

    def _headers_finished(self) -> None:
        from python_multipart.multipart import parse_options_header

        options = parse_options_header(self._headers.get("content-disposition", b""))[1]
        name = options.get(b"filename")
        if name is None:
            return
        if len(self.files) >= _MOST_FILES:
            raise TooLargeError(f"one form brings at most {_MOST_FILES} files.")
        self._current = self.open_file(name.decode("utf-8", "replace"))
        self.files.append(self._current)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._current is not None:
            self._current.write(data[start:end])

    def _part_end(self) -> None:
        self._current = None

    def _end(self) -> None:
        self.ended = True
