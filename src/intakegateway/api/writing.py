"""Answers as JSON: models are written as what is in them, where that is all there is to say.

The models' own serializer looks at the type of each value again. Most models that are shown have nothing but
plain fields: what it writes for them is their values as they are. Whatever is not that simple is its work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from typing import Any

import orjson
from pydantic import BaseModel

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS
_OWN_WAYS = ("serialization", "serialization_alias", "serialization_exclude", "serialization_exclude_if")
"""What a schema says of a model, or of a field, that is not written as it is."""


@cache
def writer(model: type[BaseModel]) -> Callable[[BaseModel], bytes]:
    """What writes answers that are declared as ``model``: the same bytes as its serializer."""
    # One that waits for being used first knows itself afterwards.
    model.model_rebuild()
    sizes: dict[type, int] = {}
    parts = _parts(model.__pydantic_core_schema__)
    plain = all(_is_plain(one, sizes) for one in parts) and _are_strangers(sizes)

    def in_full(made: BaseModel) -> bytes:
        return model.__pydantic_serializer__.to_json(made, by_alias=True)

    def fields(value: Any) -> dict[str, Any]:
        # Never the insides of anything else: a secret is an object too.
        size, found = sizes.get(type(value)), getattr(value, "__dict__", {})
        if size != len(found):
            raise TypeError(type(value).__name__)
        return found

    def quickly(made: BaseModel) -> bytes:
        try:
            return orjson.dumps(made, default=fields, option=_OPTIONS)
        except orjson.JSONEncodeError:
            return in_full(made)

    return quickly if plain else in_full


def _parts(schema: Any) -> Iterable[Mapping[str, Any]]:
    """All that a schema consists of."""
    if isinstance(schema, Mapping):
        yield schema
        for name, one in schema.items():
            # What they know beside is not about values.
            if name not in ("metadata", "config"):
                yield from _parts(one)
    elif isinstance(schema, list | tuple):
        for one in schema:
            yield from _parts(one)


def _is_plain(part: Mapping[str, Any], sizes: dict[type, int]) -> bool:
    if any(part.get(way) for way in _OWN_WAYS) or part.get("computed_fields"):
        return False
    if part.get("type") == "model":
        kind = part["cls"]
        sizes[kind] = len(kind.model_fields)
        lazy = any(isinstance(one, cached_property) for of in kind.__mro__ for one in vars(of).values())
        extra = kind.model_config.get("extra") == "allow"
        return not (part.get("root_model") or lazy or extra or _is_told(kind))
    return True


def _is_told(kind: type[BaseModel]) -> bool:
    """Whether its configuration changes how values are written."""
    return any(name.startswith("ser_json") for name in kind.model_config)


def _are_strangers(kinds: Iterable[type]) -> bool:
    """None of them stands for another one, of which only the other's fields would be written."""
    known = list(kinds)
    return not any(one is not other and issubclass(one, other) for one in known for other in known)
