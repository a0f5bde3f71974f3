"""A task as a value of the Python API."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intakegateway.model.errors import DefinitionError
from intakegateway.model.run import Progress, Result
from intakegateway.model.task import TaskSpec
from intakegateway.services.definitions import as_yaml, validated
from intakegateway.services.endpoints import shown
from intakegateway.services.local_runs import RunRequest, run_task
from intakegateway.services.projectfiles import ProjectFile, read_project

if TYPE_CHECKING:
    from intakegateway.engine.preview import Preview


class Task:
    """One import: ``Task(name=…, source={…}, mapping=[…], rules=[…], load={…})``, or from a file.

    ``spec`` is its definition. Raises ``DefinitionError`` when it is wrong.
    """

    __slots__ = ("spec",)

    def __init__(self, spec: TaskSpec | Mapping[str, Any] | None = None, **keys: Any) -> None:
        self.spec = spec if isinstance(spec, TaskSpec) and not keys else validated(_plain(spec, keys))

    @classmethod
    def from_yaml(cls, path: str | os.PathLike[str], name: str | None = None) -> Task:
        """The task of a file; of a file with several, the one called ``name``."""
        file = read_project(Path(path), [name] if name else [])
        return cls(_only(file, os.fspath(path)))

    def run(
        self,
        *,
        rejects: str | os.PathLike[str] | None = None,
        dry_run: bool = False,
        load_id: str | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Result:
        """Run it here and now; see ``load``."""
        path = Path(rejects) if rejects is not None else None
        return run_task(self.spec, RunRequest(path, dry_run, load_id, None, progress))

    def plan(self) -> Result:
        """What a run would do, found out against the real destination, writing nothing."""
        return self.run(dry_run=True)

    def preview(self, rows: int = 50) -> Preview:
        """The first rows of its source."""
        from intakegateway.services.previews import preview_source

        return preview_source(self.spec.source, rows)

    def to_yaml(self) -> str:
        """Its definition as YAML. Secrets are masked; put ``${NAME}`` references in their place."""
        return as_yaml(_masked(self.spec.model_dump(mode="json", by_alias=True, exclude_unset=True)))

    def __repr__(self) -> str:
        return f"Task({self.spec.name!r})"


def _only(file: ProjectFile, path: str | Path) -> TaskSpec:
    """The one task of a file. Raises ``DefinitionError`` if it has several."""
    if len(file.tasks) != 1:
        names = ", ".join(task.name for task in file.tasks[:20])
        raise DefinitionError(
            f"this file has {len(file.tasks)} tasks: {names}.", where=str(path), hint="Say which one."
        )
    return file.tasks[0]


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return shown(value) if isinstance(value, str) and "@" in value else value


def _plain(spec: TaskSpec | Mapping[str, Any] | None, keys: Mapping[str, Any]) -> dict[str, Any]:
    given = spec.model_dump(by_alias=True, exclude_unset=True) if isinstance(spec, TaskSpec) else spec or {}
    return {**given, **keys}
