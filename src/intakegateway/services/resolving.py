"""A task as it is kept becomes one that can run: uploaded files and secrets in clear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from intakegateway.model.errors import DefinitionError
from intakegateway.model.task import TaskSpec
from intakegateway.services.context import Context
from intakegateway.services.definitions import validated
from intakegateway.services.files import local_file
from intakegateway.services.held_schemas import with_held_columns
from intakegateway.services.sealing import opened
from intakegateway.services.task_definitions import place
from intakegateway.store import files


@contextmanager
def runnable(
    context: Context, project_id: str, spec: Mapping[str, Any], task_id: str | None = None
) -> Iterator[TaskSpec]:
    """The task that ``spec`` describes, as long as the context is open.

    ``task_id``: whose sealed texts are in ``spec``. Raises ``DefinitionError`` with the path of the key.
    """
    value = dict(spec if task_id is None else opened(spec, context.box(), place(task_id)))
    with ExitStack() as held:
        source = value.get("source")
        if isinstance(source, Mapping) and source.get("file"):
            with context.database.read() as session:
                found = files.find(session, project_id, str(source["file"]))
            if found is None:
                raise DefinitionError(
                    f"there is no uploaded file '{source['file']}' in this project.", path=("source", "file")
                )
            path = held.enter_context(local_file(context, found))
            value["source"] = {**source, "path": str(path), "file": found.name}
        with context.database.read() as session:
            value = with_held_columns(session, project_id, value)
        task = validated(value)
        for half, name in (("source", task.source.connection), ("load", task.load.connection)):
            if name is not None:
                raise DefinitionError(f"there is no connection '{name}'.", path=(half, "connection"))
        yield task
