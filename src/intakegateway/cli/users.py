"""``intakegateway users``: people, straight in this installation's own store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from intakegateway.bootstrap import Gateway
    from intakegateway.model.views.accounts import InvitationView, UserView

users = typer.Typer(
    name="users",
    help="People who may come in. Works on the data folder of this machine, also while no server runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Take the password from standard input, instead of a link.")
]


@users.command("list")
def find_all(
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="Only who has it in name or address.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Everybody, by address."""
    from intakegateway.model.views.base import PageRequest
    from intakegateway.services.accounts import COMMAND_LINE

    found: list[UserView] = []
    with _gateway() as gateway:
        while True:
            request = PageRequest(limit=500, offset=len(found))
            page = gateway.accounts.find_all(COMMAND_LINE, request, search)
            found += page.items
            if not page.items or len(found) >= page.total:
                break
    if as_json:
        _print_json({"items": [one.model_dump(mode="json") for one in found], "total": len(found)})
        return
    for one in found:
        marks = ["admin"] if one.is_admin else []
        marks += [] if one.is_active else ["disabled"]
        marks += ["locked"] if one.locked_until else []
        last = f"{one.last_sign_in_at:%Y-%m-%d %H:%M}" if one.last_sign_in_at else "never signed in"
        typer.echo(f"{one.email:<40} {one.name:<25} {last:<16} {', '.join(marks)}".rstrip())


@users.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="How they are called.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="They may do everything.")] = False,
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """Let a person in; prints a one-time link with which they choose a password."""
    from intakegateway.model.views.accounts import UserDraft
    from intakegateway.services.accounts import COMMAND_LINE

    draft = _valid(lambda: UserDraft(email=email, name=name, is_admin=admin))
    password = _password() if password_stdin else None
    with _gateway() as gateway:
        made = gateway.accounts.create(COMMAND_LINE, draft, password, _origin(gateway))
    _tell(f"{made.user.email} was added.", made.user, made.invitation, as_json)


@users.command()
def disable(
    email: Email,
    undo: Annotated[bool, typer.Option("--undo", help="Enable them again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign a person out and keep them out."""
    from intakegateway.model.views.accounts import UserChange

    user = _changed(email, UserChange(is_active=undo))
    _tell(f"{user.email} is {'enabled' if undo else 'disabled'}.", user, None, as_json)


@users.command("make-admin")
def make_admin(
    email: Email,
    undo: Annotated[bool, typer.Option("--undo", help="Make them an ordinary person again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let a person manage this installation."""
    from intakegateway.model.views.accounts import UserChange

    user = _changed(email, UserChange(is_admin=not undo))
    _tell(f"{user.email} is {'no' if undo else 'an'} administrator.", user, None, as_json)


@users.command("reset-password")
def reset_password(email: Email, password_stdin: FromInput = False, as_json: AsJson = False) -> None:
    """Take a password away; prints a one-time link with which they choose another one. Ends a lock, too."""
    from intakegateway.services.accounts import COMMAND_LINE

    password = _password() if password_stdin else None
    invitation = None
    with _gateway() as gateway:
        user_id = gateway.accounts.id_of(COMMAND_LINE, email)
        if password is None:
            invitation = gateway.invitations.renew(COMMAND_LINE, user_id, _origin(gateway))
        else:
            gateway.accounts.set_password(COMMAND_LINE, user_id, password)
        user = gateway.accounts.get(COMMAND_LINE, user_id)
    _tell(f"The password of {user.email} was reset.", user, invitation, as_json)


@contextmanager
def _gateway() -> Iterator[Gateway]:
    from intakegateway.bootstrap import build
    from intakegateway.settings import read_settings

    gateway = build(read_settings())
    try:
        yield gateway
    finally:
        gateway.close()


def _origin(gateway: Gateway) -> str:
    settings = gateway.context.settings
    return f"http://{settings.host}:{settings.port}"


def _changed(email: str, change: Any) -> UserView:
    from intakegateway.services.accounts import COMMAND_LINE

    with _gateway() as gateway:
        return gateway.accounts.change(COMMAND_LINE, gateway.accounts.id_of(COMMAND_LINE, email), change)


def _password() -> str:
    import getpass
    import sys

    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _valid(make: Any) -> Any:
    from pydantic import ValidationError

    from intakegateway.model.errors import DefinitionError

    try:
        return make()
    except ValidationError as error:
        first = error.errors()[0]
        said = str(first["msg"]).removeprefix("Value error, ")
        raise DefinitionError(f"'{first['input']}': {said}.") from None


def _tell(said: str, user: UserView, invitation: InvitationView | None, as_json: bool) -> None:
    if as_json:
        _print_json(
            {
                "user": user.model_dump(mode="json"),
                "invitation": invitation.model_dump(mode="json") if invitation else None,
            }
        )
        return
    typer.echo(said)
    if invitation is not None:
        typer.echo(f"They choose their password here until {invitation.expires_at:%Y-%m-%d %H:%M} UTC:")
        typer.echo(f"  {invitation.url}")


def _print_json(value: dict[str, Any]) -> None:
    import json

    typer.echo(json.dumps(value, ensure_ascii=False))
