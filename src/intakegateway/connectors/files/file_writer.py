"""One load into one file: written beside the target, put in its place at the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from intakegateway.connectors.base import LoadRequest, Settled
from intakegateway.connectors.files.formats_out import Format, Sink
from intakegateway.connectors.files.ledger import FileLedger
from intakegateway.kit.disk import system_errors
from intakegateway.model.errors import DestinationError
from intakegateway.model.frames import polars_type
from intakegateway.model.load import Mode
from intakegateway.model.run import Counts
from intakegateway.model.schema import Column

_SAMPLES = 5


class FileWriter:
    """One load into one file. Rows go to a file of the load's own; ``commit`` puts it in place."""

    def __init__(
        self,
        target: Path,
        format: Format,
        ledger: FileLedger,
        request: LoadRequest,
        columns: tuple[Column, ...],
    ) -> None:
        self._target, self._format, self._ledger, self._request = target, format, ledger, request
        self._new = ledger.temporary(request.load_id, request.part, request.fence, "rows")
        self._whole = ledger.temporary(request.load_id, request.part, request.fence, "whole")
        self._columns = columns
        self._now = datetime.now(UTC)
        self._rows = 0
        self._undecided = False
        self._file: BinaryIO | None = self._new.open("wb")
        self._sink: Sink = format.sink(self._file, self._columns)

    def write(self, batch: pl.DataFrame, rows: pl.Series) -> None:
        """Write the batch."""
        with on_disk(self._target):
            self._sink.write(_completed(batch, self._columns, self._request, self._now))
        self._rows += batch.height

    def settle(self) -> Settled:
        """Every row is inserted."""
        with on_disk(self._target):
            self._close()
        return Settled(inserted=self._rows)

    def commit(self, counts: Counts) -> None:
        """Put the rows in place and the load in the ledger."""
        request = self._request
        with (
            on_disk(self._target),
            self._ledger.publishing(request.load_id, request.part, request.fence) as publication,
        ):
            finished = self._new
            if request.mode is Mode.APPEND and self._target.exists() and self._target.stat().st_size:
                self._check_columns()
                with self._whole.open("wb") as file:
                    self._format.join(self._target, self._new, file, self._columns)
                finished = self._whole
            with finished.open("rb") as file:
                os.fsync(file.fileno())
            if self._target.exists():
                os.chmod(finished, self._target.stat().st_mode & 0o7777)
            # Until the rename is told in the ledger, its file must stay, also after an error.
            self._undecided = True
            publication.publish(finished, counts, self._columns)
            self._undecided = False
        self._remove()

    def abort(self) -> None:
        """Remove the load's own files."""
        with contextlib.suppress(OSError, ValueError):  # the rows are thrown away in any case
            self._close()
        if not self._undecided:
            with contextlib.suppress(OSError):  # the next attempt sweeps
                self._remove()

    def _check_columns(self) -> None:
        """Another program may have replaced the file while the load ran."""
        there = [c.name for c in self._format.columns(self._target, self._columns)]
        mine = [c.name for c in self._columns]
        if not set(there) <= set(mine) or (not self._format.grows and there != mine):
            raise DestinationError(
                f"the file's columns are not what they were: {', '.join(there)}.",
                where=str(self._target),
                hint="Run the load again.",
            )

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            try:
                self._sink.close()
            finally:
                file.close()

    def _remove(self) -> None:
        for path in (self._new, self._whole):
            path.unlink(missing_ok=True)


class DryFileWriter:
    """Counts rows and writes nothing."""

    def __init__(self, request: LoadRequest) -> None:
        self._request = request
        self._rows = 0
        self._samples: list[dict[str, object]] = []

    def write(self, batch: pl.DataFrame, rows: pl.Series) -> None:
        """Count the batch."""
        self._rows += batch.height
        self._samples += batch.head(_SAMPLES - len(self._samples)).to_dicts()

    def settle(self) -> Settled:
        """Every row would be inserted."""
        return Settled(inserted=self._rows, inserted_samples=tuple(self._samples))

    def commit(self, counts: Counts) -> None:
        """Nothing is to be kept."""

    def abort(self) -> None:
        """Nothing is to be undone."""


def _completed(
    batch: pl.DataFrame, columns: tuple[Column, ...], request: LoadRequest, now: datetime
) -> pl.DataFrame:
    """The batch with all columns of the file, in its order."""
    stamped = {request.audit.created_at, request.audit.updated_at} - {""}
    made: list[pl.Expr] = []
    for column in columns:
        of = polars_type(column.type)
        if column.name in batch.columns:
            made.append(pl.col(column.name))
        elif column.name in stamped:
            made.append(_moment(column, now))
        else:
            made.append(pl.lit(None, dtype=of).alias(column.name))
    return batch.select(made)


def _moment(column: Column, now: datetime) -> pl.Expr:
    of = polars_type(column.type)
    value = (
        pl.lit(now.isoformat()) if of == pl.String() else pl.lit(now, dtype=pl.Datetime("us", "UTC")).cast(of)
    )
    return value.alias(column.name)


@contextlib.contextmanager
def on_disk(path: Path) -> Iterator[None]:
    """Errors of the system in our words."""
    try:
        with system_errors():
            yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise DestinationError(
            f"the file cannot be written or read: {reason}.",
            where=str(path),
            hint="Check the folder, its rights and the room on the disk.",
        ) from None
