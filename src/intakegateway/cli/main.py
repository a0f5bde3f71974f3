"""The command ``intakegateway``. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from intakegateway.cli.errors import guarded
from intakegateway.kit.allocation import keep_little


class Gateway(TyperGroup):
    """The commands; whatever one of them raises ends as one message and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line ``args`` and exit with its code (or return it, if not standalone)."""
        given = list(sys.argv[1:] if args is None else args)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A terminal or pipe without Unicode must not turn a finished load into an error.
                stream.reconfigure(errors="replace")
        start = super().main
        code = guarded(
            lambda: start(
                given, prog_name or "intakegateway", complete_var, standalone_mode=False,
                windows_expand_args=windows_expand_args, **extra,
            ),
            as_json="--json" in given,
        )  # fmt: skip
        if standalone_mode:
            sys.exit(code)
        return code


COMMANDS = {
    "load": "load", "run": "run", "plan": "run", "preview": "preview", "schema": "schema", "doctor": "doctor",
    "serve": "serve", "worker": "serve", "scheduler": "serve", "apply": "documents", "diff": "documents",
    "export": "documents",
}  # fmt: skip
"""Every command, and the module that has it."""
GROUPS = (
    "projects", "tasks", "runs", "rejects", "files", "connections", "schedules", "notifications", "deliveries",
    "audit", "tokens", "users", "keys",
)  # fmt: skip
"""Commands with commands below them; each is a module with a ``typer.Typer`` of the same name."""


def program(*names: str) -> typer.Typer:
    """The command line with these commands; with all of them if none is named."""
    app = typer.Typer(
        cls=Gateway,
        help="Any file, API or query into a table, every row accounted for, at bulk speed.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
        epilog="Exit codes: 0 success, 1 failed, 2 wrong usage or definition, 3 some rows rejected.",
    )
    app.callback()(_everything)
    for name in names or (*COMMANDS, *GROUPS):
        module = import_module(f"intakegateway.cli.{COMMANDS.get(name, name)}")
        if name in GROUPS:
            app.add_typer(getattr(module, name), name=name)
        else:
            app.command(name)(getattr(module, name))
    return app


def _last_words() -> None:
    """Write what is still buffered; a reader that has gone away (``| head``) is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would try again at its very end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _version(wanted: bool) -> None:
    if wanted:
        from intakegateway import __version__

        typer.echo(f"intakegateway {__version__}")
        raise typer.Exit


def _everything(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Any file, API or query into a table, every row accounted for, at bulk speed."""


def main() -> None:
    """The entry point of the ``intakegateway`` command."""
    # Starting makes many objects that stay until the end; to look for rubbish among them costs a tenth of it.
    gc.disable()
    # Pydantic would look for plugins of its own in the metadata of every package that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    keep_little()
    try:
        # To read the options of the other commands would take a sixth of what a small load takes.
        program(*(name for name in sys.argv[1:2] if name in COMMANDS or name in GROUPS))()
    finally:
        _last_words()
        # All memory goes back at once in a moment: it need not be searched for rubbish before.
        gc.freeze()
