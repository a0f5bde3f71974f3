"""The file source: one file, several, or standard input, in any format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from intakegateway.connectors.base import Chunk, Locators
from intakegateway.connectors.files.detect import Detected, detect_format
from intakegateway.connectors.files.finding import STDIN, find_inputs, shown_names
from intakegateway.connectors.files.opening import Input
from intakegateway.model.errors import DefinitionError, GatewayError, SourceError
from intakegateway.model.sources import FileSource

Reader = Callable[[Input, FileSource, list[str]], Iterator[Chunk]]

FORMATS = {
    "excel": "intakegateway.connectors.files.excel:read",
    "ods": "intakegateway.connectors.files.excel:read",
    "json": "intakegateway.connectors.files.json_document:read",
    "ndjson": "intakegateway.connectors.files.json_lines:read",
    "parquet": "intakegateway.connectors.files.columnar:read_parquet",
    "arrow": "intakegateway.connectors.files.columnar:read_arrow",
    "xml": "intakegateway.connectors.files.xml:read",
}
"""Readers of formats that are not plain text of lines, imported when first needed."""

LINES = ("csv", "tsv", "txt", "fixed")
"""Formats whose fields are known before the first row is read."""
_RECORDS = ("json", "ndjson", "xml")
"""Formats whose records may each have other fields."""


class Part(Struct, frozen=True):
    """One input of the source: what it is and how it is read."""

    source: Input
    shown: str
    detected: Detected
    read: Reader


class FileRows:
    """A ``Source`` over files.

    The files are looked at when the source is opened; what is wrong with them is raised by ``chunks``
    and ``describe``. Several files are read one after the other, in the order of their names; text
    files then all deliver the fields of all of them, null where a file has no such field.
    """

    def __init__(self, spec: FileSource) -> None:
        self.name = spec.file or (spec.path if spec.path != STDIN else "standard input")
        self.warnings: list[str] = []
        self.detected: Detected | None = None
        self.rewindable = self.restartable = spec.path != STDIN
        self.fixed_fields = True
        self.total_bytes: int | None = None
        self._spec = spec
        self._parts: list[Part] = []
        self._notes: list[str] = []
        self._fields: tuple[str, ...] | None = None
        self._error: GatewayError | None = None
        try:
            self._look()
        except GatewayError as error:
            self._error = error

    def describe(self) -> Detected:
        """What was found out about the (first) file; ``fields`` are those of all files."""
        if self._error is not None or self.detected is None:
            raise self._error or SourceError("has no rows.", where=self.name)
        return self.detected

    def chunks(self) -> Iterator[Chunk]:
        """The rows of all files, in bounded memory."""
        if self._error is not None:
            raise self._error
        self.warnings[:] = self._notes
        for part in self._parts:
            for chunk in part.read(part.source, self._spec, self.warnings):
                yield self._placed(part, chunk)
            note = part.source.facts.compared(part.source.name) if part.source.facts else ""
            if note:
                self.warnings.append(note)

    def committed(self) -> None:
        """Nothing is remembered between loads."""

    def _look(self) -> None:
        if not self._spec.path:
            raise DefinitionError(
                f"'{self._spec.file}' is a file that was uploaded to a server; there is none here.",
                hint="Give its 'path', or run the task on the server.",
                path=("source", "file"),
            )
        inputs = find_inputs(self._spec.path, self._spec.member, self._spec.file)
        for source, shown in zip(inputs, shown_names(inputs), strict=True):
            if len(inputs) > 1 and not source.head(1):
                self._notes.append(f"{shown} is empty.")
                continue
            try:
                self._parts.append(_part(source, shown, self._spec))
            except SourceError as error:
                if len(inputs) > 1 and ".zip/" in source.name and not self._spec.member:
                    choice = "Or read only some members of the archive: 'member' ('--member') takes such as '*.csv'."
                    error.hint = f"{error.hint} {choice}" if error.hint else choice
                raise
        if not self._parts:
            raise SourceError("holds only empty files.", where=self.name, hint="Nothing was loaded.")
        sizes = [part.source.size for part in self._parts]
        self.total_bytes = sum(size for size in sizes if size is not None) if None not in sizes else None
        self.rewindable = self.restartable = all(part.source.rewindable for part in self._parts)
        kinds = {part.detected.format for part in self._parts}
        text_only = kinds <= set(LINES)
        self.fixed_fields = text_only or (len(self._parts) == 1 and not kinds & set(_RECORDS))
        first = self._parts[0].detected
        if text_only and len(self._parts) > 1:
            self._fields = tuple(dict.fromkeys(name for part in self._parts for name in part.detected.fields))
            for part in self._parts:
                lacking = [name for name in self._fields if name not in part.detected.fields]
                if lacking:
                    named = ", ".join(f"'{name}'" for name in lacking[:5]) + (
                        ", …" if len(lacking) > 5 else ""
                    )
                    self._notes.append(f"{part.shown} has no {named}: null for all of its rows.")
            first = replace(first, fields=self._fields)
        self.detected = first

    def _placed(self, part: Part, chunk: Chunk) -> Chunk:
        """The chunk with all fields, and with the file's name in its locators, if there are several."""
        if len(self._parts) == 1:
            return chunk
        frame, broken, fields = chunk.frame, chunk.broken, self._fields
        if fields is not None and tuple(frame.columns) != fields:
            present = set(frame.columns)
            void = pl.lit(None, pl.String)
            frame = frame.select(pl.col(f) if f in present else void.alias(f) for f in fields)
        if broken is not None:
            broken = broken.with_columns(_locator=pl.lit(f"{part.shown} ") + pl.col("_locator"))
        where = chunk.locators
        named = Locators(f"{Locators.literal(part.shown)} {where.template}", where.a, where.b)
        return replace(chunk, frame=frame, locators=named, broken=broken)


def open_source(spec: FileSource) -> FileRows:
    """The rows of the files that ``spec.path`` means. Errors come when they are read."""
    return FileRows(spec)


def _part(source: Input, shown: str, spec: FileSource) -> Part:
    """Find out what an input is, and which reader takes it."""
    kind = detect_format(source, spec)
    if kind == "fixed":
        from intakegateway.connectors.files import fixed_width

        fixed = fixed_width.lay_out(source, spec)
        return Part(source, shown, fixed.detected, partial(fixed_width.read, layout=fixed))
    if kind in LINES:
        from intakegateway.connectors.files import csv, text

        layout = text.lay_out(source, spec, kind)
        return Part(source, shown, layout.detected, partial(csv.read, layout=layout))
    module, _, function = FORMATS[kind].partition(":")
    reader: Reader = getattr(import_module(module), function)
    return Part(source, shown, Detected(kind), reader)
