"""``intakegateway files``: the uploaded files of a gateway."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected, everything
from intakegateway.cli.errors import SUCCESS

files = typer.Typer(
    help="Files of a gateway: upload them, look at them, get them back.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
Reference = Annotated[str, typer.Argument(metavar="FILE", help="Its name (the newest one of it) or id.")]


@files.command("list")
def find_all(
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="Only names with it.")] = "",
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """All files, the newest first."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.tables import print_table
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.files import FileFilter

    wanted = valid(FileFilter, {"search": search})
    with connected(server, token, project) as client:
        found = everything(lambda page: client.files.find_all(wanted, page))
    if as_json:
        write_json({"items": [one.model_dump(mode="json") for one in found], "total": len(found)})
    elif not found:
        sys.stdout.write("There are no files.\n")
    else:
        rows = [
            [one.name, one.status, one.format, one.encoding, f"{one.size:,}", f"{one.created_at:%Y-%m-%d %H:%M}",
             one.id]
            for one in found
        ]  # fmt: skip
        print_table(["file", "status", "format", "encoding", "bytes", "at (UTC)", "id"], rows, right=(4,))
    return SUCCESS


@files.command()
def upload(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of this machine.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Another name for it, for one file.")
    ] = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Send files to the gateway; tasks use them by their names. They are never held in memory."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.savefile import pieces
    from intakegateway.model.errors import DefinitionError

    if name is not None and len(paths) > 1:
        raise DefinitionError("one name cannot stand for several files.", where="--name")
    kept = []
    with connected(server, token, project) as client:
        for path in paths:
            found = client.files.upload(name or path.name, pieces(path))
            kept.append(found)
            if not as_json:
                told = f"{found.name}: {found.size:,} bytes, {found.format or 'unknown format'}"
                sys.stdout.write(f"{told}{f', {found.encoding}' if found.encoding else ''}.\n")
                if found.error:
                    sys.stdout.write(f"  It cannot be read as it is: {found.error}\n")
    if as_json:
        write_json({"items": [one.model_dump(mode="json") for one in kept], "total": len(kept)})
    return SUCCESS


@files.command()
def download(
    file: Reference,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file; -: print it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Get a file back as it was uploaded."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.savefile import save

    path = output or Path(Path(file).name)
    with connected(server, token, project) as client, client.files.content(file) as content:
        if str(output) == "-":
            for piece in content:
                sys.stdout.buffer.write(piece)
            return SUCCESS
        size = save(path, content, force=force)
    if as_json:
        write_json({"status": "SUCCESS", "file": file, "path": str(path), "bytes": size})
    else:
        sys.stdout.write(f"{size:,} bytes are in {path}.\n")
    return SUCCESS


@files.command()
def delete(
    file: Reference,
    force: Annotated[bool, typer.Option("--force", help="Even if tasks use it.")] = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Delete a file. One that a task uses stays, unless --force is given."""
    from intakegateway.cli.execution import write_json

    with connected(server, token, project) as client:
        client.files.delete(file, force)
    if as_json:
        write_json({"status": "SUCCESS", "file": file})
    else:
        sys.stdout.write(f"The file '{file}' was deleted.\n")
    return SUCCESS
