"""The commands of ``intakegateway connections`` that make, change and look into connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected
from intakegateway.cli.typed import File, Sets

if TYPE_CHECKING:
    from intakegateway.model.views.connections import ConnectionView

Name = Annotated[str, typer.Argument(metavar="CONNECTION", help="Its name or id.")]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")]
Schema = Annotated[str, typer.Option("--schema", metavar="NAME", help="Left out: the default one.")]


def kinds(server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """The kinds of connections, what each can do, and whether its driver is installed."""
    from intakegateway.cli.printing import listed

    with connected(server, token, "") as client:
        found = client.connection_edits.kinds()
    return listed(
        found, "kinds", ["kind", "title", "from", "into", "driver"],
        lambda one: [one.kind, one.title, "yes" if one.source else "",
                     ", ".join(map(str, one.modes)) if one.destination else "",
                     "installed" if one.is_installed else one.install],
        as_json=as_json, wrapped=(3, 4),
    )  # fmt: skip


def settings(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="'connections kinds' lists them.")],
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """What connections of a kind are set to: the keys of 'create' and 'change'; --json: as a JSON Schema."""
    from intakegateway.cli.printing import told
    from intakegateway.cli.tables import print_table

    with connected(server, token, "") as client:
        found = client.connection_edits.settings(kind)
    if as_json:
        return told(found, "", as_json=True)
    needed = found.get("required", ())
    rows = []
    for key, one in found["properties"].items():
        mark = "required" if key in needed else "secret" if one.get("secret") else ""
        allowed = ", ".join(map(str, one.get("enum", ()))) or one.get("type", "")
        rows.append(
            [key, mark, allowed, one.get("default", ""), one.get("description") or one.get("title", "")]
        )
    print_table(["key", "", "value", "left out", "meaning"], rows, wrapped=(2, 4))
    return 0


def show(
    connection: Name,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """A connection's settings; of its secrets only which are set."""
    from intakegateway.cli.printing import shown

    with connected(server, token, project) as client:
        found = client.connection_edits.get(connection)
    facts: dict[str, Any] = {
        "connection": found.name, "kind": found.kind, "description": found.description,
        "address": found.address, "active": "yes" if found.is_active else "no",
        **found.config, "secrets": ", ".join(found.secrets),
        "last test": found.test.message if found.test else "", "id": found.id,
    }  # fmt: skip
    return shown(found, facts, as_json=as_json)


def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What tasks call it.")],
    file: File = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="'connections kinds' lists them.")
    ] = None,
    sets: Sets = None,
    description: Description = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Make a connection from '--set host=…', or from a file of the same keys ('kind' among them).

    Keep secrets out of the command line: --set 'password=${NAME}' takes the variable NAME.
    """
    from intakegateway.cli.typed import typed
    from intakegateway.cli.valid import valid
    from intakegateway.model.errors import DefinitionError
    from intakegateway.model.views.connections import ConnectionDraft

    config = typed(file, sets)
    named = config.pop("kind", None)
    words = config.pop("description", "")
    if kind is None and named is None:
        raise DefinitionError(
            "a connection has a kind.", where="--kind", hint="'connections kinds' lists them."
        )
    draft = valid(
        ConnectionDraft,
        {"name": name, "kind": kind or named, "description": description or words, "config": config},
    )
    with connected(server, token, project) as client:
        made = client.connection_edits.create(draft)
    return _told(made, "was made", as_json=as_json)


def change(
    connection: Name,
    file: File = None,
    sets: Sets = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Another name.")] = None,
    description: Description = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Change settings with --set, or all of them from a file; secrets that are left out stay.

    --set 'password=null' takes a secret away.
    """
    from intakegateway.cli.typed import typed
    from intakegateway.cli.valid import changes
    from intakegateway.model.views.connections import ConnectionChange

    with connected(server, token, project) as client:
        found = client.connection_edits.get(connection)
        config = typed(file, sets, found.config, keeps_null=True) if file is not None or sets else None
        if config is not None:
            config = {key: value for key, value in config.items() if key not in ("kind", "description")}
        change = changes(ConnectionChange, {"name": name, "description": description, "config": config})
        saved = client.connection_edits.change(found.id, change, found.version)
    return _told(saved, "was changed", as_json=as_json)


def clone(
    connection: Name,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the copy.")],
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Copy a connection with its secrets."""
    with connected(server, token, project) as client:
        made = client.connection_edits.clone(connection, name)
    return _told(made, "was made", as_json=as_json)


def activate(
    connection: Name,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Let tasks that name no destination load into it."""
    with connected(server, token, project) as client:
        found = client.connection_edits.activate(connection)
    return _told(found, "is the active one", as_json=as_json)


def delete(
    connection: Name,
    force: Annotated[bool, typer.Option("--force", help="Even if tasks use it.")] = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Delete a connection. One that tasks use stays, unless --force is given."""
    from intakegateway.cli.printing import told

    with connected(server, token, project) as client:
        found = client.connection_edits.get(connection)
        client.connection_edits.delete(found.id, force)
    words = f"The connection '{found.name}' was deleted."
    return told({"id": found.id, "name": found.name}, words, as_json=as_json)


def tables(
    connection: Name,
    schema: Schema = "",
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """The tables and views of a database."""
    from intakegateway.cli.printing import listed, told

    with connected(server, token, project) as client:
        found = client.connection_edits.tables(connection, schema)
    if not found.may_look:
        return told(found, found.message, as_json=as_json)
    return listed(
        found.items, "tables", ["table", "schema", "", "rows, or so"],
        lambda one: [one.name, one.table_schema, "view" if one.is_view else "",
                     f"{one.rows:,}" if one.rows is not None else ""],
        as_json=as_json, right=(3,),
    )  # fmt: skip


def columns(
    connection: Name,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Its name.")],
    schema: Schema = "",
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """The columns of a table, their types and keys."""
    from intakegateway.cli.printing import listed, told

    with connected(server, token, project) as client:
        found = client.connection_edits.columns(connection, table, schema)
    if as_json or not found.may_look:
        return told(found, found.message, as_json=as_json)
    return listed(
        found.columns, "columns", ["column", "type", "native", "null", "key", "default"],
        lambda one: [one.name, one.type, one.native, "yes" if one.nullable else "no",
                     "primary" if one.primary_key else "unique" if one.unique else "", one.default],
        as_json=False,
    )  # fmt: skip


def query(
    connection: Name,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="What to ask.")],
    rows: Annotated[int, typer.Option("--rows", metavar="N", min=1, max=1000, help="At most so many.")] = 50,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """The first rows of a query, within 10 seconds; nothing can be changed with it."""
    import sys

    from intakegateway.cli.printing import told
    from intakegateway.cli.tables import print_table
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.connections import QueryDraft

    draft = valid(QueryDraft, {"query": sql, "rows": rows})
    with connected(server, token, project) as client:
        found = client.connection_edits.query(connection, draft)
    if as_json:
        return told(found, "", as_json=True)
    print_table([f"{one.name} ({one.type})" for one in found.columns], found.rows)
    sys.stderr.writelines(f"! {warning}\n" for warning in found.warnings)
    return told(
        {}, "These are all rows." if found.whole else "There are more rows; --rows shows them.", as_json=False
    )


def _told(one: ConnectionView, what: str, *, as_json: bool) -> int:
    from intakegateway.cli.printing import told

    return told(one, f"The connection '{one.name}' ({one.kind}, {one.address}) {what}.", as_json=as_json)
