from __future__ import annotations

import threading

import pytest

from intakegateway.connectors.memory import MemorySource
from intakegateway.model.errors import SourceError, UnavailableError
from intakegateway.services.limited import Deadline, Watched, Workbench


def test_work_gives_its_value_or_its_error() -> None:
    bench = Workbench()

    def wrong(_deadline: Deadline) -> int:
        raise SourceError("is broken")

    assert bench.run(lambda _deadline: 7, 5) == 7
    with pytest.raises(SourceError, match="is broken"):
        bench.run(wrong, 5)


def test_work_that_hangs_holds_up_only_its_own_place() -> None:
    bench, let_go = Workbench(places=2, wait_seconds=0.05), threading.Event()
    with pytest.raises(UnavailableError, match=r"stopped after 0\.01 seconds"):
        bench.run(lambda _deadline: let_go.wait(20), 0.01)
    assert bench.run(lambda _deadline: "fine", 5) == "fine"
    with pytest.raises(UnavailableError):
        bench.run(lambda _deadline: let_go.wait(20), 0.01)
    with pytest.raises(UnavailableError, match="as many previews run"):
        bench.run(lambda _deadline: "no place", 5)
    let_go.set()
    assert Workbench(places=1).run(lambda _deadline: "fine", 5) == "fine"


def test_a_source_ends_when_the_time_is_over() -> None:
    deadline = Deadline(60)
    source = Watched(MemorySource([{"a": 1}]), deadline)
    assert sum(chunk.rows for chunk in source.chunks()) == 1
    deadline.end()
    with pytest.raises(UnavailableError, match="stopped after 60 seconds"):
        list(source.chunks())


def test_a_source_gives_so_many_rows() -> None:
    source = Watched(MemorySource([{"a": n} for n in range(10)]), Deadline(60), 3)
    assert [chunk.frame["a"].to_list() for chunk in source.chunks()] == [[0, 1, 2]]
    assert source.cut
