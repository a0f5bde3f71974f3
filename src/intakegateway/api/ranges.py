"""Downloads, whole or a part (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse


def asked_range(request: Request, size: int, tag: str) -> tuple[int, int] | None:
    """First and last byte of the one range that is asked for; None: the whole, (-1, -1): none that exists.

    Several ranges, and a range of another version (``If-Range``), are answered with the whole.
    """
    text = request.headers.get("range", "")
    wanted = request.headers.get("if-range")
    match = re.fullmatch(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", text)
    if match is None or match[0] == "bytes=-" or (wanted is not None and wanted != tag):
        return None
    first, last = match[1], match[2]
    if not first and not last:
        return None
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < int(first):
            return None
    return (start, end) if start <= end and start < size else (-1, -1)


def download(pieces: Iterator[bytes], *, name: str, size: int, tag: str,
             part: tuple[int, int] | None) -> Response:  # fmt: skip
    """The answer. ``pieces`` begin at the first byte that is wanted."""
    start, end = part if part is not None else (0, size - 1)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Length": str(end - start + 1),
        "ETag": tag,
        "X-Content-Type-Options": "nosniff",
    }
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return StreamingResponse(
        _bounded(pieces, end - start + 1), 200 if part is None else 206, headers,
        media_type="application/octet-stream",
    )  # fmt: skip


def not_there(size: int) -> dict[str, str]:
    """The headers of a 416."""
    return {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}


def _bounded(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    left = count
    for piece in pieces:
        if left <= 0:
            break
        yield piece[:left]
        left -= len(piece)
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
