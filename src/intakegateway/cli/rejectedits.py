"""The commands of ``intakegateway rejects`` that say which values there are, and take edits back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Server, Token, connected

if TYPE_CHECKING:
    from intakegateway.model.views.rejects import EditsMade

Run = Annotated[str, typer.Argument(metavar="RUN", help="The id of a run.")]


def add_to(rejects: typer.Typer) -> None:
    """Make these commands of ``rejects``."""
    rejects.command("values")(values)
    rejects.command("set")(set_cell)
    rejects.command("undo")(undo)
    rejects.command("clear")(clear)


def values(
    run: Run,
    field: Annotated[str, typer.Option("--field", metavar="NAME", help="The field, as the source names it.")],
    group: Annotated[str | None, typer.Option("--group", metavar="ID", help="Only of this cause.")] = None,
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="Only values with it.")] = "",
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="At most so many.")
    ] = 50,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """The values of a field in rows that are open, the most frequent first; 'edit' gives them others."""
    from intakegateway.cli.printing import listed

    with connected(server, token) as client:
        found = client.rejects.values(run, field, group, search, limit)
    return listed(
        found.items, "values", [field, "rows"],
        lambda one: ["(none)" if one.value is None else one.value, f"{one.count:,}"],
        as_json=as_json, total=found.distinct, right=(1,),
    )  # fmt: skip


def set_cell(
    run: Run,
    row: Annotated[
        int, typer.Option("--row", metavar="N", min=0, help="The row's number, as 'list' has it.")
    ],
    field: Annotated[str, typer.Option("--field", metavar="NAME", help="The field, as the source names it.")],
    new: Annotated[
        str | None, typer.Option("--to", metavar="TEXT", help="Its value then; left out: none.")
    ] = None,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Give one field of one row another value. Nothing is loaded; 'replay' does."""
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.rejects import EditsDraft

    draft = valid(EditsDraft, {"edits": [{"row": row, "field": field, "value": new}]})
    with connected(server, token) as client:
        made = client.rejects.edit(run, draft)
    words = f"Row {row} has another '{field}'; edits that there are: {made.edits:,}."
    return _told(made, words, as_json)


def clear(
    run: Run,
    row: Annotated[
        int | None, typer.Option("--row", metavar="N", min=0, help="Only those of this row.")
    ] = None,
    field: Annotated[
        str | None, typer.Option("--field", metavar="NAME", help="Only those of this field.")
    ] = None,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Take edits back: all of them, or those of a row or a field."""
    with connected(server, token) as client:
        made = client.rejects.clear(run, row, field)
    words = f"Edits were taken back; edits that are left: {made.edits:,}."
    return _told(made, words, as_json)


def undo(run: Run, server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """Take back the latest edit, with all that it changed."""
    with connected(server, token) as client:
        made = client.rejects.undo(run)
    words = f"The latest edit was taken back; edits that are left: {made.edits:,}."
    return _told(made, words, as_json)


def _told(made: EditsMade, words: str, as_json: bool) -> int:
    from intakegateway.cli.printing import told

    return told(made.model_dump(mode="json"), words, as_json=as_json)
