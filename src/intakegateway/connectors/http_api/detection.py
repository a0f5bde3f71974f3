"""Which kind of pagination an API uses, guessed from its first answer."""

from __future__ import annotations

from typing import Any

from intakegateway.connectors.http_api.calls import NOTHING, Call, Page
from intakegateway.model.http import (
    CursorPagination,
    LinkHeader,
    NextLink,
    NoPagination,
    PageNumber,
    Pagination,
    Place,
)

_PARENTS = (
    (), ("links",), ("_links",), ("paging",), ("pagination",), ("meta",), ("page_info",), ("pageInfo",),
    ("page",), ("cursor",),
    ("meta", "pagination"), ("pagination", "links"), ("meta", "links"), ("meta", "pagination", "links"),
    ("response_metadata",), ("paging", "next"), ("metadata",), ("paging", "cursors"),
)  # fmt: skip
_LINKS = (
    "next", "nextLink", "@odata.nextLink", "next_link", "next_url", "nextUrl", "next_page_url", "nextPageUrl",
    "next_page", "nextPage",
)  # fmt: skip
_CURSORS = {
    "next_cursor": "cursor", "nextCursor": "cursor", "nextPageToken": "pageToken",
    "next_page_token": "page_token",
    "nextToken": "nextToken", "NextToken": "NextToken", "next_token": "next_token", "endCursor": "after",
    "continuation_token": "continuation_token",
    "continuationToken": "continuationToken",
    "after": "after", "next_page": "page", "nextPage": "page", "next_offset": "offset", "nextOffset": "offset",
    "next": "cursor",
}  # fmt: skip
"""Where a cursor stands, and the parameter that usually takes it."""
_TOTAL_PAGES = (
    "total_pages", "totalPages", "last_page", "lastPage", "page_count", "pageCount", "pages", "num_pages",
)  # fmt: skip
_PAGE = ("page", "current_page", "currentPage", "page_number", "pageNumber", "number")
_MORE = ("has_more", "hasMore", "has_next", "hasNext", "hasNextPage", "has_next_page", "more")
_TOTAL = ("total", "total_count", "totalCount", "count", "total_records", "totalRecords", "total_results")


def detect(page: Page, call: Call, has_link_header: bool) -> tuple[Pagination, str]:
    """The pagination of an API by its first page, and a sentence that says so (or nothing)."""
    if page.count == 1 and page.records[0] is page.body:
        return NoPagination(), ""
    if has_link_header:
        return LinkHeader(), "The pages are followed by the Link header (pagination: auto)."
    objects: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        (path, inside) for path in _PARENTS if (inside := _object_at(page.body, path)) is not None
    ]
    for path, inside in objects:
        for key in _LINKS:
            value = inside.get(key)
            if isinstance(value, dict):
                value = value.get("href", value.get("url"))
            if isinstance(value, str) and value.startswith(("http://", "https://", "/", "?")):
                place = _path(path, key)
                sentence = f"The pages are followed by the link at '{place}' (pagination: auto)."
                return NextLink(path=place), sentence
    for path, inside in objects:
        for key, param in _CURSORS.items():
            value = inside.get(key)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
                return _cursor(_path(path, key), _param(key, param, value), inside, path, call)
    for path, inside in objects:
        pages = next((key for key in _TOTAL_PAGES if _number(inside.get(key)) is not None), None)
        at = next((key for key in _PAGE if _number(inside.get(key)) is not None), None)
        if pages and at and (_number(inside[pages]) or 0) > 1:
            place = _path(path, pages)
            found = PageNumber(start=_number(inside[at]) or 0, total_pages=place)
            return found, f"The pages are followed by number, as many as '{place}' says (pagination: auto)."
    return NoPagination(), _doubt(objects, page.count)


def _cursor(
    place: str, param: str, inside: dict[str, Any], parent: tuple[str, ...], call: Call
) -> tuple[Pagination, str]:
    send: Place = (
        "body" if call.method != "GET" and (call.json is not NOTHING or call.form is not None) else "query"
    )
    more = next((_path(parent, key) for key in _MORE if isinstance(inside.get(key), bool)), None)
    sentence = f"The pages are followed by the cursor at '{place}', sent as '{param}' (pagination: auto)."
    return CursorPagination(path=place, param=param, send=send, has_more=more), sentence


def _param(key: str, usual: str, value: object) -> str:
    return "page" if key == "next" and isinstance(value, int) else usual


def _doubt(objects: list[tuple[tuple[str, ...], dict[str, Any]]], count: int) -> str:
    for path, inside in objects:
        for key in _MORE:
            if inside.get(key) is True:
                return (
                    f"There is more, as '{_path(path, key)}' says, but not how to get it: set 'pagination'."
                )
        for key in _TOTAL:
            total = _number(inside.get(key))
            if total is not None and total > count > 0:
                here = f"The answer has {count} records of {total} ('{_path(path, key)}')"
                return f"{here}: set 'pagination' to get the rest."
    return ""


def _object_at(body: Any, path: tuple[str, ...]) -> dict[str, Any] | None:
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body if isinstance(body, dict) else None


def _path(parent: tuple[str, ...], key: str) -> str:
    if key.startswith("@odata."):
        return key if not parent else f"$.{'.'.join(parent)}['{key}']"
    return ".".join(("$", *parent, key))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
