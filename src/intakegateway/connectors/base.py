"""The contracts between the engine and the systems of the world.

A source yields chunks; a destination takes batches and settles them in one transaction. Both are
small on purpose: everything that can be decided without the system is decided in the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

import polars as pl
from msgspec import Struct, field

from intakegateway.model.load import AuditColumns, Mode, SkipWhen
from intakegateway.model.run import Counts
from intakegateway.model.schema import Column, TableSchema


class Locators(Struct, frozen=True):
    """The place of each row in its source, kept as one or two integers until someone asks.

    ``template`` has ``{a}`` and optionally ``{b}``: ``"line {a}"``, ``"page {a} item {b}"``,
    ``"Sheet1!A{a}"``. A brace of a name is doubled (``literal``). ``a`` and ``b`` are Int64, one value a row.
    ``text`` (String): places that are in words already, instead; for sources that are rewindable only.
    """

    template: str
    a: pl.Series
    b: pl.Series | None = None
    text: pl.Series | None = None

    @staticmethod
    def literal(name: str) -> str:
        """A name as a part of a template."""
        return name.replace("{", "{{").replace("}", "}}")

    def words(self) -> pl.Series:
        """The places in words, one String a row."""
        if self.text is not None:
            return self.text.alias("_locator")
        frame = pl.DataFrame({"a": self.a, "b": self.b if self.b is not None else self.a})
        pieces: list[pl.Expr] = []
        for piece in re.split(r"(\{\{|\}\}|\{[ab]\})", self.template):
            if piece in ("{a}", "{b}"):
                pieces.append(pl.col(piece[1]).cast(pl.String))
            elif piece:
                pieces.append(pl.lit(piece[0] if piece in ("{{", "}}") else piece))
        return frame.select(pl.concat_str(pieces or [pl.lit("")]).alias("_locator"))["_locator"]

    def filter(self, mask: pl.Series) -> Locators:
        """The places of the rows where ``mask`` is true."""
        b = self.b.filter(mask) if self.b is not None else None
        text = self.text.filter(mask) if self.text is not None else None
        return Locators(self.template, self.a.filter(mask), b, text)


class Chunk(Struct, frozen=True):
    """Rows that were read together.

    ``frame`` has one row per record. Text formats deliver every field as String (typing is the
    engine's work); typed sources deliver their types. A field may be missing from a chunk, and may
    have different types in different chunks.

    ``broken`` holds records that could not be read as rows: columns ``_locator``, ``_raw``, ``code``,
    ``message`` (all String). They count as read and become rejects.

    ``bytes`` is how much input this chunk took. ``nul`` is false when the chunk is known to hold no
    NUL character, which spares a search. ``typed``: the source has types of its own, so that its texts
    are texts even where they look like numbers.
    """

    frame: pl.DataFrame
    locators: Locators
    broken: pl.DataFrame | None = None
    bytes: int = 0
    nul: bool = True
    typed: bool = False

    @property
    def rows(self) -> int:
        """Records in this chunk, broken ones included."""
        return self.frame.height + (self.broken.height if self.broken is not None else 0)


BROKEN_SCHEMA: dict[str, type[pl.DataType]] = {
    "_locator": pl.String,
    "_raw": pl.String,
    "code": pl.String,
    "message": pl.String,
}


class Source(Protocol):
    """Where rows come from. Opening is lazy: errors come from ``chunks``.

    ``name``: what a person calls it (a path, a URL without its secrets).
    ``rewindable``: ``chunks`` may be called again and yields the very same rows in the same chunks.
    ``restartable``: ``chunks`` may be called again and starts from the beginning (an API, a query).
    ``fixed_fields``: all chunks have the same fields (a CSV file has, JSON records have not).
    ``total_bytes``: the size of the input where it is known.
    ``warnings``: sentences about the input, complete once the last chunk was read.

    Raises ``SourceError`` for input that cannot be read, ``UnavailableError`` for what may be tried
    again.
    """

    name: str
    rewindable: bool
    restartable: bool
    fixed_fields: bool
    total_bytes: int | None
    warnings: list[str]

    def chunks(self) -> Iterator[Chunk]:
        """The rows from the beginning, in bounded memory."""
        ...

    def committed(self) -> None:
        """Called once after the destination committed: a cursor is saved here."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """What a source offers besides when it keeps a cursor: with it, a process may die at any moment.

    Both raise ``SourceError`` when the cursor cannot be kept.
    """

    def recover(self, was_committed: Callable[[str, int], bool]) -> None:
        """Called once before reading. ``was_committed`` says whether the ledger knows a load id and part."""
        ...

    def committing(self, load_id: str, part: int) -> None:
        """Called right before the destination commits what was read; it may still fail."""
        ...


class Capabilities(Struct, frozen=True):
    """What the engine has to know about a destination, without knowing its name."""

    modes: frozenset[Mode]
    """The load modes that it offers."""
    max_identifier_bytes: int = 63
    """Longer names of new tables and columns are cut to this many UTF-8 bytes and made unique."""
    stores_nul_in_text: bool = False
    """Whether a text may contain the NUL character; if not, such rows are rejects."""
    creates_tables: bool = True
    """Whether tables and columns can be made."""
    ledger: bool = True
    """Whether a load can be recorded in the transaction that writes its rows (exactly once)."""
    transactional_ddl: bool = False
    """Whether making a table can be rolled back."""
    names_beyond_bmp: bool = True
    """Whether names may hold characters beyond the Basic Multilingual Plane (emoji)."""
    reserved_names: frozenset[str] = frozenset()
    """Names that no column may have."""
    folds_case: bool = False
    """Whether two columns may not differ by letter case alone."""


class LoadRequest(Struct, frozen=True):
    """One load into one table.

    ``table`` is the table as it will be when ``prepare`` is done. ``columns`` are those that batches
    bring, in the batches' order. ``rows_total`` is known for small inputs only.
    """

    load_id: str
    table: TableSchema
    columns: tuple[Column, ...]
    mode: Mode
    keys: tuple[str, ...] = ()
    part: int = 0
    fence: int = 1
    skip_when: SkipWhen | None = None
    keep_nulls: bool = False
    audit: AuditColumns = field(default_factory=AuditColumns)
    dry_run: bool = False
    rows_total: int | None = None
    memory_budget: int = 64 << 20
    """Bytes that the writer may hold in memory for rows in flight."""


REFUSED_SCHEMA: dict[str, type[pl.DataType]] = {
    "row": pl.Int64,
    "code": pl.String,
    "column": pl.String,
    "message": pl.String,
}
"""Rows that the database refused: the row's number, a code (UNIQUE, FOREIGN_KEY, CHECK, NOT_NULL,
TOO_LONG, OUT_OF_RANGE, INVALID_VALUE, REFUSED), the column or columns joined by comma, a sentence."""


EARLIER = "came before in this load, in row {row}"
"""How a sentence ends that names another row by its number; people are told that row's place instead."""


