"""How large the input of a run is, where that can be told without reading it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from glob import glob, has_magic
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from intakegateway.store.tables.definitions import File

SMALL = 5_000_000
"""Bytes up to which a run is awaited by who asks for it."""
_MOST_FILES = 1000


def is_small(session: Session, project_id: str, source: Mapping[str, Any] | None) -> bool:
    """Whether all that a run reads is a few files of little size."""
    size = _bytes(session, project_id, source or {})
    return size is not None and size <= SMALL


def _bytes(session: Session, project_id: str, source: Mapping[str, Any]) -> int | None:
    known = source.get("size")
    if isinstance(known, int):
        return known
    upload = source.get("file")
    if isinstance(upload, str):
        query = select(File.size).where(
            File.project_id == project_id, or_(File.id == upload, File.name == upload)
        )
        return session.scalar(query.order_by(File.created_at.desc()).limit(1))
    path = source.get("path")
    if not isinstance(path, str) or "://" in path or path == "-":
        return None
    found = glob(path, recursive=True) if has_magic(path) and not os.path.exists(path) else [path]
    if len(found) > _MOST_FILES:
        return None
    try:
        return sum(os.stat(one).st_size for one in found)
    except OSError:
        # The run will say what is wrong with it, and that will not take long.
        return 0
