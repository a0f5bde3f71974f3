"""The name under which a task's cursor is kept, where its definition gives none."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from intakegateway.kit.masking import looks_secret, public_url
from intakegateway.model.task import TaskSpec
from intakegateway.services.fileconnections import anchored


def with_cursor_key(task: TaskSpec, folder: Path) -> TaskSpec:
    """The task with ``incremental.key`` set: ``name|source|destination|table``.

    Two tasks that ask the same question, or one that loads into another table, read on by themselves. What
    is asked for is a part of it (address, query, field), secrets are not: a changed query begins anew, a
    changed password does not. Relative paths start from ``folder``. A key of the definition's own stays.
    """
    source: Any = task.source
    incremental = getattr(source, "incremental", None)
    if incremental is None or incremental.key:
        return task
    names = (task.name, _asked(source, folder), _place(task.load.to or "", folder), task.load.table)
    named = incremental.model_copy(update={"key": "|".join(names)})
    return task.model_copy(update={"source": source.model_copy(update={"incremental": named})})


def _asked(source: Any, folder: Path) -> str:
    """Where is asked, for a person, and a digest of what is asked for."""
    place = _place(source.url or "", folder)
    keys = {"request", "records", "query", "table"} & type(source).model_fields.keys()
    asked = source.model_dump(mode="json", include=keys, exclude={"request": {"headers"}})
    request = asked.get("request") or {}
    if request.get("url"):
        request["url"] = public_url(request["url"])
    parameters = request.get("query") or {}
    request["query"] = {name: value for name, value in parameters.items() if not looks_secret(name)}
    asked["field"] = source.incremental.field
    return f"{place} {sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]}"


def _place(url: str, folder: Path) -> str:
    whole = anchored(url, folder)
    return public_url(whole) if "://" in whole else whole
