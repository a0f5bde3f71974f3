"""Text into booleans, UUIDs, JSON, bytes, and text of a limited length."""

from __future__ import annotations

import polars as pl

from intakegateway.engine.cast_step import (
    INVALID_TYPE,
    NUL_CHARACTER,
    REPEATED_KEY,
    TOO_LONG,
    Cast,
    outcome,
)
from intakegateway.engine.json_texts import has_repeated_keys, is_json, is_plain_json
from intakegateway.model.types import DataType

_TRUE = ("true", "t", "yes", "y", "1", "on")
_FALSE = ("false", "f", "no", "n", "0", "off")
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_LOOSE_UUID = (
    r"(?i)^(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$"
)


def text_to_boolean() -> Cast:
    """``true``, ``t``, ``yes``, ``y``, ``1``, ``on`` and their opposites, in any letter case."""
    words = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
    forms = (str.lower, str.upper, str.title)
    spellings = {form(word): value for word, value in words.items() for form in forms}
    both = [(form(yes), form(no)) for yes, no in zip(_TRUE, _FALSE, strict=True) for form in forms]
    pairs = {word: pair for pair in both for word in pair}

    def fast(expr: pl.Expr, example: str) -> pl.Expr:
        pair = pairs.get(example)
        if pair is None:
            return expr.replace_strict(spellings, default=None, return_dtype=pl.Boolean)
        return pl.when(expr == pair[0]).then(True).when(expr == pair[1]).then(False)

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = values.to_frame("v").select(pl.col("v").str.strip_chars().str.to_lowercase().alias("text"))
        value = pl.col("text").replace_strict(words, default=None, return_dtype=pl.Boolean)
        frame = frame.with_columns(value.alias("value"))
        wrong = pl.col("value").is_null() & (pl.col("text") != "")
        return outcome(frame, value=pl.col("value"), code=pl.when(wrong).then(pl.lit(INVALID_TYPE)))

    return Cast(
        to=pl.Boolean(),
        fast=fast,
        careful=careful,
        by_example=True,
        reasons={INVALID_TYPE: f"is neither true ({', '.join(_TRUE)}) nor false ({', '.join(_FALSE)})"},
    )


def text_to_uuid() -> Cast:
    """32 hexadecimal digits with or without dashes and braces; made lower case with dashes."""

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = values.to_frame("v").select(pl.col("v").str.strip_chars().alias("text"))
        closed = pl.col("text").str.contains("{", literal=True) == pl.col("text").str.contains(
            "}", literal=True
        )
        right = pl.col("text").str.contains(_LOOSE_UUID) & closed
        canonical = pl.col("text").str.replace(_LOOSE_UUID, "$1-$2-$3-$4-$5").str.to_lowercase()
        wrong = ~right & (pl.col("text") != "")
        return outcome(
            frame,
            value=pl.when(right).then(canonical),
            code=pl.when(wrong).then(pl.lit(INVALID_TYPE)),
        )

    return Cast(
        to=pl.String(),
        fast=lambda expr, _example: pl.when(expr.str.contains(_UUID)).then(expr),
        careful=careful,
        reasons={INVALID_TYPE: "is not a UUID like 0190163d-8694-739b-aea5-966c26f8ad91"},
    )


def text_to_json(*, check_nul: bool) -> Cast:
    """A JSON document, kept as it is written."""

    def fast(expr: pl.Expr, _example: str) -> pl.Expr:
        right = is_plain_json(expr)
        if check_nul:
            right = right & ~expr.str.contains("\0", literal=True)
        return pl.when(right).then(expr)

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = values.to_frame("v").with_columns(pl.col("v").str.strip_chars().alias("text"))
        nul = pl.col("v").str.contains("\0", literal=True)
        code = (
            pl.when(pl.col("text").is_in(["", "null"])).then(None)
            .when(nul).then(pl.lit(NUL_CHARACTER))
            .when(~is_json(pl.col("text"))).then(pl.lit(INVALID_TYPE))
            .when(pl.col("v").is_in(_repeating(frame["v"]).implode())).then(pl.lit(REPEATED_KEY))
        )  # fmt: skip
        return outcome(frame, value=pl.when(pl.col("text") != "").then(pl.col("v")), code=code)

    return Cast(
        to=pl.String(),
        fast=fast,
        careful=careful,
        reasons={
            INVALID_TYPE: "is not a JSON document; the transform json makes one of any text",
            NUL_CHARACTER: "has a NUL character, which the destination cannot store",
            REPEATED_KEY: "has a key twice in one object, with different values",
        },
    )


def _repeating(values: pl.Series) -> pl.Series:
    """Those of the JSON texts that have a key twice."""
    v = pl.col("v")
    odd = values.to_frame("v").filter(~is_plain_json(v))["v"].unique()
    return odd.filter(has_repeated_keys(odd))


def text_to_binary(target: DataType) -> Cast:
    r"""Hexadecimal digits after ``\x`` or ``0x``. Base64 is not guessed: it may look like anything."""

    def decoded(expr: pl.Expr) -> pl.Expr:
        return pl.when(expr.str.contains(r"^[\\0][xX](?:[0-9a-fA-F]{2})*$")).then(
            expr.str.slice(2).str.decode("hex", strict=False)
        )

    def fits(value: pl.Expr) -> pl.Expr:
        return value.bin.size("b") <= target.length if target.length else pl.lit(True)

    def fast(expr: pl.Expr, _example: str) -> pl.Expr:
        value = decoded(expr)
        return pl.when(fits(value)).then(value)

    def careful(values: pl.Series) -> pl.DataFrame:
        frame = values.to_frame("v").with_columns(pl.col("v").str.strip_chars().alias("text"))
        frame = frame.with_columns(decoded(pl.col("text")).alias("value"))
        code = (
            pl.when(pl.col("text") == "").then(None)
            .when(pl.col("value").is_null()).then(pl.lit(INVALID_TYPE))
            .when(~fits(pl.col("value"))).then(pl.lit(TOO_LONG))
        )  # fmt: skip
        return outcome(frame, value=pl.col("value"), code=code)

    return Cast(
        to=pl.Binary(),
        fast=fast,
        careful=careful,
        reasons={
            INVALID_TYPE: r"is not binary: hexadecimal digits after \x are",
            TOO_LONG: f"is too long: at most {target.length} bytes are allowed",
        },
    )


def text_to_text(target: DataType, *, check_nul: bool) -> Cast | None:
    """At most ``length`` characters, and no NUL character; None when there is nothing to check."""
    limit = target.length
    if not limit and not check_nul:
        return None

    def fast(expr: pl.Expr, _example: str) -> pl.Expr:
        # Never more characters than bytes: counting characters is left for the texts with more bytes.
        right = expr.str.len_bytes() <= limit if limit else pl.lit(True)
        if check_nul:
            right = right & ~expr.str.contains("\0", literal=True)
        return pl.when(right).then(expr)

    def careful(values: pl.Series) -> pl.DataFrame:
        long = pl.col("v").str.len_chars() > limit if limit else pl.lit(False)
        nul = pl.col("v").str.contains("\0", literal=True) if check_nul else pl.lit(False)
        code = pl.when(nul).then(pl.lit(NUL_CHARACTER)).when(long).then(pl.lit(TOO_LONG))
        return outcome(values.to_frame("v"), value=pl.col("v"), code=code)

    return Cast(
        to=pl.String(),
        fast=fast,
        careful=careful,
        reasons={
            TOO_LONG: f"is too long: at most {limit} characters are allowed",
            NUL_CHARACTER: "has a NUL character, which the destination cannot store",
        },
    )
