"""The settings of a connection: their JSON schema, their check, and their secrets apart from the rest."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from intakegateway.connectors.catalog import Connector, Setting
from intakegateway.kit.masking import MASK
from intakegateway.model.errors import DefinitionError, nearest
from intakegateway.services.definitions import validated
from intakegateway.services.jsonschema import DIALECT
from intakegateway.services.sealing import is_secret

Secrets = dict[str, str | None]
"""By path (``auth.token``; a dot within a key is written ``\\.``); None: to be forgotten."""

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "object": (dict,),
}  # fmt: skip
_LONGEST = 100_000
_DEEPEST = 20


def json_schema(connector: Connector) -> dict[str, Any]:
    """The JSON schema of the settings, from which a form can be made.

    Each property has ``title``, ``description``, ``order`` (from 1), ``secret``, ``advanced`` and ``examples``;
    ``when`` names another setting and the values with which this one has a meaning.
    """
    schema: dict[str, Any] = {
        "$schema": DIALECT, "title": connector.title, "description": connector.description,
        "type": "object", "properties": {}, "required": [], "additionalProperties": False,
    }  # fmt: skip
    for order, setting in enumerate(connector.settings, 1):
        holder = schema
        *outer, name = setting.name.split(".")
        for step in outer:
            holder = holder["properties"].setdefault(
                step, {"type": "object", "properties": {}, "required": [], "order": order}
            )
        holder["properties"][name] = _property(setting, order)
        if setting.required:
            holder["required"].append(name)
    return schema


def _property(setting: Setting, order: int) -> dict[str, Any]:
    made: dict[str, Any] = {} if setting.type == "json" else {"type": setting.type}
    made |= {"title": setting.title, "description": setting.description, "order": order}
    made |= {"secret": setting.secret, "advanced": setting.advanced}
    if setting.type == "object":
        made["additionalProperties"] = {"type": ["string", "number", "boolean"]}
    if setting.secret:
        made |= {"writeOnly": True, "format": "password"}
    if setting.long:
        made["format"] = "textarea"
    if setting.choices:
        made["enum"] = list(setting.choices)
    if setting.default is not None:
        made["default"] = setting.default
    if setting.examples:
        made["examples"] = list(setting.examples)
    if setting.least is not None:
        made["minimum"] = setting.least
    if setting.most is not None:
        made["maximum"] = setting.most
    if setting.when is not None:
        made["when"] = {"setting": setting.when[0], "in": list(setting.when[1])}
    return made


def expanded(connector: Connector, config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, where a whole ``url`` was given for those that it stands for."""
    _check_storable(config, ("config",), 0)
    given = dict(config)
    if connector.from_url is not None and "url" in given:
        url = given.pop("url")
        if not isinstance(url, str) or not url.strip():
            raise DefinitionError("the address is not a text.", path=("config", "url"))
        given = {**connector.from_url(url.strip()), **given}
    return given


