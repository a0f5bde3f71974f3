"""``intakegateway preview``: the first rows of a source, as a run would read them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intakegateway.cli import options as given

if TYPE_CHECKING:
    from intakegateway.engine.preview import Preview

VIEWS = ("table", "tree", "raw")


def preview(
    source: given.Source,
    rows: Annotated[int, typer.Option("--rows", metavar="N", min=1, max=10_000, help="How many rows.")] = 20,
    view: Annotated[
        str, typer.Option("--as", metavar="VIEW", help="table (default), tree (nested fields) or raw.")
    ] = "table",
    profile: Annotated[
        bool, typer.Option("--profile", help="Also nulls, distinct values, least, greatest, most frequent.")
    ] = False,
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
    """Show the first rows of SOURCE, its fields and their types. Nothing is written."""
    if view not in VIEWS:
        raise typer.BadParameter(f"'{view}' is not a view. Allowed: {', '.join(VIEWS)}.", param_hint="--as")
    from intakegateway.services.previews import preview_source, raw_lines, source_of

    definition = source_of(source, given.source_options(locals()))  # type: ignore[arg-type]
    found = preview_source(definition, rows)
    if as_json:
        from intakegateway.cli.execution import write_json

        write_json(_object(found, view, profile=profile, raw=raw_lines(definition, found, rows)))
        return
    if view == "raw":
        sys.stdout.writelines(f"{line}\n" for line in raw_lines(definition, found, rows))
        return
    _show(found, view, profile=profile)


def _show(found: Preview, view: str, *, profile: bool) -> None:
    from intakegateway.cli.tables import fields_table, frame_table
    from intakegateway.cli.trees import profile_lines, tree_lines

    described = _detected(found)
    sys.stdout.write(f"{found.name}{f': {described}' if described else ''}\n")
    if view == "tree":
        sys.stdout.writelines(f"{line}\n" for line in tree_lines(found.tree))
    else:
        frame_table(found.frame, found.locators)
        fields_table(found.fields)
    if profile:
        sys.stdout.writelines(f"{line}\n" for line in profile_lines(found.profile))
    count = f"{found.frame.height:,} {'row' if found.frame.height == 1 else 'rows'}"
    sys.stdout.write(f"{count}{' in all' if found.whole else '; there may be more'}.\n")
    for row in found.broken.iter_rows(named=True):
        sys.stdout.write(f"! {row['_locator']}: {row['message']}\n")
    sys.stdout.writelines(f"! {warning}\n" for warning in found.warnings)


def _object(found: Preview, view: str, *, profile: bool, raw: list[str]) -> dict[str, Any]:
    from intakegateway.cli.schema import field_object
    from intakegateway.cli.trees import as_object

    shown: dict[str, Any] = {
        "source": found.name,
        "detected": as_object(found.detected) if found.detected is not None else None,
        "rows": found.frame.to_dicts(),
        "locators": found.locators.to_list(),
        "whole": found.whole,
        "fields": [field_object(field) for field in found.fields],
        "broken": found.broken.to_dicts(),
        "warnings": list(found.warnings),
    }
    if view == "tree":
        shown["tree"] = as_object(found.tree)
    if view == "raw":
        shown["raw"] = raw
    if profile:
        shown["profile"] = as_object(found.profile)
    return shown


def _detected(found: Preview) -> str:
    """``csv, utf-8, delimiter ";", no header``."""
    if found.detected is None:
        return ""
    parts = [str(getattr(found.detected, name, None) or "") for name in ("format", "encoding")]
    delimiter = getattr(found.detected, "delimiter", None)
    if delimiter:
        parts.append(f"delimiter {json.dumps(delimiter, ensure_ascii=False)}")
    if getattr(found.detected, "header", None) is False:
        parts.append("no header")
    if getattr(found.detected, "decimal_comma", None):
        parts.append("decimal comma")
    return ", ".join(part for part in parts if part)
