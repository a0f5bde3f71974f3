"""One attempt at a load: everything between ``begin`` and ``commit``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from intakegateway.connectors.base import (
    Chunk,
    Destination,
    LoadRequest,
    Remembering,
    Settled,
    Source,
    Writer,
)
from intakegateway.engine.options import RunOptions
from intakegateway.engine.prepare import Prepared
from intakegateway.engine.rejects import Rejects, named_rows, with_places
from intakegateway.engine.spool import Spool, compact
from intakegateway.engine.tape import Tape
from intakegateway.kit.disk import system_errors
from intakegateway.kit.folders import home
from intakegateway.kit.pump import Pump
from intakegateway.model.errors import BalanceError, CancelledError, UnavailableError
from intakegateway.model.run import Counts, Progress
from intakegateway.model.task import TaskSpec

_REPORT_EVERY = 0.25
"""Seconds between two reports of progress."""


class SourceUnavailable(Exception):
    """The source gave up after its own retries: trying the destination again is no use."""

    def __init__(self, cause: UnavailableError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Attempt:
    """Runs once; afterwards ``counts``, ``rejects``, ``settled`` and ``failure`` say what happened.

    ``failure`` is a sentence when the load ended because of its rejects or a rule that stops it.
    """

    def __init__(
        self, tape: Tape, source: Source, task: TaskSpec, destination: Destination, prepared: Prepared,
        options: RunOptions, scratch: Path,
    ) -> None:  # fmt: skip
        self._tape = tape
        self._source = source
        self._task = task
        self._destination = destination
        self._layout = prepared.layout
        self._shaper = prepared.shaper()
        self._options = options
        self._read = 0
        self._deduplicated = 0
        self._warned: dict[tuple[str, str, str], int] = {}
        self._kept = Spool(scratch, "clean") if task.load.keep_parquet else None
        self._aside = Spool(scratch, "aside") if self._keeps_aside() else None
        self._reported = 0.0
        self._unkept: list[str] = []
        self.rejects = Rejects(scratch)
        self.settled = Settled()
        self.counts = Counts()
        self.bytes_read = 0
        self.committed = False
        self.failure: str | None = None
        self.rejects_path: Path | None = None

    @property
    def warnings(self) -> list[str]:
        """What the rows and the destination gave reason to say."""
        noted = [_noted(*key, count) for key, count in self._warned.items()]
        return [*noted, *self.settled.warnings, *self._unkept]

    def run(self) -> None:
        """Write, settle, commit; on any error the destination is left as it was."""
        writer = self._destination.begin(self._request())
        try:
            self._pump(writer)
            if self.failure is None or self._task.load.on_limit == "keep":
                self._finish(writer)
            else:
                self._give_up(writer)
        except BaseException:
            writer.abort()
            raise

    def settle_from(self, before: Counts) -> None:
        """Take the counts of a commit that went through although its answer was lost."""
        self.counts, self.committed = before, True

    def save_rejects(self) -> None:
        """Write the rejects file, if there are any."""
        path = self._options.rejects or home() / "rejects" / f"{self._options.run_id}.csv"
        self.rejects_path = self.rejects.save(path)

    def keep_files(self) -> None:
        """Write the files that the task wants beside the table: cleaned rows, fields without a column.

        The table is loaded by now: a disk that refuses them is a warning.
        """
        if self._options.dry_run or not self.committed:
            return
        clean = self._kept.lazy() if self._kept else None
        if clean is not None and self._task.load.keep_parquet:
            self._keep(clean, Path(self._task.load.keep_parquet))
        aside = self._aside.lazy() if self._aside else None
        if aside is not None:
            self._keep(aside, aside_path(self._options))

    def _keep(self, rows: pl.LazyFrame, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with system_errors():
                rows.sink_parquet(path)
        except OSError as error:
            path.unlink(missing_ok=True)
            reason = error.strerror or error
            self._unkept.append(f"The rows are loaded, but '{path}' could not be written: {reason}.")

    def _pump(self, writer: Writer) -> None:
        with Pump[tuple[pl.DataFrame, pl.Series]](
            lambda batch: writer.write(*batch), self._options.memory_budget // 8
        ) as pump:
            for first, chunk in _guarded(self._tape.chunks()):
                self._read += chunk.rows
                self.bytes_read += chunk.bytes
                good, rows = self._shape(chunk, first)
                if good.height:
                    pump.put((good, rows), int(good.estimated_size()))
                self._report("loading")
                if self._stopped():
                    break
        self._report("publishing", force=True)

    def _shape(self, chunk: Chunk, first: int) -> tuple[pl.DataFrame, pl.Series]:
        """Good rows on, bad rows to the rejects."""
        if chunk.broken is not None:
            self.rejects.add_broken(chunk.broken)
        shaped = self._shaper(chunk, first)
        self._deduplicated += shaped.deduplicated
        for code, column, message, count in shaped.warned:
            key = (code, column, message)
            self._warned[key] = self._warned.get(key, 0) + count
        if shaped.bad is not None and shaped.problems is not None:
            numbers = pl.int_range(first, first + chunk.frame.height, eager=True)
            self.rejects.add(
                chunk.frame.filter(shaped.bad).rechunk(),
                chunk.locators.filter(shaped.bad),
                numbers.filter(shaped.bad),
                shaped.problems,
            )
        if shaped.stop is not None:
            self.failure = shaped.stop
        if self._kept is not None:
            self._kept.add(shaped.frame)
        if self._aside is not None:
            fields = [name for name in self._layout.aside if name in chunk.frame.columns]
            self._aside.add(chunk.frame.select(fields).with_columns(chunk.locators.words().alias("_locator")))
        good = shaped.frame
        return (compact(good) if good.height < chunk.frame.height // 2 else good), shaped.rows

    def _finish(self, writer: Writer) -> None:
        self.settled = settled = writer.settle()
        self._reject_refused(settled.refused)
        limit = self._task.load.max_rejects
        if self.failure is None and limit is not None and limit.exceeded(self.rejects.count, self._read):
            self.failure = self._over_the_limit()
            if self._task.load.on_limit == "rollback":
                self._give_up(writer)
                return
        self.counts = Counts(
            read=self._read,
            inserted=settled.inserted,
            updated=settled.updated,
            unchanged=settled.unchanged,
            skipped=settled.skipped,
            deduplicated=settled.deduplicated + self._deduplicated,
            rejected=self.rejects.count,
        )
        if not self.counts.balances:
            raise BalanceError(
                f"{self.counts.read:,} rows were read but {self.counts.accounted:,} are accounted for"
                f" ({self.counts.as_dict()}).",
                hint="Nothing was written. This is a defect of IntakeGateway; please report it.",
            )
        self._check_cancelled()
        # Kept before the commit: a process that dies right after it has still lost nothing.
        self.save_rejects()
        if self._options.dry_run:
            writer.abort()
        else:
            if isinstance(self._source, Remembering):
                self._source.committing(self._options.load_id, self._options.part)
            writer.commit(self.counts)
            self.committed = True

    def _give_up(self, writer: Writer) -> None:
        """Write nothing but the rejects, which say why."""
        writer.abort()
        self.counts = Counts(read=self._read, rejected=self.rejects.count)
        self.save_rejects()

    def _reject_refused(self, refused: pl.DataFrame) -> None:
        """Find the original values of the rows that the database refused."""
        if not refused.height:
            return
        bad = refused["row"].unique()
        refused, earlier = named_rows(refused)
        known: list[pl.DataFrame] = []
        for found, raw, places in self._tape.rows(pl.concat([bad, earlier])):
            named = found.is_in(earlier.implode())
            if named.any():
                known.append(pl.DataFrame({"earlier": found, "place": places.words()}).filter(named))
            mask = found.is_in(bad.implode())
            here = found.filter(mask)
            if here.len():
                problems = with_places(refused.filter(pl.col("row").is_in(here.implode())), known)
                self.rejects.add(raw.filter(mask), places.filter(mask), here, problems)

    def _stopped(self) -> bool:
        self._check_cancelled()
        limit = self._task.load.max_rejects
        if limit is not None and limit.count is not None and self.rejects.count > limit.count:
            self.failure = self._over_the_limit()
        return self.failure is not None

    def _over_the_limit(self) -> str:
        outcome = (
            "Nothing was written" if self._task.load.on_limit == "rollback" else "Rows up to there are kept"
        )
        return (
            f"{self.rejects.count:,} of {self._read:,} rows were rejected, more than max_rejects"
            f" {self._task.load.max_rejects}. {outcome}."
        )

    def _check_cancelled(self) -> None:
        if self._options.cancelled is not None and self._options.cancelled():
            raise CancelledError("The run was cancelled; the destination is as it was.")

    def _report(self, phase: str, *, force: bool = False) -> None:
        tell, now = self._options.progress, time.monotonic()
        if tell is None or (now - self._reported < _REPORT_EVERY and not force):
            return
        self._reported = now
        tell(Progress(phase, self._read, self.rejects.count, self.bytes_read, self._source.total_bytes))

    def _request(self) -> LoadRequest:
        load, options = self._task.load, self._options
        return LoadRequest(
            load_id=options.load_id,
            table=self._layout.table,
            columns=self._layout.columns,
            mode=load.mode,
            keys=load.keys,
            part=options.part,
            fence=options.fence,
            skip_when=load.skip_when,
            keep_nulls=load.nulls == "keep",
            audit=load.audit,
            dry_run=options.dry_run,
            memory_budget=options.memory_budget // 4,
        )

    def _keeps_aside(self) -> bool:
        load = self._task.load
        return "drift" in load.model_fields_set and load.drift == "freeze" and bool(self._layout.aside)


def _noted(code: str, column: str, message: str, count: int) -> str:
    if code in ("ROUNDED", "ASSUMED_UTC"):
        return f"{count:,} {'value' if count == 1 else 'values'} of '{column}' {message}"
    return f"{count:,} {'row' if count == 1 else 'rows'}: {message} ({code})"


def aside_path(options: RunOptions) -> Path:
    """Where the fields without a column are kept under ``drift: freeze``."""
    return home() / "aside" / f"{options.run_id}.parquet"


def _guarded(chunks: Iterator[tuple[int, Chunk]]) -> Iterator[tuple[int, Chunk]]:
    try:
        yield from chunks
    except UnavailableError as error:
        raise SourceUnavailable(error) from error
