"""What commands about a gateway print: a table or lines for people, one object for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from intakegateway.cli.errors import SUCCESS
from intakegateway.cli.execution import write_json
from intakegateway.model.errors import DefinitionError

Shown = TypeVar("Shown", bound=BaseModel)
Row = Callable[[Shown], Sequence[Any]]


def listed(
    found: Sequence[Shown], nouns: str, header: Sequence[str], row: Row[Shown], *, as_json: bool,
    total: int | None = None, right: Sequence[int] = (), wrapped: Sequence[int] = (),
) -> int:  # fmt: skip
    """Print a list. ``total``: there are so many, of which ``found`` are the first."""
    from intakegateway.cli.tables import print_table

    whole = len(found) if total is None else total
    if as_json:
        write_json({"items": [one.model_dump(mode="json", by_alias=True) for one in found], "total": whole})
    elif not found:
        sys.stdout.write(f"There are no {nouns}.\n")
    else:
        print_table(header, [row(one) for one in found], right=right, wrapped=wrapped)
        if whole > len(found):
            sys.stdout.write(f"{len(found)} of {whole:,} {nouns}; --limit shows more.\n")
    return SUCCESS


def told(value: BaseModel | Mapping[str, Any], words: str, *, as_json: bool) -> int:
    """Print what was done: ``words``, or the thing itself. A mapping gets ``status`` first."""
    if not as_json:
        sys.stdout.write(f"{words}\n")
    elif isinstance(value, BaseModel):
        write_json(value.model_dump(mode="json", by_alias=True))
    else:
        write_json({"status": "SUCCESS", **value})
    return SUCCESS


def shown(value: BaseModel, facts: Mapping[str, Any], *, as_json: bool) -> int:
    """Print one thing: ``facts`` in lines, those without a value left out, or the thing itself."""
    from intakegateway.cli.tables import cell

    if as_json:
        return told(value, "", as_json=True)
    wide = max(map(len, facts))
    for name, fact in facts.items():
        if fact is not None and fact != "":
            sys.stdout.write(f"{name:<{wide}}  {cell(fact, 2000)}\n")
    return SUCCESS


def moment(at: datetime | None) -> str:
    """A time, to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}" if at is not None else ""


def counted(number: int, noun: str, nouns: str | None = None) -> str:
    """``3 tasks``."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def agreed(yes: bool, what: str) -> None:
    """Raises ``DefinitionError`` that says what would go, unless ``--yes`` was given."""
    if not yes:
        raise DefinitionError(f"{what} would be deleted for good.", where="--yes", hint="Add --yes to do it.")
