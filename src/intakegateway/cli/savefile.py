"""Files that commands send or save, in pieces."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from intakegateway.model.errors import DefinitionError

PIECE = 1 << 20


def pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a local file. Raises ``DefinitionError`` where it cannot be read."""
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise DefinitionError(
            f"the file cannot be read: {error.strerror or error}.", where=str(path)
        ) from None


def save(path: Path, content: Iterable[bytes], *, force: bool) -> int:
    """Write to a local file; it is there whole or not at all. Returns its bytes."""
    if path.exists() and not force:
        raise DefinitionError(
            "there is a file of this name already.",
            where=str(path),
            hint="Choose another name, or add --force.",
        )
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    size = 0
    try:
        try:
            with unfinished.open("wb") as file:
                for piece in content:
                    size += file.write(piece)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise DefinitionError(
            f"the file cannot be written: {error.strerror or error}.", where=str(path)
        ) from None
    return size
