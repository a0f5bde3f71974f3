"""What a replay reads: rejects of another run, kept with their edits as a file of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from intakegateway.services.context import Context
from intakegateway.services.rejectstate import REPLAY

if TYPE_CHECKING:
    from intakegateway.connectors.base import Source

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


@contextmanager
def replayed(context: Context, given: Mapping[str, Any]) -> Iterator[Source]:
    """The rows of a replay's input. Raises ``NotFoundError`` when they are not kept any more."""
    from intakegateway.connectors.replay import ReplaySource

    with context.blobs.local(str(given["blob"])) as path:
        yield ReplaySource(path, f"rejects of run {given.get('run', '')}")
