"""The delimiter, the quote and the header of a text, judged from its first records."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from intakegateway.connectors.files.grammar import Grammar, readable

RECORDS = 200
"""Records that are looked at."""
SAMPLE = 1 << 17
"""Bytes that are looked at, unless they are less than two lines."""

DELIMITERS = (b",", b";", b"\t", b"|", b":", b"^")
_HANDICAP = {b":": 0.4, b"^": 0.1}
"""Characters that stand in ordinary texts (times, addresses) have to show more."""
_ONE_COLUMN = 0.55
"""What one column scores: a delimiter must explain the text better than none does."""

_SHOWN = 120
"""Characters of a name in a sentence about it."""
_NUMBER = re.compile(r"[-+]?(?:\d[\d., ']*|\.\d+)(?:[eE][-+]?\d+)?\s*[%€$£]?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(?::\d{2}.*)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORDS = frozenset({"true", "false", "yes", "no", "null", "none", "nan", "n/a"})
_COMMA_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:[. ']\d{3})+|\d+),\d+")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_POINT_NUMBER = re.compile(r"[-+]?\d+\.\d+")


class Sample(Struct, frozen=True):
    """Records of a text under one grammar."""

    grammar: Grammar
    records: list[list[bytes]]
    quoted: int
    faults: int

    @property
    def width(self) -> int:
        """The number of fields that most records have; of equals, the first record's, then the larger."""
        counts = Counter(len(record) for record in self.records)
        first = len(self.records[0])
        return max(counts, key=lambda width: (counts[width], width == first, width))

    @property
    def score(self) -> float:
        """How well the grammar explains the text; more is better."""
        width = self.width
        if width == 1 or self._cuts_values():
            return 0.0
        fit = sum(len(record) == width for record in self.records) / len(self.records)
        score = fit - self.faults / len(self.records)
        score += 0.3 if len(self.records[0]) == width else 0
        score += min(width, 20) * 0.005
        score += 0.05 if self.quoted and not self.faults else 0
        return score - _HANDICAP.get(self.grammar.delimiter, 0)

    def _cuts_values(self) -> bool:
        """Whether the delimiter only cuts numbers or times in two: ``1,5`` under one name, ``12:30``."""
        sign = self.grammar.delimiter
        if sign == b":":
            return all(cell.isdigit() for record in self.records[1:] or self.records for cell in record)
        body = self.records[1:]
        return (
            sign == b","
            and len(self.records[0]) == 1
            and bool(body)
            and all(_COMMA_NUMBER.fullmatch(readable(sign.join(record))) for record in body)
        )


def take(text: bytes, grammar: Grammar, *, whole: bool) -> Sample:
    """The first records of ``text``; the last one is left out when the text goes on (not ``whole``)."""
    records: list[list[bytes]] = []
    quoted = faults = at = 0
    while at < len(text) and len(records) < RECORDS:
        record = grammar.record(text, at)
        end = record.end
        if record.open_at >= 0 or record.problem:
            if record.open_at >= 0 and not whole and records:
                break
            faults += 1
            line_end = text.find(grammar.eol, at)
            end = len(text) if line_end < 0 else line_end + 1
        if end >= len(text) and not whole and records and not text.endswith(grammar.eol):
            break
        at = end
        if record.fields != [b""] or record.quoted:
            records.append(record.fields)
            quoted += len(record.quoted)
    return Sample(grammar, records or [[b""]], quoted, faults)


def sniff(
    text: bytes, *, whole: bool, eol: bytes, delimiters: Sequence[bytes], quote: bytes | str | None
) -> tuple[Sample, float]:
    """The best sample of ``text`` and its score; one column where no delimiter explains it.

    ``quote``: a byte, None for no quoting, or ``"auto"``.
    """
    best: Sample | None = None
    best_score = _ONE_COLUMN
    for delimiter in delimiters:
        if delimiter not in text:
            continue
        for mark in _quotes(text, delimiter, eol) if isinstance(quote, str) else [quote]:
            sample = take(text, Grammar(delimiter, mark, eol), whole=whole)
            if sample.score > best_score:
                best, best_score = sample, sample.score
    if best is not None:
        return best, best_score
    default = b'"' if isinstance(quote, str) else quote
    unused = next(bytes([b]) for b in (*b",;\t|\x1f\x1e\x1d", 1, 2, 3) if b not in text or b == 3)
    return take(text, Grammar(unused, default, eol), whole=whole), 0.0


