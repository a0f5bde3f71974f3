"""``intakegateway schema``: the JSON schema of YAML files, or the columns of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from intakegateway.cli import options as given

if TYPE_CHECKING:
    from intakegateway.model.schema import Field


def schema(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[task|project|SOURCE]",
            help="'task' (default) or 'project': print the JSON schema of such files, for editors. A path,"
            " glob, '-' or URL: print its columns and their types, found from all of its values.",
        ),
    ] = None,
    query: given.Query = None,
    source_table: given.SourceTable = None,
    records: given.Records = None,
    key_field: given.KeyField = None,
    format: given.Format = None,
    encoding: given.Encoding = None,
    delimiter: given.Delimiter = None,
    quote: given.Quote = None,
    skip_rows: given.SkipRows = None,
    header: given.Header = None,
    columns: given.Columns = None,
    null_text: given.NullText = None,
    decimal_comma: given.DecimalComma = None,
    sheet: given.Sheet = None,
    header_row: given.HeaderRow = None,
    range: given.Range = None,
    member: given.Member = None,
    explode: given.Explode = None,
    token: given.Token = None,
    http_header: given.HttpHeader = None,
    pagination: given.Pagination = None,
    as_json: given.AsJson = False,
) -> None:
    """Print the JSON schema of task or project files, or the columns of a source."""
    from intakegateway.services.jsonschema import NAMES, json_schema

    if source is None or source in NAMES:
        import json

        typer.echo(json.dumps(json_schema(source or "task"), indent=2, ensure_ascii=False))
        return
    from intakegateway.cli.execution import write_json
    from intakegateway.cli.tables import fields_table
    from intakegateway.services.endpoints import shown
    from intakegateway.services.previews import fields, source_of

    definition = source_of(source, given.source_options(locals()))  # type: ignore[arg-type]
    found = fields(definition)
    if as_json:
        write_json({"source": shown(source), "fields": [field_object(field) for field in found]})
    else:
        fields_table(found)


def field_object(field: Field) -> dict[str, Any]:
    """A field as ``--json`` shows it."""
    return {
        "name": field.name,
        "type": str(field.type),
        "nulls": field.nulls,
        "values": field.values,
        "max_length": field.max_length,
        "date_format": field.date_format or None,
        "whole": field.whole,
        "notes": list(field.notes),
        "samples": list(field.samples),
    }
