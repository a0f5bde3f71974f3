"""Plain text: one field, ``line``, for each line that is not empty."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from intakegateway.connectors.base import Chunk, Locators
from intakegateway.connectors.files.lines import read_lines
from intakegateway.connectors.files.opening import Input
from intakegateway.model.sources import FileSource


def read(input: Input, spec: FileSource, warnings: list[str]) -> Iterator[Chunk]:
    """Lines as they are, spaces included, in the field ``line`` or the one that ``spec.columns`` names."""
    name = spec.columns[0] if spec.columns else "line"
    for lines in read_lines(input, spec, warnings):
        frame = pl.DataFrame({name: lines.text})
        if spec.null_texts:
            frame = frame.with_columns(pl.all().replace(dict.fromkeys(spec.null_texts)))
        broken = lines.broken if lines.broken.height else None
        yield Chunk(frame, Locators("line {a}", lines.number), broken, lines.bytes, lines.nul)
