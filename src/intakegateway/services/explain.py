"""What a model's validation found, in sentences for the author of the definition."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import Struct
from pydantic import BaseModel, Tag, ValidationError

from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.lazily import Lazily

KeyPath = tuple[str | int, ...]

_WANTED = {
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "float_parsing": "a number", "decimal_parsing": "a number",
    "bool_type": "true or false", "bool_parsing": "true or false",
    "string_type": "text", "list_type": "a list", "tuple_type": "a list",
    "dict_type": "keys with values", "model_type": "keys with values", "mapping_type": "keys with values",
    "model_attributes_type": "keys with values", "url_parsing": "a URL", "none_required": "nothing",
}  # fmt: skip


MOST = 100
"""Findings that are told at once."""


class Problem(Struct, frozen=True):
    """One thing that is wrong: where (the keys that lead there), whether its key is to blame, what."""

    path: KeyPath
    of_key: bool
    message: str
    hint: str | None = None


def problems(error: ValidationError, model: type[BaseModel], value: Any) -> list[Problem]:
    """Every problem once, in the order of the definition; alternatives at one place become one sentence.

    The first ``MOST`` of them: whoever mends those has enough to do.
    """
    found: dict[tuple[KeyPath, bool], list[Problem]] = {}
    for item in error.errors(include_url=False)[:MOST]:
        one = _problem(item, model, value)
        found.setdefault((one.path, one.of_key), []).append(one)
    return [_joined(alternatives) for alternatives in found.values()]


def as_definition_error(error: ValidationError, model: type[BaseModel], value: Any) -> DefinitionError:
    """One error with all problems, for a definition that did not come from a file."""
    found = problems(error, model, value)
    text = "\n".join(f"{one.message} {one.hint or ''}".strip() for one in found[1:])
    return DefinitionError(
        f"{found[0].message} {found[0].hint or ''}".strip() + f"\n{text}" if text else found[0].message,
        where=words(found[0].path) or None,
        hint=None if text else found[0].hint,
        path=found[0].path,
    )


def words(path: KeyPath) -> str:
    """``load.keys`` or ``mapping[3].expression``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def shown(value: object) -> str:
    """A value short enough for a sentence."""
    if isinstance(value, Mapping):
        return "keys with values"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text[:60]}{'…' if len(text) > 60 else ''}'"


def _problem(item: Mapping[str, Any], model: type[BaseModel], value: Any) -> Problem:
    loc: tuple[str | int, ...] = item["loc"]
    kind: str = item["type"]
    context: Mapping[str, Any] = item.get("ctx") or {}
    path = _place(loc, value, missing=kind == "missing")
    # Of a list's item, its number says little: the list's name comes with it.
    last = 2 if len(path) > 1 and isinstance(path[-1], int) else 1
    name = words(path[-last:]) if path else "the definition"
    inside = f" in {words(path[:-1])}" if path[:-1] else ""
    given = item["input"]
    if kind == "extra_forbidden":
        hint = nearest(str(loc[-1]), _keys(model, loc[:-1]))
        return Problem(path, True, f"the key '{loc[-1]}' is not known{inside}.", hint or None)
    if kind == "missing":
        return Problem(path, False, f"the key '{loc[-1]}' is missing{inside}.")
    if kind == "value_error":
        said = str(context.get("error") or item["msg"])
        return Problem(path, False, said)
    if kind in ("literal_error", "enum"):
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        listed = ", ".join(allowed)
        close = nearest(str(given), allowed)
        hint = f"{close} Allowed: {listed}." if close.startswith("Did") else f"Allowed: {listed}."
        return Problem(path, False, f"{shown(given)} is not allowed for '{name}'.", hint)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        tags = re.findall(r"'([^']*)'", str(context.get("expected_tags", "")))
        return Problem(
            path, False, f"{shown(context.get('tag'))} is not a known kind of {name}.",
            nearest(str(context.get("tag")), tags) or None,
        )  # fmt: skip
    if kind in _WANTED:
        return Problem(path, False, f"'{name}' must be {_WANTED[kind]}, not {shown(given)}.")
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        bound = next(iter(context.values()), "")
        word = {"greater_than_equal": f"{bound} or more", "less_than_equal": f"{bound} or less",
                "greater_than": f"more than {bound}", "less_than": f"less than {bound}"}[kind]  # fmt: skip
        return Problem(path, False, f"'{name}' must be {word}, not {shown(given)}.")
    if kind in ("too_short", "string_too_short"):
        return Problem(path, False, f"'{name}' must not be empty.")
    said = item["msg"]
    return Problem(path, False, f"'{name}': {said[:1].lower()}{said[1:]}.")


