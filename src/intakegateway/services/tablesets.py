"""Many files into many tables with no line for each: globs, naming, and what is different for some."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from glob import glob, has_magic
from pathlib import Path

from msgspec import Struct

from intakegateway.model.project import ProjectSpec, TableEntry
from intakegateway.services.endpoints import stem_of
from intakegateway.services.yamlfiles import Document


class FileTask(Struct, frozen=True):
    """One file that is a task: its table, and the entries of ``tables`` that concern it."""

    name: str
    path: Path
    table: str
    entries: tuple[tuple[str, TableEntry], ...]


def file_tasks(
    project: ProjectSpec, folder: Path, document: Document
) -> tuple[list[FileTask], tuple[str, ...]]:
    """The tasks of ``defaults.files``, in the order of their names, and warnings about unused entries."""
    paths = _files(project.defaults.files, folder, document)
    stems = [stem_of(path.name) for path in paths]
    found: list[FileTask] = []
    used: set[str] = set()
    for path, stem in zip(paths, stems, strict=True):
        name = project.table_naming.table(stem)
        entries = entries_of(project, path.name, stem, name)
        used.update(pattern for pattern, _ in entries)
        if not any(entry.skip for _, entry in entries):
            found.append(FileTask(name, path, table_of(name, project, entries), entries))
    found = _with_own_names(found)
    _refuse_lost_tables(found, project, document)
    unused = [pattern for pattern in project.tables if pattern not in used]
    return found, tuple(
        f"{document.where(('tables', pattern), key=True)}: '{pattern}' matches no file." for pattern in unused
    )


def _files(patterns: Sequence[str], folder: Path, document: Document) -> list[Path]:
    found: dict[Path, None] = {}
    for index, pattern in enumerate(patterns):
        whole = Path(pattern).expanduser()
        text = str(whole if whole.is_absolute() else folder / whole)
        matches = sorted(glob(text, recursive=True)) if has_magic(text) else [text]
        files = [Path(match) for match in matches if Path(match).is_file()]
        if not files:
            at = document.value["defaults"]["files"]
            place = ("defaults", "files", index) if isinstance(at, list) else ("defaults", "files")
            raise document.error(f"no file matches '{pattern}' (looked for {text}).", place)
        found.update(dict.fromkeys(files))
    return list(found)


def entries_of(project: ProjectSpec, *names: str) -> tuple[tuple[str, TableEntry], ...]:
    """The entries of ``tables`` that concern a file, which has these names; later ones win."""
    return tuple(
        (pattern, entry)
        for pattern, entry in project.tables.items()
        if any(fnmatchcase(text, pattern) for text in names)
    )


def table_of(name: str, project: ProjectSpec, entries: Sequence[tuple[str, TableEntry]]) -> str:
    """The table of a file whose name became ``name``."""
    table = str(project.defaults.load.get("table", "{table}"))
    for _, entry in entries:
        given = entry.table or entry.load.get("table")
        if given:
            table = str(given)
    return table.replace("{table}", name)


def _with_own_names(found: Sequence[FileTask]) -> list[FileTask]:
    """Task names that no two files share: the table's name, else the file's name, else its path."""
    named = found
    for other in (lambda one: one.path.name, lambda one: str(one.path)):
        counts: dict[str, int] = {}
        for one in named:
            counts[one.name] = counts.get(one.name, 0) + 1
        named = [
            FileTask(other(one), one.path, one.table, one.entries) if counts[one.name] > 1 else one
            for one in named
        ]
    return list(named)


def _refuse_lost_tables(found: Sequence[FileTask], project: ProjectSpec, document: Document) -> None:
    """Two files that each replace the whole of one table would leave only the last one's rows."""
    first: dict[str, FileTask] = {}
    for one in found:
        load = {**project.defaults.load}
        for _, entry in one.entries:
            load.update(entry.load)
        if load.get("mode") != "truncate_insert":
            continue
        if one.table in first:
            raise document.error(
                f"'{first[one.table].path.name}' and '{one.path.name}' both replace the whole of table"
                f" '{one.table}'; only the last one's rows would stay.",
                ("defaults", "files"),
                hint="Change 'table_naming', name a table for one under 'tables', or use another mode.",
            )
        first[one.table] = one
