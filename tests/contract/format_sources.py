"""Sources over one file and one reader, for the contract of sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files.opening import Input, open_path
from intakegateway.model.sources import FileSource

Reader = Callable[[Input, FileSource, list[str]], Iterator[Chunk]]


@dataclass
class FormatSource:
    path: Path
    reader: Reader
    spec: FileSource
    rewindable: bool = True
    restartable: bool = True
    fixed_fields: bool = False
    warnings: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def total_bytes(self) -> int | None:
        return self.path.stat().st_size or None

    def chunks(self) -> Iterator[Chunk]:
        (opened,) = open_path(self.path)
        yield from self.reader(opened, self.spec, self.warnings)

    def committed(self) -> None:
        """A file has no cursor."""
