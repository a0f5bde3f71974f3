"""Small JSON files of the data folder, each written whole or not at all and readable by its owner only."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson

from intakegateway.model.errors import SourceError


def kept_file(folder: Path, key: str, ending: str = ".json") -> Path:
    """The file of ``key``, named after its hash."""
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}{ending}"


def read_kept(path: Path) -> dict[str, Any] | None:
    """What was written there; None where there is no file. Raises ``SourceError``."""
    try:
        found = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, orjson.JSONDecodeError) as error:
        raise SourceError(f"The file cannot be read: {error}.", where=str(path)) from None
    if not isinstance(found, dict):
        raise SourceError(
            "The file does not hold what was saved there. Delete it to start anew.", where=str(path)
        )
    return found


def write_kept(path: Path, content: dict[str, Any]) -> None:
    """Keep it; on return it survives a crash. Raises ``SourceError``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=path.parent, suffix=".new", delete=False) as file:  # made with mode 600
            try:
                file.write(orjson.dumps(content))
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise SourceError(f"The file cannot be written: {error}.", where=str(path)) from None


def remove_kept(path: Path) -> None:
    """Take the file away, if it is there. Raises ``SourceError``."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SourceError(f"The file cannot be removed: {error}.", where=str(path)) from None
