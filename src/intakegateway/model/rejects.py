"""The columns of a file of rejects that are not fields of its rows."""

from __future__ import annotations

ABOUT = ("_locator", "_codes", "_columns", "_message", "_raw")
"""The place; codes, columns and messages, each joined by ``; `` in the same order; the text of a record that
could not be read as a row, null for all others."""
NUMBER = "_reject"
"""A reject's number, from 0; files do not store it, exports do."""
TAKEN = (*ABOUT, NUMBER)


def column_of(field: str) -> str:
    """The column of a field: one that is called like one of ours gets another underscore."""
    return f"_{field}" if field in TAKEN else field


def field_of(column: str) -> str:
    """The field of a column."""
    return column[1:] if column[1:] in TAKEN else column
