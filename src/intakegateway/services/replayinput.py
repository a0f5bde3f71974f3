"""What a replay reads: rejects of another run with the edits that they had when it was asked for.

The run writes them itself when it starts, so that nobody waits for millions of rows in a request. Which rows is
in its mark; the edits are kept as a blob, because people go on editing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intakegateway.model.errors import NotFoundError
from intakegateway.model.rejects import NUMBER
from intakegateway.services.context import Context
from intakegateway.services.rejectedits import Edits
from intakegateway.services.rejectfiles import Known, RejectFile, unpack
from intakegateway.services.rejectstate import REPLAY
from intakegateway.store import rejects as store
from intakegateway.store.tables.runs import Run

if TYPE_CHECKING:
    import polars as pl

    from intakegateway.connectors.base import Source

_GROUP_ROWS = 50_000

_REPLACES = ("truncate_insert", "delete_insert")


def is_replay(given: Mapping[str, Any] | None) -> bool:
    """Whether a run's input are rejects."""
    return (given or {}).get("kind") == REPLAY


def for_replay(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The definition by which rejects are loaded again.

    Rows join those that are there already: a mode that replaces rows becomes ``append``. All or nothing is
    written: there is no limit of rejects. The source's connection is not needed any more.
    """
    source, load = dict(spec.get("source") or {}), dict(spec.get("load") or {})
    kept = {key: source[key] for key in ("decimal_comma",) if source.get(key) is not None}
    if load.get("mode") in _REPLACES:
        load["mode"] = "append"
    for key in ("max_rejects", "on_limit", "keep_parquet"):
        load.pop(key, None)
    return {
        **spec,
        "source": {"kind": "file", "path": "rejects.parquet", "format": "parquet", **kept},
        "load": load,
    }


def keep_edits(context: Context, edits: Edits, key: str) -> str | None:
    """Put what a replay shall load the rows with into the storage; its key, None where there are none."""
    if not edits.fields:
        return None
    out = BytesIO()
    edits.table().write_parquet(out)
    context.blobs.put(key, [out.getvalue()])
    return key


@contextmanager
def replayed(context: Context, run_id: str, given: Mapping[str, Any], folder: Path) -> Iterator[Source]:
    """The rows of a replay's input, written into ``folder``.

    Raises ``NotFoundError`` when they are not kept any more.
    """
    import polars as pl

    from intakegateway.connectors.replay import ReplaySource

    parent_id = str(given.get("run", ""))
    with context.database.read() as session:
        parent, mark = session.get(Run, parent_id), store.mark_of(session, run_id)
        blob = parent.rejects_blob if parent is not None else None
        rows = unpack(mark.rows) if mark is not None else None
    if blob is None or rows is None:
        raise NotFoundError("file of rejects of the run", parent_id, hint="They are not kept any more.")
    kept = given.get("edits")
    edits = Edits()
    if kept is not None:
        with context.blobs.local(str(kept)) as path:
            edits = Edits.of_table(pl.read_parquet(path))
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / "replayed.parquet"
    with context.blobs.local(blob) as path:
        write_rows(RejectFile(path, Known()), edits, rows, written)
    try:
        yield ReplaySource(written, f"rejects of run {parent_id}")
    finally:
        written.unlink(missing_ok=True)


def write_rows(
    file: RejectFile, edits: Edits, rows: pl.Series, path: Path, *, numbered: bool = False
) -> None:
    """Write rejects as they are with ``edits`` for ``ReplaySource``; ``numbered``: their place is their number."""
    import polars as pl

    from intakegateway.kit.disk import system_errors

    wanted = file.scan()
    if rows.len() < file.rows:
        wanted = wanted.filter(pl.col(NUMBER).cast(pl.Int64).is_in(rows.implode()))
    now = edits.apply(wanted, file.schema).with_columns(edits.typed(file.schema))
    if numbered:
        now = now.with_columns(pl.col(NUMBER).cast(pl.String).alias("_locator"))
    with system_errors():
        now.drop(NUMBER).sink_parquet(path, row_group_size=_GROUP_ROWS)
