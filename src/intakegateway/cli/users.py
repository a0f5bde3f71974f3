"""``intakegateway users``: people who may come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Server, Token, connected, everything
from intakegateway.cli.errors import SUCCESS

if TYPE_CHECKING:
    from intakegateway.model.views.accounts import InvitationView, UserView

users = typer.Typer(
    name="users",
    help="People who may come in. Without --server: those of this machine, also while no server runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.")]
FromInput = Annotated[
    bool,
    typer.Option(
        "--password-stdin",
        help="Take the password from standard input, instead of a link; not with --server.",
    ),
]


@users.command("list")
def find_all(
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="Only who has it in name or address.")
    ] = "",
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Everybody, by address."""
    from intakegateway.cli.printing import listed, moment

    def marks(one: UserView) -> str:
        found = {"admin": one.is_admin, "disabled": not one.is_active, "locked": one.locked_until}
        return ", ".join(word for word, holds in found.items() if holds)

    with connected(server, token, "") as client:
        found = everything(lambda page: client.people.find_all(search, page))
    return listed(
        found, "people", ["address", "name", "last here (UTC)", ""],
        lambda one: [one.email, one.name, moment(one.last_sign_in_at) or "never signed in", marks(one)],
        as_json=as_json,
    )  # fmt: skip


@users.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="How they are called.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="They may do everything.")] = False,
    password_stdin: FromInput = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Let a person in; prints a one-time link with which they choose a password."""
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.accounts import UserDraft

    draft = valid(UserDraft, {"email": email, "name": name, "is_admin": admin})
    with connected(server, token, "") as client:
        made = client.people.add(draft, _password() if password_stdin else None)
    return _tell(f"{made.user.email} was added.", made.user, made.invitation, as_json=as_json)


@users.command()
def disable(
    email: Email,
    undo: Annotated[bool, typer.Option("--undo", help="Enable them again.")] = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Sign a person out and keep them out."""
    from intakegateway.model.views.accounts import UserChange

    with connected(server, token, "") as client:
        user = client.people.change(client.people.find(email).id, UserChange(is_active=undo))
    return _tell(f"{user.email} is {'enabled' if undo else 'disabled'}.", user, None, as_json=as_json)


@users.command("make-admin")
def make_admin(
    email: Email,
    undo: Annotated[bool, typer.Option("--undo", help="Make them an ordinary person again.")] = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Let a person manage this installation."""
    from intakegateway.model.views.accounts import UserChange

    with connected(server, token, "") as client:
        user = client.people.change(client.people.find(email).id, UserChange(is_admin=not undo))
    return _tell(f"{user.email} is {'no' if undo else 'an'} administrator.", user, None, as_json=as_json)


@users.command("reset-password")
def reset_password(
    email: Email,
    password_stdin: FromInput = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Take a password away; prints a one-time link with which they choose another one. Ends a lock, too."""
    invitation = None
    with connected(server, token, "") as client:
        user = client.people.find(email)
        if password_stdin:
            client.people.set_password(user.id, _password())
        else:
            invitation = client.people.invite(user.id)
        user = client.people.find(email)
    return _tell(f"The password of {user.email} was reset.", user, invitation, as_json=as_json)


@users.command()
def sessions(email: Email, server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """Where a person is signed in, used last first. With --server: only the token's own person."""
    from intakegateway.cli.printing import listed, moment

    with connected(server, token, "") as client:
        found = client.people.sessions(client.people.find(email).id)
    return listed(
        found, "sessions", ["last here (UTC)", "since (UTC)", "from", "browser"],
        lambda one: [moment(one.last_seen_at), moment(one.created_at), one.ip, one.user_agent],
        as_json=as_json, wrapped=(3,),
    )  # fmt: skip


@users.command("sign-out")
def sign_out(email: Email, server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """Sign a person out of every browser; tokens stay. With --server: only the token's own person."""
    from intakegateway.cli.printing import told

    with connected(server, token, "") as client:
        user = client.people.find(email)
        client.people.sign_out(user.id)
    return told({"id": user.id, "email": user.email}, f"{user.email} is signed out.", as_json=as_json)


@users.command("change-password")
def change_password(server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """Choose another password of your own, on a server: asks for the present one, then for the new one.

    From standard input they are two lines. Your other sessions end; tokens stay.
    """
    from intakegateway.cli.printing import told
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.accounts import PasswordChange

    given_now, given_new = _password("Present password: "), _password("New password: ")
    change = valid(PasswordChange, {"current": given_now, "new": given_new})
    with connected(server, token, "") as client:
        client.people.change_password(change)
    return told({}, "Your password was changed.", as_json=as_json)


@users.command()
def unlock(email: Email, server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """Let a person try again who has given too many wrong passwords."""
    with connected(server, token, "") as client:
        user = client.people.unlock(client.people.find(email).id)
    return _tell(f"{user.email} may sign in again.", user, None, as_json=as_json)


@users.command()
def delete(
    email: Email,
    yes: given.Yes = False,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Remove a person with their memberships and tokens; what they made stays."""
    from intakegateway.cli.printing import agreed, told

    with connected(server, token, "") as client:
        user = client.people.find(email)
        agreed(yes, f"{user.email}, with all memberships and tokens,")
        client.people.delete(user.id)
    return told({"id": user.id, "email": user.email}, f"{user.email} was removed.", as_json=as_json)


def _password(asked: str = "Password: ") -> str:
    import getpass
    import sys

    return getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _tell(said: str, user: UserView, invitation: InvitationView | None, *, as_json: bool) -> int:
    if as_json:
        from intakegateway.cli.execution import write_json

        write_json(
            {
                "user": user.model_dump(mode="json"),
                "invitation": invitation.model_dump(mode="json") if invitation else None,
            }
        )
        return SUCCESS
    typer.echo(said)
    if invitation is not None:
        typer.echo(f"They choose their password here until {invitation.expires_at:%Y-%m-%d %H:%M} UTC:")
        typer.echo(f"  {invitation.url}")
    return SUCCESS
