"""Options as people give them (a command line, a function call) into the definition of a task."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

from pydantic import BaseModel, ValidationError, create_model

from intakegateway.model.definition import Definition
from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.model.mapping import Mapping as FieldMapping
from intakegateway.model.task import TaskSpec
from intakegateway.services.documents import bounded
from intakegateway.services.endpoints import OPTION_OF, default_table, source_definition
from intakegateway.services.explain import as_definition_error, problems, shown, words


class TaskOptions(TypedDict, total=False):
    """Everything about a task besides its source, destination and table. None counts as left out."""

    name: str | None
    mode: str | None
    keys: Sequence[str] | str | None
    mapping: Any
    """A YAML or JSON file, or a list of mappings."""
    rules: Any
    """A YAML or JSON file, or a list of rules."""
    query: str | None
    source_table: str | None
    records: str | None
    key_field: str | None
    format: str | None
    encoding: str | None
    delimiter: str | None
    quote: str | None
    skip_rows: int | None
    header: bool | None
    columns: Sequence[str] | None
    null_texts: Sequence[str] | None
    decimal_comma: bool | None
    sheet: str | int | None
    header_row: int | None
    range: str | None
    member: str | None
    widths: Sequence[int] | None
    explode: str | None
    arrays: str | None
    token: str | None
    request: Mapping[str, Any] | None
    auth: Mapping[str, Any] | None
    pagination: Any
    incremental: Mapping[str, Any] | None
    create: str | None
    drift: str | None
    nulls: str | None
    max_rejects: int | str | None
    on_limit: str | None
    skip_when: Mapping[str, Any] | None
    audit: Mapping[str, Any] | None
    primary_key: Sequence[str] | None
    indexes: Sequence[Any] | None
    keep_parquet: str | None


_LOAD_KEYS = frozenset({
    "mode", "keys", "create", "drift", "nulls", "max_rejects", "on_limit", "skip_when", "audit",
    "primary_key", "indexes", "keep_parquet",
})  # fmt: skip
_SHARED_KEYS = frozenset({"explode", "arrays"})
_TASK_KEYS = frozenset({"name", "mapping", "rules", "token", "source_table"})


def task_of(
    source: str | os.PathLike[str] | Mapping[str, Any], to: str | os.PathLike[str], table: str | None,
    options: TaskOptions,
) -> TaskSpec:  # fmt: skip
    """The task that loads ``source`` into ``table`` of ``to``. Raises ``DefinitionError``."""
    given: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    unknown = [key for key in given if key not in TaskOptions.__annotations__]
    if unknown:
        raise DefinitionError(
            f"the option '{unknown[0]}' is not known.", hint=nearest(unknown[0], TaskOptions.__annotations__)
        )
    destination = os.fspath(to)
    definition = _source(source, given)
    load = {key: value for key, value in given.items() if key in _LOAD_KEYS}
    load["to"] = destination
    load["table"] = table or default_table(definition, destination)
    value = {
        "name": given.get("name") or load["table"],
        "source": definition,
        "mapping": read_list(given.get("mapping"), "mapping"),
        "rules": read_list(given.get("rules"), "rules"),
        "load": load,
    }
    return validated(value)


def validated(value: Mapping[str, Any]) -> TaskSpec:
    """A task from plain values. Raises ``DefinitionError`` in words."""
    if "source" in value and not isinstance(value["source"], Mapping):
        raise DefinitionError(
            f"'source' must be keys with values, not {shown(value['source'])}.",
            hint="Give {'path': …} for a file, {'url': …} for an API, {'query': …, 'url': …} for a database.",
            path=("source",),
        )
    bounded(value)
    try:
        return TaskSpec.model_validate(value)
    except ValidationError as error:
        raise as_definition_error(error, TaskSpec, value) from None


def option_of(path: Sequence[str | int]) -> str | None:
    """The command line's option for a key of a task: ``("load", "mode")`` is ``--mode``."""
    if len(path) < 2 or path[0] not in ("source", "load") or not isinstance(path[1], str):
        return None
    key = path[1]
    if path[0] == "source" and key == "table":
        return "--source-table"
    if key in ("path", "url", "kind", "connection"):
        return None
    return OPTION_OF.get(key, "--" + key.replace("_", "-"))


def read_list(given: Any, what: str) -> list[Any]:
    """Mappings or rules: a list, or the name of a YAML or JSON file that holds one.

    Such a file holds the list itself, or has it under the key ``mapping`` or ``rules``. Raises
    ``DefinitionError`` that names file, line and key.
    """
    if given is None:
        return []
    if not isinstance(given, str | os.PathLike):
        return [_plain(one) for one in given]
    from intakegateway.services.yamlfiles import read_document

    document = read_document(Path(given).expanduser())
    value: Any = document.resolved()
    prefix: tuple[str | int, ...] = ()
    if isinstance(value, dict) and what in value:
        value, prefix = value[what], (what,)
    if not isinstance(value, list):
        raise document.error(f"this file holds no list of {what}.", prefix)
    lists = _lists()
    try:
        lists.model_validate({what: value})
    except ValidationError as error:
        raise document.refused(
            problems(error, lists, {what: value}), lambda path: (*prefix, *path[1:])
        ) from None
    except DefinitionError as error:
        raise document.error(error.message, (*prefix, *error.path[1:]), hint=error.hint) from None
    return value


@cache
def _lists() -> type[BaseModel]:
    """What a file of mappings or rules holds, as a model."""
    from intakegateway.model.rules import Rule

    return create_model(
        "Lists", __base__=Definition, mapping=(tuple[FieldMapping, ...], ()), rules=(tuple[Rule, ...], ())
    )


def write_list(items: Sequence[BaseModel], path: str | os.PathLike[str]) -> None:
    """Write mappings or rules to a file that ``read_list`` reads: JSON by ``.json``, else YAML."""
    plain = [_plain(item) for item in items]
    Path(path).write_text(as_json(plain) if Path(path).suffix == ".json" else as_yaml(plain), "utf-8")


def as_json(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def as_yaml(value: Any) -> str:
    """YAML for people."""
    import yaml

    text: str = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=110)
    return text


def _plain(item: Any) -> Any:
    if isinstance(item, BaseModel):
        return item.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return item


def _source(source: str | os.PathLike[str] | Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    keys = {
        key: value
        for key, value in given.items()
        if key not in _LOAD_KEYS and key not in _TASK_KEYS and key not in _SHARED_KEYS
    }
    if "token" in given:
        keys["auth"] = {"type": "bearer", "token": given["token"]}
    if "source_table" in given:
        keys["table"] = given["source_table"]
    shared = {key: given[key] for key in _SHARED_KEYS if key in given}
    if isinstance(source, Mapping):
        return {**source, **keys, **shared}
    return {**source_definition(source, keys), **shared}


def in_list_file(error: DefinitionError, files: Mapping[str, str | None]) -> DefinitionError:
    """An error about a mapping or rule with its place in the file it came from, or with its option's name."""
    if error.path and error.where in (None, words(error.path)):
        name = files.get(str(error.path[0]))
        if name is not None:
            from intakegateway.services.yamlfiles import read_document

            document = read_document(Path(name).expanduser())
            listed = isinstance(document.value, dict)
            return document.error(error.message, error.path if listed else error.path[1:], hint=error.hint)
        option = option_of(error.path)
        if option is not None or len(error.path) == 1:
            return DefinitionError(error.message, where=option, hint=error.hint, path=error.path)
    return error
