"""Definitions laid over each other: the stronger one wins key by key, and each key knows where it stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from intakegateway.services.yamlfiles import KeyPath

Layer = tuple[Mapping[str, Any], KeyPath]
"""A part of a definition and its place in the file."""

_MERGED = frozenset({"source", "load", "request", "headers", "query"})


def origin_of(path: KeyPath, origins: Mapping[KeyPath, KeyPath], base: KeyPath) -> KeyPath:
    """Where a key of a merged task stands in the file."""
    rest: KeyPath = ()
    while path and path not in origins:
        path, rest = path[:-1], (path[-1], *rest)
    return (*origins.get(path, base), *rest)


def merged(layers: Sequence[Layer], at: KeyPath, origins: dict[KeyPath, KeyPath]) -> dict[str, Any]:
    """Later layers win, key by key; notes where each key came from."""
    origins[at] = layers[-1][1]
    grouped: dict[str, list[tuple[Any, KeyPath]]] = {}
    for value, path in layers:
        for key, item in value.items():
            grouped.setdefault(key, []).append((item, (*path, key)))
    result: dict[str, Any] = {}
    for key, items in grouped.items():
        item, path = items[-1]
        if key in _MERGED and isinstance(item, dict):
            inner = [(one, place) for one, place in items if isinstance(one, dict)]
            result[key] = merged(inner, (*at, key), origins)
        else:
            result[key] = item
            origins[(*at, key)] = path
    return result


def without_weaker_destinations(layers: list[Layer]) -> list[Layer]:
    """Only the strongest layer that names a destination keeps it: ``to`` replaces a default connection."""
    kept: list[Layer] = []
    named = False
    for value, path in reversed(layers):
        load = value.get("load")
        if isinstance(load, dict) and {"to", "connection"} & load.keys():
            if named:
                load = {key: item for key, item in load.items() if key not in ("to", "connection")}
                value = {**value, "load": load}
            named = True
        kept.append((value, path))
    return kept[::-1]
