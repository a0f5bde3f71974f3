"""Transforms of text, and those that write any value as text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import polars as pl

from intakegateway.engine.cast_step import canonical_text
from intakegateway.model import transforms as t

Pure = Callable[[pl.Expr], pl.Expr]


def _trim(step: t.Trim) -> Pure:
    characters = step.characters or None
    match step.side:
        case "left":
            return lambda e: e.str.strip_chars_start(characters)
        case "right":
            return lambda e: e.str.strip_chars_end(characters)
        case _:
            return lambda e: e.str.strip_chars(characters)


def _substring(step: t.Substring) -> Pure:
    start = step.start - 1 if step.start > 0 else step.start
    return lambda e: e.str.slice(start, step.length)


def _pad(step: t.Pad) -> Pure:
    if step.side == "left":
        return lambda e: e.str.pad_start(step.length, step.fill)
    return lambda e: e.str.pad_end(step.length, step.fill)


def _regex_replace(step: t.RegexReplace) -> Pure:
    # People write \1 as often as $1.
    new = re.sub(r"\\([0-9])", r"${\1}", step.new)
    return lambda e: e.str.replace_all(step.pattern, new)


def _mask(step: t.Mask) -> Pure:
    def mask(expr: pl.Expr) -> pl.Expr:
        hidden = expr.str.len_chars().cast(pl.Int64) - step.keep_first - step.keep_last
        middle = pl.lit("").str.pad_end(hidden.clip(0), step.character)
        shown = (
            expr.str.head(step.keep_first) + middle + expr.str.slice(-step.keep_last if step.keep_last else 0)
        )
        if not step.keep_last:
            shown = expr.str.head(step.keep_first) + middle
        # A text too short to hide anything of is hidden whole.
        whole = expr.str.replace_all(r"(?s).", step.character)
        return pl.when(hidden > 0).then(shown).otherwise(whole)

    return mask


TEXT_STEPS: dict[type, Callable[[Any], Pure]] = {
    t.Trim: _trim,
    t.Upper: lambda _step: lambda e: e.str.to_uppercase(),
    t.Lower: lambda _step: lambda e: e.str.to_lowercase(),
    t.Title: lambda _step: lambda e: e.str.to_titlecase(),
    t.Replace: lambda step: lambda e: e.str.replace_all(step.old, step.new, literal=True),
    t.RegexReplace: _regex_replace,
    t.Substring: _substring,
    t.Pad: _pad,
    t.Mask: _mask,
}
"""The transforms from text to text, none of which can fail."""


def digest(expr: pl.Expr, step: t.Hash) -> pl.Expr:
    """The hash of each text. Polars has none of these, so each distinct value is hashed once."""
    salted = hashlib.new(step.algorithm, step.salt.encode(), usedforsecurity=False)

    def one(value: str) -> str:
        state = salted.copy()
        state.update(value.encode())
        return state.hexdigest()

    def many(values: pl.Series) -> pl.Series:
        distinct = values.drop_nulls().unique()
        hashed = pl.Series([one(value) for value in distinct], dtype=pl.String)
        return values.replace_strict(distinct, hashed, default=None, return_dtype=pl.String)

    return expr.map_batches(many, return_dtype=pl.String)


def json_document(dtype: pl.DataType) -> Pure:
    """Any value as JSON: a text that is a document already stays, any other becomes a JSON string."""
    if dtype != pl.String:
        quoted = not (dtype.is_numeric() or dtype == pl.Boolean or dtype.is_nested())
        spell = canonical_text(dtype)
        return (lambda e: _quoted(spell(e))) if quoted else spell

    def document(expr: pl.Expr) -> pl.Expr:
        is_json = expr.str.json_path_match("$").is_not_null() | (expr.str.strip_chars() == "null")
        return pl.when(is_json).then(expr).otherwise(_quoted(expr))

    return document


def _quoted(expr: pl.Expr) -> pl.Expr:
    inside = pl.struct(expr.alias("v")).struct.json_encode().str.slice(len('{"v":')).str.head(-1)
    return pl.when(expr.is_not_null()).then(inside)


def json_at(expr: pl.Expr, path: str) -> pl.Expr:
    """The value at a dotted path (``a.b.0``) of a JSON text; null where there is none."""
    return expr.str.json_path_match(json_path(path))


def json_path(path: str) -> str:
    """``a.b.0`` as JSONPath: ``$['a']['b'][0]``. A path that begins with ``$`` or ``[`` is one already."""
    if path.startswith("$"):
        return path
    if path.startswith("["):
        return "$" + path
    steps = [
        f"[{part}]" if part.isdigit() else "['" + part.replace("'", "\\'") + "']" for part in path.split(".")
    ]
    return "$" + "".join(steps)
