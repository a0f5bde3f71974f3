"""``intakegateway projects``: the projects of a gateway, and who belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected, everything

if TYPE_CHECKING:
    from intakegateway.cli.client import Client
    from intakegateway.model.views.projects import MemberView

projects = typer.Typer(
    help="Projects of a gateway, and who belongs to them.", no_args_is_help=True, rich_markup_mode=None
)
Name = Annotated[
    str, typer.Argument(metavar="PROJECT", envvar="INTAKEGATEWAY_PROJECT", help="Its name or id.")
]
Title = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="What people read.")]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.")]
RoleOption = Annotated[str, typer.Option("--role", metavar="ROLE", help="viewer, operator, editor or admin.")]


@projects.command("list")
def find_all(server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """All projects that you may see, and your role in them."""
    from intakegateway.cli.printing import listed, moment

    with connected(server, token) as client:
        found = everything(client.projects.find_all)
    return listed(
        found, "projects", ["project", "title", "your role", "since (UTC)"],
        lambda one: [one.name, one.title, str(one.role), moment(one.created_at)], as_json=as_json,
    )  # fmt: skip


@projects.command()
def show(
    project: Name = "default", server: Server = None, token: Token = None, as_json: given.AsJson = False
) -> int:
    """One project, and how much is in it."""
    from intakegateway.cli.printing import moment, shown

    with connected(server, token, project) as client:
        found = client.projects.get(project)
        facts = {
            "project": found.name, "title": found.title, "description": found.description,
            "your role": str(found.role), "since": f"{moment(found.created_at)} UTC", "id": found.id,
        }  # fmt: skip
        if not as_json:
            facts["holds"] = _contents(client)
    return shown(found, facts, as_json=as_json)


@projects.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower case letters, digits, '-' and '_'.")],
    title: Title = None,
    description: Description = None,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Make a project; only administrators of the installation may."""
    from intakegateway.cli.printing import told
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.projects import ProjectDraft

    draft = valid(ProjectDraft, {"name": name, "title": title or "", "description": description or ""})
    with connected(server, token) as client:
        made = client.projects.create(draft)
    return told(made, f"The project '{made.name}' was made.", as_json=as_json)


@projects.command()
def change(
    project: Name,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Another name.")] = None,
    title: Title = None,
    description: Description = None,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Change name, title or description; what is left out stays."""
    from intakegateway.cli.printing import told
    from intakegateway.cli.valid import changes
    from intakegateway.model.views.projects import ProjectChange

    change = changes(ProjectChange, {"name": name, "title": title, "description": description})
    with connected(server, token) as client:
        found = client.projects.change(project, change)
    return told(found, f"The project '{found.name}' was changed.", as_json=as_json)


@projects.command()
def delete(
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="Its name or id.")],
    yes: given.Yes = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Delete a project with all that is in it. Without --yes, only say what would go."""
    from intakegateway.cli.printing import agreed, told

    with connected(server, token, project) as client:
        found = client.projects.get(project)
        agreed(yes, f"the project '{found.name}' with {_contents(client)}")
        client.projects.delete(found.id)
    words = f"The project '{found.name}' was deleted."
    return told({"id": found.id, "name": found.name}, words, as_json=as_json)


@projects.command()
def sample(
    project: Name = "default", server: Server = None, token: Token = None, as_json: given.AsJson = False
) -> int:
    """Put sample data into a project, with a task that is ready to run; once, however often it is asked for."""
    from intakegateway.cli.printing import told

    with connected(server, token) as client:
        made = client.projects.sample(project)
    there = "is ready" if made.created else "was there already"
    words = f"The task '{made.task}' {there}: intakegateway tasks run '{made.task}' --project {project}"
    return told(made, words, as_json=as_json)


@projects.command()
def members(
    project: Name = "default", server: Server = None, token: Token = None, as_json: given.AsJson = False
) -> int:
    """Who belongs to a project, and with which role."""
    from intakegateway.cli.printing import listed, moment

    with connected(server, token) as client:
        found = client.projects.members(project)
    return listed(
        found, "members", ["address", "name", "role", "since (UTC)"],
        lambda one: [one.email, one.name, str(one.role), moment(one.created_at)], as_json=as_json,
    )  # fmt: skip


@projects.command("add-member")
def add_member(
    email: Email,
    role: RoleOption,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Let a person into a project."""
    from intakegateway.cli.printing import told
    from intakegateway.model.errors import ConflictError

    with connected(server, token) as client:
        before = _member(client, project, email)
        if before is not None:
            raise ConflictError(
                f"{before.email} belongs to '{project}' already, with the role '{before.role}'.",
                hint="'projects set-role' gives another role.",
            )
        found = _with_role(client, project, email, role)
    return told(
        found, f"{found.email} belongs to '{project}', with the role '{found.role}'.", as_json=as_json
    )


@projects.command("set-role")
def set_role(
    email: Email,
    role: RoleOption,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Give a member another role."""
    from intakegateway.cli.printing import told

    with connected(server, token) as client:
        _required(client, project, email)
        found = _with_role(client, project, email, role)
    return told(found, f"{found.email} has the role '{found.role}' in '{project}'.", as_json=as_json)


@projects.command("remove-member")
def remove_member(
    email: Email,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Take a person out of a project; their account stays."""
    from intakegateway.cli.printing import told

    with connected(server, token) as client:
        found = _required(client, project, email)
        client.projects.remove_member(project, found.user_id)
    words = f"{found.email} does not belong to '{project}' any more."
    return told({"user_id": found.user_id, "email": found.email}, words, as_json=as_json)


def _with_role(client: Client, project: str, email: str, role: str) -> MemberView:
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.projects import MemberDraft

    return client.projects.set_member(project, valid(MemberDraft, {"email": email, "role": role.lower()}))


def _member(client: Client, project: str, email: str) -> MemberView | None:
    wanted = email.strip().lower()
    return next((one for one in client.projects.members(project) if one.email == wanted), None)


def _required(client: Client, project: str, email: str) -> MemberView:
    from intakegateway.model.errors import NotFoundError

    found = _member(client, project, email)
    if found is None:
        raise NotFoundError("member", email, hint=f"'projects members {project}' lists them.")
    return found


def _contents(client: Client) -> str:
    """How much is in the client's project, in words."""
    from intakegateway.cli.printing import counted
    from intakegateway.model.views.base import PageRequest
    from intakegateway.model.views.files import FileFilter
    from intakegateway.model.views.runs import RunFilter
    from intakegateway.model.views.tasks import TaskFilter

    one = PageRequest(limit=1)
    parts = [
        counted(client.tasks(TaskFilter(), one).total, "task"),
        counted(client.connections(None, one).total, "connection"),
        counted(client.schedules(None, one).total, "schedule"),
        counted(client.files.find_all(FileFilter(), one).total, "file"),
        counted(client.runs(RunFilter(), one).total, "run"),
    ]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
