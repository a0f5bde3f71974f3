"""Where a task's rows come from: one model for each kind of source."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from intakegateway.model.definition import SourceSpec
from intakegateway.model.lazily import Lazily

if TYPE_CHECKING:
    from intakegateway.model.http import HttpSource
    from intakegateway.model.sql import SqlSource
else:
    HttpSource = Annotated[Any, Lazily("intakegateway.model.http", "HttpSource")]
    SqlSource = Annotated[Any, Lazily("intakegateway.model.sql", "SqlSource")]

__all__ = ["AnySource", "FileSource", "PushSource", "pushed_source"]


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
    key_field: str | None = Field(default=None, min_length=1)
    """JSON: a field for the key that each record stands under, where ``records`` is such as ``$.data.*``."""
    member: str | None = None
    """Zip: a glob of the members to read; left out: all."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if not self.path and self.file is None:
            raise ValueError("a file source needs 'path', or 'file' for one that was uploaded.")
        return self


class PushSource(SourceSpec):
    """Records or files that are sent to the task; each is loaded by a run of its own."""

    kind: Literal["push"] = "push"
    format: str | None = None
    """As for a file; left out: found from content."""
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    columns: tuple[str, ...] = ()
    null_texts: tuple[str, ...] = ()
    decimal_comma: bool | None = None
    records: str | None = None
    """JSON: a JSONPath to the records. XML: the name of the repeating element."""
    key_field: str | None = Field(default=None, min_length=1)
    """JSON: a field for the key that each record stands under, where ``records`` is such as ``$.data.*``."""


def pushed_source(source: Any, file: str) -> dict[str, Any]:
    """The source that reads a file that was sent to a task, with the options of the task's own ``source``.

    ``file``: the id of the uploaded file.
    """
    options: dict[str, Any] = source.model_dump(
        mode="json", by_alias=True, exclude_unset=True, exclude={"kind", "connection", "path", "file"}
    )
    if not isinstance(source, FileSource | PushSource):
        # What an API or a query is asked with says nothing about a file.
        options = {
            key: item for key, item in options.items() if key in ("explode", "arrays", "records", "key_field")
        }
    return {"kind": "file", "file": file, **options}


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
    | Annotated[PushSource, Tag("push")]
    | Annotated[HttpSource, Tag("http")]
    | Annotated[SqlSource, Tag("sql")],
    Discriminator(_kind_of),
]
