"""``intakegateway schemas``: definitions of target tables that tasks are held to."""

from __future__ import annotations

from typing import Any

import typer

from intakegateway.cli.shelves import Noun, add_commands

schemas = typer.Typer(
    help="Definitions of target tables, which tasks are held to.", no_args_is_help=True, rich_markup_mode=None
)


def _models() -> tuple[Any, Any]:
    from intakegateway.model.views.shelves import SchemaChange, SchemaDraft

    return SchemaDraft, SchemaChange


add_commands(schemas, Noun("schema", "schemas", "columns", lambda client: client.schemas, _models))
