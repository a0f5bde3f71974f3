"""Notices an API that leads in circles, before anything is taken twice."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec import Struct, field

from intakegateway.connectors.http_api.calls import Call
from intakegateway.connectors.json_parsing import dumps_or_repr
from intakegateway.model.errors import SourceError

_WHOLE = 64
"""Pages of up to this many records are compared whole, longer ones by their ends and a sample."""


class LoopGuard(Struct):
    """Knows all calls and pages of one reading."""

    allow_repeats: bool = False
    _calls: dict[bytes, int] = field(default_factory=dict)
    _pages: dict[bytes, int] = field(default_factory=dict)

    def check_call(self, call: Call, page: int, where: str) -> None:
        """Raise ``SourceError`` when page number ``page`` would be asked for as an earlier one was."""
        asked = f"{call.method} {call.target} {call.headers}".encode() + b"\n" + (call.body or b"")
        earlier = self._calls.setdefault(hashlib.blake2b(asked, digest_size=16).digest(), page)
        if earlier != page:
            raise SourceError(
                f"The API repeated page {earlier}: page {page - 1} names its address or cursor as the next.",
                where=where,
                hint="Nothing was taken twice. Check 'pagination': the API may ignore what is sent.",
            )

    def check_page(self, records: list[Any], page: int, where: str) -> None:
        """Raise ``SourceError`` when ``page`` has the very records of an earlier page."""
        if not self.allow_repeats and records:
            self.check_digest(_fingerprint(records), len(records), page, where)

    def check_digest(self, digest: bytes, count: int, page: int, where: str) -> None:
        """As ``check_page``, for ``count`` records of which only a digest is known."""
        if self.allow_repeats or not count:
            return
        earlier = self._pages.setdefault(digest, page)
        if earlier != page:
            raise SourceError(
                f"The API repeated page {earlier}: page {page} has the same {count} records.",
                where=where,
                hint="Nothing was taken twice. Check 'pagination': the API may not know the parameter, or "
                "repeat its last page (then set 'stop: short' or 'total_pages'). If pages may be alike, set "
                "'allow_repeats: true'.",
            )


def _fingerprint(records: list[Any]) -> bytes:
    count = len(records)
    if count <= _WHOLE:
        looked_at = records
    else:
        ends = _WHOLE // 4
        looked_at = [
            *records[:ends],
            *records[ends : -ends : max(count // (_WHOLE // 2), 1)],
            *records[-ends:],
        ]
    text = f"{count}\n{dumps_or_repr(looked_at)}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()
