"""``intakegateway mappings``: the mappings of a task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected
from intakegateway.cli.shelves import Force, Output

if TYPE_CHECKING:
    from intakegateway.model.views.tasks import MappingsView, MappingView

mappings = typer.Typer(
    help="The mappings of a task: look at them, as a file and back, from a template.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
Task = Annotated[str, typer.Argument(metavar="TASK", help="The task's name or id.")]


@mappings.command("list")
def find_all(
    task: Task,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """The mappings of a task in their order."""
    from intakegateway.cli.printing import listed

    with connected(server, token, project) as client:
        found = client.mappings.find_all(task)
    header = ["", "into", "from", "transforms", "else"]
    return listed(found.items, "mappings", header, _row, as_json=as_json, right=(0,), wrapped=(3, 4))


@mappings.command()
def export(
    task: Task,
    output: Output = None,
    force: Force = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """The mappings of a task as a YAML file (or JSON, by its name), as 'import' and 'load' take it."""
    from intakegateway.cli.typed import emit

    form = (as_json and output is None) or (output is not None and output.suffix.lower() == ".json")
    with connected(server, token, project) as client:
        text = client.mappings.export(task, as_yaml=not form)
    return emit(text, output, f"The mapping of '{task}'", force=force, as_json=as_json)


@mappings.command("import")
def take(
    task: Task,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML or JSON, or '-' for standard input.")],
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Put the mappings of a file in place of a task's, as a new version of it."""
    from intakegateway.cli.typed import text_of

    text = text_of(file)
    with connected(server, token, project) as client:
        found = client.mappings.take(task, text)
    return _told(task, found, as_json=as_json)


@mappings.command("apply")
def apply_template(
    task: Task,
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="Its name or id.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="In place of the mappings that are there.")
    ] = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Apply a template to a task: to the columns that nothing fills yet, unless --replace."""
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.tasks import TemplateUse

    use = valid(TemplateUse, {"template": template, "replace": replace})
    with connected(server, token, project) as client:
        found = client.mappings.apply(task, use)
    return _told(task, found, as_json=as_json)


@mappings.command()
def match(
    fields: Annotated[str, typer.Option("--fields", metavar="A,B", help="The fields of a source.")],
    columns: Annotated[str, typer.Option("--columns", metavar="A,B", help="The columns of a table.")],
    no_history: Annotated[
        bool, typer.Option("--no-history", help="Do not learn from the mappings of the project's tasks.")
    ] = False,
    output: Output = None,
    force: Force = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Which field seems to belong to which column; with --output, as a mapping file to go on with."""
    from intakegateway.cli.printing import listed
    from intakegateway.cli.typed import emit
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.helpers import MatchDraft

    names = {"fields": _names(fields), "columns": _names(columns), "history": not no_history}
    draft = valid(MatchDraft, names)
    with connected(server, token, project) as client:
        found = client.mappings.match(draft)
    if output is not None:
        text = "".join(
            f"- {json.dumps({'to': one.column, 'from': one.field}, ensure_ascii=False)}\n" for one in found
        )
        return emit(text or "[]\n", output, "The mapping", force=force, as_json=as_json)
    return listed(
        found, "matches", ["field", "column", "sure", "why"],
        lambda one: [one.field, one.column, f"{one.score:.0%}", one.reason], as_json=as_json, right=(2,),
    )  # fmt: skip


def _names(text: str) -> list[str]:
    return [name for one in text.split(",") if (name := one.strip())]


@mappings.command()
def clear(
    task: Task,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Take all mappings out: fields then go to the columns of the same name. 'tasks restore' undoes it."""
    with connected(server, token, project) as client:
        found = client.mappings.clear(task)
    return _told(task, found, as_json=as_json)


def _told(task: str, found: MappingsView, *, as_json: bool) -> int:
    import sys

    from intakegateway.cli.printing import counted, told

    code = told(found, f"The task '{task}' has {counted(len(found.items), 'mapping')}.", as_json=as_json)
    sys.stderr.writelines(f"! {warning}\n" for warning in found.warnings)
    return code


def _row(one: MappingView) -> list[Any]:
    rest = dict(one.mapping)
    into, source, steps = (rest.pop(key, "") for key in ("to", "from", "transforms"))
    return [one.position, _word(into), _word(source), _word(steps), _word(rest) if rest else ""]


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_word, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
