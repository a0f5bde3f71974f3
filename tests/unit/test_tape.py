from pathlib import Path

import polars as pl
import pytest

from factories import CountedSource
from intakegateway.engine.tape import Tape

BIG, TINY = 1 << 30, 1


def ids(tape: Tape) -> list[int]:
    return [int(value) for _, chunk in tape.chunks() for value in chunk.frame["id"]]


@pytest.mark.parametrize("rewindable", [True, False])
@pytest.mark.parametrize("budget", [BIG, 4_000, TINY])
def test_every_pass_sees_every_row_once_and_in_order(tmp_path: Path, rewindable: bool, budget: int) -> None:
    tape = Tape(CountedSource(7, 100, rewindable=rewindable), tmp_path, budget)
    assert tape.peek() is not None
    for _ in range(3):
        assert ids(tape) == list(range(700))
        assert [first for first, _ in tape.chunks()] == [0, 100, 200, 300, 400, 500, 600]


@pytest.mark.parametrize("rewindable", [True, False])
def test_a_pass_that_stops_early_does_not_spoil_the_next(tmp_path: Path, rewindable: bool) -> None:
    tape = Tape(CountedSource(5, 10, rewindable=rewindable), tmp_path, TINY)
    for _first, _chunk in tape.chunks():
        break
    assert ids(tape) == list(range(50))


def test_what_fits_in_memory_is_read_once(tmp_path: Path) -> None:
    source = CountedSource(5, 10, rewindable=True)
    tape = Tape(source, tmp_path, BIG)
    ids(tape)
    ids(tape)
    assert source.opened == 1
    assert tape.whole


@pytest.mark.parametrize("rewindable", [True, False])
@pytest.mark.parametrize("budget", [BIG, TINY])
def test_single_rows_come_back_with_their_places(tmp_path: Path, rewindable: bool, budget: int) -> None:
    tape = Tape(CountedSource(4, 10, rewindable=rewindable), tmp_path, budget)
    ids(tape)
    found = [
        (number, raw["id"][i], places.words()[i])
        for numbers, raw, places in tape.rows(pl.Series([39, 0, 12, 13]))
        for i, number in enumerate(numbers)
    ]
    assert found == [(0, "0", "line 2"), (12, "12", "line 14"), (13, "13", "line 15"), (39, "39", "line 41")]


def test_a_source_without_chunks_is_empty(tmp_path: Path) -> None:
    tape = Tape(CountedSource(0, 10, rewindable=True), tmp_path, BIG)
    assert tape.peek() is None
    assert ids(tape) == []
