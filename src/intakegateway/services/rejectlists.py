"""What of a file of rejects a page shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from intakegateway.kit.plainly import plain
from intakegateway.model.errors import DefinitionError
from intakegateway.model.rejects import ABOUT, NUMBER, field_of
from intakegateway.model.views.rejects import Reject, RejectFilter, RejectReason, Selection
from intakegateway.services.rejectedits import Edits, text_of
from intakegateway.services.rejectfiles import Pair, RejectFile, split
from intakegateway.services.rejectstate import Marked
from intakegateway.store.tables.runs import RejectGroup

if TYPE_CHECKING:
    import polars as pl

STRETCH = 100_000
"""Rows that are looked through at a time."""
FURTHEST = 5_000_000
"""Rows that are looked through for one page: about three seconds. A page ends there, with the place to go on."""


def matching(
    file: RejectFile, wanted: RejectFilter, groups: Iterable[RejectGroup], edits: Edits, marked: Marked
) -> list[pl.Expr]:
    """Conditions on rows; none: all of them."""
    import polars as pl

    found: list[pl.Expr] = []
    if wanted.group is not None:
        found.append(file.of_causes(_causes(groups, (wanted.group,), "group")))
    if wanted.column is not None:
        found.append(file.of_causes({(g.code, g.column) for g in groups if g.column == wanted.column}))
    if wanted.state is not None:
        found.append(marked.having(wanted.state))
    if wanted.edited is not None:
        edited = edits.has_edit(file.schema).fill_null(False)
        found.append(edited if wanted.edited else ~edited)
    if wanted.search:
        pattern = "(?i)" + pl.escape_regex(wanted.search)
        places = [pl.col(name) for name in ("_locator", "_message", "_raw")]
        places += [text_of(name, file.schema) for name in file.fields]
        found.append(pl.any_horizontal([place.str.contains(pattern).fill_null(False) for place in places]))
    return found


def selected(
    file: RejectFile, wanted: Selection, groups: Iterable[RejectGroup], edits: Edits, marked: Marked,
    limit: int | None = None,
) -> pl.Series:  # fmt: skip
    """The numbers (Int64) of the open rejects that are meant."""
    import polars as pl

    taken = marked.all()
    conditions: list[pl.Expr] = []
    if wanted.groups:
        conditions.append(file.of_causes(_causes(groups, wanted.groups, "groups")))
    if wanted.rows:
        conditions.append(pl.col(NUMBER).is_in(sorted(wanted.rows)))
    if wanted.edited:
        conditions.append(edits.has_edit(file.schema).fill_null(False))
    if not conditions:
        every = pl.int_range(0, file.rows, dtype=pl.Int64, eager=True).alias(NUMBER)
        return every.filter(~every.is_in(taken.implode())) if taken.len() else every
    if taken.len():
        conditions.append(marked.having("open"))
    rows = file.scan().filter(*conditions).select(pl.col(NUMBER).cast(pl.Int64))
    return (rows if limit is None else rows.head(limit)).collect()[NUMBER]


def _causes(groups: Iterable[RejectGroup], ids: Iterable[str], name: str) -> set[Pair]:
    """Of these groups. Raises ``DefinitionError`` for an id that none of the run's has."""
    known = {one.id: (one.code, one.column) for one in groups}
    wrong = [one for one in ids if one not in known]
    if wrong:
        raise DefinitionError(
            f"there is no cause of rejects with the id '{wrong[0]}' in this run.",
            hint="The run's groups of rejects have them.", path=(name,),
        )  # fmt: skip
    return {known[one] for one in ids}


def find(
    file: RejectFile, conditions: list[pl.Expr], after: int, limit: int
) -> tuple[pl.DataFrame, int | None]:
    """Up to ``limit`` rows with greater numbers than ``after``, read no further than needed.

    And the number to go on after, where it was given up before the end; nothing was passed over up to it.
    """
    import polars as pl

    rows = file.scan()
    if not conditions:
        return rows.slice(after + 1, limit).collect(), None
    # The numbers first: what rows hold besides is read of those few alone.
    start, numbers, have = after + 1, [pl.Series(NUMBER, [], pl.UInt32)], 0
    length = STRETCH
    end = min(file.rows, start + FURTHEST)
    while have < limit and start < end:
        length = min(length, end - start)
        part = (
            rows.slice(start, length).filter(*conditions).select(NUMBER).head(limit - have).collect()[NUMBER]
        )
        numbers.append(part)
        have, start, length = have + part.len(), start + length, length * 2
    given_up = have < limit and start < file.rows
    return at(file, pl.concat(numbers)), start - 1 if given_up else None


def at(file: RejectFile, numbers: pl.Series) -> pl.DataFrame:
    """The rows of these rising numbers."""
    import polars as pl

    rows = file.scan()
    if not numbers.len():
        return rows.head(0).collect()
    first, last = int(numbers[0]), int(numbers[-1])
    if last - first < STRETCH:
        part = rows.slice(first, last - first + 1)
        return part.filter(pl.col(NUMBER).is_in(numbers.implode())).collect()
    parts: list[pl.LazyFrame] = []
    for _, near in numbers.to_frame("n").group_by(
        (pl.col("n") // STRETCH).alias("stretch"), maintain_order=True
    ):
        low, high = int(near["n"][0]), int(near["n"][-1])
        parts.append(rows.slice(low, high - low + 1).filter(pl.col(NUMBER).is_in(near["n"].implode())))
    return pl.concat(pl.collect_all(parts))


def shown(file: RejectFile, rows: pl.DataFrame, edits: Edits, marked: Marked) -> list[Reject]:
    """Rows as people see them: what was read, what it is now."""

    texts = rows.lazy().with_columns(text_of(name, file.schema).alias(name) for name in file.fields).collect()
    now = edits.apply(rows.lazy(), file.schema)
    now = now.with_columns(
        text_of(name, file.schema).alias(name) for name in file.fields if name not in edits.fields
    )
    states = marked.of(texts[NUMBER].to_list())
    items = []
    for was, is_now in zip(texts.iter_rows(named=True), now.collect().iter_rows(named=True), strict=True):
        original, values = _fields(was), _fields(is_now)
        if was["_raw"] is not None:
            # A record that is none has no fields; only those that somebody filled.
            original = {}
            values = {name: value for name, value in values.items() if value is not None}
        edited = [name for name, value in values.items() if original.get(name) != value]
        items.append(
            Reject(
                row=was[NUMBER],
                locator=was["_locator"] or "",
                original=original,
                values=values,
                edited=edited,
                raw=plain(was["_raw"]),
                reasons=reasons_of(was),
                state=states.get(was[NUMBER], "open"),
            )
        )
    return items


def reasons_of(row: dict[str, Any]) -> list[RejectReason]:
    """What is wrong with a row of a file of rejects."""
    found = split(row["_codes"] or "", row["_columns"] or "", row["_message"] or "")
    return [
        RejectReason(code=code, column=plain(column), message=plain(message))
        for code, column, message in zip(*found, strict=True)
    ]


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    return {
        plain(field_of(name)): plain(value)
        for name, value in row.items()
        if name not in ABOUT and name != NUMBER
    }
