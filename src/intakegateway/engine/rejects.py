"""Rows that did not get in: original values, place, and all reasons, in bounded memory."""

from __future__ import annotations

import os
import re
import tempfile
from collections import defaultdict
from pathlib import Path

import polars as pl

from intakegateway.connectors.base import EARLIER, Locators
from intakegateway.engine.cast_step import canonical_text, holds_bytes, without_bytes
from intakegateway.engine.spool import Spool, compact
from intakegateway.kit.disk import system_errors
from intakegateway.model.errors import DefinitionError, DestinationError
from intakegateway.model.rejects import column_of
from intakegateway.model.run import Reason

SUFFIXES = (".csv", ".jsonl", ".parquet")
ADDED = ("_locator", "_codes", "_columns", "_message")
"""What a rejects file has beside the original fields: the place; codes, columns and messages, each
joined by ``; `` in the same order."""


def check_path(path: Path) -> None:
    """Refuse a rejects file whose format is not known or that cannot be written, before any work is done."""
    if path.suffix.lower() not in SUFFIXES:
        raise DefinitionError(
            f"A rejects file cannot be written as '{path.suffix or path.name}'.",
            where=str(path),
            hint=f"Allowed endings: {', '.join(SUFFIXES)}.",
        )
    if os.path.isdir(path):
        raise DefinitionError("The rejects file is a folder.", where=str(path), hint="Name a file in it.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise DefinitionError(
            f"The rejects file cannot be written: {error.strerror or error}.",
            where=str(path),
            hint="Give a place in a folder that can be written.",
        ) from None


class Rejects:
    """Collects rejects of one load and writes them to one file at its end."""

    def __init__(self, scratch: Path) -> None:
        self._spool = Spool(scratch, "rejects")
        self._reasons: dict[tuple[str, str], int] = defaultdict(int)
        self._examples: dict[tuple[str, str], str] = {}
        self.samples: list[dict[str, object]] = []

    @property
    def count(self) -> int:
        """Rejected rows so far."""
        return self._spool.rows

    def add(self, raw: pl.DataFrame, places: Locators, rows: pl.Series, problems: pl.DataFrame) -> None:
        """Take rows as they were read (``raw``, their ``places`` and numbers) with their problems.

        ``problems`` has columns row, code, column, message; every row of ``raw`` has at least one.
        """
        unique = problems.unique(["row", "code", "column"], keep="first", maintain_order=True)
        reasons = unique.group_by("row", maintain_order=True).agg(
            pl.col("code").str.join("; ").alias("_codes"),
            pl.col("column").str.join("; ").alias("_columns"),
            _joined(pl.col("message")).alias("_message"),
        )
        keyed = raw.select(pl.all().name.map(column_of)).with_columns(
            places.words().alias("_locator"), rows.cast(pl.Int64).alias("\x1frow")
        )
        joined = keyed.join(reasons, left_on="\x1frow", right_on="row", how="left", maintain_order="left")
        self._take(joined.drop("\x1frow"), unique)

    def add_broken(self, broken: pl.DataFrame) -> None:
        """Take records that could not be read as rows; their text is kept in ``_raw``."""
        if not broken.height:
            return
        frame = broken.select(
            pl.col("_raw"),
            pl.col("_locator"),
            pl.col("code").alias("_codes"),
            pl.lit("").alias("_columns"),
            pl.col("message").alias("_message"),
        )
        self._take(frame, broken.with_columns(pl.lit("").alias("column")))

    def reasons(self) -> tuple[Reason, ...]:
        """Rows per code and column, most first."""
        ordered = sorted(self._reasons.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Reason(code, column, n, self._examples[code, column]) for (code, column), n in ordered)

    def save(self, path: Path) -> Path | None:
        """Write all rejects to ``path`` (CSV, JSON lines or Parquet by its ending); None without any."""
        rows = self._spool.lazy()
        if rows is None:
            return None
        names = rows.collect_schema().names()
        last = [name for name in (*ADDED, "_raw") if name in names]
        rows = rows.select([name for name in names if name not in last] + last)
        unfinished = path.with_name(f".{path.name[-100:]}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with system_errors():
                _write(rows, unfinished, path.suffix.lower())
            unfinished.replace(path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise DestinationError(
                f"the rejects file cannot be written: {error.strerror or error}.",
                where=str(path),
                hint="Nothing was loaded, so that no row is lost. Make room, or choose another place.",
            ) from None
        return path

    def _take(self, frame: pl.DataFrame, problems: pl.DataFrame) -> None:
        self._spool.add(compact(frame))
        groups = problems.group_by("code", "column", maintain_order=True).agg(
            pl.len().alias("n"), pl.col("message").first()
        )
        for code, column, count, message in groups.iter_rows():
            self._reasons[code, column] += count
            self._examples.setdefault((code, column), message)
        if len(self.samples) < 5:
            self.samples += frame.head(5 - len(self.samples)).to_dicts()


def named_rows(refused: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """The refused rows with a column ``earlier``, the number of the row that their sentence names; and all
    those numbers."""
    ending = re.escape(EARLIER).replace(re.escape("{row}"), "([0-9]+)$")
    with_numbers = refused.with_columns(pl.col("message").str.extract(ending).cast(pl.Int64).alias("earlier"))
    return with_numbers, with_numbers["earlier"].drop_nulls().unique()


def with_places(refused: pl.DataFrame, known: list[pl.DataFrame]) -> pl.DataFrame:
    """Sentences that name a row by its number name it by its place: ``known`` has ``earlier`` and ``place``."""
    if not known:
        return refused.drop("earlier")
    joined = refused.join(pl.concat(known), on="earlier", how="left", maintain_order="left")
    told = pl.col("message").str.replace("in row [0-9]+$", "") + "at " + pl.col("place")
    return joined.with_columns(
        pl.when(pl.col("place").is_null()).then("message").otherwise(told).alias("message")
    ).drop("earlier", "place")


def _joined(messages: pl.Expr) -> pl.Expr:
    """Sentences as one: a full stop ends the last alone."""
    stop = pl.when(messages.last().str.ends_with(".")).then(pl.lit(".")).otherwise(pl.lit(""))
    return messages.str.strip_suffix(".").str.join("; ") + stop


def _write(rows: pl.LazyFrame, path: Path, suffix: str) -> None:
    match suffix:
        case ".parquet":
            rows.sink_parquet(path)
        case ".jsonl":
            rows.with_columns(_without_bytes(rows)).sink_ndjson(path)
        case _:
            plain = rows.with_columns(_without_bytes(rows))
            nested = [
                canonical_text(of)(pl.col(name)).alias(name)
                for name, of in plain.collect_schema().items()
                if of.is_nested() or of == pl.Duration
            ]
            plain.with_columns(nested).sink_csv(path)


def _without_bytes(rows: pl.LazyFrame) -> list[pl.Expr]:
    """Bytes as they are read again."""
    return [
        without_bytes(pl.col(name), of).alias(name)
        for name, of in rows.collect_schema().items()
        if holds_bytes(of)
    ]
