"""Fixed width: each field takes the same number of characters on every line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import polars as pl

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk, Locators
from intakegateway.connectors.files.lines import Lines, read_lines
from intakegateway.connectors.files.opening import Input
from intakegateway.model.errors import DefinitionError
from intakegateway.model.sources import FileSource


def read(input: Input, spec: FileSource, warnings: list[str]) -> Iterator[Chunk]:
    """One record a line, cut by ``spec.widths`` (characters); padding around a value is removed.

    Names come from ``spec.columns``, from the first line with ``header: true``, else ``column_1`` … A line
    may end within its last field; a shorter one, or one with text beyond the last field, is broken
    (``RAGGED_ROW``). Raises ``DefinitionError`` when there are no widths or too few names.
    """
    if not spec.widths or any(width < 1 for width in spec.widths):
        raise DefinitionError(
            "A fixed-width file needs the characters of each field.",
            where=input.name,
            hint="Give 'widths', such as [6, 20, 8].",
            path=("source", "widths"),
        )
    starts = [0, *accumulate(spec.widths)]
    names: list[str] | None = _given_names(spec, input.name)
    for lines in read_lines(input, spec, warnings):
        text, number = lines.text, lines.number
        if names is None:
            if not text.len():
                continue
            names = _names(_fields(text.head(1), starts, [f"f{n}" for n in range(len(spec.widths))]))
            text, number = text.slice(1), number.slice(1)
        yield _chunk(lines, text, number, starts, names, spec)
    if names is None:
        raise DefinitionError("The file has no line with names.", where=input.name)


def _given_names(spec: FileSource, where: str) -> list[str] | None:
    if spec.columns and len(spec.columns) != len(spec.widths):
        raise DefinitionError(
            f"{len(spec.columns)} names are given for {len(spec.widths)} widths.",
            where=where,
            path=("source", "columns"),
        )
    if spec.header and not spec.columns:
        return None
    return list(spec.columns) or [f"column_{n}" for n in range(1, len(spec.widths) + 1)]


def _chunk(
    lines: Lines, text: pl.Series, number: pl.Series, starts: list[int], names: list[str], spec: FileSource
) -> Chunk:
    size = text.str.len_chars()
    # Only a line that is too long needs a look at what stands beyond.
    beyond = (size > starts[-1]) & (text.str.slice(starts[-1]).str.strip_chars() != "")
    wrong = ((size <= starts[-2]) & (size < starts[-1])) | beyond
    broken = lines.broken
    if wrong.any():
        cut = pl.DataFrame(
            {"n": number.filter(wrong), "_raw": text.filter(wrong), "size": size.filter(wrong)}
        )
        message = pl.format("The line has {} characters, the fields take {}.", "size", pl.lit(starts[-1]))
        ragged = cut.select(
            pl.format("line {}", "n").alias("_locator"),
            "_raw",
            pl.lit("RAGGED_ROW").alias("code"),
            message.alias("message"),
        )
        broken = pl.concat([broken, ragged.cast(pl.Schema(BROKEN_SCHEMA))])
        text, number = text.filter(~wrong), number.filter(~wrong)
    frame = _fields(text, starts, names)
    if spec.null_texts:
        frame = frame.with_columns(pl.all().replace(dict.fromkeys(spec.null_texts)))
    return Chunk(
        frame, Locators("line {a}", number), broken if broken.height else None, lines.bytes, lines.nul
    )


def _fields(text: pl.Series, starts: list[int], names: list[str]) -> pl.DataFrame:
    line = pl.col("line")
    fields = [
        line.str.slice(start, stop - start).str.strip_chars().replace("", None).alias(name)
        for name, start, stop in zip(names, starts[:-1], starts[1:], strict=True)
    ]
    return pl.DataFrame({"line": text}).select(fields)


def _names(first: pl.DataFrame) -> list[str]:
    found = [str(name) if name else f"column_{n}" for n, name in enumerate(first.row(0), 1)]
    taken: dict[str, int] = {}
    for place, name in enumerate(found):
        taken[name] = taken.get(name, 0) + 1
        if taken[name] > 1:
            found[place] = f"{name}_{taken[name]}"
    return found
