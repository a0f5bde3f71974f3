"""What numbered pages know about their end, without the network."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from intakegateway.connectors.http_api.calls import Page
from intakegateway.connectors.http_api.paths import ABSENT, Find, finder
from intakegateway.model.errors import SourceError
from intakegateway.model.http import Numbered

_EMPTY_PAGES = 100
"""Pages without records that may follow each other while the API says that there are more."""


class Totals(Struct):
    """By what the answers say, and by how many records they have."""

    spec: Numbered
    pages: Find | None
    records: Find | None
    more: Find | None
    warn: Callable[[str], None]
    begins: int = 0
    """Records before the first page."""
    _longest: int = 0
    _read: int = 0
    _empty: int = 0

    @classmethod
    def of(cls, spec: Numbered, pages: str | None, warn: Callable[[str], None], begins: int = 0) -> Totals:
        """From the paths of a definition."""
        return cls(spec, _maybe(pages), _maybe(spec.total), _maybe(spec.has_more), warn, begins)

    def over(self, page: Page) -> bool:
        """Whether ``page`` is the last one: by what the answer says, else by its length.

        An empty page is not the last one where the answer says that another follows it. Raises
        ``SourceError`` where it says so again and again.
        """
        self._read += page.count
        longest, self._longest = self._longest, max(self._longest, page.count)
        ends: list[bool] = []
        if self.more is not None and (more := self.more(page.body)) not in (ABSENT, None):
            ends.append(not is_true(more))
        if self.pages is not None and (pages := _whole(self.pages(page.body))) is not None:
            ends.append(page.number >= pages)
        goes_on = bool(ends) and not any(ends)
        total = None if self.records is None else _whole(self.records(page.body))
        if total is not None:
            ends.append(self.begins + self._read >= total)
        if page.count == 0:
            return self._ended(total) if not goes_on else self._passed_over()
        self._empty = 0
        if ends:
            return any(ends) and self._ended(total)
        return self.spec.stop == "short" and 0 < page.count < longest

    def _ended(self, total: int | None) -> bool:
        if total is not None and total != self.begins + self._read:
            self.warn(
                f"The API says that there are {total:,} records in all ('total'), and {self._read:,} came:"
                " there may be pages that were not read, or it changed in the meantime."
            )
        return True

    def _passed_over(self) -> bool:
        self._empty += 1
        if self._empty >= _EMPTY_PAGES:
            raise SourceError(
                f"{_EMPTY_PAGES} pages without records followed each other, and the API says that there are more.",
                hint="Check 'pagination': the API may not know the parameter.",
            )
        return False


def _maybe(path: str | None) -> Find | None:
    return finder(path, ("source", "pagination")) if path else None


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(str(value))
    except ValueError:
        return None


def is_true(value: object) -> bool:
    """Whether an answer's flag says yes."""
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1", "yes", "y")
    return value is not ABSENT and bool(value)
