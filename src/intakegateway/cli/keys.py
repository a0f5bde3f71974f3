"""``intakegateway keys``: the keys that seal secrets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli.errors import SUCCESS

if TYPE_CHECKING:
    from intakegateway.services.keys import Keys

keys = typer.Typer(
    help="The keys that seal secrets: make, look at, rotate.", no_args_is_help=True, rich_markup_mode=None
)


@keys.command("new")
def new() -> int:
    """Print a fresh key, for INTAKEGATEWAY_SECRET_KEYS."""
    from intakegateway.kit.secretbox import new_key

    sys.stdout.write(f"{new_key()}\n")
    return SUCCESS


@keys.command("status")
def status(as_json: given.AsJson = False) -> int:
    """Show which keys there are, and how many secrets each of them seals."""
    with _opened() as service:
        names, tally = service.status()
    shown = [{"id": name, "secrets": tally.by_key[name], "newest": name == names[0]} for name in names]
    missing = {name: count for name, count in tally.by_key.items() if name not in names}
    if as_json:
        from intakegateway.cli.execution import write_json

        write_json(
            {"status": "SUCCESS", "keys": shown, "missing": missing, "unreadable": dict(tally.unreadable)}
        )
        return SUCCESS
    for one in shown:
        sys.stdout.write(f"{one['id']}  {one['secrets']} secrets{'  (newest)' if one['newest'] else ''}\n")
    for name, count in missing.items():
        sys.stdout.write(f"{name}  {count} secrets  (this key is not in the ring: they cannot be read)\n")
    for name, count in tally.unreadable.items():
        sys.stdout.write(f"!! {count} secrets in {name} cannot be read.\n")
    return SUCCESS


@keys.command("rotate")
def rotate(
    forget: Annotated[
        bool, typer.Option("--forget", help="Afterwards, take the older keys out of the key file.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--no-new", help="Make no new key: seal with the first one that is there.")
    ] = False,
    as_json: given.AsJson = False,
) -> int:
    """Make a new key and seal every secret with it; the gateway may run meanwhile.

    With keys from INTAKEGATEWAY_SECRET_KEYS: put a new one first there, restart, and rotate with --no-new.
    """
    with _opened() as service:
        tally = service.rotate(new=not keep, forget=forget)
        names = service.status()[0]
    if as_json:
        from intakegateway.cli.execution import write_json

        write_json({"status": "SUCCESS", "resealed": tally.resealed, "unreadable": dict(tally.unreadable),
                    "keys": names})  # fmt: skip
        return SUCCESS
    noun = "secret was" if tally.resealed == 1 else "secrets were"
    sys.stdout.write(f"{tally.resealed} {noun} sealed with the key {names[0]}.\n")
    for name, count in tally.unreadable.items():
        sys.stdout.write(f"!! {count} secrets in {name} cannot be read, and were left as they are.\n")
    if len(names) > 1:
        sys.stdout.write(
            f"{len(names) - 1} older keys are kept; 'keys rotate --no-new --forget' drops them.\n"
        )
    return SUCCESS


@contextmanager
def _opened() -> Iterator[Keys]:
    """The service over the store of the settings."""
    from intakegateway.bootstrap import build
    from intakegateway.services.keys import Keys
    from intakegateway.settings import read_settings

    gateway = build(read_settings())
    try:
        yield Keys(gateway.context.database, gateway.keyring)
    finally:
        gateway.close()
