"""The test of a folder that gets files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from intakegateway.connectors.guard import confined
from intakegateway.connectors.probing import Step
from intakegateway.model.errors import DestinationError


class FolderProbe:
    """Is it there, and can it be written?"""

    version = ""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._folder = Path()

    def steps(self) -> Sequence[Step]:
        """Resolve (the path), connect (is it a folder?), read (may it be read and written?)."""
        return (("resolve", self._resolve), ("connect", self._connect), ("read", self._read))

    def close(self) -> None:
        """Nothing is held open."""

    def _resolve(self) -> str:
        self._folder = confined(str(self._config.get("path") or ""))
        return "The path may be used."

    def _connect(self) -> str:
        if self._folder.is_dir():
            return "The folder is there."
        if self._folder.exists():
            raise DestinationError("it is a file, not a folder.", hint="Give a folder.")
        if not self._folder.parent.is_dir():
            raise DestinationError("the folder does not exist.", hint="Make it first.")
        return "The folder is not there yet; the first load makes it."

    def _read(self) -> str:
        place = self._folder if self._folder.is_dir() else self._folder.parent
        if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
            raise DestinationError(
                "the folder cannot be written.", hint="Give the gateway's system user the right to."
            )
        return "It can be read and written."
