"""The account of a run as text: where every row went, why rows were rejected, what to look at next."""

from __future__ import annotations

import csv
import itertools
import os
import sys
from pathlib import Path
from typing import Any

from intakegateway.model.run import Result

REASONS = 10
SAMPLE_WIDTH = 100
_OUTCOMES = ("inserted", "updated", "unchanged", "skipped", "deduplicated", "rejected")
_COLOURS = {"SUCCESS": "32", "PARTIAL_SUCCESS": "33", "FAILED": "31", "CANCELLED": "31"}


def account(result: Result, name: str) -> str:
    """A few lines that visibly add up."""
    lines = [_headline(result, name), "", *_rows(result)]
    if result.error:
        lines += ["", painted(f"  {result.error}", "31")]
    lines += _reasons(result)
    if result.rejects_path:
        lines += [f"  rejected rows: {result.rejects_path}", *_sample(result.rejects_path)]
    lines += [f"  ! {warning}" for warning in result.warnings]
    if result.plan is not None:
        lines += _plan(result)
    return "\n".join(lines) + "\n"


def painted(text: str, colour: str) -> str:
    """``text`` in an ANSI colour, where standard output is a terminal that wants colours."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\033[{colour}m{text}\033[0m"


def _headline(result: Result, name: str) -> str:
    status = painted(str(result.status), _COLOURS.get(str(result.status), "0"))
    what = "plan of " if result.dry_run else ""
    target = f" -> {result.destination_kind} {result.table}".rstrip()
    seconds = result.duration_seconds
    rate = f", {result.counts.read / seconds:,.0f} rows/s" if seconds >= 0.05 and result.counts.read else ""
    size = f", {_bytes(result.bytes_read)}" if result.bytes_read else ""
    return f"{status}  {what}{name}{target}  ({seconds:,.1f} s{rate}{size})"


def _rows(result: Result) -> list[str]:
    counts = result.counts.as_dict()
    if not result.counts.balances:
        return [f"  {'read':<13}{counts['read']:>12,}", f"  {'rejected':<13}{counts['rejected']:>12,}"]
    named = [key for key in _OUTCOMES if counts[key] or key in ("inserted", "rejected")]
    return [
        f"  {'read':<13}{counts['read']:>12,}",
        f"  {'':-<13}{'':->12}",
        *(f"  {key:<13}{counts[key]:>12,}" for key in named),
        f"  {'':-<13}{'':->12}",
        f"  {'':<13}{result.counts.accounted:>12,}  = read",
    ]


def _reasons(result: Result) -> list[str]:
    if not result.reasons:
        return []
    top = sorted(result.reasons, key=lambda reason: -reason.count)[:REASONS]
    wide = max(len(reason.code) for reason in top)
    columns = max(len(reason.column) for reason in top)
    lines = ["", "  why rows were rejected"]
    for reason in top:
        example = _short(reason.message)
        lines.append(
            f"  {reason.count:>9,}  {reason.code:<{wide}}  {reason.column:<{columns}}  {example}".rstrip()
        )
    rest = len(result.reasons) - len(top)
    return [*lines, f"  and {rest} more reasons", ""] if rest else [*lines, ""]


def _sample(path: str) -> list[str]:
    """The first rejected row and what is wrong with it, where that can be had without loading anything."""
    if not path.endswith(".csv"):
        return []
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            row = next(csv.DictReader(file), None)
    except (OSError, ValueError, csv.Error):
        return []
    if not row:
        return []
    fields = [f"{key}={value}" for key, value in itertools.islice(row.items(), 50) if key and key[0] != "_"]
    # A record that could not be read as a row has no values, but its text.
    shown = row.get("_raw") or ", ".join(fields)
    lines = [
        f"  for example:   {row.get('_locator') or ''}: {_short(shown)}",
        f"{'':17}{_short(row.get('_message') or '')}",
    ]
    return [line.rstrip() for line in lines if line.strip()]


def _plan(result: Result) -> list[str]:
    plan = result.plan
    if plan is None:
        return []
    lines = ["", "  nothing was written; this would happen"]
    lines += [f"    {statement}" for statement in plan.ddl] or ["    no change to the table's columns"]
    for title, rows in (("inserted", plan.inserted), ("rejected", plan.rejected)):
        if rows:
            lines += [f"  {title}, for example", *(f"    {_record(row)}" for row in rows)]
    if plan.updated:
        lines.append("  updated, for example")
        lines += [f"    {_change(pair['before'], pair['after'])}" for pair in plan.updated]
    return lines


def _record(row: dict[str, Any]) -> str:
    return _short(", ".join(f"{key}={'' if value is None else value}" for key, value in row.items()), 160)


def _change(before: dict[str, Any], after: dict[str, Any]) -> str:
    parts = []
    for key, value in after.items():
        old = before.get(key)
        parts.append(f"{key}={value}" if old == value else f"{key}={old} -> {value}")
    return _short(", ".join(parts), 160)


def _short(text: str, width: int = SAMPLE_WIDTH) -> str:
    """One line without control characters, which a terminal would obey."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * width])
    return clean if len(clean) <= width else clean[: width - 1] + "…"


def _bytes(size: int) -> str:
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
