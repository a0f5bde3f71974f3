"""Sentences about why a field that looks like something narrower is kept as text."""

from __future__ import annotations

import polars as pl

from intakegateway.model.types import DataType

MARKERS = (
    "NULL",
    "null",
    "Null",
    "N/A",
    "n/a",
    "#N/A",
    "NA",
    "NaN",
    "nan",
    "None",
    "none",
    "nil",
    "-",
    "--",
    "?",
    "\\N",
)
"""Texts that often stand for null. They are pointed out, never taken for null unasked."""

_NUMBERS = (
    (r"^-?0[0-9]+(?:\.[0-9]+)?$", "leading zeros"),
    (r"^\+[0-9.]+$", "plus signs"),
    (r"^-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$", "thousands separators"),
    (r"^-?[0-9.]+,[0-9]+$", "a decimal comma"),
    (r"^(?:[$€£¥] ?-?[0-9.,]+|-?[0-9.,]+ ?(?:[$€£¥%]|EUR|USD))$", "a unit"),
    (r"^(?:\s+-?[0-9.]+\s*|-?[0-9.]+\s+)$", "spaces around them"),
    (r"^-?[0-9]{39,}$", "more digits than an exact number type holds"),
)
_OTHERS = (
    (
        r"^[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}$",
        "Dates with years of two digits, of an unsure century",
    ),
    (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}\.[0-9]{7,}", "Moments that are finer than a microsecond"),
    (r"^[ynYN]$", "Single letters that may be a code or mean yes and no"),
)
_NUMBER = r"^\s*[-+$€£¥]?\s?[0-9]"
_OUTLINE = rf"{_NUMBER}|^[ynYN]$"
"""What every pattern here asks for at least: most texts are let go with this one question."""
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_LIKELY = 0.8
_TYPES = (
    (r"^-?[0-9]+(?:\.[0-9]+)?$", "numbers"),
    (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+(?:Z|[+-][0-9:]+)?)?$", "dates"),
)


def looks_like(sample: pl.Series) -> tuple[str, ...]:
    """What these texts look like without being it, as at most one sentence."""
    rows = len(sample)
    if not sample.str.contains(_OUTLINE).any():
        return ()
    # One question for all patterns: asking for each costs more than the looking.
    asked = [_NUMBER, *(pattern for pattern, _ in _OTHERS), _DAY, *(pattern for pattern, _ in _TYPES)]
    counts = sample.to_frame("v").select(
        pl.col("v").str.contains(pattern).sum().alias(str(n)) for n, pattern in enumerate(asked)
    )
    count = dict(zip(asked, counts.row(0), strict=True))
    for pattern, what in _NUMBERS if count[_NUMBER] == rows else ():
        odd = sample.filter(sample.str.contains(pattern))
        if len(odd):
            return (f"Numbers with {what} (such as '{odd[0]}'): kept as text.",)
    for pattern, what in _OTHERS:
        if count[pattern] and count[pattern] >= _LIKELY * rows:
            odd = sample.filter(sample.str.contains(pattern))
            return (f"{what} (such as '{odd[0]}'): kept as text.",)
    if count[_DAY] == rows:
        absent = sample.filter(sample.str.head(10).str.to_date("%Y-%m-%d", strict=False).is_null())
        if len(absent):
            return (f"Dates that do not exist (such as '{_short(absent[0])}'): kept as text.",)
    for pattern, what in _TYPES:
        if rows > count[pattern] >= _LIKELY * rows:
            odd = sample.filter(~sample.str.contains(pattern))
            return (f"Mostly {what}, but also '{_short(odd[0])}': kept as text.",)
    return ()


def misfit_note(kind: str, misfits: pl.Series, fit: int, seen: int) -> tuple[str, ...]:
    """Why a field that was ``kind`` so far is text after all, when that is worth a sentence."""
    odd = misfits.unique(maintain_order=True).head(100)
    for pattern, what in _NUMBERS:
        if "number" in kind and odd.str.contains(pattern).any():
            example = odd.filter(odd.str.contains(pattern))[0]
            return (f"Numbers with {what} (such as '{_short(example)}'): kept as text.",)
    if fit < _LIKELY * seen:
        return ()
    shown = ", ".join(f"'{_short(text)}'" for text in odd.head(3))
    return (f"{fit} of {seen} values are {kind}, but not {shown}: kept as text.",)


def marker_note(markers: set[str], otherwise: DataType) -> str:
    """That a field would be something narrower if these texts stood for null."""
    shown = ", ".join(f"'{text}'" for text in sorted(markers))
    return (
        f"Would be {otherwise} without {shown}: kept as text. "
        f"If that stands for null, say so: null_texts: [{shown}]."
    )


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
