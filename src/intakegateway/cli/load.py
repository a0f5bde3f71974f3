"""``intakegateway load``: one line from a file, an API or a query to a table."""

# Annotations are not put off here: typer would compile each of them again, and this command is to start quickly.

from pathlib import Path
from typing import Annotated, Any

import typer

from intakegateway.cli import options as given


def load(
    source: given.Source,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="DEST",
            envvar="INTAKEGATEWAY_TO",
            show_envvar=True,
            help="A database URL (postgresql://user@host/db, mysql://…, sqlite:///file.db, duckdb:///file),"
            " a file (.parquet, .csv, .jsonl) or a folder/.",
        ),
    ],
    table: Annotated[
        str | None,
        typer.Option("--table", metavar="NAME", help="The table; named like the file if left out."),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            "--mode",
            metavar="M",
            help="append (default), insert, upsert, truncate_insert, delete_insert.",
        ),
    ] = None,
    keys: Annotated[
        str | None, typer.Option("--keys", metavar="A,B", help="The columns that identify a row.")
    ] = None,
    mapping: Annotated[
        str | None, typer.Option("--mapping", metavar="FILE", help="A YAML or JSON list of mappings.")
    ] = None,
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="FILE", help="A YAML or JSON list of rules.")
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
    create: Annotated[
        str | None,
        typer.Option("--create", metavar="HOW", help="A missing table: typed (default), text, never."),
    ] = None,
    drift: Annotated[
        str | None,
        typer.Option(
            "--drift", metavar="HOW", help="Fields without a column: freeze (default), evolve, reject."
        ),
    ] = None,
    nulls: Annotated[
        str | None,
        typer.Option("--nulls", metavar="HOW", help="Nulls on update: overwrite (default) or keep."),
    ] = None,
    skip_when: Annotated[
        str | None,
        typer.Option("--skip-when", metavar="COLUMN=VALUE", help="Upsert: existing rows to leave alone."),
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", metavar="FILE", help="Rejected rows go here: .csv, .jsonl or .parquet."),
    ] = None,
    max_rejects: Annotated[
        str | None,
        typer.Option("--max-rejects", metavar="N|N%", help="Fail when more rows than this are rejected."),
    ] = None,
    on_limit: Annotated[
        str | None,
        typer.Option("--on-limit", metavar="HOW", help="What then: rollback (default) or keep."),
    ] = None,
    load_id: Annotated[
        str | None,
        typer.Option("--load-id", metavar="ID", help="Names the load: the same id is never loaded twice."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    as_json: given.AsJson = False,
) -> int:
    """Load SOURCE into a table, and account for every row.

    \b
    intakegateway load orders.csv --to sqlite:///shop.db --table orders --mode upsert --keys id
    intakegateway load 'in/*.csv.gz' --to postgresql://me@host/db --table raw.orders --max-rejects 5%
    intakegateway load https://api.example.com/v2/orders --records '$.data[*]' --to duckdb:///shop.duckdb
    """
    chosen = given.source_options(locals())
    chosen.update(
        mode=mode, keys=given.names(keys), mapping=mapping, rules=rules, create=create, drift=drift,
        nulls=nulls, skip_when=_condition(skip_when), max_rejects=max_rejects, on_limit=on_limit,
    )  # fmt: skip
    from intakegateway.cli.execution import Output, execute
    from intakegateway.model.errors import DefinitionError
    from intakegateway.services.definitions import in_list_file, task_of
    from intakegateway.services.local_runs import RunRequest

    request = RunRequest(rejects=rejects, dry_run=dry_run, load_id=load_id)
    try:
        if table is not None and not table.strip():
            raise DefinitionError("--table is empty.", hint="Name the table, or leave --table out.")
        task = task_of(source, to, table, chosen)  # type: ignore[arg-type]
        return execute(task, request, Output(as_json=as_json, quiet=quiet))
    except DefinitionError as error:
        raise in_list_file(error, {"mapping": mapping, "rules": rules}) from None


def _condition(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    column, equals, value = text.partition("=")
    if not equals or not column.strip():
        raise typer.BadParameter(f"'{text}' is not a condition. Write COLUMN=VALUE.")
    return {"column": column.strip(), "equals": value}
