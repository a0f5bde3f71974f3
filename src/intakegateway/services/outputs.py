"""The files that a run writes, looked at before it starts: none may be a file that it reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from glob import glob, has_magic
from pathlib import Path
from urllib.parse import parse_qs, unquote

from intakegateway.model.errors import DefinitionError
from intakegateway.model.task import TaskSpec


def check_outputs(task: TaskSpec, rejects: Path | None) -> None:
    """Refuse outputs that would replace an input, or one another. Raises ``DefinitionError``."""
    outputs = list(_outputs(task, rejects))
    inputs = _inputs(task)
    for number, (what, path, key) in enumerate(outputs):
        taken = next((other for other in inputs if _same(path, other)), None)
        if taken is not None:
            raise DefinitionError(
                f"{what} is a file that is read, and would be replaced.",
                where=str(path),
                hint="Choose another name for it.",
                path=key,
            )
        for other, there, _ in outputs[:number]:
            if _same(path, there):
                raise DefinitionError(
                    f"{other} and {what} are the same file.",
                    where=str(path),
                    hint="Choose two names.",
                    path=key,
                )


def _outputs(task: TaskSpec, rejects: Path | None) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    written = _written(task.load.to or "", task.load.table)
    if written is not None:
        yield "the destination", written, ("load", "to")
    if task.load.keep_parquet:
        yield "'keep_parquet'", Path(task.load.keep_parquet), ("load", "keep_parquet")
    if rejects is not None:
        yield "the rejects file", rejects, ()


def _written(to: str, table: str) -> Path | None:
    """The file that a destination of files writes; None for a database."""
    bare, _, options = to.partition("?")
    if bare.startswith("file://"):
        bare = unquote(bare.removeprefix("file://"))
    if not bare or "://" in bare:
        return None
    if bare.endswith("/") or os.path.isdir(bare):
        ending = parse_qs(options).get("format", ["parquet"])[0].lower()
        return Path(bare) / f"{table}.{ending}"
    return Path(bare)


def _inputs(task: TaskSpec) -> list[str]:
    path = getattr(task.source, "path", None)
    if not isinstance(path, str) or path == "-":
        return []
    path = os.path.expanduser(path)
    return glob(path, recursive=True) if has_magic(path) and not os.path.exists(path) else [path]


def _same(one: Path, other: str | Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)
