"""Values of a project file before they go to the services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from intakegateway.model.errors import DefinitionError
from intakegateway.model.project import Defaults
from intakegateway.services.endpoints import KIND_OF_SCHEME
from intakegateway.services.explain import as_definition_error
from intakegateway.services.layers import Layer, merged

IN_ORDER = "in_order"
"""The key of a project's settings that holds them as text: PostgreSQL's JSON forgets the order of keys."""


def kept_settings(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """``defaults``, ``table_naming`` and ``tables`` of a project, in their order: later globs win."""
    text = settings.get(IN_ORDER)
    found: Mapping[str, Any] = json.loads(text) if text else settings
    return found


def kind_of(config: Mapping[str, Any]) -> str:
    """The kind of a connection that does not say it, from its address. Raises ``DefinitionError``."""
    url = config.get("url")
    scheme = url.partition("://")[0].lower() if isinstance(url, str) and "://" in url else ""
    if not scheme:
        raise DefinitionError("this connection has no 'kind'.", path=("kind",))
    return "http" if KIND_OF_SCHEME.get(scheme.partition("+")[0]) == "http" else scheme


def below(task: dict[str, Any], defaults: Defaults) -> dict[str, Any]:
    """The task over the project's defaults, as ``run`` reads it."""
    base: dict[str, Any] = {"load": dict(defaults.load)} if defaults.load else {}
    source = task.get("source")
    if defaults.source and isinstance(source, Mapping) and {"path", "file"} & source.keys():
        base["source"] = dict(defaults.source)
    if (
        isinstance(task.get("load"), Mapping)
        and {"to", "connection"} & task["load"].keys()
        and "load" in base
    ):
        base["load"] = {key: item for key, item in base["load"].items() if key not in ("to", "connection")}
    layers: list[Layer] = [(base, ()), (task, ())]
    made = merged(layers, (), {})
    for key in ("mapping", "rules"):
        if key not in made and getattr(defaults, key):
            made[key] = list(getattr(defaults, key))
    return made


def valid(model: Any, value: Mapping[str, Any]) -> Any:
    """A value as this model. Raises ``DefinitionError`` in words."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise as_definition_error(error, model, value) from None
