"""Definitions as they are typed: from a file, from standard input, and key by key with ``--set``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from intakegateway.services.yamlfiles import Document

File = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="YAML or JSON, or '-' for standard input.")
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE",
        help="A key and its value as YAML, below others with dots (load.table=orders); null takes it out;"
        " may be repeated.",
    ),
]  # fmt: skip


def typed(
    file: Path | None,
    sets: list[str] | None,
    start: dict[str, Any] | None = None,
    *,
    keeps_null: bool = False,
) -> dict[str, Any]:
    """The object in ``file`` (left out: ``start``), with what ``--set`` puts into it.

    A key that is set to null is taken out, unless ``keeps_null``.

    ``${NAME}`` stands for the environment's variable NAME. Raises ``DefinitionError`` that names the place.
    """
    from intakegateway.model.errors import DefinitionError

    found = dict(start or {})
    if file is not None:
        held = content(file)
        if not isinstance(held, dict):
            raise DefinitionError("this file must hold keys with values.", where=str(file))
        found = held
    for one in sets or ():
        path, value = _pair(one)
        _put(found, path, value, keeps_null=keeps_null)
    return found


def content(file: Path) -> Any:
    """The value in a file, with the variables of the environment. Raises ``DefinitionError``."""
    from intakegateway.services.yamlfiles import parse_document, read_document

    if str(file) != "-":
        return _resolved(read_document(file))
    return _resolved(parse_document(sys.stdin.buffer.read().decode("utf-8-sig", "replace"), "standard input"))


def text_of(file: Path) -> str:
    """The text of a file as it is. Raises ``DefinitionError``."""
    from intakegateway.cli.savefile import pieces

    raw = sys.stdin.buffer.read() if str(file) == "-" else b"".join(pieces(file))
    return raw.decode("utf-8-sig", "replace")


def emit(text: str, output: Path | None, what: str, *, force: bool, as_json: bool) -> int:
    """Print a text, or save it in a file and say so."""
    from intakegateway.cli.errors import SUCCESS
    from intakegateway.cli.printing import told
    from intakegateway.cli.savefile import save

    if output is None or str(output) == "-":
        sys.stdout.write(text)
        return SUCCESS
    size = save(output, [text.encode()], force=force)
    return told({"path": str(output), "bytes": size}, f"{what} is in {output}.", as_json=as_json)


def _resolved(document: Document) -> Any:
    """Its value with the variables of this environment; what the gateway itself replaces stays as it is."""
    import re

    from msgspec.structs import replace

    from intakegateway.services.variables import PREFIX

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: kept(item) for key, item in value.items()}
        if isinstance(value, list):
            return [kept(item) for item in value]
        # One more dollar is what resolving takes away.
        return re.sub(rf"\$\$\{{|\$\{{{PREFIX}", r"$\g<0>", value) if isinstance(value, str) else value

    return replace(document, value=kept(document.value)).resolved()


def _pair(one: str) -> tuple[list[str], Any]:
    import yaml

    from intakegateway.model.errors import DefinitionError
    from intakegateway.services.yamlfiles import parse_document

    key, equals, text = one.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path):
        raise DefinitionError(
            f"'{key}' has no value.", where="--set", hint="Write KEY=VALUE, such as load.table=orders."
        )
    if not text.strip():
        return path, ""
    try:
        return path, _resolved(parse_document(text, f"--set {key}"))
    except yaml.YAMLError:
        return path, text


def _put(found: dict[str, Any], path: list[str], value: Any, *, keeps_null: bool) -> None:
    from intakegateway.model.errors import DefinitionError

    place = found
    for step in path[:-1]:
        below = place.setdefault(step, {})
        if not isinstance(below, dict):
            raise DefinitionError(
                f"'{step}' holds no keys, so that '{'.'.join(path)}' cannot be in it.", where="--set",
                hint="Give the whole list in a file, or as YAML: --set 'keys=[id, day]'.",
            )  # fmt: skip
        place[step] = place = dict(below)
    if value is None and not keeps_null:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = value
