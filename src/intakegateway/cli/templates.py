"""``intakegateway templates``: saved sets of mappings."""

from __future__ import annotations

from typing import Any

import typer

from intakegateway.cli.shelves import Noun, add_commands

templates = typer.Typer(
    help="Saved sets of mappings, for many tasks.", no_args_is_help=True, rich_markup_mode=None
)


def _models() -> tuple[Any, Any]:
    from intakegateway.model.views.shelves import TemplateChange, TemplateDraft

    return TemplateDraft, TemplateChange


add_commands(
    templates, Noun("template", "templates", "mappings", lambda client: client.templates, _models, "mapping")
)
