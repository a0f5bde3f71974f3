"""``intakegateway notifications``: the places of a gateway that are told about runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Project, Server, Token, connected, everything

if TYPE_CHECKING:
    from intakegateway.model.views.notifications import NotificationView

notifications = typer.Typer(
    help="Places that are told about runs: webhooks, e-mail, Slack, Teams and others.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
Place = Annotated[str, typer.Argument(metavar="NOTIFICATION", help="Its name or id.")]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", metavar="URL", help="Where webhook, slack, teams or apprise send to; it is kept secret."
    ),
]
To = Annotated[
    list[str] | None, typer.Option("--to", metavar="EMAIL", help="An address for e-mail; may be repeated.")
]
Headers = Annotated[
    list[str] | None,
    typer.Option(
        "--header", metavar="'NAME: VALUE'", help="Sent with a webhook, kept secret; may be repeated."
    ),
]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--event", metavar="STATUS",
        help="Told of all runs that end so: success, partial_success, failed, cancelled; may be repeated. Left"
        " out: only of tasks that name this place.",
    ),
]  # fmt: skip


@notifications.command("list")
def find_all(
    project: Project = "default", server: Server = None, token: Token = None, as_json: given.AsJson = False
) -> int:
    """All places, and what they are told of."""
    from intakegateway.cli.printing import listed

    with connected(server, token, project) as client:
        found = everything(client.notifications.find_all)
    return listed(
        found, "notifications", ["name", "kind", "target", "told of", ""],
        lambda one: [one.name, one.kind, one.target, _events(one), "" if one.is_enabled else "disabled"],
        as_json=as_json,
    )  # fmt: skip


@notifications.command()
def show(
    notification: Place,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """One place; its secrets are never shown."""
    from intakegateway.cli.printing import moment, shown

    with connected(server, token, project) as client:
        found = client.notifications.get(notification)
    facts = {
        "name": found.name, "kind": found.kind, "target": found.target, "told of": _events(found),
        "enabled": "yes" if found.is_enabled else "no", "changed": f"{moment(found.updated_at)} UTC",
        "id": found.id,
    }  # fmt: skip
    return shown(found, facts, as_json=as_json)


@notifications.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What tasks call it.")],
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help="webhook, email, slack, teams or apprise.")
    ],
    url: Url = None,
    to: To = None,
    header: Headers = None,
    event: Events = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Send nothing yet.")] = False,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Add a place. The secret that signs what a webhook is sent is printed once."""
    from intakegateway.cli.printing import told
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.notifications import NotificationDraft

    typed = _typed(name=name, url=url, to=to, header=header, event=event)
    draft = valid(NotificationDraft, {**typed, "kind": kind.lower(), "enabled": not disabled})
    with connected(server, token, project) as client:
        made = client.notifications.create(draft)
    words = f"The notification '{made.name}' was added: {made.kind} {made.target}."
    if made.secret:
        words += f"\nIts signing secret, shown this once: {made.secret}"
    return told(made, words, as_json=as_json)


@notifications.command()
def change(
    notification: Place,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Another name.")] = None,
    url: Url = None,
    to: To = None,
    header: Headers = None,
    event: Events = None,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Change a place; what is left out stays, also its secrets. '--event none': only tasks that name it."""
    from intakegateway.cli.printing import told
    from intakegateway.cli.valid import changes
    from intakegateway.model.views.notifications import NotificationChange

    typed = _typed(name=name, url=url, to=to, header=header, event=event)
    change = changes(NotificationChange, typed)
    with connected(server, token, project) as client:
        found = client.notifications.change(notification, change)
    return told(found, f"The notification '{found.name}' was changed.", as_json=as_json)


@notifications.command()
def enable(
    notification: Place,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Tell a place again."""
    return _switched(notification, project, server, token, enabled=True, as_json=as_json)


@notifications.command()
def disable(
    notification: Place,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Tell a place nothing, until it is enabled again."""
    return _switched(notification, project, server, token, enabled=False, as_json=as_json)


@notifications.command("test")
def check(
    notification: Place,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Send a test message, and say what came back. Exit code 0: it was taken, 1: it was not."""
    from intakegateway.cli.deliveries import answer_of
    from intakegateway.cli.errors import FAILED, SUCCESS
    from intakegateway.cli.printing import told

    with connected(server, token, project) as client:
        found = client.notifications.test(notification)
    is_taken = found.status == "delivered"
    words = "took the test message" if is_taken else "did not take the test message"
    told(found, f"'{notification}' {words}: {answer_of(found)}", as_json=as_json)
    return SUCCESS if is_taken else FAILED


@notifications.command()
def delete(
    notification: Place,
    project: Project = "default",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Take a place away; what it was sent stays listed."""
    from intakegateway.cli.printing import told

    with connected(server, token, project) as client:
        found = client.notifications.get(notification)
        client.notifications.delete(found.id)
    words = f"The notification '{found.name}' was deleted."
    return told({"id": found.id, "name": found.name}, words, as_json=as_json)


@notifications.command("callback-secret")
def callback_secret(
    project: Project = "default", server: Server = None, token: Token = None, as_json: given.AsJson = False
) -> int:
    """Print what signs the calls to a run's callback_url, so that the receiver can check them."""
    from intakegateway.cli.printing import told

    with connected(server, token, project) as client:
        secret = client.notifications.callback_secret()
    return told({"secret": secret}, secret, as_json=as_json)


def _switched(
    place: str, project: str, server: str | None, token: str | None, *, enabled: bool, as_json: bool
) -> int:
    from intakegateway.cli.printing import told
    from intakegateway.model.views.notifications import NotificationChange

    with connected(server, token, project) as client:
        found = client.notifications.change(place, NotificationChange(enabled=enabled))
    words = f"The notification '{found.name}' is {'enabled' if enabled else 'disabled'}."
    return told(found, words, as_json=as_json)


def _typed(
    *, name: str | None, url: str | None, to: list[str] | None, header: list[str] | None,
    event: list[str] | None,
) -> dict[str, Any]:  # fmt: skip
    """What was typed; what was not, is left out."""
    from intakegateway.cli.options import header as parted

    events = None if not event else [] if event == ["none"] else [one.upper() for one in event]
    typed = {
        "name": name, "url": url, "to": to or None, "headers": dict(map(parted, header)) if header else None,
        "events": events,
    }  # fmt: skip
    return {key: value for key, value in typed.items() if value is not None}


def _events(one: NotificationView) -> str:
    return ", ".join(str(event).lower() for event in one.events) or "tasks that name it"
