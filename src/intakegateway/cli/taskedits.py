"""The commands of ``intakegateway tasks`` that make and change tasks."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected, everything
from intakegateway.cli.typed import File, Sets

if TYPE_CHECKING:
    from intakegateway.model.views.tasks import Difference, TaskView

Name = Annotated[str, typer.Argument(metavar="TASK", help="Its name or id.")]
Number = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="The number of a version.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; it stands beside the version.")]
Secret = Annotated[
    bool, typer.Option("--secret", help="The secret that signs what is sent, instead of the token.")
]


def create(
    file: File = None,
    sets: Sets = None,
    note: Note = "",
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Make a task from a YAML or JSON file, from '--set KEY=VALUE', or from both."""
    from intakegateway.cli.typed import typed

    definition = typed(file, _some(file, sets))
    with connected(server, token, project) as client:
        made = client.task_edits.create(definition, note)
    return _saved(made, "was made", as_json=as_json)


def change(
    task: Name,
    file: File = None,
    sets: Sets = None,
    note: Note = "",
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Save another definition, or change keys of the present one with --set, as a new version.

    'tasks show' prints the present one; *** where a secret was keeps it.
    """
    from intakegateway.cli.typed import typed

    _some(file, sets)
    with connected(server, token, project) as client:
        if file is None:
            found = client.task(task)
            definition = typed(None, sets, found.definition)
            saved = client.task_edits.replace(found.id, definition, note, found.version)
        else:
            saved = client.task_edits.replace(task, typed(file, sets), note, None)
    return _saved(saved, "was saved", as_json=as_json)


def rename(
    task: Name,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name.")],
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Give a task another name."""
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.tasks import TaskChange

    wanted = valid(TaskChange, {"name": name})
    with connected(server, token, project) as client:
        saved = client.task_edits.change(task, wanted)
    return _saved(saved, "has this name now", as_json=as_json)


def clone(
    task: Name,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Of the copy; left out: 'copy of …'.")
    ] = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Copy a task with its secrets; without its schedule and runs."""
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.tasks import TaskCopy

    copy = valid(TaskCopy, {"name": name})
    with connected(server, token, project) as client:
        made = client.task_edits.clone(task, copy.name)
    return _saved(made, "was made", as_json=as_json)


def versions(
    task: Name,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """The versions of a task, the newest first."""
    from intakegateway.cli.printing import listed, moment

    with connected(server, token, project) as client:
        found = everything(lambda page: client.task_edits.versions(task, page))
    return listed(
        found, "versions", ["version", "", "at (UTC)", "who", "note"],
        lambda one: [one.number, "current" if one.is_current else "", moment(one.created_at),
                     one.created_by_name, one.note],
        as_json=as_json, right=(0,), wrapped=(4,),
    )  # fmt: skip


def diff(
    task: Name,
    version: Number,
    other: Annotated[
        int | None,
        typer.Argument(metavar="[VERSION]", min=1, help="Another version; left out: the present one."),
    ] = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """What differs between two versions. Exit code 0: nothing, 3: something."""
    from intakegateway.cli.errors import REJECTED, SUCCESS
    from intakegateway.cli.execution import write_json

    with connected(server, token, project) as client:
        newer = other if other is not None else client.task(task).current
        found = client.task_edits.diff(task, version, newer)
    if as_json:
        write_json({"items": [one.model_dump(mode="json") for one in found], "total": len(found)})
    else:
        sys.stdout.writelines(_difference(one) for one in found)
        if not found:
            sys.stdout.write(f"The versions {version} and {newer} are equal.\n")
    return REJECTED if found else SUCCESS


def restore(
    task: Name,
    version: Number,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Go back to a version, as a new one: those in between stay."""
    with connected(server, token, project) as client:
        saved = client.task_edits.restore(task, version)
    return _saved(saved, f"is as in version {version} again", as_json=as_json)


def cursor(
    task: Name,
    forget: Annotated[
        bool, typer.Option("--forget", help="Begin where the definition says, with the next run.")
    ] = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """How far a task has read that reads only what is new; or let it read from the beginning again."""
    from intakegateway.cli.printing import moment, shown, told

    with connected(server, token, project) as client:
        if forget:
            client.task_edits.forget_cursor(task)
            words = f"The next run of '{task}' begins where its definition says."
            return told({"task": task}, words, as_json=as_json)
        found = client.task_edits.cursor(task)
    facts = {
        "field": found.field, "read up to": found.value if found.value is not None else "(nothing yet)",
        "kind": found.kind, "saved (UTC)": moment(found.saved_at),
    }  # fmt: skip
    return shown(found, facts, as_json=as_json)


def push(
    task: Name,
    secret: Secret = False,
    off: Annotated[bool, typer.Option("--off", help="Let nobody push with it any more.")] = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Make the token (or the secret) with which a program sends rows to a task; it is printed once.

    The one before is worth nothing from then on.
    """
    from intakegateway.cli.printing import told

    noun = "signing secret" if secret else "token"
    with connected(server, token, project) as client:
        if off:
            client.task_edits.end_push(task, secret=secret)
            return told(
                {"task": task}, f"No {noun} opens the push address of '{task}' any more.", as_json=as_json
            )
        made = client.task_edits.push(task, secret=secret)
    words = f"Send rows to {made.url}\nThe {noun}, shown this once: {made.token}"
    return told(made, words, as_json=as_json)


def _some(file: Any, sets: list[str] | None) -> list[str] | None:
    from intakegateway.model.errors import DefinitionError

    if file is None and not sets:
        raise DefinitionError(
            "there is no definition.", hint="Give a YAML or JSON file, '-', or --set KEY=VALUE."
        )
    return sets


def _saved(task: TaskView, what: str, *, as_json: bool) -> int:
    from intakegateway.cli.printing import told

    code = told(task, f"The task '{task.name}' {what}: version {task.current}.", as_json=as_json)
    sys.stderr.writelines(f"! {warning}\n" for warning in task.warnings)
    return code


def _difference(one: Difference) -> str:
    before, after = (json.dumps(value, ensure_ascii=False) for value in (one.before, one.after))
    return f"{one.path}: {before} -> {after}\n"
