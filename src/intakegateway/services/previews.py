"""Looking at a source before anything is loaded."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from intakegateway.model.sources import AnySource, FileSource
from intakegateway.services.definitions import TaskOptions, task_of

if TYPE_CHECKING:
    from intakegateway.connectors.base import Chunk
    from intakegateway.engine.preview import Preview
    from intakegateway.model.schema import Field


def preview(
    source: str | os.PathLike[str] | Mapping[str, Any], rows: int = 50, **options: Unpack[TaskOptions]
) -> Preview:
    """The first ``rows`` rows of a path, glob, URL or definition of a source.

    Options have the names of the command line's. Raises ``DefinitionError`` and ``SourceError``.
    """
    return preview_source(source_of(source, options), rows)


def preview_source(source: AnySource, rows: int = 50) -> Preview:
    """The first ``rows`` rows of a source."""
    from intakegateway.connectors.registry import open_source
    from intakegateway.engine.preview import preview as look

    return look(open_source(source), rows, reshape=reshaping(source), decimal_comma=_decimal_comma(source))


def fields(source: AnySource) -> tuple[Field, ...]:
    """The fields of a source and their types, by all of its values."""
    from intakegateway.connectors.registry import open_source
    from intakegateway.engine.preview import survey

    return survey(open_source(source), reshape=reshaping(source), decimal_comma=_decimal_comma(source))


def _decimal_comma(source: AnySource) -> bool | None:
    return source.decimal_comma if isinstance(source, FileSource) else None


def source_of(source: str | os.PathLike[str] | Mapping[str, Any], options: TaskOptions) -> AnySource:
    """The definition of a source from what a person gives."""
    return task_of(source, "preview.csv", "preview", options).source


def raw_lines(source: AnySource, seen: Preview, rows: int) -> list[str]:
    """The source as it is: the first lines of a text file, else one line of JSON for each record."""
    encoding = getattr(seen.detected, "encoding", None)
    if isinstance(source, FileSource) and source.path != "-" and isinstance(encoding, str):
        return _first_lines(source, encoding, rows)
    return [json.dumps(row, ensure_ascii=False, default=str) for row in seen.frame.iter_rows(named=True)]


def _first_lines(source: FileSource, encoding: str, rows: int) -> list[str]:
    from intakegateway.connectors.files.opening import open_path

    matches = sorted(glob(source.path, recursive=True)) if has_magic(source.path) else [source.path]
    lines: list[str] = []
    for match in matches:
        for single in open_path(Path(match), source.member, source.file):
            lines += single.head().decode(encoding, "replace").splitlines()
            if len(lines) >= rows:
                return lines[:rows]
    return lines


def reshaping(source: AnySource) -> Callable[[Chunk], Chunk] | None:
    """What a run does to each chunk before its rows are numbered: exploding an array. None: nothing."""
    if source.explode is None:
        return None
    from intakegateway.engine.nested import explode

    field = source.explode
    return lambda chunk: explode(chunk, field)
