"""``intakegateway rejects``: the rejected rows of a run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from intakegateway.cli import options as given
from intakegateway.cli import rejectedits
from intakegateway.cli.client import Server, Token, connected
from intakegateway.cli.errors import REJECTED, SUCCESS

if TYPE_CHECKING:
    from intakegateway.model.views.rejects import RejectPage, RejectsChanged

rejects = typer.Typer(
    help="Rejected rows of a run: look at them, correct them, load them again.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]
Group = Annotated[
    list[str] | None, typer.Option("--group", metavar="ID", help="Only of this cause; may be repeated.")
]
Original = Annotated[
    bool, typer.Option("--original", help="By the definition that the run had, not the task's present one.")
]
_SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".xlsx": "xlsx"}


@rejects.command()
def groups(run: Run, server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """Why rows were rejected, most rows first."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.tables import print_table

    with connected(server, token) as client:
        found = client.rejects.groups(run)
    if as_json:
        write_json(found.model_dump(mode="json"))
        return SUCCESS
    if not found.items:
        sys.stdout.write("Nothing was rejected.\n")
        return SUCCESS
    rows = [
        [one.code, one.column, f"{one.count:,}", f"{one.counts.open:,}", one.message, one.id]
        for one in found.items
    ]
    print_table(["cause", "column", "rows", "open", "for example", "id"], rows, right=(2, 3), wrapped=(4,))
    sys.stdout.write(f"{found.counts.open:,} of {found.counts.total:,} rejected rows are open.\n")
    return SUCCESS


@rejects.command("list")
def find_all(
    run: Run,
    group: Annotated[str | None, typer.Option("--group", metavar="ID", help="Only of this cause.")] = None,
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="Only with it in the place, message or values.")
    ] = "",
    after: Annotated[int, typer.Option("--after", metavar="N", min=-1, help="Only greater numbers.")] = -1,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=500, help="At most so many.")] = 20,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Rejected rows with their places and reasons, in the order of their numbers."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.rejects import RejectFilter

    wanted = valid(RejectFilter, {"group": group, "search": search})
    with connected(server, token) as client:
        page = client.rejects.find_all(run, wanted, after, limit)
    if as_json:
        write_json(page.model_dump(mode="json"))
    else:
        _print(page)
    return SUCCESS


