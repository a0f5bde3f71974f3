"""The command ``intakegateway``. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from intakegateway.cli import doctor, load, preview, run, schema
from intakegateway.cli.errors import guarded


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


app = typer.Typer(
    cls=Gateway,
    help="Any file, API or query into a table, every row accounted for, at bulk speed.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 success, 1 failed, 2 wrong usage or definition, 3 some rows rejected.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from intakegateway import __version__

        typer.echo(f"intakegateway {__version__}")
        raise typer.Exit


@app.callback()
def _everything(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Any file, API or query into a table, every row accounted for, at bulk speed."""


app.command("load")(load.load)
app.command("run")(run.run)
app.command("plan")(run.plan)
app.command("preview")(preview.preview)
app.command("schema")(schema.schema)
app.command("doctor")(doctor.doctor)


def main() -> None:
    """The entry point of the ``intakegateway`` command."""
    # Starting makes many objects that stay until the end; to look for rubbish among them costs a tenth of it.
    gc.disable()
    try:
        app()
    finally:
        # The end of the process frees them all; without this it would look among them first.
        gc.freeze()
