"""Which files a path means: one, those of a glob, or standard input."""

from __future__ import annotations

import glob
import itertools
import os
from pathlib import Path

from intakegateway.connectors.files.opening import Input, open_path, open_stdin
from intakegateway.connectors.files.remote import is_remote, open_url
from intakegateway.connectors.guard import Guard, current
from intakegateway.model.errors import SourceError, nearest

STDIN = "-"


def find_inputs(path: str, member: str | None = None, shown: str | None = None) -> list[Input]:
    """The inputs behind ``path``, sorted by name. Raises ``SourceError`` where there is none.

    ``shown``: what people call it, for a file whose path is none of theirs.
    """
    guard = current()
    if path == STDIN and guard is None:
        return open_stdin(member)
    if is_remote(path):
        return open_url(path, member)
    place = Path(path).expanduser()
    if guard is not None:
        place = _within(place, guard)
    try:
        return _local(place, path, member, shown)
    except OSError as error:
        reason = f"cannot be read: {error.strerror}."
        raise SourceError(reason, where=path, hint="Check the rights on the file and its folders.") from error


def _local(place: Path, path: str, member: str | None, shown: str | None) -> list[Input]:
    if place.is_dir():
        raise SourceError(
            "is a folder.", where=path, hint=f"Name its files with a pattern, such as '{place / '*.csv'}'."
        )
    if place.exists():
        return open_path(place, member, shown)
    if glob.has_magic(path):
        found = sorted(name for name in glob.glob(str(place), recursive=True) if os.path.isfile(name))
        if not found:
            raise SourceError("no file fits this pattern.", where=path, hint=_near(place))
        return [source for name in found for source in open_path(Path(name), member)]
    if place.is_symlink():
        raise SourceError(
            f"is a link to '{os.readlink(place)}', where no file is.",
            where=path,
            hint="Name the file itself.",
        )
    raise SourceError("there is no such file.", where=path, hint=_near(place))


def _within(place: Path, guard: Guard) -> Path:
    """The place with its real folder; whatever a pattern then finds is checked when it is opened."""
    fixed = list(itertools.takewhile(lambda part: not glob.has_magic(part), place.parts))
    rest = place.parts[len(fixed) :]
    if not rest or place.exists():
        return guard.path(place)
    if ".." in rest:
        raise SourceError("a pattern may not lead upwards here.", where=str(place), hint="Leave '..' out.")
    return guard.path(Path(*fixed)).joinpath(*rest)


def shown_names(inputs: list[Input]) -> list[str]:
    """What tells several inputs apart: their names without the folder that they share."""
    names = [source.name for source in inputs]
    if len(names) < 2:
        return names
    folder = os.path.commonpath([os.path.dirname(name) for name in names])
    return [os.path.relpath(name, folder) if folder else name for name in names]


def _near(place: Path) -> str:
    folder = place.parent
    if not folder.is_dir():
        return f"The folder '{folder}' does not exist."
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith("."))
    except OSError as error:
        return f"The folder '{folder}' cannot be read: {error.strerror}."
    if not names:
        return f"The folder '{folder}' is empty."
    advice = nearest(place.name, names)
    return advice.replace("Allowed:", "The folder holds:")
