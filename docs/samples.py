"""What the reference says by hand: an example for each transform and rule, and what the codes mean.

The examples are run when the reference is made, so that what they give is what the engine gives.
"""

from __future__ import annotations

from typing import Any

TRANSFORMS: dict[str, list[tuple[Any, Any]]] = {
    "trim": [("trim", "  lamp "), ({"trim": "-"}, "--lamp-")],
    "upper": [("upper", "straße")],
    "lower": [("lower", "LAMP")],
    "title": [("title", "van der berg")],
    "replace": [({"replace": {"old": "/", "new": "-"}}, "a/b/c")],
    "regex_replace": [
        ({"regex_replace": {"pattern": r"^(\d\d)\.(\d\d)\.(\d{4})$", "new": "$3-$2-$1"}}, "31.12.2024")
    ],
    "substring": [({"substring": {"start": 1, "length": 3}}, "lampshade"), ({"substring": -5}, "lampshade")],
    "pad": [({"pad": 6}, "42")],
    "to_int": [("to_int", "42")],
    "to_float": [("to_float", "1.5e3")],
    "to_decimal": [({"to_decimal": 2}, "3.14159")],
    "to_bool": [("to_bool", "yes"), ({"to_bool": {"true": ["J"], "false": ["N"]}}, "N")],
    "to_date": [("to_date", "2024-12-31"), ({"to_date": "%d.%m.%Y"}, "31.12.2024")],
    "to_timestamp": [
        ({"to_timestamp": {"format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"}}, "31.12.2024 18:30"),
        ({"to_timestamp": {"unit": "s"}}, "1735666200"),
    ],
    "format_date": [({"format_date": "%d.%m.%Y"}, "2024-12-31")],
    "parse_number": [({"parse_number": ","}, "1.234,50 €"), ({"parse_number": "."}, "(1,234.50)")],
    "null_if": [({"null_if": ["N/A", "-"]}, "N/A")],
    "default": [({"default": "unknown"}, None)],
    "hash": [({"hash": "md5"}, "lamp")],
    "mask": [("mask", "4111111111111111")],
    "lookup": [({"lookup": {"m": "metre", "kg": "kilogram"}}, "kg")],
    "json": [({"json": "user.name"}, '{"user": {"name": "Ana"}}')],
    "round": [({"round": 1}, "2.25")],
}
"""For each transform: how it is written, and a value that goes in."""

RULES: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "not_null": ({"not_null": "id"}, [{"id": None, "name": "lamp"}]),
    "range": ({"range": {"column": "total", "min": 0, "max": 1000}}, [{"total": "-4"}]),
    "regex": ({"regex": {"column": "sku", "pattern": "^[0-9]{6}$"}}, [{"sku": "12-34"}]),
    "length": ({"length": {"column": "name", "min": 2, "max": 40}}, [{"name": "x"}]),
    "in": ({"in": {"column": "status", "values": ["open", "paid", "sent"]}}, [{"status": "opne"}]),
    "unique": ({"unique": ["id"]}, [{"id": "1", "name": "lamp"}, {"id": "1", "name": "desk"}]),
    "dedupe": (
        {"dedupe": {"keys": ["id"], "keep": "last", "order_by": "changed"}},
        [{"id": "1", "changed": "2024-05-01"}, {"id": "1", "changed": "2024-05-02"}],
    ),
    "expression": (
        {"expression": "shipped >= ordered"},
        [{"ordered": "2024-05-02", "shipped": "2024-05-01"}],
    ),
    "reference": (
        {"reference": {"column": "customer", "table": "customers", "to": "id"}},
        [{"customer": "7"}],
    ),
}
"""For each rule: how it is written, and rows of which the last one fails."""

CODES: dict[str, tuple[str, str]] = {
    "RAGGED_ROW": (
        "A line has more or fewer fields than the header.",
        "Mend the line, or look whether a delimiter stands unquoted inside a value.",
    ),
    "BROKEN_QUOTE": (
        "A quote is opened and never closed, or something follows its end.",
        "Double quotes that stand inside a quoted value, or set `quote`.",
    ),
    "INVALID_ENCODING": ("Bytes are not text in the file's encoding.", "Set `encoding`."),
    "INVALID_JSON": ("A line or record is not valid JSON; the column of the fault is told.", "Mend it."),
    "REPEATED_KEY": (
        "A key stands twice in one object of a JSON record or document, with different values.",
        "Take one of them out, or load a document as text.",
    ),
    "NOT_AN_OBJECT": (
        "A JSON record is not an object with fields.",
        "Point `records` to the list of objects.",
    ),
    "EXCEL_ERROR": ("A cell holds an error such as #DIV/0!.", "Mend the formula."),
    "INVALID_TYPE": (
        "A value cannot be read as the column's type.",
        "Use a transform (`to_date`, `parse_number`, …), or give the column another type.",
    ),
    "INVALID_VALUE": ("The destination cannot hold this value.", "See its message."),
    "OUT_OF_RANGE": ("A number or date is beyond what the column's type holds.", "Widen the column."),
    "TOO_LONG": ("A text is longer than the column.", "Widen the column, or use `substring`."),
    "LOSSY": (
        "The value would lose something, such as digits or a time of day.",
        "Say what is to be lost: `round`, `to_decimal` with a scale, `format_date`.",
    ),
    "NUL_CHARACTER": (
        "A text holds the NUL character, which the destination cannot keep.",
        'Take it out: `replace: {old: "\\0"}`.',
    ),
    "UNMATCHED": (
        "`lookup` with `unmatched: reject`, or a `split` pattern, does not know the value.",
        "Add it.",
    ),
    "EXPRESSION": ("The condition of a rule `expression` is false.", "See its message."),
    "DIVISION_BY_ZERO": ("An expression divides by zero in this row.", "Use `CASE WHEN` or `NULLIF`."),
    "NOT_NULL": ("A value is missing where one is required.", "Give a `default`."),
    "UNIQUE": (
        "Another row with the same key was read before or is in the table already.",
        "Use mode `upsert`, or the rule `dedupe`.",
    ),
    "FOREIGN_KEY": ("The row that the value points to is not there.", "Load that table first."),
    "CHECK": ("A CHECK constraint of the table refuses the row.", "See its message."),
    "REFUSED": ("The database refuses the row for another reason, in its own words.", "See its message."),
    "RANGE": ("The rule `range` fails.", ""),
    "REGEX": ("The rule `regex` fails.", ""),
    "LENGTH": ("The rule `length` fails.", ""),
    "IN": ("The rule `in` fails.", ""),
    "REFERENCE": ("The rule `reference` fails.", "Load the other table first."),
}
"""For each code: what it means, and what may be done."""

NOTES: dict[str, str] = {
    "ROUNDED": "Digits after those that the type keeps were rounded.",
    "ASSUMED_UTC": "Moments without a time zone were taken for UTC.",
}
"""Codes that are only counted in a warning; the rows are loaded."""
