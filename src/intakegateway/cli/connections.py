"""``intakegateway connections``: the connections of a gateway."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from intakegateway.cli import connectionedits
from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected, everything
from intakegateway.cli.errors import FAILED, SUCCESS

connections = typer.Typer(
    help="Connections of a gateway: make, change and test them, look into them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@connections.command("list")
def find_all(
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="Only of this kind, such as postgresql.")
    ] = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """All connections, where they lead, and how their last test went. Secrets are never shown."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.tables import print_table

    with connected(server, token, project) as client:
        found = everything(lambda page: client.connections(kind, page))
    if as_json:
        write_json({"items": [one.model_dump(mode="json") for one in found], "total": len(found)})
    elif not found:
        sys.stdout.write("There are no connections.\n")
    else:
        rows = [
            [one.name, one.kind, one.address, "active" if one.is_active else "",
             "" if one.test is None else "ok" if one.test.ok else "failed",
             f"{one.test.at:%Y-%m-%d %H:%M}" if one.test else ""]
            for one in found
        ]  # fmt: skip
        print_table(["connection", "kind", "address", "", "last test", "at (UTC)"], rows)
    return SUCCESS


@connections.command("test")
def check(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="Its name or id.")],
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Test a connection step by step, within 5 seconds. Exit code 0: it works, 1: it does not."""
    from intakegateway.cli.account import painted
    from intakegateway.cli.execution import write_json

    with connected(server, token, project) as client:
        found = client.test(connection)
    if as_json:
        status = "SUCCESS" if found.ok else "FAILED"
        write_json({"status": status, "connection": connection, **found.model_dump(mode="json")})
    else:
        colours = {"ok": "32", "failed": "31"}
        for step in found.steps:
            verdict = painted(f"{step.verdict:<8}", colours.get(step.verdict, "0"))
            sys.stdout.write(
                f"{verdict} {step.name:<8} {step.seconds:6.2f} s  {step.message}".rstrip() + "\n"
            )
            if step.hint:
                sys.stdout.write(f"{'':27}{step.hint}\n")
        sys.stdout.write(f"{found.message}\n")
    return SUCCESS if found.ok else FAILED


_MORE: dict[str, Callable[..., int]] = {
    "show": connectionedits.show,
    "create": connectionedits.create,
    "change": connectionedits.change,
    "clone": connectionedits.clone,
    "activate": connectionedits.activate,
    "delete": connectionedits.delete,
    "tables": connectionedits.tables,
    "columns": connectionedits.columns,
    "query": connectionedits.query,
    "kinds": connectionedits.kinds,
    "settings": connectionedits.settings,
}
for _name, _command in _MORE.items():
    connections.command(_name)(_command)
