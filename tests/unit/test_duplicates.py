from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from intakegateway.engine import duplicates
from intakegateway.engine.duplicates import Losers, find_losers


def chunked(frame: pl.DataFrame, size: int = 3) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
    for first in range(0, frame.height, size):
        part = frame.slice(first, size)
        yield part, pl.int_range(first, first + part.height, eager=True)


KEYS = [1, 2, 1, None, 3, 2, 1, None]
CHANGED = [5, 1, 9, 1, 1, None, 7, 2]


@pytest.mark.parametrize(
    ("options", "lost"),
    [
        ({}, [2, 5, 6]),
        ({"keep": "last"}, [0, 1, 2]),
        ({"keep": "last", "order_by": "changed"}, [0, 5, 6]),
        ({"keep": "first", "order_by": "changed"}, [1, 2, 6]),
    ],
)
def test_one_row_of_equal_keys_wins(tmp_path: Path, options: dict[str, Any], lost: list[int]) -> None:
    frame = pl.DataFrame({"id": KEYS, "changed": CHANGED})
    assert find_losers(chunked(frame), ["id"], tmp_path, **options).rows.to_list() == lost


def test_a_null_in_a_key_is_equal_to_nothing(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [None, None, 1, 1], "b": [1, 1, None, None]})
    assert find_losers(chunked(frame), ["a", "b"], tmp_path).rows.len() == 0


def test_the_parts_of_a_key_are_not_run_together(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["x", "xy"], "b": ["yz", "z"]})
    assert find_losers(chunked(frame), ["a", "b"], tmp_path).rows.len() == 0


def test_shares_find_the_same_as_one_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"id": [n % 700 for n in range(2_000)]})
    whole = find_losers(chunked(frame, 100), ["id"], tmp_path / "a").rows
    monkeypatch.setattr(duplicates, "_AT_ONCE", 90)
    shared = find_losers(chunked(frame, 100), ["id"], tmp_path / "b").rows
    assert whole.to_list() == shared.to_list() == list(range(700, 2_000))


def test_the_mask_answers_for_the_rows_that_were_asked() -> None:
    losers = Losers(pl.Series([3, 10, 11], dtype=pl.Int64))
    assert losers.mask(pl.Series([2, 3, 10])).to_list() == [False, True, True]
    assert losers.mask(pl.Series([12, 13])).to_list() == [False, False]
    assert losers.mask(pl.Series([], dtype=pl.Int64)).to_list() == []
