"""Query parameters that no route knows are refused: a filter that is misspelt would find everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from fastapi._compat import field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from starlette.types import ASGIApp, Receive, Scope, Send

from intakegateway.api.errors import Detail, problem

C = TypeVar("C", bound=Callable[..., Any])

_MARK = "takes_any_query"
_ALWAYS = "project"
"""Says which project a request is about; where none is asked for, it does no harm."""
_MOST = 20
"""Faults that one answer names."""


def takes_any_query(endpoint: C) -> C:
    """Marks an endpoint whose addresses are used by programs that add parameters of their own."""
    setattr(endpoint, _MARK, True)
    return endpoint


def only_known(app: ASGIApp, endpoint: Callable[..., Any], dependant: Dependant) -> ASGIApp:
    """``app``, the application of a route, for requests whose query has nothing but what the route takes."""
    if getattr(endpoint, _MARK, False):
        return app
    fields = list(_fields(dependant))
    names = {field.alias for field in fields} | {_ALWAYS}
    several = {field.alias for field in fields if field_annotation_is_sequence(field.field_info.annotation)}
    plain = frozenset(name.encode() for name in names)

    async def known_only(scope: Scope, receive: Receive, send: Send) -> None:
        query: bytes = scope["query_string"]
        if query:
            given = [piece.partition(b"=")[0] for piece in query.split(b"&")]
            # What almost every request is: plain names, each once.
            if len(set(given)) < len(given) or not plain.issuperset(given):
                wrong = _faults(query, names, several)
                if wrong:
                    await _refusal(wrong, names)(scope, receive, send)
                    return
        await app(scope, receive, send)

    return known_only


def _fields(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for one in dependant.dependencies:
        yield from _fields(one)


def _faults(query: bytes, names: set[str], several: set[str]) -> list[Detail]:
    """What is wrong with a query, in words."""
    counts = Counter(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    found = []
    for name, count in counts.items():
        if name not in names:
            near = get_close_matches(name.casefold(), names, 1)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            found.append(Detail(path=name[:100], message=f"there is no such parameter here.{meant}"))
        elif count > 1 and name not in several:
            found.append(Detail(path=name, message=f"it is given {count} times, and has one value."))
    return found[:_MOST]


def _refusal(wrong: list[Detail], names: set[str]) -> ASGIApp:
    first = wrong[0]
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    allowed = ", ".join(sorted(names))
    return problem(
        422, "invalid", f"the query parameter '{first.path}': {first.message}{more}",
        hint=f"Parameters of this address: {allowed}.", errors=wrong,
    )  # fmt: skip
