"""``intakegateway apply``, ``diff`` and ``export``: projects of a gateway as files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Server, Token, connected
from intakegateway.cli.errors import REJECTED, SUCCESS

if TYPE_CHECKING:
    from intakegateway.model.views.projectdocs import Applied, Change
    from intakegateway.services.yamlfiles import Document

DIFFERENT = REJECTED
"""The exit code of ``diff`` for a project that is not like the file."""
SENT_AS = "project"
"""What a gateway calls the file that it is sent."""
_SIGNS = {"create": ("+", "32"), "update": ("~", "33"), "delete": ("-", "31")}

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A project file (YAML or JSON), or '-' for standard input.")
]
Prune = Annotated[
    bool, typer.Option("--prune", help="Also delete what the project has and the file does not have.")
]
Renamed = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="Under this name instead of the file's.")
]


def apply(
    file: File,
    prune: Prune = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    name: Renamed = None,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Make a project of the gateway like a file: all of it, or nothing.

    ${NAME} in the file stands for the variable NAME of the environment that this command runs in. A secret
    whose variable is not set stays as the gateway has it.
    """
    applied = _applied(file, server, token, prune=prune, dry_run=dry_run, name=name)
    if as_json:
        _write(applied)
        return SUCCESS
    sys.stdout.write(_told(applied))
    for webhook, secret in applied.created_secrets.items():
        sys.stdout.write(f"The signing secret of the webhook '{webhook}', shown this once: {secret}\n")
    return SUCCESS


def diff(
    file: File,
    prune: Prune = False,
    name: Renamed = None,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Show what 'apply' would change. Exit code 0: nothing, 3: something.

    With --prune, what the project has and the file does not have counts as a difference, too.
    """
    applied = _applied(file, server, token, prune=prune, dry_run=True, name=name)
    if as_json:
        _write(applied)
    else:
        sys.stdout.write(_told(applied))
    return DIFFERENT if any(one.action != "unchanged" for one in applied.changes) else SUCCESS


def export(
    project: Annotated[
        str, typer.Argument(metavar="PROJECT", envvar="INTAKEGATEWAY_PROJECT", help="Its name.")
    ] = "default",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")
    ] = None,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Print a project as a file that 'apply' takes; secrets are references such as ${WAREHOUSE_PASSWORD}."""
    from intakegateway.cli.execution import write_json
    from intakegateway.services.yamlfiles import parse_document

    with connected(server, token) as client:
        text = client.export(project)
    if output is not None:
        _save(output, text)
    names = sorted(parse_document(text).names())
    if as_json and output is None:
        write_json(parse_document(text).value)
    elif as_json:
        write_json({"status": "SUCCESS", "project": project, "path": str(output), "variables": names})
    elif output is None:
        sys.stdout.write(text)
    else:
        sys.stdout.write(f"The project '{project}' is in {output}.\n")
        if names:
            sys.stdout.write(f"It needs the variables {', '.join(names)}.\n")
    return SUCCESS


def _applied(
    file: Path, server: str | None, token: str | None, *, prune: bool, dry_run: bool, name: str | None
) -> Applied:
    from intakegateway.cli.valid import valid
    from intakegateway.model.errors import GatewayError
    from intakegateway.model.views.projectdocs import ApplyRequest

    text, document = _read(file)
    variables = {name: os.environ[name] for name in sorted(document.names()) if name in os.environ}
    request = valid(
        ApplyRequest, {"document": text, "variables": variables, "prune": prune, "dry_run": dry_run}
    )
    try:
        with connected(server, token) as client:
            return client.apply(request, name)
    except GatewayError as error:
        if error.where is not None and error.where.startswith(f"{SENT_AS}:"):
            error.where = document.name + error.where.removeprefix(SENT_AS)
        raise


def _read(file: Path) -> tuple[str, Document]:
    """The file's text, and what it holds. Raises ``DefinitionError`` that names the place."""
    from intakegateway.model.errors import DefinitionError
    from intakegateway.services.yamlfiles import parse_document, read_document

    if str(file) != "-":
        document = read_document(file)
        return file.read_text("utf-8-sig"), document
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DefinitionError(
            f"this is not UTF-8 text (byte {error.start}).", where="standard input"
        ) from None
    return text, parse_document(text, "standard input")


def _save(path: Path, text: str) -> None:
    from intakegateway.model.errors import DefinitionError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DefinitionError(f"'{path}' cannot be written: {error.strerror or error}.", where="-o") from None


def _write(applied: Applied) -> None:
    from intakegateway.cli.execution import write_json

    write_json({"status": "SUCCESS", **applied.model_dump(mode="json")})


def _told(applied: Applied) -> str:
    lines = [_line(one) for one in applied.changes if one.action != "unchanged"]
    count = dict.fromkeys((*_SIGNS, "unchanged"), 0)
    for one in applied.changes:
        count[one.action] += 1
    done = ("to create", "to update", "to delete") if applied.dry_run else ("created", "updated", "deleted")
    parts = [f"{count[action]} {word}" for action, word in zip(_SIGNS, done, strict=True) if count[action]]
    parts.append(f"{count['unchanged']} unchanged")
    lines.append(f"Project '{applied.project}': {', '.join(parts)}.")
    lines += [f"! {warning}" for warning in applied.warnings]
    return "\n".join(lines) + "\n"


def _line(change: Change) -> str:
    from intakegateway.cli.account import painted

    sign, colour = _SIGNS[change.action]
    fields = f"  ({', '.join(change.fields)})" if change.fields else ""
    return painted(f"{sign} {change.noun} {change.name}{fields}", colour)
