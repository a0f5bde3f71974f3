"""Lines above a header, such as the name of a report: found where nothing else can be meant, else left alone."""

from __future__ import annotations

from collections.abc import Sequence

from intakegateway.connectors.files import dialect
from intakegateway.connectors.files.grammar import Grammar, readable

_MOST_LINES = 20
_EVEN = 0.75
"""The share of records that must have as many fields as the header."""
_LONGEST = 60
_SHOWN = 2


def titles(
    text: bytes, *, whole: bool, eol: bytes, delimiters: Sequence[bytes], quote: bytes | str | None
) -> tuple[int, list[str]] | None:
    """How many lines stand above the header, and what they say; None where it is not certain.

    It is certain where lines with a single field are followed by records of several, the first of which has a
    name in each and a column of numbers or dates below one of them.
    """
    found: list[tuple[int, int, list[str]]] = []
    for delimiter in delimiters:
        if delimiter not in text:
            continue
        above = _above(text, Grammar(delimiter, b'"' if isinstance(quote, str) else quote, eol), whole)
        if above is not None:
            found.append(above)
    if not found:
        return None
    lines, _, said = min(found)
    return lines, said


def _above(text: bytes, grammar: Grammar, whole: bool) -> tuple[int, int, list[str]] | None:
    at = lines = 0
    said: list[str] = []
    while at < len(text):
        record = grammar.record(text, at)
        if record.open_at >= 0 or record.problem or lines > _MOST_LINES:
            return None
        if any(cell.strip() for cell in record.fields[1:]):
            break
        if record.fields[0].strip():
            said.append(readable(record.fields[0]).strip()[:_LONGEST])
        lines += record.lines
        at = record.end
    if not said or at >= len(text):
        return None
    sample = dialect.take(text[at:], grammar, whole=whole)
    width = sample.width
    fit = sum(len(record) == width for record in sample.records)
    even = len(sample.records[0]) == width and fit >= _EVEN * len(sample.records) and not sample.faults
    if not even or len(sample.records) < 2 or not dialect.has_plain_names(dialect.texts(sample.records)):
        return None
    return lines, -width, said


def sentence(lines: int, said: Sequence[str]) -> str:
    """What a person is told."""
    shown = ", ".join(f"'{text}'" for text in said[:_SHOWN]) + (", …" if len(said) > _SHOWN else "")
    what = "1 line above the header was" if lines == 1 else f"{lines} lines above the header were"
    return f"{what} skipped ({shown}). Say '--skip-rows 0' if that is wrong."
