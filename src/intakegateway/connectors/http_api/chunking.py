"""Pages into chunks: small pages together, large ones in slices, the place of every record kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from intakegateway.connectors.base import Chunk
from intakegateway.connectors.gathering import Gathered
from intakegateway.connectors.http_api.large import Batch
from intakegateway.connectors.json_repeats import Lost
from intakegateway.connectors.records import Flattener

CHUNK_ROWS = 20_000
CHUNK_BYTES = 4 << 20
"""About as much goes into one chunk."""

_TEMPLATE = "page {a} item {b}"


@dataclass(slots=True)
class Fetched:
    """The records of one page.

    ``lines``: their numbers in a body of JSON lines; None: they are counted from 1. ``broken``: records that
    cannot be read, by such a number. ``size``: the body's bytes. ``nul``: whether it may hold one.
    ``again`` parses the records once more, if that is possible; then ``gathered`` may stand for them.
    ``batches`` reads the records of a page that is too large for memory.
    """

    number: int
    records: list[Any]
    size: int = 0
    nul: bool = True
    lines: list[int] | None = None
    broken: list[Lost] = field(default_factory=list)
    again: Callable[[], list[Any]] | None = None
    gathered: Gathered | None = None
    batches: Callable[[], Iterator[Batch]] | None = None
    count: int = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.records)


def gathered(pages: Generator[Fetched, None, None], flattener: Flattener) -> Generator[Fetched, None, None]:
    """The pages with their columns instead of their records, where that can be."""
    with closing(pages):
        for page in pages:
            if page.again is not None and page.count <= CHUNK_ROWS // 2:
                page.gathered = flattener.gather(page.records)
                if page.gathered is not None:
                    page.records = []
            yield page


def chunked(pages: Iterator[Fetched], flattener: Flattener) -> Iterator[Chunk]:
    """Chunks of the pages, in order. The first page is not held back, so that a preview is quick."""
    held: list[Fetched] = []
    first = True
    for page in pages:
        if page.batches is not None:
            yield from _chunks(held, flattener)
            held, first = [], False
            yield from _large(page, page.batches(), flattener)
            continue
        held.append(page)
        rows, size = sum(one.count for one in held), sum(one.size for one in held)
        if first or rows >= CHUNK_ROWS or size >= CHUNK_BYTES:
            yield from _chunks(held, flattener)
            held, first = [], False
    yield from _chunks(held, flattener)


def _chunks(pages: list[Fetched], flattener: Flattener) -> Iterator[Chunk]:
    count = sum(page.count for page in pages)
    broken = [
        (f"page {page.number} item {line}", text, code, sentence)
        for page in pages
        for line, text, code, sentence in page.broken
    ]
    if not count and not broken:
        return
    a = pl.concat([pl.repeat(page.number, page.count, dtype=pl.Int64, eager=True) for page in pages])
    b = pl.concat([_items(page) for page in pages])
    size, nul = sum(page.size for page in pages), any(page.nul for page in pages)
    if all(page.gathered is not None for page in pages):
        columns = [page.gathered for page in pages]
        yield flattener.chunk(
            lambda: _records(pages), _TEMPLATE, a, b, broken=broken, bytes=size, nul=nul, gathered=columns
        )
        return
    records = _records(pages)
    # A page of more rows than a chunk should have is cut into even slices.
    slices = max(-(-count // (CHUNK_ROWS + CHUNK_ROWS // 2)), 1)
    step = max(-(-count // slices), 1)
    for start in range(0, max(count, 1), step):
        here = records if slices == 1 else records[start : start + step]
        places = a.slice(start, step), b.slice(start, step)
        yield flattener.chunk(here, _TEMPLATE, *places, broken=broken, bytes=size, nul=nul)
        size, broken = 0, []


def _large(page: Fetched, batches: Iterator[Batch], flattener: Flattener) -> Iterator[Chunk]:
    for batch in batches:
        broken = [(f"page {page.number} item {n}", raw, code, why) for n, raw, code, why in batch.broken]
        b = pl.Series(batch.numbers, dtype=pl.Int64)
        for start in range(0, max(len(b), 1), CHUNK_ROWS):
            here = batch.records[start : start + CHUNK_ROWS]
            places = pl.repeat(page.number, len(here), dtype=pl.Int64, eager=True), b.slice(start, CHUNK_ROWS)
            if here or broken:
                yield flattener.chunk(
                    here, _TEMPLATE, *places, broken=broken, bytes=0 if start else batch.size, nul=batch.nul
                )
            broken = []


def _records(pages: list[Fetched]) -> list[Any]:
    parts = [
        page.again() if page.gathered is not None and page.again is not None else page.records
        for page in pages
    ]
    return parts[0] if len(parts) == 1 else [record for part in parts for record in part]


def _items(page: Fetched) -> pl.Series:
    if page.lines is not None:
        return pl.Series(page.lines, dtype=pl.Int64)
    return pl.int_range(1, page.count + 1, dtype=pl.Int64, eager=True)
