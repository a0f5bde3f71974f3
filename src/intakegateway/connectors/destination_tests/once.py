"""Exactly once, all or nothing, and what a dry run foresees."""

# ruff: noqa: D102 - a test's name is its sentence; a fixture may be there for what it makes

from __future__ import annotations

import threading

import polars as pl
import pytest

from intakegateway.connectors.base import Destination, LoadRequest
from intakegateway.connectors.destination_tests.setting import (
    PEOPLE,
    DestinationTests,
    accounted,
    framed,
    refusals,
)
from intakegateway.model.errors import StaleFenceError
from intakegateway.model.load import Mode
from intakegateway.model.schema import Column
from intakegateway.model.types import (
    INTEGER,
)


class OnceTests(DestinationTests):
    """Exactly once, all or nothing, and what a dry run foresees."""

    def test_an_older_attempt_may_not_write(self, url: str, destination: Destination) -> None:
        destination.prepare(PEOPLE)
        request = {
            "load_id": "load",
            "table": PEOPLE,
            "columns": PEOPLE.columns,
            "mode": Mode.UPSERT,
            "keys": ("id",),
        }
        old = destination.begin(LoadRequest(fence=1, **request))  # type: ignore[arg-type]
        old.write(framed(PEOPLE.columns, [(1, "old")]), pl.Series([0]))
        self.load(destination, PEOPLE, [(1, "new")], Mode.UPSERT, keys=("id",), fence=2)
        with pytest.raises(StaleFenceError):
            old.commit(accounted(1, old.settle()))
        old.abort()
        with pytest.raises(StaleFenceError):
            destination.begin(LoadRequest(fence=1, **request))  # type: ignore[arg-type]
        assert self.people(url) == [(1, "new")]

    def test_a_load_is_committed_once(self, url: str, destination: Destination) -> None:
        self.load(destination, PEOPLE, [(1, "a")])
        with pytest.raises(StaleFenceError):
            self.load(destination, PEOPLE, [(2, "b")])
        assert self.people(url) == [(1, "a")]
        self.load(destination, PEOPLE, [(2, "b")], part=1)
        assert self.people(url) == [(1, "a"), (2, "b")]

    @pytest.mark.parametrize("settled_first", [False, True])
    @pytest.mark.parametrize("mode", list(Mode))
    def test_an_aborted_load_leaves_the_table_as_it_was(
        self, url: str, destination: Destination, mode: Mode, settled_first: bool
    ) -> None:
        self.load(destination, PEOPLE, [(1, "a")], load_id="first")
        writer = destination.begin(
            LoadRequest(load_id="load", table=PEOPLE, columns=PEOPLE.columns, mode=mode, keys=("id",))
        )
        writer.write(framed(PEOPLE.columns, [(1, "x"), (2, "y")]), pl.Series([0, 1]))
        if settled_first:
            writer.settle()
        writer.abort()
        writer.abort()
        assert self.people(url) == [(1, "a")]
        assert destination.committed("load", 0) is None
        self.load(destination, PEOPLE, [(5, "e")], mode, keys=("id",), fence=2)
        assert (5, "e") in self.people(url)

    @pytest.mark.parametrize("mode", [Mode.TRUNCATE_INSERT, Mode.DELETE_INSERT, Mode.UPSERT])
    def test_a_reader_beside_sees_the_old_rows_or_the_new(
        self, url: str, destination: Destination, mode: Mode
    ) -> None:
        self.load(destination, PEOPLE, [(n, "old") for n in range(2000)], load_id="first")
        seen: set[tuple[int, int]] = set()
        stop = threading.Event()

        def watch() -> None:
            while not stop.is_set():
                query = "SELECT COUNT(*), SUM(CASE WHEN name = 'new' THEN 1 ELSE 0 END) FROM people"
                seen.update((int(a), int(b or 0)) for a, b in self.read(url, query))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            self.load(destination, PEOPLE, [(n, "new") for n in range(2000)], mode, keys=("id",))
        finally:
            stop.set()
            watcher.join()
        assert seen <= {(2000, 0), (2000, 2000)}

    @pytest.mark.parametrize("mode", list(Mode))
    def test_a_dry_run_foresees_the_load_and_changes_nothing(
        self, url: str, destination: Destination, mode: Mode
    ) -> None:
        self.load(destination, PEOPLE, [(1, "a"), (2, "b")], load_id="first")
        rows = [(1, "x"), (2, "b"), (3, "c"), (3, "d"), (None, "e")]
        foreseen = self.load(destination, PEOPLE, rows, mode, keys=("id",), dry_run=True)
        assert self.people(url) == [(1, "a"), (2, "b")]
        assert destination.committed("load", 0) is None
        real = self.load(destination, PEOPLE, rows, mode, keys=("id",))
        assert accounted(5, foreseen) == accounted(5, real)
        assert refusals(foreseen) == refusals(real)
        assert foreseen.inserted_samples[0]["id"] == (
            1 if mode in (Mode.TRUNCATE_INSERT, Mode.DELETE_INSERT) else 3
        )
        if mode is Mode.UPSERT:
            assert foreseen.updated_samples == (
                {"before": {"id": 1, "name": "a"}, "after": {"id": 1, "name": "x"}},
            )

    @pytest.mark.parametrize("mode", list(Mode))
    def test_a_dry_run_into_a_table_that_is_not_there_makes_none(
        self, url: str, destination: Destination, mode: Mode
    ) -> None:
        rows = [(1, "x"), (2, "b"), (2, "c"), (None, "e")]
        foreseen = self.load(destination, PEOPLE, rows, mode, keys=("id",), dry_run=True)
        assert (foreseen.inserted, foreseen.deduplicated) == (2, 1 if mode is Mode.UPSERT else 0)
        assert destination.inspect("people") is None

    def test_a_dry_run_foresees_columns_that_are_yet_to_be_added(
        self, url: str, destination: Destination
    ) -> None:
        self.load(destination, PEOPLE, [(1, "a"), (2, "b")], load_id="first")
        wider = PEOPLE.with_columns(Column("age", INTEGER))
        foreseen = self.load(
            destination,
            wider,
            [(1, "a", None), (2, "b", 7), (3, "c", 8)],
            Mode.UPSERT,
            keys=("id",),
            dry_run=True,
        )
        assert (foreseen.inserted, foreseen.updated, foreseen.unchanged) == (1, 1, 1)
        assert foreseen.updated_samples[0]["before"]["age"] is None
