"""What is new: comparing, looking back, keeping."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from intakegateway.connectors.cursors import FileCursors, MemoryCursors, SavedCursor
from intakegateway.connectors.http_api.cursors import Tracker, starting_at
from intakegateway.connectors.http_api.stores import FileTokens, MemoryTokens, Token
from intakegateway.connectors.http_api.templates import Cursor, first_call
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.http import HttpSource, Incremental


def greatest(*chunks: list[Any], saved: SavedCursor | None = None, **spec: Any) -> tuple[str, str]:
    tracker = Tracker(Incremental(field="at", **spec), [], saved)
    for values in chunks:
        tracker.observe(pl.DataFrame({"at": values}, strict=False))
    assert tracker.best is not None
    return tracker.best.value, tracker.best.kind


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2024-05-01T12:00:00+02:00", "2024-05-01T11:00:00Z"], "2024-05-01T11:00:00Z"),
        (["2024-05-01 09:00", "2024-04-30T23:59:59.999Z", None], "2024-05-01 09:00"),
        (["2024-05-01", "2024-05-02", "n/a"], "2024-05-02"),
        (["2024-05-01T10:00:00.5-0500", "2024-05-01T14:00:00"], "2024-05-01T10:00:00.5-0500"),
    ],
)
def test_timestamps_are_compared_as_moments_and_kept_as_written(values: list[str], expected: str) -> None:
    assert greatest(values) == (expected, "timestamp")


def test_numbers_are_compared_by_value_and_texts_as_text() -> None:
    assert greatest(["9", "10", "2"]) == ("10", "number")
    assert greatest([9, 10], [3]) == ("10", "number")
    assert greatest([9007199254740993, 9007199254740992]) == ("9007199254740993", "number")
    assert greatest(["b", "a"], ["c"]) == ("c", "text")
    assert greatest(["2024-01-01", "2024-01-02"], type="text") == ("2024-01-02", "text")


def test_values_of_another_kind_are_left_out_with_a_warning() -> None:
    warnings: list[str] = []
    tracker = Tracker(Incremental(field="at"), warnings)
    tracker.observe(pl.DataFrame({"at": ["2024-05-01", "zzz", "2024-04-01"]}))
    tracker.observe(pl.DataFrame({"other": [1]}))
    tracker.observe(pl.DataFrame({"at": ["unknown"]}))
    assert tracker.best == SavedCursor("2024-05-01", "timestamp")
    assert len(warnings) == 1


def test_the_cursor_does_not_move_back() -> None:
    saved = SavedCursor("2024-05-01T00:00:00Z", "timestamp")
    assert greatest(["2024-04-01T00:00:00Z"], saved=saved)[0] == saved.value


@pytest.mark.parametrize(
    ("saved", "lookback", "expected"),
    [
        (SavedCursor("2024-05-01T00:05:00Z", "timestamp"), "10m", "2024-04-30T23:55:00Z"),
        (SavedCursor("2024-05-01 00:05:00.250+02:00", "timestamp"), "1h", "2024-04-30 23:05:00.250+02:00"),
        (SavedCursor("2024-05-01T00:05", "timestamp"), 60, "2024-05-01T00:04"),
        (SavedCursor("2024-05-01T10:00:00.123456789Z", "timestamp"), "1s", "2024-05-01T09:59:59.123456000Z"),
        (SavedCursor("2024-05-01", "timestamp"), "10m", "2024-04-30"),
        (SavedCursor("2024-05-01", "timestamp"), "2d", "2024-04-29"),
        (SavedCursor("1714521600", "number"), "10m", "1714521000"),
        (SavedCursor("1714521600000", "number"), "10m", "1714521000000"),
        (SavedCursor("120", "number"), 20, "100"),
        (SavedCursor("1.5", "number"), 0.5, "1.0"),
        (SavedCursor("abc", "text"), 0, "abc"),
    ],
)
def test_the_lookback_keeps_the_way_a_cursor_is_written(
    saved: SavedCursor, lookback: str | float, expected: str
) -> None:
    assert starting_at(Incremental(field="at", lookback=lookback), saved).value == expected


def test_a_lookback_that_does_not_fit_the_cursor_is_an_error() -> None:
    with pytest.raises(DefinitionError, match="the cursor is the number 120"):
        starting_at(Incremental(field="id", lookback="10m"), SavedCursor("120", "number"))
    with pytest.raises(DefinitionError, match="the cursor is the text 'abc'"):
        starting_at(Incremental(field="id", lookback="10m"), SavedCursor("abc", "text"))
    with pytest.raises(ValueError, match="is not a duration"):
        Incremental(field="id", lookback="soon")


def test_the_start_may_be_a_date_of_yaml() -> None:
    from datetime import UTC, date, datetime

    assert Incremental.model_validate({"field": "a", "start": date(2024, 5, 1)}).start == "2024-05-01"
    moment = datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert Incremental.model_validate({"field": "a", "start": moment}).start == "2024-05-01T10:00:00Z"


def test_the_cursor_is_put_into_address_query_headers_and_body() -> None:
    spec = HttpSource.model_validate(
        {
            "url": "https://h/since/{{ cursor }}",
            "request": {
                "query": {"q": "at>{{cursor}}"},
                "headers": {"X": "{{ cursor }}"},
                "body": {"json": {"n": "{{ cursor }}", "t": ["from {{ cursor }}"]}},
            },
        }
    )
    call = first_call(spec, Cursor("5", number=True))
    assert call.target == "https://h/since/5?q=at%3E5"
    assert call.headers == (("X", "5"),)
    assert call.json == {"n": 5, "t": ["from 5"]}
    assert first_call(spec, Cursor("a/b+c")).target == "https://h/since/a%2Fb%2Bc?q=at%3Ea%2Fb%2Bc"
    with pytest.raises(DefinitionError, match="no value on a first run"):
        first_call(spec, Cursor())


def test_an_unknown_variable_is_named() -> None:
    spec = HttpSource.model_validate({"url": "https://h", "request": {"query": {"a": "{{ curser }}"}}})
    with pytest.raises(DefinitionError, match=r"'\{\{ curser \}\}' is not known.*Did you mean 'cursor'"):
        first_call(spec, Cursor())


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_stores_keep_what_they_are_given(kind: str, tmp_path: Path) -> None:
    cursors = MemoryCursors() if kind == "memory" else FileCursors(tmp_path / "c")
    tokens = MemoryTokens() if kind == "memory" else FileTokens(tmp_path / "t")
    assert cursors.load("a") is None
    assert tokens.load("a") is None
    cursors.save("a", SavedCursor("1", "number"))
    cursors.save("a", SavedCursor("ü", "text"))
    with tokens.lock("a"):
        tokens.save("a", Token("x", "y", 5.5))
    assert cursors.load("a") == SavedCursor("ü", "text")
    assert tokens.load("a") == Token("x", "y", 5.5)
    assert cursors.load("b") is None
    assert "x" not in repr(tokens.load("a")).replace("expires", "")


def test_files_of_tokens_are_for_their_owner_and_a_broken_one_is_named(tmp_path: Path) -> None:
    tokens = FileTokens(tmp_path / "t")
    tokens.save("a", Token("x"))
    (file,) = tokens.folder.iterdir()
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(tokens.folder.stat().st_mode)) == (0o600, 0o700)
    file.write_text("{")
    with pytest.raises(SourceError, match="cannot be read"):
        tokens.load("a")


def test_a_token_that_is_about_to_expire_is_not_fresh() -> None:
    assert Token("x").fresh(1e12)
    assert Token("x", expires_at=100).fresh(99)
    assert not Token("x", expires_at=100).fresh(100)
    assert not Token("").fresh(0)
