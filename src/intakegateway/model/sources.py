"""Where a task's rows come from: one model for each kind of source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from intakegateway.model.definition import SourceSpec
from intakegateway.model.lazily import Lazily

if TYPE_CHECKING:
    from intakegateway.model.http import HttpSource
    from intakegateway.model.sql import SqlSource
else:
    HttpSource = Annotated[Any, Lazily("intakegateway.model.http", "HttpSource")]
    SqlSource = Annotated[Any, Lazily("intakegateway.model.sql", "SqlSource")]

__all__ = ["AnySource", "FileSource"]


class FileSource(SourceSpec):
    """One file, several (a glob), or standard input (``-``)."""

    kind: Literal["file"] = "file"
    path: str = ""
    """Where it is: a path, a glob, or ``-``."""
    file: str | None = None
    """A file that was uploaded to the gateway, by id or name, instead of ``path``; where its content lies
    is filled in as ``path`` when it is read."""
    format: str | None = None
    """csv, tsv, txt, fixed, json, ndjson, excel, ods, parquet, arrow, xml; left out: found from content."""
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    skip_rows: int = Field(default=0, ge=0)
    header: bool | None = None
    """Whether the first record (after ``skip_rows``) has the names; left out: found out."""
    columns: tuple[str, ...] = ()
    """Names for the fields, instead of the header's."""
    null_texts: tuple[str, ...] = ()
    """Texts that stand for null, such as ``NULL`` or ``N/A``."""
    decimal_comma: bool | None = None
    widths: tuple[int, ...] = ()
    """Fixed width: the characters of each field."""
    sheet: str | int | None = None
    header_row: int | None = Field(default=None, ge=1)
    cell_range: str | None = Field(default=None, alias="range")
    records: str | None = None
    """JSON: a JSONPath to the records. XML: the name of the repeating element."""
    member: str | None = None
    """Zip: a glob of the members to read; left out: all."""

    @model_validator(mode="after")
    def _one_place(self) -> FileSource:
        if not self.path and self.file is None:
            raise ValueError("a file source needs 'path', or 'file' for one that was uploaded.")
        return self


def _kind_of(value: Any) -> str:
    """The kind of a source, from ``kind`` or from the keys that only one kind has."""
    given = value if isinstance(value, dict) else dict(value)
    kind = given.get("kind")
    if isinstance(kind, str):
        return kind
    if "path" in given or "file" in given:
        return "file"
    if "query" in given or "table" in given:
        return "sql"
    return "http"


AnySource = Annotated[
    Annotated[FileSource, Tag("file")]
    | Annotated[HttpSource, Tag("http")]
    | Annotated[SqlSource, Tag("sql")],
    Discriminator(_kind_of),
]
