"""The first rows of a source, through the very path that a run takes, and what they say about its fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl
from msgspec import Struct

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk, Locators, Source
from intakegateway.model.schema import Field

if TYPE_CHECKING:
    from intakegateway.engine.nested import FieldNode
    from intakegateway.engine.profile import ColumnProfile

DEFAULT_ROWS = 50
PASTED = "pasted text"


class Preview(Struct, frozen=True):
    """Rows as a run would read them, before mapping and types.

    ``frame`` has one row per record; ``locators`` (String) are their places; ``broken`` are records that
    cannot be rows (``BROKEN_SCHEMA``). ``fields`` are types by the rows that are here, or by all rows when
    ``whole``. ``detected`` is what was found out about a file's form, None for other sources.
    ``typed``: its texts are texts by the source's own types. ``decimal_comma``: as the definition says.
    """

    name: str
    frame: pl.DataFrame
    locators: pl.Series
    fields: tuple[Field, ...]
    whole: bool
    broken: pl.DataFrame
    warnings: tuple[str, ...] = ()
    detected: Any = None
    typed: bool = False
    decimal_comma: bool | None = None

    @property
    def tree(self) -> list[FieldNode]:
        """The fields of nested records as a tree, with types, samples and share of nulls."""
        from intakegateway.engine.nested import tree

        return tree(self.frame)

    @property
    def profile(self) -> list[ColumnProfile]:
        """Each field's nulls, distinct values, least, greatest, lengths and most frequent values."""
        from intakegateway.engine.profile import profile

        return profile([self.frame], narrow=not self.typed, decimal_comma=self.decimal_comma)


def preview(
    source: Source,
    rows: int = DEFAULT_ROWS,
    *,
    reshape: Callable[[Chunk], Chunk] | None = None,
    decimal_comma: bool | None = None,
) -> Preview:
    """Read the first ``rows`` rows, and no more chunks of the source than they need.

    ``reshape`` is applied to each chunk as a run would (exploding an array). ``decimal_comma``: what the
    source's definition says of its numbers. Raises ``SourceError``.
    """
    frames: list[pl.DataFrame] = []
    places: list[pl.Series] = []
    broken: list[pl.DataFrame] = []
    have, whole, typed = 0, True, False
    chunks = source.chunks()
    try:
        for chunk in chunks:
            shaped = reshape(chunk) if reshape is not None else chunk
            typed = typed or shaped.typed
            kept = shaped.frame.head(rows - have)
            frames.append(kept)
            places.append(_head(shaped.locators, kept.height).words())
            if shaped.broken is not None:
                broken.append(shaped.broken.head(rows))
            have += kept.height
            if have >= rows:
                # Another chunk tells whether this was all; from an API it may be slow to come.
                all_kept = shaped.frame.height == kept.height
                whole = all_kept and source.rewindable and next(chunks, None) is None
                break
    finally:
        # A generator holds its file or connection open until it ends.
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    frame = _stacked(frames)
    return Preview(
        name=source.name,
        frame=frame,
        locators=pl.concat(places) if places else pl.Series("_locator", [], pl.String),
        fields=fields_of([frame], whole=whole, typed=typed, decimal_comma=decimal_comma),
        whole=whole,
        broken=pl.concat(broken).head(rows) if broken else pl.DataFrame(schema=BROKEN_SCHEMA),
        warnings=tuple(dict.fromkeys(source.warnings)),
        detected=getattr(source, "detected", None),
        typed=typed,
        decimal_comma=decimal_comma,
    )


def paste(text: str, records: str | None = None, key_field: str | None = None) -> Preview:
    """A preview of JSON that somebody pasted in place of fetching it.

    ``records``: a JSONPath; left out: the list in it is found, as for an API. ``key_field``: a field for the
    key that each record stands under. Raises ``SourceError`` with line and column when it is not JSON.
    """
    from intakegateway.connectors.json_parsing import parse_json
    from intakegateway.connectors.json_paths import find_records, parse_path
    from intakegateway.connectors.records import Flattener

    document = parse_json(text.encode("utf-8", "replace"), PASTED)
    warnings: list[str] = []
    if records:
        found = parse_path(records, key_field, warnings).pick(document, PASTED)
    else:
        keys = find_records(document)
        found = [document] if keys is None else _followed(document, keys)
    numbers = pl.int_range(1, len(found) + 1, eager=True)
    chunk = Flattener(warnings=warnings).chunk(found, "item {a}", numbers)
    return Preview(
        name=PASTED,
        frame=chunk.frame,
        locators=chunk.locators.words(),
        fields=fields_of([chunk.frame], whole=True),
        whole=True,
        broken=chunk.broken if chunk.broken is not None else pl.DataFrame(schema=BROKEN_SCHEMA),
        warnings=tuple(warnings),
    )


def survey(
    source: Source,
    *,
    reshape: Callable[[Chunk], Chunk] | None = None,
    decimal_comma: bool | None = None,
) -> tuple[Field, ...]:
    """The fields of a source and their types by all of its values, in bounded memory."""
    from intakegateway.engine.inference import Survey

    found = Survey(decimal_comma=decimal_comma)
    for chunk in source.chunks():
        found.add((reshape(chunk) if reshape is not None else chunk).frame, typed=chunk.typed)
    return tuple(found.fields(whole=True))


def fields_of(
    frames: list[pl.DataFrame], *, whole: bool, typed: bool = False, decimal_comma: bool | None = None
) -> tuple[Field, ...]:
    """The fields of frames and their types."""
    from intakegateway.engine.inference import Survey

    found = Survey(narrow=not typed, decimal_comma=decimal_comma)
    for frame in frames:
        found.add(frame)
    return tuple(found.fields(whole=whole))


def _followed(document: Any, keys: tuple[str, ...]) -> list[Any]:
    for key in keys:
        document = document[key]
    return document if isinstance(document, list) else [document]


def _head(locators: Locators, rows: int) -> Locators:
    b = locators.b.head(rows) if locators.b is not None else None
    return Locators(locators.template, locators.a.head(rows), b)


def _stacked(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """One frame; where chunks disagree about a field's type, its values become text."""
    if not frames:
        return pl.DataFrame()
    types: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, of in frame.schema.items():
            types.setdefault(name, set()).add(of)
    mixed = [name for name, found in types.items() if len(found) > 1]
    return pl.concat(
        [frame.with_columns(pl.col(name).cast(pl.String) for name in mixed if name in frame.columns)
         for frame in frames],
        how="diagonal",
    )  # fmt: skip
