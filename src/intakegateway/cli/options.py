"""The options that several commands share."""

from __future__ import annotations

from typing import Annotated, Any

import typer

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A path, a glob in quotes, '-' (standard input), or a URL: https://, postgresql://, mysql://,"
        " sqlite:///, duckdb:///.",
    ),
]
Query = Annotated[str | None, typer.Option("--query", metavar="SQL", help="Database: the query to read.")]
SourceTable = Annotated[
    str | None, typer.Option("--source-table", metavar="NAME", help="Database: the table to read.")
]
Records = Annotated[
    str | None,
    typer.Option(
        "--records", metavar="JSONPATH", help="JSON: where the records are ($.data[*]). XML: their element."
    ),
]
KeyField = Annotated[
    str | None,
    typer.Option(
        "--key-field",
        metavar="NAME",
        help="JSON: a field for the key that each record stands under ($.data.*).",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="File: csv, tsv, txt, fixed, json, ndjson, excel, ods, parquet, arrow, xml. Found from"
        " the content if left out.",
    ),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="File: its encoding (utf-8, cp1252, …).")
]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", metavar="D", help="CSV: what separates fields; 'tab' for a tab.")
]
Quote = Annotated[str | None, typer.Option("--quote", metavar="Q", help="CSV: the quote character.")]
SkipRows = Annotated[
    int | None, typer.Option("--skip-rows", metavar="N", min=0, help="File: lines before the header to skip.")
]
Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="File: whether the first record holds the names."),
]
Columns = Annotated[
    str | None, typer.Option("--columns", metavar="A,B", help="File: names for the fields, by commas.")
]
NullText = Annotated[
    list[str] | None,
    typer.Option("--null-text", metavar="TEXT", help="File: a text that stands for null; may be repeated."),
]
DecimalComma = Annotated[
    bool | None,
    typer.Option("--decimal-comma/--decimal-point", help="File: how numbers are written."),
]
Sheet = Annotated[str | None, typer.Option("--sheet", metavar="S", help="Excel: the sheet's name or number.")]
HeaderRow = Annotated[
    int | None, typer.Option("--header-row", metavar="N", min=1, help="Excel: the row that holds the names.")
]
Range = Annotated[str | None, typer.Option("--range", metavar="A1:C9", help="Excel: the cells to read.")]
Member = Annotated[
    str | None, typer.Option("--member", metavar="GLOB", help="Zip: which members to read; all if left out.")
]
Explode = Annotated[
    str | None, typer.Option("--explode", metavar="FIELD", help="An array field: one row per element.")
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token", metavar="T", envvar="INTAKEGATEWAY_TOKEN", show_envvar=True,
        help="API: a bearer token; better given by the variable, as others can see command lines.",
    ),
]  # fmt: skip
HttpHeader = Annotated[
    list[str] | None,
    typer.Option("--http-header", metavar="'NAME: VALUE'", help="API: a header to send; may be repeated."),
]
Pagination = Annotated[
    str | None,
    typer.Option("--pagination", metavar="TYPE", help="API: auto (default), none, page, offset, …"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Really do it.")]

_NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}


def source_options(given: dict[str, Any]) -> dict[str, Any]:
    """The options of a source, from the command's own variables of the same names."""
    options = {
        name: given[name]
        for name in (
            "query", "source_table", "records", "key_field", "format", "encoding", "quote", "skip_rows", "header",
            "decimal_comma", "header_row", "range", "member", "explode", "token", "pagination",
        )
    }  # fmt: skip
    delimiter, sheet = given["delimiter"], given["sheet"]
    options["delimiter"] = _NAMED_DELIMITERS.get(delimiter.lower(), delimiter) if delimiter else None
    options["sheet"] = int(sheet) if sheet and sheet.isdecimal() else sheet
    options["columns"] = names(given["columns"])
    options["null_texts"] = given["null_text"] or None
    if given["http_header"]:
        options["request"] = {"headers": dict(map(header, given["http_header"]))}
    return options


def names(text: str | None) -> list[str] | None:
    """``a,b`` as names."""
    if text is None:
        return None
    found = [name.strip() for name in text.split(",")]
    if not all(found):
        raise typer.BadParameter(f"'{text}' is not a list of names. Write them with commas: id,date.")
    return found


def header(text: str) -> tuple[str, str]:
    """``Name: value`` in its two parts."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise typer.BadParameter(f"'{name}' is not a header. Write 'Name: value'.")
    return name.strip(), value.strip()