def no_refusals() -> pl.DataFrame:
    """An empty frame of refused rows."""
    return pl.DataFrame(schema=REFUSED_SCHEMA)


class Settled(Struct, frozen=True):
    """What became of the rows that were written, before the commit.

    ``refused`` follows ``REFUSED_SCHEMA``; a row may stand in it more than once, with several reasons.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    deduplicated: int = 0
    refused: pl.DataFrame = field(default_factory=no_refusals)
    inserted_samples: tuple[Mapping[str, Any], ...] = ()
    """Dry run only: up to five rows."""
    updated_samples: tuple[Mapping[str, Mapping[str, Any]], ...] = ()
    """Dry run only: up to five ``{"before": …, "after": …}``."""
    warnings: tuple[str, ...] = ()


class Writer(Protocol):
    """One load in progress, in one transaction of the destination."""

    def write(self, batch: pl.DataFrame, rows: pl.Series) -> None:
        """Take rows. ``rows`` (Int64) are their numbers, by which refusals are reported in ``settle``.

        The batch has exactly the request's columns, in canonical frame types (``model.frames``).
        """
        ...

    def settle(self) -> Settled:
        """Merge or finish what was written and say what became of every row; nothing is visible yet.

        In a dry run: find out what would become of them, changing nothing.
        """
        ...

    def commit(self, counts: Counts) -> None:
        """Write the ledger row with the final counts and make everything visible, in one transaction.

        Raises ``StaleFenceError`` when a newer attempt owns the load.
        """
        ...

    def abort(self) -> None:
        """Leave the destination as it was. Never raises; safe after a failed ``commit``."""
        ...


class Destination(Protocol):
    """A system that keeps tables.

    Raises ``DestinationError`` for what will not change by trying again (a wrong password, a missing
    database, no rights), ``UnavailableError`` for what may.
    """

    kind: str
    name: str
    capabilities: Capabilities

    def inspect(self, table: str) -> TableSchema | None:
        """The table as it is, or None where there is none. ``table`` may be ``schema.name``."""
        ...

    def ddl(self, wanted: TableSchema, indexes: tuple[tuple[str, ...], ...] = ()) -> list[str]:
        """The statements that make the table, or the columns it lacks, as ``prepare`` would run them."""
        ...

    def prepare(self, wanted: TableSchema, indexes: tuple[tuple[str, ...], ...] = ()) -> list[str]:
        """Make the table, the columns it lacks and the ledger; safe to repeat.

        Returns warnings (such as: no right to make the ledger, so at least once).
        """
        ...

    def committed(self, load_id: str, part: int) -> Counts | None:
        """The counts of a load that was committed before, or None."""
        ...

    def begin(self, request: LoadRequest) -> Writer:
        """Start a load: claims the ledger row under the request's fence."""
        ...

    def existing(self, table: str, columns: tuple[str, ...], values: pl.DataFrame) -> pl.Series:
        """For REFERENCE rules: one Boolean per row of ``values``, whether the table holds it."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...
