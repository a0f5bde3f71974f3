"""Rows and tables in this process's memory: for programs that have rows already, and for tests.

The destination keeps the whole contract of ``connectors.base`` (modes, refusals, ledger, fences, dry
runs), so that what is tested with it holds for databases. ``memory://name`` is the same store wherever
the same name is opened in one process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import polars as pl
from msgspec.structs import replace

from intakegateway.connectors.base import Capabilities, Chunk, LoadRequest, Locators, Writer
from intakegateway.connectors.memory_writer import MemoryWriter
from intakegateway.model.errors import DestinationError, StaleFenceError
from intakegateway.model.frames import polars_type
from intakegateway.model.load import Mode
from intakegateway.model.run import Counts
from intakegateway.model.schema import TableSchema

CHUNK_ROWS = 50_000


class MemorySource:
    """Rows that a program holds: a Polars frame, or records (mappings) in a list.

    Nested records become dotted columns, as in a JSON file. Dates, decimals and the like come as the text
    that says the same, bytes as ``\\x`` and hexadecimal digits; a frame keeps its types.
    """

    restartable = rewindable = fixed_fields = True
    total_bytes: int | None = None

    def __init__(
        self, rows: pl.DataFrame | Sequence[Mapping[str, Any]], name: str = "rows in memory"
    ) -> None:
        self.name = name
        self.warnings: list[str] = []
        self._rows = rows if isinstance(rows, pl.DataFrame) else _frame(rows, self.warnings)

    def chunks(self) -> Iterator[Chunk]:
        """Slices of the frame; one without rows when there are none."""
        for start in range(0, max(self._rows.height, 1), CHUNK_ROWS):
            part = self._rows.slice(start, CHUNK_ROWS)
            numbers = pl.int_range(start + 1, start + 1 + part.height, dtype=pl.Int64, eager=True)
            yield Chunk(part, Locators("row {a}", numbers), bytes=int(part.estimated_size()))

    def committed(self) -> None:
        """There is nothing to remember."""


def _frame(records: Iterable[Mapping[str, Any]], warnings: list[str]) -> pl.DataFrame:
    from intakegateway.connectors.records import flatten

    return flatten(
        [{name: _as_json(value) for name, value in record.items()} for record in records], warnings=warnings
    )


def _as_json(value: Any) -> Any:
    """A value as JSON would hold it: dates and times in ISO 8601, decimals and UUIDs as they are written."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(name): _as_json(item) for name, item in value.items()}
        case list() | tuple():
            return [_as_json(item) for item in value]
        case date() | time():
            return value.isoformat()
        case bytes():
            return f"\\x{value.hex()}"
        case _:
            return str(value)


@dataclass
class Store:
    """Tables by name, and the ledger: (load id, part) to fence and, once committed, counts."""

    tables: dict[str, tuple[TableSchema, pl.DataFrame]] = field(default_factory=dict)
    ledger: dict[tuple[str, int], tuple[int, Counts | None]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


_stores: dict[str, Store] = {}


def open_destination(url: str) -> MemoryDestination:
    """The store behind ``memory://name``, made when it is first opened."""
    return MemoryDestination(url, _stores.setdefault(url.partition("?")[0], Store()))


class MemoryDestination:
    """Tables in memory."""

    kind = "memory"
    capabilities = Capabilities(
        modes=frozenset(Mode), max_identifier_bytes=255, stores_nul_in_text=True, transactional_ddl=True
    )

    def __init__(self, name: str = "memory://", store: Store | None = None) -> None:
        self.name = name
        self.store = store if store is not None else Store()

    def inspect(self, table: str) -> TableSchema | None:
        """The table as it is."""
        found = self.store.tables.get(table)
        return found[0] if found else None

    def frame(self, table: str) -> pl.DataFrame:
        """The table's rows. Raises ``KeyError``."""
        return self.store.tables[table][1]

    def ddl(self, wanted: TableSchema, indexes: tuple[tuple[str, ...], ...] = ()) -> list[str]:
        """What ``prepare`` would do, in words."""
        present = self.inspect(str(wanted.name))
        if present is None:
            return [f"make table {wanted.name} ({', '.join(f'{c.name} {c.type}' for c in wanted.columns)})"]
        missing = [c for c in wanted.columns if c.name not in present.column_names]
        return [f"add column {c.name} {c.type} to {wanted.name}" for c in missing]

    def prepare(self, wanted: TableSchema, indexes: tuple[tuple[str, ...], ...] = ()) -> list[str]:
        """Make the table and the columns that it lacks."""
        with self.store.lock:
            name = str(wanted.name)
            present, rows = self.store.tables.get(name, (replace(wanted, columns=()), pl.DataFrame()))
            types = {c.name: polars_type(c.type) for c in wanted.columns}
            if name not in self.store.tables:
                self.store.tables[name] = (wanted, pl.DataFrame(schema=types))
                return []
            added = [c for c in wanted.columns if c.name not in present.column_names]
            widened = tuple(next((w for w in wanted.columns if w.name == c.name), c) for c in present.columns)
            merged = replace(present, columns=(*widened, *added))
            rows = rows.with_columns(pl.lit(None, dtype=types[c.name]).alias(c.name) for c in added)
            self.store.tables[name] = (
                merged,
                rows.cast({c.name: types[c.name] for c in widened if c.name in types}),
            )
        return []

    def committed(self, load_id: str, part: int) -> Counts | None:
        """The counts of a load that was committed."""
        return self.store.ledger.get((load_id, part), (0, None))[1]

    def begin(self, request: LoadRequest) -> Writer:
        """Claim the load."""
        found = self.store.tables.get(str(request.table.name))
        if found is None and not request.dry_run:
            raise DestinationError(f"there is no table '{request.table.name}'.", where=self.name)
        schema, rows = found or (
            request.table, pl.DataFrame(schema={c.name: polars_type(c.type) for c in request.table.columns})
        )  # fmt: skip
        if not request.dry_run:
            self._claim(request)
        return MemoryWriter(schema, rows, request, self._publish)

    def existing(self, table: str, columns: tuple[str, ...], values: pl.DataFrame) -> pl.Series:
        """Whether the table holds each row of ``values``."""
        if table not in self.store.tables:
            raise DestinationError(f"there is no table '{table}'.", where=self.name)
        held = self.frame(table).select(columns).unique().with_columns(pl.lit(value=True).alias("\x1fheld"))
        asked = values.rename(dict(zip(values.columns, columns, strict=True))).cast(
            {name: held.schema[name] for name in columns}, strict=False
        )
        joined = asked.join(held, on=list(columns), how="left", maintain_order="left")
        return joined["\x1fheld"].fill_null(value=False).alias("")

    def close(self) -> None:
        """Memory stays."""

    def _claim(self, request: LoadRequest) -> None:
        with self.store.lock:
            key = (request.load_id, request.part)
            fence, counts = self.store.ledger.get(key, (0, None))
            if counts is not None or fence > request.fence:
                raise StaleFenceError(f"Load '{request.load_id}' was taken over or committed already.")
            self.store.ledger[key] = (request.fence, None)

    def _publish(self, request: LoadRequest, rows: pl.DataFrame, counts: Counts) -> None:
        with self.store.lock:
            key = (request.load_id, request.part)
            if self.store.ledger.get(key) != (request.fence, None):
                raise StaleFenceError(f"A newer attempt has taken load '{request.load_id}' over.")
            name = str(request.table.name)
            self.store.tables[name] = (self.store.tables[name][0], rows)
            self.store.ledger[key] = (request.fence, counts)
