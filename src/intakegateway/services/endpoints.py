"""What a person names as source or destination, as definitions."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from glob import glob, has_magic
from pathlib import Path
from stat import S_ISREG
from typing import Any
from urllib.parse import urlsplit

from intakegateway.kit.masking import public_url
from intakegateway.model.errors import DefinitionError

AVAILABLE = (
    "a path, a glob, '-' (standard input), http(s)://, postgresql://, mysql://, mariadb://, sqlite:///,"
    " duckdb:///"
)
KIND_OF_SCHEME = {
    "http": "http", "https": "http",
    "postgresql": "sql", "postgres": "sql", "mysql": "sql", "mariadb": "sql",
    "sqlite": "sql", "sqlite3": "sql", "duckdb": "sql",
}  # fmt: skip
"""Which kind of source reads a URL."""
OPTION_OF = {
    "null_texts": "--null-text", "header": "--no-header", "auth": "--token", "cell_range": "--range",
}  # fmt: skip
"""The command line's name of a key, where it is not ``--`` and the key."""

_FILE_KEYS = frozenset({
    "format", "encoding", "delimiter", "quote", "skip_rows", "header", "null_texts", "decimal_comma", "sheet",
    "header_row", "range", "member", "widths", "columns",
})  # fmt: skip
_ALLOWED = {
    "file": _FILE_KEYS | {"records", "key_field"},
    "http": frozenset({"records", "key_field", "auth", "pagination", "incremental", "request"}),
    "sql": frozenset({"query", "table"}),
}
_PACKED = re.compile(r"\.(gz|gzip|zst|zstd|zip|bz2|xz)$", re.IGNORECASE)
_REMOTE_FILE = re.compile(
    r"\.(csv|tsv|txt|xlsx?|ods|parquet|arrow|feather|xml|ndjson|jsonl|pdf|docx)(\.(gz|zst|zip|bz2|xz))?$",
    re.IGNORECASE,
)
_KIND_WORDS = {"file": "a file", "http": "an HTTP address", "sql": "a database"}


def source_definition(source: str | os.PathLike[str], keys: Mapping[str, Any]) -> dict[str, Any]:
    """The ``source`` of a task for a path, a glob, ``-`` or a URL.

    ``keys`` are the other keys of the definition; those that are None or empty count as left out. Raises
    ``DefinitionError`` for a scheme that this version does not read and for a key that does not fit.
    """
    text = os.fspath(source)
    if not text.strip():
        raise DefinitionError("the source is empty.", hint=f"Allowed: {AVAILABLE}.", path=("source",))
    given = {key: value for key, value in keys.items() if value is not None and value not in ((), [], "")}
    scheme = text.partition("://")[0].lower().partition("+")[0] if "://" in text else ""
    if not scheme:
        kind, found = "file", {"path": text}
    elif scheme in KIND_OF_SCHEME:
        kind = KIND_OF_SCHEME[scheme]
        found = {"url": text}
        if kind == "http" and _is_file(text, given):
            kind, found = "file", {"path": text}
    elif os.path.exists(text):
        kind, found = "file", {"path": text}
    else:
        raise DefinitionError(
            f"sources of the kind '{scheme}:' are not available in this version.",
            hint=f"Available: {AVAILABLE}.",
            path=("source",),
        )
    for key in given:
        if key not in _ALLOWED[kind]:
            option = OPTION_OF.get(key, "--" + key.replace("_", "-"))
            fits = " or ".join(words for name, words in _KIND_WORDS.items() if key in _ALLOWED[name])
            raise DefinitionError(
                f"'{option.lstrip('-')}' does not fit a source that is {_KIND_WORDS[kind]}.",
                where=shown(text),
                hint=f"It fits {fits}." if fits else None,
                path=("source", key),
            )
    if kind == "sql" and ("query" in given) == ("table" in given):
        raise DefinitionError(
            "a database as source needs a query or a table, and not both.",
            where=shown(text),
            hint="Give --query 'SELECT …' or --source-table NAME.",
            path=("source", "query"),
        )
    return {"kind": kind, **found, **given}


def _is_file(url: str, keys: Mapping[str, Any]) -> bool:
    """An API answers in JSON; what has a file's ending, or is said to be of a file's format, is a file."""
    return "format" in keys or _REMOTE_FILE.search(urlsplit(url).path) is not None


def stem_of(name: str) -> str:
    """A file's name without its endings: ``orders.csv.gz`` is ``orders``."""
    bare = _PACKED.sub("", name)
    stem, dot, _ = bare.rpartition(".")
    return stem if dot and stem else bare


def default_table(definition: Mapping[str, Any], destination: str) -> str:
    """The table's name when none is given: from the file's name, the source's table or the API's path."""
    names = (definition.get("path"), definition.get("table"), _last_step(definition.get("url"), definition))
    for text in names:
        if isinstance(text, str) and "://" in text:
            text = urlsplit(text).path
        if isinstance(text, str) and text not in ("", "-") and not has_magic(text):
            name = stem_of(Path(text).name)
            return "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name) or "data"
    if "://" not in destination and not destination.endswith("/"):
        return stem_of(Path(destination).name) or "data"
    raise DefinitionError(
        "the table's name is missing, and this source has no name to take it from.",
        hint="Give --table NAME.",
        path=("load", "table"),
    )


def identity(definition: Mapping[str, Any], content: str) -> str | None:
    """What tells this very input from another, as text: a file's path, size and time of change.

    None when it cannot be told (standard input, a pipe). ``content`` is the whole task.
    """
    path = definition.get("path")
    if path is None:
        return content
    if path == "-":
        return None
    matches = sorted(glob(path, recursive=True)) if has_magic(path) and not os.path.exists(path) else [path]
    facts = [content]
    for match in matches:
        try:
            found = os.stat(match)
        except OSError:
            continue
        if not S_ISREG(found.st_mode):
            return None
        facts.append(f"{os.path.abspath(match)} {found.st_size} {found.st_mtime_ns}")
    return "\n".join(facts)


def shown(url: str) -> str:
    """A path or URL without the secrets in it."""
    return public_url(url) if "://" in url else url


def _last_step(url: object, definition: Mapping[str, Any]) -> str | None:
    if not isinstance(url, str) or "query" in definition:
        return None
    return urlsplit(url).path.rstrip("/").rpartition("/")[2] or None
