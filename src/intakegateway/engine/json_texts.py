"""Texts that are JSON documents, on whole columns."""

from __future__ import annotations

import polars as pl


def is_json(value: pl.Expr) -> pl.Expr:
    """Whether a text is one JSON value."""
    return value.str.json_path_match("$").is_not_null()


def is_plain_json(value: pl.Expr) -> pl.Expr:
    """Whether a text is one JSON value, and has as many keys when it is read as were written: none twice.

    Null where it is no JSON. Where it is false, ``has_repeated_keys`` tells.
    """
    # What is read comes without blanks around colons, and is asked for once: each time, the text is read again.
    written = value.str.count_matches('":', literal=True) + value.str.count_matches('" :', literal=True)
    return value.str.json_path_match("$").str.count_matches('":', literal=True) == written


def has_repeated_keys(values: pl.Series) -> pl.Series:
    """Whether each JSON text has a key twice in an object, with different values. One by one: ask for few."""
    from intakegateway.connectors.json_repeats import marked, repeated_key

    found = [repeated_key(marked(text.encode())) is not None for text in values]
    return pl.Series(values.name, found, dtype=pl.Boolean)