def _quotes(text: bytes, delimiter: bytes, eol: bytes) -> list[bytes]:
    """The double quote, and the single one where fields seem to start with it and none with the double."""
    if b'"' in text or b"'" not in text:
        return [b'"']
    opens = text.startswith(b"'") or delimiter + b"'" in text or eol + b"'" in text
    closes = any(b"'" + end in text for end in (delimiter, b"\r", eol))
    return [b'"', b"'"] if opens and closes else [b'"']


def has_header(records: list[list[str]]) -> bool:
    """Whether the first record has names: none of them a number or a date, above values unlike them."""
    first, body = records[0], records[1:]
    if all(not cell.strip() for cell in first):
        return False
    if not body:
        return not any(map(_is_typed, first))
    votes = typed_names = 0
    for i, name in enumerate(first):
        values = [record[i] for record in body if i < len(record) and record[i].strip()]
        # Years are names where they stand above numbers that are no years.
        as_value = _is_typed(name) and not (_YEAR.fullmatch(name) and not any(map(_YEAR.fullmatch, values)))
        typed_names += as_value
        if not values:
            continue
        typed = sum(map(_is_typed, values)) >= 0.8 * len(values)
        if typed:
            votes += -1 if as_value else 1
        elif name.strip() and values.count(name) > len(values) // 10:
            votes -= 1
    named = [cell.strip() for cell in first if cell.strip()]
    if typed_names:
        return votes > 0 and typed_names < len(named) / 2
    if len(set(named)) < len(named) and votes <= 0 and _recur(first, body):
        return False
    return votes >= 0 and len(named) >= len(first) / 2


def has_plain_names(records: list[list[str]]) -> bool:
    """Whether the first record has a different name in each field, and numbers or dates stand below one."""
    names, body = [cell.strip() for cell in records[0]], records[1:]
    if not all(names) or len(set(names)) < len(names) or any(map(_is_typed, names)):
        return False
    for i in range(len(names)):
        values = [record[i] for record in body if i < len(record) and record[i].strip()]
        if values and sum(map(_is_typed, values)) >= 0.8 * len(values):
            return True
    return False


def _recur(first: list[str], body: list[list[str]]) -> bool:
    """Whether some value of the first record is in its column again."""
    return any(
        cell.strip() and record[i : i + 1] == [cell] for record in body for i, cell in enumerate(first)
    )


def field_names(cells: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Usable names out of a header's, and sentences about those that were changed.

    An empty name becomes ``column_3``, the second of two equal ones ``name_2``.
    """
    names: list[str] = []
    changed: list[str] = []
    stripped = [re.sub(r"\s*[\r\n]+\s*", " ", cell).strip() for cell in cells]
    taken = set(stripped)
    for i, cell in enumerate(stripped, 1):
        name = cell or f"column_{i}"
        if name in names or (not cell and name in taken):
            stem, number = name, 2
            while name in names or name in taken:
                name, number = f"{stem}_{number}", number + 1
        if name != cell:
            was = f"field {i} has the name '{_short(cell)}' again" if cell else f"field {i} has no name"
            changed.append(f"{was}; it is called '{_short(name)}'.")
        names.append(name)
    return tuple(names), changed


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[: _SHOWN // 2]}…{name[-_SHOWN // 2 :]}"


def has_decimal_comma(records: list[list[str]]) -> bool:
    """Whether some field's numbers are written with a comma for the decimal point."""
    found = False
    for i in range(max(map(len, records), default=0)):
        values = [record[i].strip() for record in records if i < len(record) and record[i].strip()]
        commas = [value for value in values if "," in value and _COMMA_NUMBER.fullmatch(value)]
        if not commas:
            continue
        if any(_POINT_NUMBER.fullmatch(v) and not re.fullmatch(r"\d{1,3}(\.\d{3})+", v) for v in values):
            continue
        if len(commas) * 2 > len(values) and not all(_THOUSANDS.fullmatch(value) for value in commas):
            found = True
    return found


def texts(records: list[list[bytes]]) -> list[list[str]]:
    """Records as text, for judging."""
    return [[readable(cell) for cell in record] for record in records]


def _is_typed(cell: str) -> bool:
    cell = cell.strip()
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell)) or cell.lower() in _WORDS