def _joined(alternatives: Sequence[Problem]) -> Problem:
    """Branches of a union complain one by one; a person wants to hear once."""
    first = alternatives[0]
    messages = list(dict.fromkeys(one.message for one in alternatives))
    if len(messages) == 1:
        return first
    wanted = [re.fullmatch(r"('.*' must be )(.*)(, not .*\.)", text, re.DOTALL) for text in messages]
    if all(wanted):
        matches = [match for match in wanted if match]
        middle = " or ".join(dict.fromkeys(match[2] for match in matches))
        return Problem(first.path, first.of_key, f"{matches[0][1]}{middle}{matches[0][3]}")
    own = [one for one in alternatives if " must be " not in one.message] or alternatives
    return own[0]


def _place(loc: KeyPath, value: Any, *, missing: bool) -> KeyPath:
    """The keys in the definition: of a location, which also names branches of unions, the most that fit.

    A branch may have the name of a key, so that only the rest of the location tells which one is meant.
    """
    if not loc:
        return ()
    step, rest = loc[0], loc[1:]
    if missing and not rest:
        return (step,)
    skipped = _place(rest, value, missing=missing)
    inside_mapping = isinstance(value, Mapping) and step in value
    inside_list = isinstance(value, list | tuple) and isinstance(step, int) and step < len(value)
    if not (inside_mapping or inside_list):
        return skipped
    inside = (step, *_place(rest, value[step], missing=missing))
    return max(inside, skipped, key=lambda path: (path[-1:] == loc[-1:], len(path)))


def _keys(model: type[BaseModel], loc: KeyPath) -> list[str]:
    """The keys that are allowed at a location."""
    current: list[tuple[str, type[BaseModel]]] = [("", model)]
    for step in loc:
        if isinstance(step, int):
            continue
        inner = [found for _, one in current for found in _field_models(one, step)]
        if inner:
            current = inner
            continue
        current = [(tag, one) for tag, one in current if _is_branch(step, tag, one)] or current
    return list(dict.fromkeys(
        field.alias or name for _, one in current for name, field in one.model_fields.items()
    ))  # fmt: skip


def _is_branch(step: str, tag: str, model: type[BaseModel]) -> bool:
    """Whether a location means this model of a union: by its tag, its name, or the value of its own key."""
    kinds = (model.model_fields[key].annotation for key in ("type", "kind") if key in model.model_fields)
    return step in (tag, model.__name__) or any(step in get_args(kind) for kind in kinds)


def _field_models(model: type[BaseModel], key: str) -> list[tuple[str, type[BaseModel]]]:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return list(_models(field.annotation, ""))
    return []


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation mentions."""
    return [model for _, model in _models(annotation, "")]


def _models(annotation: Any, tag: str) -> Iterator[tuple[str, type[BaseModel]]]:
    if isinstance(annotation, type) and not get_args(annotation):
        if issubclass(annotation, BaseModel):
            yield tag, annotation
        return
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        tags = [extra.tag for extra in arguments[1:] if isinstance(extra, Tag)]
        yield from _models(arguments[0], tags[0] if tags else tag)
        for extra in arguments[1:]:
            if isinstance(extra, Lazily):
                yield from _models(extra.annotation(), tags[0] if tags else tag)
    elif get_origin(annotation) in (Union, types.UnionType, tuple, list, dict):
        for argument in arguments:
            yield from _models(argument, tag)
    elif get_origin(annotation) is Literal:
        return
