"""What can be found out about a file that has arrived."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from intakegateway.model.errors import GatewayError
from intakegateway.model.sources import FileSource

_SHOWN = ("delimiter", "quote", "skip_rows", "header", "decimal_comma")
_WORKBOOKS = ("excel", "ods")


def source_at(path: Path, name: str, **options: Any) -> FileSource:
    """The source that reads the file ``name``, whose content lies at ``path``."""
    return FileSource(path=str(path), file=name, **options)


def facts_of(path: Path, name: str) -> tuple[str, str, dict[str, Any], str]:
    """Format, encoding, the dialect's details, and why it cannot be read (empty when it can)."""
    from intakegateway.connectors.files.sheets import sheets_of
    from intakegateway.connectors.files.source import open_source

    try:
        found = open_source(source_at(path, name)).describe()
    except GatewayError as error:
        return "", "", {}, str(error)
    details = {key: getattr(found, key) for key in _SHOWN if getattr(found, key) is not None}
    details["fields"] = [_storable(one) for one in found.fields[:5000]]
    details["warnings"] = [_storable(one) for one in found.warnings]
    if found.format in _WORKBOOKS:
        sheets = sheets_of(path)
        details["sheets"] = [
            {"name": _storable(one.name), "rows": one.rows, "hidden": one.hidden} for one in sheets[:1000]
        ]
    return found.format, found.encoding or "", details, ""


def profile_of(source: FileSource, seconds: float) -> dict[str, Any]:
    """Each field's nulls, distinct values, ends, lengths and most usual values.

    Rows that cannot be looked at within ``seconds`` are left out, and ``whole`` is false. Raises
    ``SourceError``.
    """
    from intakegateway.connectors.files.source import open_source
    from intakegateway.engine.profile import profile

    opened = open_source(source)
    end = time.monotonic() + seconds
    seen = {"rows": 0, "whole": True}

    def frames() -> Any:
        for chunk in opened.chunks():
            seen["rows"] += chunk.frame.height
            yield chunk.frame
            if time.monotonic() > end:
                seen["whole"] = False
                return

    columns = [one.as_json() for one in profile(frames(), decimal_comma=source.decimal_comma)]
    kept: dict[str, Any] = _plain({**seen, "columns": columns, "warnings": list(opened.warnings)})
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_storable(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return _storable(value) if isinstance(value, str) else value


def _storable(text: str) -> str:
    """Without the characters that a database's JSON cannot hold."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
