"""Files of rejects: found in the storage, and read no further than needed."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field

from intakegateway.kit.plainly import plain
from intakegateway.model.rejects import ABOUT, NUMBER
from intakegateway.store.blobs import Blobs, FolderBlobs

if TYPE_CHECKING:
    import polars as pl

Pair = tuple[str, str]
"""A cause: code and column."""
T = TypeVar("T")
_MOST_COPIES = 8
_MOST_KNOWN = 256


def pack(rows: pl.Series) -> bytes:
    """Row numbers as bytes; a few for each thousand of neighbours."""
    import polars as pl

    out = BytesIO()
    numbers = rows.cast(pl.Int64).sort().alias("gap")
    numbers.diff().fill_null(numbers.min()).cast(pl.UInt32).to_frame().write_parquet(out)
    return out.getvalue()


def unpack(data: bytes) -> pl.Series:
    """What ``pack`` took, in rising order (Int64)."""
    import polars as pl

    return pl.read_parquet(BytesIO(data))["gap"].cast(pl.Int64).cum_sum().alias(NUMBER)


class LocalCopies:
    """Local files with the content of blobs that never change; the latest are kept where a store is remote."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Path] = OrderedDict()
        self._used: dict[str, int] = {}
        self._fetching: dict[str, threading.Lock] = {}
        self._folder: Path | None = None

    @contextmanager
    def open(self, key: str) -> Iterator[Path]:
        """A path that stays as long as the context is open. Raises ``NotFoundError``."""
        if isinstance(self._blobs, FolderBlobs):
            with self._blobs.local(key) as path:
                yield path
            return
        with self._lock:
            self._used[key] = self._used.get(key, 0) + 1
            fetching = self._fetching.setdefault(key, threading.Lock())
        try:
            with fetching:
                path = self._kept.get(key) or self._fetch(key)
            yield path
        finally:
            self._give_back(key)

    def _fetch(self, key: str) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="intakegateway-rejects-"))
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        path = self._folder / key.replace("/", "-")
        with open(path, "wb") as out:
            for piece in self._blobs.read(key):
                out.write(piece)
        with self._lock:
            self._kept[key] = path
        return path

    def _give_back(self, key: str) -> None:
        with self._lock:
            self._used[key] -= 1
            if not self._used[key]:
                del self._used[key]
                self._fetching.pop(key, None)
            if key in self._kept:
                self._kept.move_to_end(key)
            idle = [one for one in self._kept if one not in self._used]
            for one in idle[: max(len(self._kept) - _MOST_COPIES, 0)]:
                self._kept.pop(one).unlink(missing_ok=True)


class RejectFile(Struct, frozen=True):
    """A local file of rejects."""

    path: Path
    known: Known

    def scan(self) -> pl.LazyFrame:
        """All rows, with their numbers in ``NUMBER``. The columns of ``ABOUT`` are always there."""
        import polars as pl

        rows = pl.scan_parquet(self.path)
        lacking = [name for name in ABOUT if name not in self.schema]
        return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking).with_row_index(
            NUMBER
        )

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The columns as they are in the file."""
        import polars as pl

        return self.known.get("schema", self.path, lambda: dict(pl.scan_parquet(self.path).collect_schema()))

    @property
    def fields(self) -> list[str]:
        """The columns that hold the rows' own fields."""
        return [name for name in self.schema if name not in ABOUT]

    @property
    def rows(self) -> int:
        """How many there are."""
        import polars as pl

        def count() -> int:
            found: int = pl.scan_parquet(self.path).select(pl.len()).collect().item()
            return found

        return self.known.get("rows", self.path, count)

    @property
    def causes(self) -> dict[Pair, int]:
        """How many rows have the same texts in ``_codes`` and ``_columns``; there are few of them."""
        return self.known.get("causes", self.path, lambda: self.count_causes(self.scan()))

    def count_causes(self, rows: pl.LazyFrame) -> dict[Pair, int]:
        """The same of some rows only."""
        import polars as pl

        texts = rows.select(pl.col("_codes").fill_null(""), pl.col("_columns").fill_null(""))
        counted = texts.group_by("_codes", "_columns").agg(pl.len().alias("n")).collect()
        return {(codes, columns): n for codes, columns, n in counted.iter_rows()}

    def of_causes(self, wanted: set[Pair]) -> pl.Expr:
        """Whether a row has one of these causes."""
        import polars as pl

        texts = [texts for texts in self.causes if not wanted.isdisjoint(pairs(*texts))]
        if not texts:
            return pl.lit(False)
        codes, columns = pl.col("_codes").fill_null(""), pl.col("_columns").fill_null("")
        by_code: dict[str, list[str]] = {}
        for code, column in texts:
            by_code.setdefault(code, []).append(column)
        return pl.any_horizontal([(codes == code) & columns.is_in(found) for code, found in by_code.items()])


class Known(Struct):
    """What was found out about files that do not change; the latest few hundred facts."""

    facts: OrderedDict[tuple[str, str], object] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, what: str, path: object, find: Callable[[], T]) -> T:
        """The fact, found by ``find`` unless it is known."""
        key = (what, str(path))
        with self.lock:
            if key in self.facts:
                self.facts.move_to_end(key)
                return self.facts[key]  # type: ignore[return-value]
        found = find()
        with self.lock:
            self.facts[key] = found
            while len(self.facts) > _MOST_KNOWN:
                self.facts.popitem(last=False)
        return found


def pairs(codes: str, columns: str) -> list[Pair]:
    """Each cause of a row once, from its texts in ``_codes`` and ``_columns``, as ``reject_groups`` has it."""
    found = zip(*split(codes, columns, ""), strict=True)
    return list(dict.fromkeys((code[:50], plain(column)[:300]) for code, column, _ in found))


def split(codes: str, columns: str, messages: str) -> tuple[list[str], list[str], list[str]]:
    """The codes, columns and messages of one row, each as long as the codes.

    A column or message may have ``; `` in it: where the numbers do not fit, the text goes with the first code.
    """
    each = codes.split("; ")
    return each, _as_many(columns, len(each)), _as_many(messages, len(each))


def _as_many(text: str, number: int) -> list[str]:
    parts: Sequence[str] = text.split("; ")
    return list(parts) if len(parts) == number else [text] + [""] * (number - 1)
