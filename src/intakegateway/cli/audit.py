"""``intakegateway audit``: who changed what in a gateway."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Server, Token, connected

if TYPE_CHECKING:
    from intakegateway.model.views.audit import AuditFilter, AuditView

audit = typer.Typer(
    help="Who changed what in a gateway, when, from where.", no_args_is_help=True, rich_markup_mode=None
)
FORMS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
OnlyProject = Annotated[
    str | None, typer.Option("--project", metavar="NAME", help="Only of this project; left out: of all.")
]
User = Annotated[
    str | None, typer.Option("--user", metavar="EMAIL", help="Only what this person did (address or id).")
]
Action = Annotated[
    str | None, typer.Option("--action", metavar="WORD", help="Only this: created, updated, deleted, …")
]
Noun = Annotated[
    str | None, typer.Option("--noun", metavar="NOUN", help="Only of this kind: task, project, …")
]
NounId = Annotated[str | None, typer.Option("--id", metavar="ID", help="Only about the thing with this id.")]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="From then on: 2026-03-01, 2026-03-01T06:00+01:00."),
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before then.")]


@audit.command("list")
def find_all(
    project: OnlyProject = None,
    user: User = None,
    action: Action = None,
    noun: Noun = None,
    noun_id: NounId = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=500, help="At most so many.")] = 50,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Entries, the newest first. Admins of a project see theirs, administrators see all."""
    from intakegateway.cli.printing import listed
    from intakegateway.model.views.base import PageRequest

    wanted = _filter(locals())
    with connected(server, token, "") as client:
        page = client.audit.find_all(wanted, PageRequest(limit=limit))
    header = ["at (UTC)", "who", "did", "what", "name", "from", "what is new"]
    return listed(page.items, "entries", header, _row, as_json=as_json, total=page.total, wrapped=(6,))


@audit.command()
def export(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="A *.csv, *.jsonl or *.ndjson file; -: print CSV."
        ),
    ],
    project: OnlyProject = None,
    user: User = None,
    action: Action = None,
    noun: Noun = None,
    noun_id: NounId = None,
    since: Since = None,
    until: Until = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Save all entries that the filters leave, the oldest first."""
    from intakegateway.cli.printing import told
    from intakegateway.cli.savefile import save

    wanted, form = _filter(locals()), _form(output)
    with connected(server, token, "") as client, client.audit.export(wanted, form) as content:
        if str(output) == "-":
            for piece in content:
                sys.stdout.buffer.write(piece)
            return 0
        size = save(output, content, force=force)
    return told({"path": str(output), "bytes": size}, f"{size:,} bytes are in {output}.", as_json=as_json)


def _filter(typed: dict[str, Any]) -> AuditFilter:
    from intakegateway.cli.valid import instant, valid
    from intakegateway.model.views.audit import AuditFilter

    times = {name: instant(typed[name], f"--{name}") for name in ("since", "until")}
    rest = {name: typed[name] for name in ("project", "user", "action", "noun", "noun_id")}
    return valid(AuditFilter, rest | times)


def _form(output: Path) -> Literal["csv", "jsonl"]:
    from intakegateway.model.errors import DefinitionError

    if str(output) == "-":
        return "csv"
    form = FORMS.get(output.suffix.lower())
    if form is None:
        raise DefinitionError(
            f"'{output.name}' does not say which kind of file it is to be.", where="-o",
            hint=f"End its name with one of {', '.join(FORMS)}.",
        )  # fmt: skip
    return cast(Literal["csv", "jsonl"], form)


def _row(one: AuditView) -> list[Any]:
    new = ", ".join(f"{key}={value}" for key, value in (one.after or {}).items())
    return [
        f"{one.at:%Y-%m-%d %H:%M:%S}", one.user_name, one.action, one.noun, one.noun_name or one.noun_id, one.ip,
        new,
    ]  # fmt: skip