@rejects.command()
def export(
    run: Run,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="*.csv, *.jsonl, *.parquet or *.xlsx.")
    ],
    group: Annotated[str | None, typer.Option("--group", metavar="ID", help="Only of this cause.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Save rejected rows with their errors as a file; corrected, 'rejects import' takes it."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.savefile import save
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.rejects import RejectFilter

    form = _form(output)
    wanted = valid(RejectFilter, {"group": group})
    with connected(server, token) as client, client.rejects.export(run, form, wanted) as content:
        size = save(output, content, force=force)
    if as_json:
        write_json({"status": "SUCCESS", "run": run, "path": str(output), "bytes": size})
    else:
        sys.stdout.write(f"The rejected rows are in {output} ({size:,} bytes).\n")
    return SUCCESS


@rejects.command("import")
def take(
    run: Run,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export, corrected.")],
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Take a corrected export: cells that differ become edits. Nothing is loaded; 'rejects replay' does."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.savefile import pieces

    form: Any = _form(file, but=".parquet")
    with connected(server, token) as client:
        made = client.rejects.take(run, form, file.name, pieces(file))
    if as_json:
        write_json({"status": "SUCCESS", **made.model_dump(mode="json")})
    else:
        sys.stdout.write(f"{made.rows:,} rows read, {made.changed:,} cells changed.\n")
        if made.skipped:
            sys.stdout.write(f"{made.skipped:,} rows are not open any more and were left alone.\n")
    return SUCCESS


@rejects.command()
def edit(
    run: Run,
    field: Annotated[str, typer.Option("--field", metavar="NAME", help="The field, as the source names it.")],
    old: Annotated[
        str | None, typer.Option("--from", metavar="TEXT", help="Its value now; left out: none.")
    ] = None,
    new: Annotated[
        str | None, typer.Option("--to", metavar="TEXT", help="Its value then; left out: none.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many rows it would change.")
    ] = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Give all open rows that have the same value in a field another one."""
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.rejects import EverywhereDraft

    draft = valid(EverywhereDraft, {"field": field, "old": old, "new": new, "preview": dry_run})
    with connected(server, token) as client:
        made = client.rejects.edit_everywhere(run, draft)
    if as_json:
        write_json({"status": "SUCCESS", **made.model_dump(mode="json")})
    else:
        sys.stdout.write(f"{_rows(made.rows)} {'would be ' if dry_run else ''}changed.\n")
    return SUCCESS


@rejects.command()
def check(
    run: Run,
    original: Original = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Say which of the corrected rows would load now. Exit code 3: some would be rejected again."""
    from intakegateway.cli.execution import write_json
    from intakegateway.model.views.rejects import CheckDraft

    with connected(server, token) as client:
        found = client.rejects.check(run, CheckDraft(version=_version(original)))
    if as_json:
        write_json(found.model_dump(mode="json"))
    else:
        sys.stdout.write(
            f"{found.checked:,} checked: {found.passed:,} would load, {found.failed:,} would not.\n"
        )
        for one in found.items[:20]:
            said = "; ".join(f"{reason.column}: {reason.message}" for reason in one.reasons)
            sys.stdout.write(f"  {one.row}  {said}\n")
        if found.remark:
            sys.stdout.write(f"{found.remark}\n")
    return REJECTED if found.failed else SUCCESS


@rejects.command()
def replay(
    run: Run,
    group: Group = None,
    edited: Annotated[bool, typer.Option("--edited", help="Only rows that were corrected.")] = False,
    original: Original = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for the end.")] = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Load open rows again with their corrections, as a run of its own, and print the account of its rows."""
    from intakegateway.cli.runwatch import outcome
    from intakegateway.model.views.rejects import ReplayDraft

    draft = ReplayDraft(
        groups=tuple(group or ()), edited=edited, version=_version(original), wait=False if no_wait else None
    )
    with connected(server, token) as client:
        made = client.rejects.replay(run, draft)
        return outcome(client, made, wait=not no_wait, as_json=as_json)


@rejects.command()
def discard(
    run: Run,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why they are left out.")],
    group: Group = None,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Leave open rows out, for a reason; they can be restored."""
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.rejects import DiscardDraft

    draft = valid(DiscardDraft, {"groups": tuple(group or ()), "note": note})
    with connected(server, token) as client:
        return _told(client.rejects.discard(run, draft), "discarded", as_json)


@rejects.command()
def restore(
    run: Run, group: Group = None, server: Server = None, token: Token = None, as_json: given.AsJson = False
) -> int:
    """Open discarded rows again."""
    from intakegateway.model.views.rejects import Selection

    with connected(server, token) as client:
        return _told(client.rejects.restore(run, Selection(groups=tuple(group or ()))), "restored", as_json)


def _told(made: RejectsChanged, what: str, as_json: bool) -> int:
    from intakegateway.cli.execution import write_json

    if as_json:
        write_json({"status": "SUCCESS", **made.model_dump(mode="json")})
    else:
        sys.stdout.write(f"{_rows(made.changed)} {what}; {made.counts.open:,} open.\n")
    return SUCCESS


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"


def _version(original: bool) -> Literal["current", "parent"]:
    return "parent" if original else "current"


def _form(path: Path, but: str = "") -> Any:
    from intakegateway.model.errors import DefinitionError

    known = {suffix: form for suffix, form in _SUFFIXES.items() if suffix != but}
    found = known.get(path.suffix.lower())
    if found is None:
        raise DefinitionError(
            f"the name '{path.name}' does not say what kind of file this is.", where=str(path),
            hint=f"It must end with one of {', '.join(known)}.",
        )  # fmt: skip
    return found


def _print(page: RejectPage) -> None:
    from intakegateway.cli.tables import print_table

    if not page.items:
        so_far = f" up to row {page.next:,}; --after {page.next} searches on" if page.next is not None else ""
        sys.stdout.write(f"There are no such rejected rows{so_far}.\n")
        return
    rows = [
        [str(one.row), one.locator, one.state, "; ".join(f"{r.column}: {r.message}" for r in one.reasons),
         ", ".join(f"{key}={value}" for key, value in one.values.items() if value is not None) or one.raw or ""]
        for one in page.items
    ]  # fmt: skip
    print_table(["row", "place", "state", "reasons", "values"], rows, right=(0,), wrapped=(3, 4))
    if page.next is not None:
        sys.stdout.write(f"--after {page.next} shows more.\n")


rejectedits.add_to(rejects)
