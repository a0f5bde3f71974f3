"""How pages follow each other, without the network: from a call and its page to the next call."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from msgspec import Struct, field

from intakegateway.connectors.http_api.calls import Call, Page
from intakegateway.connectors.http_api.detection import detect
from intakegateway.connectors.http_api.links import links
from intakegateway.connectors.http_api.paths import ABSENT, Find, finder
from intakegateway.connectors.http_api.totals import Totals, is_true
from intakegateway.model.errors import SourceError
from intakegateway.model.http import (
    AutoPagination,
    CursorPagination,
    LinkHeader,
    NextLink,
    NoPagination,
    Offset,
    PageNumber,
    Pagination,
)

Warn = Callable[[str], None]
_PATH = ("source", "pagination", "path")


class Paginator(Protocol):
    """Remembers where it is; one for each reading of a source.

    ``ends_with_404``: whether a 404 after the first page only says that the pages are over.
    Raises ``SourceError`` when an answer cannot say what comes next.
    """

    @property
    def ends_with_404(self) -> bool: ...  # noqa: D102

    def first(self, call: Call) -> Call:
        """The call for the first page."""
        ...

    def next(self, call: Call, page: Page) -> Call | None:
        """The call after ``page``, which answered ``call``; None at the end."""
        ...


def paginator(spec: Pagination, warn: Warn) -> Paginator:
    """The paginator that a definition describes. Raises ``DefinitionError`` for a bad path."""
    match spec:
        case NoPagination():
            return Single()
        case PageNumber():
            return Pages(spec, Totals.of(spec, spec.total_pages, warn), number=spec.start)
        case Offset():
            return Offsets(spec, Totals.of(spec, None, warn, spec.start), position=spec.start)
        case CursorPagination():
            return Cursors(spec, finder(spec.path, _PATH) if spec.path else None, _maybe(spec.has_more), warn)
        case NextLink():
            return NextLinks(spec.path, finder(spec.path, _PATH), warn)
        case LinkHeader():
            return LinkHeaders(spec.rel)
        case AutoPagination():
            return Detecting(spec, warn)


class Single(Struct):
    """One page."""

    ends_with_404: ClassVar[bool] = False

    def first(self, call: Call) -> Call:
        """The call itself."""
        return call

    def next(self, call: Call, page: Page) -> Call | None:
        """Nothing follows."""
        return None


class Pages(Struct):
    """``page=1``, ``page=2``, …"""

    ends_with_404: ClassVar[bool] = True

    spec: PageNumber
    totals: Totals
    number: int

    def first(self, call: Call) -> Call:
        """With the start's number, and the size."""
        if self.spec.size_param is not None:
            call = call.with_value(self.spec.send, self.spec.size_param, self.spec.size)
        return call.with_value(self.spec.send, self.spec.param, self.number)

    def next(self, call: Call, page: Page) -> Call | None:
        """With the next number."""
        if self.totals.over(page):
            return None
        self.number += 1
        return call.with_value(self.spec.send, self.spec.param, self.number)


class Offsets(Struct):
    """``offset=0``, then as many further as records came: an API may give fewer than ``limit`` asks."""

    ends_with_404: ClassVar[bool] = True
    spec: Offset
    totals: Totals
    position: int

    def first(self, call: Call) -> Call:
        """With the start's offset, and the limit."""
        if self.spec.limit_param is not None:
            call = call.with_value(self.spec.send, self.spec.limit_param, self.spec.limit)
        return call.with_value(self.spec.send, self.spec.param, self.position)

    def next(self, call: Call, page: Page) -> Call | None:
        """With the next offset."""
        if self.totals.over(page):
            return None
        # After an empty page that is not the last one, as far as was asked for.
        self.position += page.count or self.spec.limit
        return call.with_value(self.spec.send, self.spec.param, self.position)


class Cursors(Struct):
    """A value of each answer asks for the next one; null, empty or absent at the end."""

    ends_with_404: ClassVar[bool] = False

    spec: CursorPagination
    find: Find | None
    more: Find | None
    warn: Warn

    def first(self, call: Call) -> Call:
        """Without a cursor."""
        return call

    def next(self, call: Call, page: Page) -> Call | None:
        """With the cursor of ``page``."""
        if self.more is not None and not is_true(self.more(page.body)):
            return None
        if self.find is None:
            value: object = page.headers.get((self.spec.header or "").lower(), ABSENT)
        else:
            value = self.find(page.body)
        if value is ABSENT and page.number == 1 and page.count:
            place = f"at '{self.spec.path}'" if self.spec.path else f"in the header '{self.spec.header}'"
            self.warn(f"The first answer has no cursor {place}: taken as the only page.")
        if value is ABSENT or value is None or value == "" or value is False:
            return None
        if isinstance(value, (dict, list)):
            raise SourceError(
                f"The cursor at '{self.spec.path}' is not a single value.", hint="Point to a text or number."
            )
        return call.with_value(self.spec.send, self.spec.param, value)


class NextLinks(Struct):
    """The next page's address is in the body."""

    ends_with_404: ClassVar[bool] = False

    path: str
    find: Find
    warn: Warn

    def first(self, call: Call) -> Call:
        """The call itself."""
        return call

    def next(self, call: Call, page: Page) -> Call | None:
        """To the address, which may be relative."""
        link = self.find(page.body)
        if isinstance(link, dict):
            link = link.get("href", link.get("url", link))
        if link is ABSENT and page.number == 1 and page.count:
            self.warn(f"The first answer has no next link at '{self.path}': taken as the only page.")
        if link is ABSENT or link is None or link == "" or link is False:
            return None
        if not isinstance(link, str):
            raise SourceError(
                f"The next link at '{self.path}' is not a text.",
                hint="If it is a number or token, use type: cursor.",
            )
        return call.at(link)


class LinkHeaders(Struct):
    """The next page's address is in the ``Link`` header."""

    ends_with_404: ClassVar[bool] = False

    rel: str = "next"

    def first(self, call: Call) -> Call:
        """The call itself."""
        return call

    def next(self, call: Call, page: Page) -> Call | None:
        """To the address with the wanted relation."""
        link = links(page.headers.get("link", "")).get(self.rel.lower())
        return call.at(link) if link else None


class Detecting(Struct):
    """Decides by the first page, then does as that kind does."""

    spec: AutoPagination
    warn: Warn
    chosen: Paginator = field(default_factory=Single)

    @property
    def ends_with_404(self) -> bool:
        """As the kind that was found has it."""
        return self.chosen.ends_with_404

    def first(self, call: Call) -> Call:
        """The call itself."""
        return call

    def next(self, call: Call, page: Page) -> Call | None:
        """What the kind that was found says."""
        if page.number == 1:
            found, sentence = detect(page, call, "next" in links(page.headers.get("link", "")))
            if sentence:
                self.warn(sentence)
            self.chosen = paginator(found, self.warn)
            self.chosen.first(call)
        return self.chosen.next(call, page)


def _maybe(path: str | None) -> Find | None:
    return finder(path, ("source", "pagination")) if path else None
