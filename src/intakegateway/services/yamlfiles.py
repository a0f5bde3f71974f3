"""YAML (and JSON) text into plain values that remember their place in the file.

Scalars are read by the core rules of YAML 1.2, so that ``on``, ``yes`` and ``NO`` stay texts, ``007`` keeps
its zeros and ``2024-01-31`` or ``12:30`` are not turned into something else. Doubled keys are errors.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from msgspec import Struct, field

from intakegateway.model.errors import DefinitionError
from intakegateway.services.explain import Problem

KeyPath = tuple[str | int, ...]
Mark = tuple[int, int]
"""Line and column, both from 1."""

MOST_PROBLEMS = 10
"""So many faults of a file are told at once."""
MOST_NODES = 200_000
LARGEST_FILE = 16 << 20

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_REFERENCE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class Document(Struct, frozen=True):
    """A file's content as plain values, with the place of every key and value.

    ``${NAME}`` references are still in it; ``resolved`` puts the variables' values in.
    """

    name: str
    value: Any
    keys: dict[KeyPath, Mark]
    values: dict[KeyPath, Mark]
    secrets: dict[str, str] = field(default_factory=dict)
    """Values that came from the environment, and what to show in their place."""

    def where(self, path: KeyPath, *, key: bool = False) -> str:
        """``file.yaml:3:5`` of a value (or of its key); of what is around it when it is not there."""
        marks = self.keys if key else self.values
        while path and path not in marks:
            path = path[:-1]
        line, column = marks.get(path) or self.values[()]
        return f"{self.name}:{line}:{column}"

    def error(
        self, message: str, path: KeyPath, *, key: bool = False, hint: str | None = None
    ) -> DefinitionError:
        """An error that names the place, and shows no value that came from the environment."""
        return DefinitionError(
            self.redacted(message),
            where=self.where(path, key=key),
            hint=hint and self.redacted(hint),
            path=path,
        )

    def refused(self, found: Sequence[Problem], place: Callable[[KeyPath], KeyPath]) -> DefinitionError:
        """One error for all problems, the first one giving its place; ``place`` finds keys in this file."""
        errors = [self.error(one.message, place(one.path), key=one.of_key, hint=one.hint) for one in found]
        if len(errors) == 1:
            return errors[0]
        first = " ".join(part for part in (errors[0].message, errors[0].hint) if part)
        lines = [first, *map(str, errors[1:MOST_PROBLEMS])]
        if len(errors) > MOST_PROBLEMS:
            lines.append(f"and {len(errors) - MOST_PROBLEMS} more.")
        return DefinitionError("\n".join(lines), where=errors[0].where, path=errors[0].path)

    def names(self, value: Any = None) -> set[str]:
        """The names of all variables that ``value`` (left out: the document) refers to."""
        found = self.value if value is None else value
        if isinstance(found, str):
            return {match[2] for match in _REFERENCE.finditer(found) if match[2]}
        items = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
        return set().union(*(self.names(item) for item in items if item is not None))

    def redacted(self, text: str) -> str:
        """``text`` with each value from the environment replaced by its variable's name."""
        for value, name in self.secrets.items():
            if len(value) > 2:
                text = text.replace(value, name)
        return text

    def resolved(self, path: KeyPath = (), environ: Mapping[str, str] | None = None) -> Any:
        """The value at ``path`` with ``${NAME}`` and ``${NAME:-default}`` replaced.

        ``$${`` stands for a plain ``${``. Raises ``DefinitionError`` for a variable that is not set.
        """
        found = self.value
        for step in path:
            found = found[step]
        return self.fill(found, path, os.environ if environ is None else environ)

    def fill(self, value: Any, path: KeyPath, environ: Mapping[str, str]) -> Any:
        """``value``, which stands at ``path`` (or is made from what does), with its references replaced."""
        if isinstance(value, dict):
            return {key: self.fill(item, (*path, key), environ) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item, (*path, index), environ) for index, item in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value

        def replaced(match: re.Match[str]) -> str:
            if match[1]:
                return match[1]
            given = environ.get(match[2]) or match[3]
            if given is None:
                raise self.error(
                    f"the environment variable '{match[2]}' is not set.",
                    path,
                    hint=f"Set it, or give a value for when it is not: ${{{match[2]}:-value}}.",
                )
            if match[2] in environ:
                self.secrets[given] = f"${{{match[2]}}}"
            in_user_info = (
                re.search(r"://[^/@\s]*$", value[: match.start()])
                and "@" in value[match.end() :].partition("/")[0]
            )
            if in_user_info and not re.fullmatch(r"(?:[\w.~!*'-]|%[0-9A-Fa-f]{2})*", given):
                encoded = quote(given, safe="")
                self.secrets[encoded] = f"${{{match[2]}}}"
                return encoded
            return given

        return _REFERENCE.sub(replaced, value)


