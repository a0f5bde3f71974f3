"""``intakegateway tokens``: what programs sign in with."""

from __future__ import annotations

from typing import Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli.client import Server, Token, connected, everything

tokens = typer.Typer(
    help="API tokens, with which programs sign in: make, look at, revoke.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
Owner = Annotated[
    str | None,
    typer.Option(
        "--owner", metavar="EMAIL",
        help="Whose tokens, on this machine. With --server they are those of whose token you use.",
    ),
]  # fmt: skip


@tokens.command("list")
def find_all(
    owner: Owner = None, server: Server = None, token: Token = None, as_json: given.AsJson = False
) -> int:
    """The tokens of a person that are not revoked, the newest first; never their texts."""
    from intakegateway.cli.printing import listed, moment

    with connected(server, token, "") as client:
        found = everything(lambda page: client.tokens.find_all(owner, page))
        limited = any(one.project_id for one in found)
        names = {one.id: one.name for one in everything(client.projects.find_all)} if limited else {}
    return listed(
        found, "tokens", ["name", "begins with", "role", "project", "expires (UTC)", "last used", "id"],
        lambda one: [one.name, f"{one.prefix}…", str(one.role), names.get(one.project_id or "", "all"),
                     moment(one.expires_at) or "never", moment(one.last_used_at) or "never", one.id],
        as_json=as_json,
    )  # fmt: skip


@tokens.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    role: Annotated[
        str, typer.Option("--role", metavar="ROLE", help="At most this: viewer, operator, editor or admin.")
    ] = "operator",
    project: Annotated[
        str | None,
        typer.Option(
            "--project", metavar="NAME", help="The only project that it opens; left out: all of theirs."
        ),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="TIME", help="When it ends: 2030-01-01, or 90d, 12h from now."),
    ] = None,
    owner: Owner = None,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """Make a token. Its text is printed once, and never shown again."""
    from intakegateway.cli.printing import moment, told
    from intakegateway.cli.valid import valid
    from intakegateway.model.views.accounts import TokenDraft

    draft = valid(
        TokenDraft, {"name": name, "role": role.lower(), "project": project, "expires_at": _expiry(expires)}
    )
    with connected(server, token, "") as client:
        made = client.tokens.create(owner, draft)
    until = f"until {moment(made.expires_at)} UTC" if made.expires_at else "until it is revoked"
    words = f"The token '{made.name}' ({made.role}) is good {until}. Its text, shown this once:\n{made.token}"
    return told(made, words, as_json=as_json)


@tokens.command()
def revoke(
    which: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, its name, or how it begins.")],
    owner: Owner = None,
    server: Server = None,
    token: Token = None,
    as_json: given.AsJson = False,
) -> int:
    """End a token: it opens nothing from now on."""
    from intakegateway.cli.printing import told
    from intakegateway.model.errors import ConflictError, NotFoundError

    with connected(server, token, "") as client:
        found = [
            one
            for one in everything(lambda page: client.tokens.find_all(owner, page))
            if which in (one.id, one.name) or (len(which) > 4 and one.prefix.startswith(which))
        ]
        if not found:
            raise NotFoundError("token", which, hint="'intakegateway tokens list' shows them.")
        if len(found) > 1:
            ids = ", ".join(one.id for one in found)
            raise ConflictError(
                f"there are {len(found)} tokens '{which}'.", hint=f"Give one of their ids: {ids}."
            )
        client.tokens.revoke(owner, found[0].id)
    words = f"The token '{found[0].name}' was revoked."
    return told({"id": found[0].id, "name": found[0].name}, words, as_json=as_json)


def _expiry(text: str | None) -> object:
    import re
    from datetime import UTC, datetime, timedelta

    from intakegateway.cli.valid import instant

    span = re.fullmatch(r"(\d{1,5})([hd])", text.strip()) if text else None
    if span is None:
        return instant(text, "--expires")
    return datetime.now(UTC) + timedelta(**{"hours" if span[2] == "h" else "days": int(span[1])})
