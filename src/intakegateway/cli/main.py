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
    "export": "documents", "system": "system",
}  # fmt: skip
"""Every command, and the module that has it."""
GROUPS = (
    "projects", "tasks", "mappings", "templates", "schemas", "runs", "rejects", "files", "connections",
    "schedules", "notifications", "deliveries", "stats", "audit", "tokens", "users", "keys",
)  # fmt: skip
"""Commands with commands below them; each is a module with a ``typer.Typer`` of the same name."""

SUMMARIES = {
    "load": "Load SOURCE into a table, and account for every row.",
    "run": "Run the tasks of a YAML file, one after the other.",
    "plan": "Say what the tasks of a YAML file would do: tables, counts, samples, rejects. Writes nothing.",
    "preview": "Show the first rows of SOURCE, its fields and their types. Nothing is written.",
    "schema": "Print the JSON schema of task or project files, or the columns of a source.",
    "doctor": "Look at Python, the drivers, the data folder and, with --to, at a destination.",
    "serve": "Serve the REST API and run tasks, until Ctrl-C.",
    "worker": "Run tasks of a gateway that serves elsewhere, until Ctrl-C; both use one PostgreSQL database.",
    "scheduler": "Start what schedules plan, send messages, find lost runs and clean up for a gateway that serves"
    " elsewhere.",
    "apply": "Make a project of the gateway like a file: all of it, or nothing.",
    "diff": "Show what 'apply' would change. Exit code 0: nothing, 3: something.",
    "export": "Print a project as a file that 'apply' takes; secrets are references such as ${WAREHOUSE_PASSWORD}.",
    "system": "Say how the gateway is set up: its limits, what it keeps, mail, single sign-on; no secrets.",
    "projects": "Projects of a gateway, and who belongs to them.",
    "tasks": "Tasks of a gateway: make, change, run and delete them; their versions.",
    "mappings": "The mappings of a task: look at them, as a file and back, from a template.",
    "templates": "Saved sets of mappings, for many tasks.",
    "schemas": "Definitions of target tables, which tasks are held to.",
    "runs": "Runs of a gateway: look at them, follow them, stop them, run them again.",
    "rejects": "Rejected rows of a run: look at them, correct them, load them again.",
    "files": "Files of a gateway: upload them, look at them, get them back.",
    "connections": "Connections of a gateway: make, change and test them, look into them.",
    "schedules": "Schedules of a gateway: set, try and switch them.",
    "notifications": "Places that are told about runs: webhooks, e-mail, Slack, Teams and others.",
    "deliveries": "What was sent about runs, and how it was answered.",
    "stats": "How runs have gone, in numbers.",
    "audit": "Who changed what in a gateway, when, from where.",
    "tokens": "API tokens, with which programs sign in: make, look at, revoke.",
    "users": "People who may come in. Without --server: those of this machine, also while no server runs.",
    "keys": "The keys that seal secrets: make, look at, rotate.",
}
"""The first sentence of each, which a list of them shows without importing any."""


def outline() -> typer.Typer:
    """The command line as a list of all commands, none of which can be used."""
    app = _empty()
    for name in (*COMMANDS, *GROUPS):
        if name in GROUPS:
            app.add_typer(typer.Typer(help=SUMMARIES[name], rich_markup_mode=None), name=name)
        else:
            app.command(name, help=SUMMARIES[name])(_listed)
    return app


def program(*names: str) -> typer.Typer:
    """The command line with these commands; with all of them if none is named."""
    app = _empty()
    for name in names or (*COMMANDS, *GROUPS):
        module = import_module(f"intakegateway.cli.{COMMANDS.get(name, name)}")
        if name in GROUPS:
            app.add_typer(getattr(module, name), name=name)
        else:
            app.command(name)(getattr(module, name))
    return app


def _empty() -> typer.Typer:
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
    return app


def _listed() -> None:
    """Only stands in a list."""


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


def _wanted(words: Sequence[str]) -> typer.Typer:
    """As little of the command line as these words need: reading all options takes longer than a small load."""
    known = [word for word in words if word in COMMANDS or word in GROUPS]
    if known[:1] == list(words[:1]):
        return program(*known[:1])
    # A shell that completes words tells of them in the environment.
    return program() if known or "_INTAKEGATEWAY_COMPLETE" in os.environ else outline()


def main() -> None:
    """The entry point of the ``intakegateway`` command."""
    # Starting makes many objects that stay until the end; to look for rubbish among them costs a tenth of it.
    gc.disable()
    # Pydantic would look for plugins of its own in the metadata of every package that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    keep_little()
    try:
        _wanted(sys.argv[1:])()
    finally:
        _last_words()
        # All memory goes back at once in a moment: it need not be searched for rubbish before.
        gc.freeze()
