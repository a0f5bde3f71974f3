"""Fields and columns of the same name, letter case and separators aside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from intakegateway.model.errors import DefinitionError

FitNames = Callable[[Iterable[str], int, bool], dict[str, str]]
"""``fit_names(names, max_bytes, folds_case)``: each name as the system takes it, all of them different."""


def match_key(name: str) -> str:
    """What is left of a name without letter case and separators: ``Customer ID`` is ``customerid``.

    A name of nothing but separators is its own key.
    """
    return "".join(char for char in name.casefold() if char.isalnum()) or name


OURS = "_ig_"
"""How the names begin that loads give to columns of their own."""


def pair_names(
    fields: Sequence[str], columns: Sequence[str], fitted: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Which column each field goes to: the one of the very same name, else of the same ``match_key``.

    ``fitted``: the names that new columns for the fields would get; one that is there comes before a
    similar one, so that a table made from the fields is found again.

    Fields without a column are left out. Raises ``DefinitionError`` when two fields could fill one
    column, or one field two, and none has the very name.
    """
    names = set(columns)
    pairs = {field: field for field in fields if field in names}
    taken = set(pairs.values())
    for field, column in (fitted or {}).items():
        if field not in pairs and column in names and column not in taken:
            pairs[field] = column
            taken.add(column)
    free: dict[str, list[str]] = {}
    for column in columns:
        if column not in taken:
            free.setdefault(match_key(column), []).append(column)
    waiting: dict[str, list[str]] = {}
    for field in fields:
        if field not in pairs and match_key(field) in free:
            waiting.setdefault(match_key(field), []).append(field)
    for key, rivals in waiting.items():
        if len(rivals) > 1 or len(free[key]) > 1:
            raise _ambiguous(rivals, free[key])
        pairs[rivals[0]] = free[key][0]
    return pairs


def new_names(
    fields: Sequence[str],
    max_bytes: int,
    folds_case: bool,
    fit_names: FitNames,
    reserved: Collection[str] = (),
) -> dict[str, str]:
    """A column name for each field: as it is, but trimmed, never empty, fit for the system, all different."""
    plain: dict[str, str] = {}
    taken: set[str] = set(reserved)
    for field in fields:
        base = wanted = _ordinary(field.replace("\0", "").strip() or "column")
        number = 1
        while wanted in taken:
            number += 1
            wanted = f"{base}_{number}"
        taken.add(wanted)
        plain[field] = wanted
    fitted = fit_names(plain.values(), max_bytes, folds_case)
    return {field: fitted[name] for field, name in plain.items()}


def _ordinary(name: str) -> str:
    return f"_{name}" if name.casefold().startswith(OURS) else name


def _ambiguous(fields: list[str], columns: list[str]) -> DefinitionError:
    sources, targets = (" and ".join(f"'{name}'" for name in names) for names in (fields, columns))
    many = len(fields) > 1
    return DefinitionError(
        f"The field{'s' if many else ''} {sources} could {'both ' if len(fields) == 2 else ''}go to "
        f"the column{'s' if len(columns) > 1 else ''} {targets}.",
        hint="Say which in the mapping.",
        path=("mapping",),
    )
