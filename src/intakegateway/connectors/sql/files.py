"""Which database file a source reads and a destination writes: it may be the same one."""

from __future__ import annotations

from pathlib import Path

from intakegateway.connectors.base import Destination, Source


def source_file(source: Source) -> Path | None:
    """The database file that the source reads; None for every other source."""
    return _resolved(getattr(source, "database_file", None))


def destination_file(destination: Destination) -> Path | None:
    """The database file that the destination writes; None for every other destination."""
    return _resolved(getattr(destination, "database_file", None))


def _resolved(path: Path | None) -> Path | None:
    return path.resolve() if path is not None else None
