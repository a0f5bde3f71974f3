"""The source of tasks that are sent their rows: each run is given a file in its place."""

from __future__ import annotations

from typing import NoReturn

from intakegateway.model.errors import DefinitionError
from intakegateway.model.sources import PushSource


def open_source(spec: PushSource) -> NoReturn:
    """Raises ``DefinitionError``: there is nothing to read until something is sent."""
    raise DefinitionError(
        "the rows of this task are sent to it, so it cannot be run by itself.",
        hint="POST records or a file to the task's push address.",
        path=("source", "kind"),
    )
