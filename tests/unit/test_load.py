"""The loop of a load, with rows and tables in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from intakegateway.connectors.base import Chunk, LoadRequest, Writer
from intakegateway.connectors.memory import MemoryDestination, MemorySource
from intakegateway.engine.load import run
from intakegateway.engine.options import RunOptions
from intakegateway.model.errors import (
    CancelledError,
    DefinitionError,
    SourceError,
    StaleFenceError,
    UnavailableError,
)
from intakegateway.model.run import Counts, Progress, Result, Status
from intakegateway.model.task import TaskSpec

ROWS = [{"id": n, "name": f"name {n}", "qty": n * 2} for n in range(10)]


def task(mode: str = "append", **given: Any) -> TaskSpec:
    load = {"table": "t", "mode": mode, **given.pop("load", {})}
    return TaskSpec.model_validate({"name": "t", "source": {"path": "-"}, "load": load, **given})


def load(
    rows: Any,
    spec: TaskSpec,
    destination: MemoryDestination,
    load_id: str = "a",
    source: Any = None,
    **options: Any,
) -> Result:
    given = RunOptions(load_id=load_id, run_id=load_id, **options)
    return run(source or MemorySource(rows), spec, destination, given)


@pytest.fixture
def destination() -> MemoryDestination:
    return MemoryDestination()


def test_rows_arrive_and_balance(destination: MemoryDestination) -> None:
    result = load(ROWS, task(), destination)
    assert result.status is Status.SUCCESS
    assert result.counts == Counts(read=10, inserted=10)
    assert destination.frame("t").to_dicts() == ROWS


def test_the_same_load_id_does_nothing_the_second_time(destination: MemoryDestination) -> None:
    load(ROWS, task(), destination)
    again = load(ROWS, task(), destination)
    assert again.repeated
    assert again.counts == Counts(read=10, inserted=10)
    assert destination.frame("t").height == 10


def test_an_upsert_counts_each_outcome(destination: MemoryDestination) -> None:
    load(ROWS, task(load={"primary_key": ["id"]}), destination)
    changed = [
        {"id": 0, "name": "name 0", "qty": 0},
        {"id": 1, "name": "new", "qty": 2},
        {"id": 2, "name": "keep", "qty": 4},
        {"id": 3, "name": "first", "qty": 1},
        {"id": 3, "name": "last", "qty": 1},
        {"id": 50, "name": "fresh", "qty": 1},
        {"id": None, "name": "no key", "qty": 1},
    ]
    spec = task("upsert", load={"keys": ["id"], "skip_when": {"column": "name", "equals": "name 2"}})
    result = load(changed, spec, destination, "b")
    assert result.counts == Counts(
        read=7, inserted=1, updated=2, unchanged=1, skipped=1, deduplicated=1, rejected=1
    )
    by_id = {row["id"]: row["name"] for row in destination.frame("t").to_dicts()}
    assert (by_id[1], by_id[2], by_id[3], by_id[50]) == ("new", "name 2", "last", "fresh")


def test_a_row_that_the_destination_refuses_comes_back_with_its_original_values(
    destination: MemoryDestination, tmp_path: Path
) -> None:
    load(ROWS, task(load={"primary_key": ["id"]}), destination)
    raw = pl.DataFrame({"id": [" 3", "77"], "name": ["x", "y"], "qty": ["1", " 2 "]})
    result = load(raw, task("insert"), destination, "b", rejects=tmp_path / "r.jsonl")
    assert result.counts == Counts(read=2, inserted=1, rejected=1)
    (row,) = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert (row["id"], row["_codes"], row["_locator"]) == (" 3", "UNIQUE", "row 1")


@pytest.mark.parametrize("limit", [1, "10%"])
def test_over_the_limit_nothing_is_written(destination: MemoryDestination, limit: object) -> None:
    load(ROWS, task(), destination)
    raw = pl.DataFrame({"id": ["1", "x", "y", "2"]})
    result = load(raw, task(load={"max_rejects": limit}), destination, "b")
    assert result.status is Status.FAILED
    assert result.counts == Counts(read=4, rejected=2)
    assert result.error is not None
    assert "max_rejects" in result.error
    assert result.rejects_path is not None
    assert destination.frame("t").height == 10


def test_over_the_limit_rows_may_be_kept(destination: MemoryDestination) -> None:
    load(ROWS, task(), destination)
    raw = pl.DataFrame({"id": ["1", "x", "y", "2"]})
    result = load(raw, task(load={"max_rejects": 1, "on_limit": "keep"}), destination, "b")
    assert result.status is Status.FAILED
    assert result.counts == Counts(read=4, inserted=2, rejected=2)
    assert destination.frame("t").height == 12


def test_duplicates_lose_only_against_good_rows(destination: MemoryDestination) -> None:
    raw = pl.DataFrame({"id": [1, 1, 2, 2], "qty": [-1, 5, 3, 4], "at": [9, 1, 1, 2]})
    rules = [
        {"range": {"column": "qty", "min": 0}},
        {"dedupe": {"keys": ["id"], "keep": "last", "order_by": "at"}},
    ]
    result = load(raw, task(rules=rules), destination)
    assert result.counts == Counts(read=4, inserted=2, deduplicated=1, rejected=1)
    assert destination.frame("t")["qty"].to_list() == [5, 4]


def test_a_rule_that_stops_the_run_leaves_the_table_as_it_was(destination: MemoryDestination) -> None:
    load(ROWS, task(), destination)
    result = load(
        ROWS, task(rules=[{"range": {"column": "qty", "max": 5}, "on_fail": "stop"}]), destination, "b"
    )
    assert result.status is Status.FAILED
    assert destination.frame("t").height == 10


def test_a_dry_run_says_what_would_happen_and_changes_nothing(destination: MemoryDestination) -> None:
    load(ROWS, task(load={"primary_key": ["id"]}), destination)
    rows = [{"id": 1, "name": "new", "qty": 2}, {"id": 99, "name": "x", "qty": 1}]
    result = load(rows, task("upsert", load={"keys": "id"}), destination, "b", dry_run=True)
    assert result.counts == Counts(read=2, inserted=1, updated=1)
    assert result.plan is not None
    assert result.plan.updated[0]["before"]["name"] == "name 1"
    assert result.plan.updated[0]["after"]["name"] == "new"
    assert destination.frame("t").to_dicts() == ROWS
    assert destination.committed("b", 0) is None


def test_a_dry_run_into_a_missing_table_says_how_it_would_be_made(destination: MemoryDestination) -> None:
    result = load(ROWS, task(), destination, dry_run=True)
    assert result.plan is not None
    assert result.plan.ddl == ("make table t (id integer, name text, qty integer)",)
    assert destination.inspect("t") is None


class Flaky(MemoryDestination):
    """Loses its connection a few times while rows are written, or right after a commit."""

    def __init__(self, losses: int, *, after_commit: bool = False) -> None:
        super().__init__()
        self.losses, self.after_commit = losses, after_commit
        self.fences: list[int] = []

    def begin(self, request: LoadRequest) -> Writer:
        self.fences.append(request.fence)
        writer, flaky = super().begin(request), self
        write, commit = writer.write, writer.commit

        def lose(after: bool) -> None:
            if flaky.after_commit is after and flaky.losses:
                flaky.losses -= 1
                raise UnavailableError("the connection was lost")

        def written(batch: pl.DataFrame, rows: pl.Series) -> None:
            lose(after=False)
            write(batch, rows)

        def committed(counts: Counts) -> None:
            commit(counts)
            lose(after=True)

        writer.write, writer.commit = written, committed  # type: ignore[method-assign]
        return writer


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intakegateway.engine.load.time.sleep", lambda _: None)


@pytest.mark.usefixtures("no_waiting")
def test_a_lost_connection_is_tried_again_three_times_each_under_a_new_fence() -> None:
    destination = Flaky(3)
    assert load(ROWS, task(), destination).counts == Counts(read=10, inserted=10)
    assert destination.fences == [1, 2, 3, 4]
    with pytest.raises(UnavailableError):
        load(ROWS, task(), Flaky(4))


@pytest.mark.usefixtures("no_waiting")
def test_a_commit_whose_answer_was_lost_is_not_done_twice() -> None:
    destination = Flaky(1, after_commit=True)
    assert load(ROWS, task(), destination).counts == Counts(read=10, inserted=10)
    assert destination.frame("t").height == 10
    assert len(destination.fences) == 1


def test_an_older_attempt_may_not_write(destination: MemoryDestination) -> None:
    load(ROWS, task(), destination, "seed")
    destination.store.ledger["b", 0] = (5, None)
    with pytest.raises(StaleFenceError):
        load(ROWS, task(), destination, "b")


class Breaking(MemorySource):
    """Breaks off after its first chunk."""

    def chunks(self) -> Iterator[Chunk]:
        yield next(iter(super().chunks()))
        raise SourceError("the file ends in the middle of a record")


def test_a_source_that_breaks_off_leaves_the_destination_as_it_was(destination: MemoryDestination) -> None:
    load(ROWS, task(), destination)
    with pytest.raises(SourceError):
        load(ROWS, task(), destination, "b", source=Breaking(ROWS))
    assert destination.frame("t").height == 10


def test_a_cancelled_load_leaves_the_destination_as_it_was(destination: MemoryDestination) -> None:
    with pytest.raises(CancelledError):
        load(ROWS, task(), destination, cancelled=lambda: True)
    assert destination.frame("t").height == 0


def test_progress_is_told_from_the_beginning_to_the_end(destination: MemoryDestination) -> None:
    told: list[Progress] = []
    load(ROWS, task(), destination, progress=told.append)
    assert [p.phase for p in told][:1] == ["reading"]
    assert told[-1].phase == "publishing"
    assert told[-1].rows == 10


def test_the_cleaned_rows_are_kept_when_wanted(destination: MemoryDestination, tmp_path: Path) -> None:
    load(
        pl.DataFrame({"id": ["1", "2"]}),
        task(load={"keep_parquet": str(tmp_path / "p" / "clean.parquet")}),
        destination,
    )
    assert pl.read_parquet(tmp_path / "p" / "clean.parquet")["id"].to_list() == [1, 2]


def test_fields_without_a_column_are_kept_aside_when_drift_is_frozen(
    destination: MemoryDestination, home: Path
) -> None:
    load(ROWS, task(), destination)
    more = [{**row, "colour": "red"} for row in ROWS]
    result = load(more, task(load={"drift": "freeze"}), destination, "b")
    assert any("colour" in warning for warning in result.warnings)
    aside = pl.read_parquet(home / "aside" / "b.parquet")
    assert aside.columns == ["colour", "_locator"]
    assert aside.height == 10


def test_a_rejects_file_of_an_unknown_kind_is_refused_before_anything_happens(
    destination: MemoryDestination, tmp_path: Path
) -> None:
    with pytest.raises(DefinitionError):
        load(ROWS, task(), destination, rejects=tmp_path / "r.txt")
    assert destination.inspect("t") is None


def test_arrays_become_one_row_per_element(destination: MemoryDestination) -> None:
    rows = [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}]
    spec = TaskSpec.model_validate(
        {"name": "t", "source": {"path": "-", "explode": "tags"}, "load": {"table": "t"}}
    )
    result = load(rows, spec, destination)
    assert result.counts == Counts(read=3, inserted=3)
    assert destination.frame("t")["tags"].to_list() == ["a", "b", None]