def _check_storable(value: Any, path: tuple[str, ...], depth: int) -> None:
    """Raises ``DefinitionError`` for what a database's JSON does not take."""
    wrong = depth > _DEEPEST
    if isinstance(value, str):
        wrong = "\x00" in value or not _is_unicode(value)
    elif isinstance(value, float):
        wrong = not math.isfinite(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        wrong = abs(value) >= 1 << 63
    if wrong:
        raise DefinitionError("this value cannot be kept.", path=path)
    pairs = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, item in pairs:
        _check_storable(str(key), path, 0)
        _check_storable(item, (*path, str(key)), depth + 1)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def split(connector: Connector, config: Mapping[str, Any]) -> tuple[dict[str, Any], Secrets]:
    """What people may see, and the secrets by path. The mask stands for a secret that stays as it is."""
    secret_names = {setting.name for setting in connector.settings if setting.secret}
    secrets: Secrets = {}
    public = _public(config, (), secret_names, secrets)
    return public, secrets


def joined(public: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """The settings with their secrets in place. A secret whose object is gone is left out."""
    made = _copy(public)
    for path, value in secrets.items():
        *outer, name = steps(path)
        holder: Any = made
        for step in outer:
            holder = holder.get(step) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            holder[name] = value
    return dict(made)


def belongs(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a kept secret still has a meaning: the object that holds it is there, and of the same type."""
    old: Any = before
    new: Any = after
    for step in steps(path)[:-1]:
        old, new = (one.get(step) if isinstance(one, Mapping) else None for one in (old, new))
        if not isinstance(new, Mapping):
            return False
        if isinstance(old, Mapping) and old.get("type") != new.get("type"):
            return False
    return True


def check(connector: Connector, config: Mapping[str, Any]) -> None:
    """Raises ``DefinitionError`` with the path of the setting, which starts with ``config``."""
    known = {setting.name: setting for setting in connector.settings}
    parents = {name.rpartition(".")[0] for name in known if "." in name}
    for name, value in _leaves(config, known, parents):
        _check_one(known[name], value)
    for setting in connector.settings:
        if setting.required and value_of(config, setting.name) in (None, ""):
            raise DefinitionError(
                f"'{setting.name}' is missing.", hint=setting.description or None, path=_place(setting.name)
            )
    connector.check(config)
    if connector.trial is not None:
        source = {"kind": connector.source_kind, **connector.source_keys(config), **connector.trial}
        try:
            validated({"name": "connection", "source": source, "load": {"table": "example"}})
        except DefinitionError as error:
            path = ("config", *error.path[1:]) if error.path[:1] == ("source",) else ("config",)
            raise DefinitionError(error.message, hint=error.hint, path=path) from None


def _leaves(
    config: Mapping[str, Any], known: Mapping[str, Setting], parents: set[str]
) -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        if name in known:
            yield name, value
        elif name in parents:
            if not isinstance(value, Mapping):
                raise DefinitionError(f"'{name}' must be an object.", path=_place(name))
            for inner, one in value.items():
                if f"{name}.{inner}" not in known:
                    allowed = [key.partition(".")[2] for key in known if key.startswith(f"{name}.")]
                    raise DefinitionError(
                        f"'{inner}' is not a setting of '{name}'.", hint=nearest(str(inner), allowed),
                        path=("config", name, str(inner)),
                    )  # fmt: skip
                yield f"{name}.{inner}", one
        else:
            tops = list(dict.fromkeys(key.partition(".")[0] for key in known))
            raise DefinitionError(
                f"'{name}' is not a setting of this kind of connection.", hint=nearest(str(name), tops),
                path=("config", str(name)),
            )  # fmt: skip


def _check_one(setting: Setting, value: Any) -> None:
    if value is None or setting.type == "json":
        return
    right = isinstance(value, _TYPES[setting.type])
    if isinstance(value, bool) and setting.type != "boolean":
        right = False
    if not right:
        words = {"string": "a text", "integer": "a whole number", "number": "a number",
                 "boolean": "true or false", "object": "an object"}[setting.type]  # fmt: skip
        raise DefinitionError(f"'{setting.name}' must be {words}.", path=_place(setting.name))
    if isinstance(value, str) and (len(value) > _LONGEST or "\x00" in value):
        raise DefinitionError(f"'{setting.name}' cannot be used: it is too long.", path=_place(setting.name))
    if setting.choices and value not in (*setting.choices, ""):
        raise DefinitionError(
            f"'{value}' is not allowed for '{setting.name}'.", hint=nearest(str(value), setting.choices),
            path=_place(setting.name),
        )  # fmt: skip
    least, most = setting.least, setting.most
    if (least is not None and value < least) or (most is not None and value > most):
        limits = " and ".join(
            f"{word} {n:g}" for word, n in (("at least", least), ("at most", most)) if n is not None
        )
        raise DefinitionError(f"'{setting.name}' must be {limits}.", path=_place(setting.name))
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(one, str | int | float | bool):
                raise DefinitionError(
                    f"'{setting.name}.{key}' must be a text.", path=(*_place(setting.name), str(key))
                )


def _public(value: Any, path: tuple[str, ...], names: set[str], secrets: Secrets) -> Any:
    if isinstance(value, Mapping):
        made = {}
        for key, item in value.items():
            there = (*path, str(key))
            declared = ".".join(there) in names and not is_reference(item)
            if declared or is_secret(str(key), item):
                if item is None or isinstance(item, str):
                    if item != MASK:
                        secrets[joint(there)] = item or None
                    continue
                raise DefinitionError(f"'{'.'.join(there)}' must be a text.", path=("config", *there))
            made[str(key)] = _public(item, there, names, secrets)
        return made
    if isinstance(value, list | tuple):
        if any(is_secret("", item) for item in value):
            raise DefinitionError("an address with a password cannot be in a list.", path=("config", *path))
        return [_public(item, (*path, str(n)), names, {}) for n, item in enumerate(value)]
    return value


def is_reference(value: Any) -> bool:
    """Whether a text is ``${NAME}`` and nothing else: it says where a secret is, and is none itself."""
    return isinstance(value, str) and re.fullmatch(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}", value) is not None


def joint(path: tuple[str, ...]) -> str:
    """A path as one text."""
    return ".".join(step.replace("\\", "\\\\").replace(".", "\\.") for step in path)


def steps(path: str) -> list[str]:
    """The steps of ``joint``."""
    return [re.sub(r"\\(.)", r"\1", step) for step in re.split(r"(?<!\\)\.", path)]


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return value


def value_of(config: Mapping[str, Any], name: str) -> Any:
    """The value of a setting; None: it is not given."""
    found: Any = config
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _place(name: str) -> tuple[str, ...]:
    return ("config", *name.split("."))