def read_document(path: Path) -> Document:
    """Read a YAML or JSON file. Raises ``DefinitionError`` with file, line and column."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise DefinitionError("this file is too large for a definition.", where=str(path))
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise DefinitionError(f"there is no file '{path}'.", hint="Check the path.") from None
    except IsADirectoryError:
        raise DefinitionError(f"'{path}' is a folder.", hint="Give a YAML or JSON file.") from None
    except UnicodeDecodeError as error:
        raise DefinitionError(
            f"this file is not UTF-8 text (byte {error.start}).", where=str(path), hint="Save it as UTF-8."
        ) from None
    except OSError as error:
        raise DefinitionError(f"'{path}' cannot be read: {error.strerror or error}.") from None
    return parse_document(text, str(path))


def parse_document(text: str, name: str = "text") -> Document:
    """Read YAML or JSON text. Raises ``DefinitionError`` with file, line and column."""
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        said = " ".join(part for part in (error.context, error.problem) if part)
        hint = "YAML is indented with spaces, never with tabs." if "\\t" in said else None
        raise DefinitionError(f"this is not valid YAML: {said}.", where=place, hint=hint) from None
    except yaml.YAMLError as error:
        raise DefinitionError(f"this is not valid YAML: {error}.", where=name) from None
    if not nodes or nodes[0] is None:
        raise DefinitionError("this file is empty.", where=name)
    if len(nodes) > 1:
        place = f"{name}:{nodes[1].start_mark.line + 1}"
        raise DefinitionError("this file has more than one YAML document ('---').", where=place)
    reader = _Reader(name)
    value = reader.read(nodes[0], ())
    return Document(name, value, reader.keys, reader.values)


class _Reader:
    """Walks the nodes once, noting where each stands."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.keys: dict[KeyPath, Mark] = {}
        self.values: dict[KeyPath, Mark] = {}
        self._open: set[int] = set()

    def read(self, node: yaml.Node, path: KeyPath) -> Any:
        if id(node) in self._open:
            raise self._error("this alias stands inside of what it refers to.", node)
        if len(self.values) >= MOST_NODES:
            raise self._error(f"the definition has more than {MOST_NODES} values.", node)
        self.values[path] = _mark(node)
        if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
            raise self._error(f"the tag '{node.tag}' is not allowed.", node)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.Node, path: KeyPath) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error("a key must be a text.", key_node)
            key = key_node.value
            if key == "<<" and key_node.style is None:
                for source in value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]:
                    inherited = self.read(source, path)
                    if not isinstance(inherited, dict):
                        raise self._error("'<<' takes the keys of a mapping.", value_node)
                    merged = {**inherited, **merged}
                continue
            if key in own:
                first = self.keys[(*path, key)][0]
                raise self._error(f"the key '{key}' is here twice; first in line {first}.", key_node)
            self.keys[(*path, key)] = _mark(key_node)
            own[key] = self.read(value_node, (*path, key))
        self.values[path] = _mark(node)
        return {**merged, **own}

    def _error(self, message: str, node: yaml.Node) -> DefinitionError:
        line, column = _mark(node)
        return DefinitionError(message, where=f"{self.name}:{line}:{column}")


def _mark(node: yaml.Node) -> Mark:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style is not None or node.tag == "tag:yaml.org,2002:str":
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and not _LEADING_ZERO.match(text):
        return float(text)
    return text
