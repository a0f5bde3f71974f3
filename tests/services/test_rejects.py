from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, ForbiddenError, NotFoundError
from intakegateway.model.views.rejects import (
    CellEdit,
    CheckDraft,
    DiscardDraft,
    EditsDraft,
    EverywhereDraft,
    RejectFilter,
    ReplayDraft,
    Selection,
)
from intakegateway.model.views.runs import RetryDraft, RunDraftView, RunView
from intakegateway.services import rejectlists
from intakegateway.services.execute import Executor
from intakegateway.services.retention import Retention
from intakegateway.services.sweeping import Sweeper
from intakegateway.store.tables.definitions import Task, TaskVersion
from intakegateway.store.tables.runs import Run
from service_fixtures import make_actor

BAD = [("2", "ten", "x"), ("4", "ten", "y"), ("5", "", "z"), ("six", "6", "w"), ("seven", "ten", "v")]


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Ten rows, of which five are bad in three ways, and a line that is no row."""
    good = [(str(n), str(n * 10), "ok") for n in (1, 3, 8, 9, 10)]
    lines = [",".join(row) for row in sorted(good + BAD, key=str)]
    path = tmp_path / "orders.csv"
    path.write_text("id,qty,note\n" + "\n".join(lines) + "\n20,1,a,too,many\n")
    return path


def spec_of(source: Path, to: str, **load: Any) -> dict[str, Any]:
    return {
        "name": "orders",
        "source": {"kind": "file", "path": str(source)},
        "mapping": [{"to": "id", "from": "id", "transforms": ["to_int"]},
                    {"to": "qty", "from": "qty", "transforms": ["to_int"]},
                    {"to": "note", "from": "note"}],
        "rules": [{"not_null": "qty"}],
        "load": {"to": to, "table": "orders", **load},
    }  # fmt: skip


def make_task(gateway: Gateway, project: str, spec: dict[str, Any]) -> str:
    with gateway.context.database.write() as session:
        task = Task(id=uuid7(), project_id=project, name=spec["name"], connection="")
        session.add(task)
        session.flush()
        session.add(TaskVersion(task_id=task.id, number=1, spec=spec))
        return task.id


def started(gateway: Gateway, admin: Actor, project: str, spec: dict[str, Any]) -> RunView:
    make_task(gateway, project, spec)
    return gateway.runs.start(admin, project, RunDraftView(task=spec["name"]))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture
def run(gateway: Gateway, admin: Actor, project: str, orders: Path, target: Path) -> RunView:
    return started(gateway, admin, project, spec_of(orders, f"sqlite:///{target}"))


def loaded(target: Path) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(target)
    try:
        return connection.execute("SELECT id, qty FROM orders ORDER BY id").fetchall()
    finally:
        connection.close()


def group(gateway: Gateway, admin: Actor, run: RunView, code: str, column: str) -> str:
    found = gateway.rejects.groups(admin, run.id).items
    return next(one.id for one in found if (one.code, one.column) == (code, column))


def numbers(gateway: Gateway, admin: Actor, run: RunView, **wanted: Any) -> list[int]:
    page = gateway.rejects.find_all(admin, run.id, RejectFilter(**wanted))
    return [one.row for one in page.items]


def cell(row: int, field: str, value: str | None) -> EditsDraft:
    return EditsDraft(edits=(CellEdit(row=row, field=field, value=value),))


def test_rejects_are_listed_with_their_place_their_fields_and_every_reason(
    gateway: Gateway, admin: Actor, run: RunView
) -> None:
    page = gateway.rejects.find_all(admin, run.id, RejectFilter())
    assert (page.total, page.next) == (6, None)
    assert [one.locator for one in page.items] == [
        "line 12",
        "line 4",
        "line 6",
        "line 7",
        "line 10",
        "line 11",
    ]
    broken, twice = page.items[0], page.items[4]
    assert (broken.raw, broken.original) == ("20,1,a,too,many", {})
    assert twice.original == {"id": "seven", "qty": "ten", "note": "v"}
    assert [(one.code, one.column) for one in twice.reasons] == [
        ("INVALID_TYPE", "id"),
        ("INVALID_TYPE", "qty"),
    ]
    assert {(g.code, g.column): g.count for g in gateway.rejects.groups(admin, run.id).items} == {
        ("INVALID_TYPE", "qty"): 3, ("INVALID_TYPE", "id"): 2, ("RAGGED_ROW", ""): 1, ("NOT_NULL", "qty"): 1
    }  # fmt: skip


def test_lists_are_paged_and_filtered(gateway: Gateway, admin: Actor, run: RunView) -> None:
    first = gateway.rejects.find_all(admin, run.id, RejectFilter(), limit=4)
    assert [one.row for one in first.items] == [0, 1, 2, 3]
    rest = gateway.rejects.find_all(admin, run.id, RejectFilter(), after=first.next or 0, limit=4)
    assert ([one.row for one in rest.items], rest.next) == ([4, 5], None)
    by_qty = group(gateway, admin, run, "INVALID_TYPE", "qty")
    assert numbers(gateway, admin, run, group=by_qty) == [1, 2, 4]
    assert gateway.rejects.find_all(admin, run.id, RejectFilter(group=by_qty)).total == 3
    assert numbers(gateway, admin, run, column="id") == [4, 5]
    assert numbers(gateway, admin, run, search="SEVEN") == [4]
    assert numbers(gateway, admin, run, search="line 1") == [0, 4, 5]
    assert numbers(gateway, admin, run, search="too,many") == [0]
    with pytest.raises(DefinitionError, match="no cause of rejects with the id 'no-such'"):
        numbers(gateway, admin, run, group="no-such")


def test_a_search_through_very_many_rows_ends_with_the_place_to_go_on(
    gateway: Gateway, admin: Actor, run: RunView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejectlists, "FURTHEST", 2)
    monkeypatch.setattr(rejectlists, "STRETCH", 1)
    wanted = RejectFilter(search="seven")
    found, after, pages = [], -1, 0
    while True:
        page = gateway.rejects.find_all(admin, run.id, wanted, after=after)
        found += [one.row for one in page.items]
        pages += 1
        assert page.given_up == (page.next is not None)
        if page.next is None:
            break
        after = page.next
    assert (found, pages) == ([4], 3)


def test_an_edit_of_a_cell_is_stronger_than_one_of_all_equal_values(
    gateway: Gateway, admin: Actor, run: RunView
) -> None:
    gateway.corrections.edit(admin, run.id, cell(1, "qty", "1"))
    seen = gateway.corrections.edit_everywhere(
        admin, run.id, EverywhereDraft(field="qty", old="ten", new="10", preview=True)
    )
    assert (seen.rows, seen.batch) == (2, None)
    gateway.corrections.edit_everywhere(admin, run.id, EverywhereDraft(field="qty", old="ten", new="10"))
    page = gateway.rejects.find_all(admin, run.id, RejectFilter())
    assert [one.values.get("qty") for one in page.items] == [None, "1", "10", None, "10", "6"]
    assert [one.edited for one in page.items] == [[], ["qty"], ["qty"], [], ["qty"], []]
    assert page.items[2].original["qty"] == "ten"
    again = gateway.corrections.edit_everywhere(
        admin, run.id, EverywhereDraft(field="qty", old="10", new="100")
    )
    assert again.rows == 2
    page = gateway.rejects.find_all(admin, run.id, RejectFilter(edited=True))
    assert [(one.row, one.values["qty"]) for one in page.items] == [(1, "1"), (2, "100"), (4, "100")]
    gateway.corrections.undo(admin, run.id)
    gateway.corrections.undo(admin, run.id)
    assert numbers(gateway, admin, run, edited=True) == [1]
    assert gateway.corrections.clear(admin, run.id).edits == 0
    with pytest.raises(ConflictError, match="no edit to take back"):
        gateway.corrections.undo(admin, run.id)


def test_values_are_counted_as_they_are_now(gateway: Gateway, admin: Actor, run: RunView) -> None:
    found = gateway.rejects.values(admin, run.id, "qty")
    assert [(one.value, one.count) for one in found.items] == [("ten", 3), (None, 1), ("6", 1)]
    gateway.corrections.edit_everywhere(admin, run.id, EverywhereDraft(field="qty", old="ten", new="6"))
    found = gateway.rejects.values(admin, run.id, "qty")
    assert [(one.value, one.count) for one in found.items] == [("6", 4), (None, 1)]
    with pytest.raises(DefinitionError, match="no field 'quantity'"):
        gateway.rejects.values(admin, run.id, "quantity")


def test_a_check_tells_what_would_pass_and_writes_nothing(
    gateway: Gateway, admin: Actor, run: RunView, target: Path
) -> None:
    before = loaded(target)
    gateway.corrections.edit_everywhere(admin, run.id, EverywhereDraft(field="qty", old="ten", new="10"))
    found = gateway.replays.check(admin, run.id, CheckDraft())
    assert (found.checked, found.passed, found.failed) == (3, 2, 1)
    assert [(one.row, [r.column for r in one.reasons]) for one in found.items] == [(4, ["id"])]
    every = gateway.replays.check(admin, run.id, CheckDraft(edited=False, limit=2))
    assert (every.checked, every.selected) == (2, 6)
    assert "first 2 of 6" in (every.remark or "")
    assert loaded(target) == before


def test_a_replay_loads_each_reject_once_and_keeps_its_place(
    gateway: Gateway, admin: Actor, run: RunView, target: Path
) -> None:
    gateway.corrections.edit_everywhere(admin, run.id, EverywhereDraft(field="qty", old="ten", new="10"))
    child = gateway.replays.start(admin, run.id, ReplayDraft(edited=True))
    assert (child.status, child.trigger, child.parent_run_id) == ("PARTIAL_SUCCESS", "replay", run.id)
    assert (child.total_records, child.inserted_records, child.rejected_records) == (3, 2, 1)
    assert loaded(target) == [(1, 10), (2, 10), (3, 30), (4, 10), (8, 80), (9, 90), (10, 100)]
    again = gateway.rejects.find_all(admin, child.id, RejectFilter()).items
    assert [(one.locator, one.original["qty"]) for one in again] == [("line 10", "10")]
    parent = gateway.runs.get(admin, run.id)
    assert (parent.rejects.open, parent.rejects.replayed) == (3, 3)
    assert [one.id for one in parent.replays] == [child.id]
    statuses = {(g.code, g.column): (g.status, g.counts.open) for g in parent.reject_groups}
    assert statuses == {
        ("INVALID_TYPE", "qty"): ("replayed", 0), ("INVALID_TYPE", "id"): ("open", 1),
        ("RAGGED_ROW", ""): ("open", 1), ("NOT_NULL", "qty"): ("open", 1),
    }  # fmt: skip
    rest = gateway.replays.start(admin, run.id, ReplayDraft())
    assert (rest.total_records, rest.rejected_records) == (3, 3)
    with pytest.raises(ConflictError, match="none of these rejects is open"):
        gateway.replays.start(admin, run.id, ReplayDraft())
    assert len(loaded(target)) == 7
    with pytest.raises(ConflictError, match="reject 2 is not open any more: it is replayed"):
        gateway.corrections.edit(admin, run.id, cell(2, "qty", "5"))


def test_a_record_that_was_no_row_becomes_one_by_its_edits(
    gateway: Gateway, admin: Actor, run: RunView, target: Path
) -> None:
    edits = tuple(CellEdit(row=0, field=name, value=value) for name, value in (("id", "20"), ("qty", "1")))
    gateway.corrections.edit(admin, run.id, EditsDraft(edits=edits))
    child = gateway.replays.start(admin, run.id, ReplayDraft(rows=(0,)))
    assert (child.status, child.inserted_records) == ("SUCCESS", 1)
    assert loaded(target)[-1] == (20, 1)


def test_a_record_that_is_still_no_row_is_rejected_again_as_it_was(
    gateway: Gateway, admin: Actor, run: RunView
) -> None:
    broken = group(gateway, admin, run, "RAGGED_ROW", "")
    child = gateway.replays.start(admin, run.id, ReplayDraft(groups=(broken,)))
    assert (child.total_records, child.rejected_records) == (1, 1)
    page = gateway.rejects.find_all(admin, child.id, RejectFilter())
    assert [(one.locator, one.raw, one.reasons[0].code) for one in page.items] == [
        ("line 12", "20,1,a,too,many", "RAGGED_ROW")
    ]


def test_rejects_of_a_replay_that_fails_are_open_again_and_its_retry_takes_them(
    gateway: Gateway, admin: Actor, run: RunView, target: Path
) -> None:
    gateway.corrections.edit_everywhere(admin, run.id, EverywhereDraft(field="qty", old="ten", new="10"))
    waiting = gateway.replays.start(admin, run.id, ReplayDraft(rows=(1, 2), wait=False))
    assert gateway.runs.get(admin, run.id).rejects.replaying == 2
    with pytest.raises(ConflictError, match="none of these rejects is open"):
        gateway.replays.start(admin, run.id, ReplayDraft(rows=(1, 2)))
    gateway.runs.cancel(admin, waiting.id)
    assert gateway.runs.get(admin, run.id).rejects.open == 6
    again = gateway.runs.retry(admin, waiting.id, RetryDraft())
    assert (again.status, again.inserted_records) == ("SUCCESS", 2)
    assert gateway.runs.get(admin, run.id).rejects.replayed == 2
    with pytest.raises(ConflictError, match="replayed or discarded since"):
        gateway.runs.retry(admin, waiting.id, RetryDraft())
    assert len(loaded(target)) == 7


def test_a_replay_reads_the_rejects_itself_as_they_were_when_it_was_asked_for(
    gateway: Gateway, admin: Actor, run: RunView, target: Path
) -> None:
    everywhere = EverywhereDraft(field="qty", old="ten", new="10")
    gateway.corrections.edit_everywhere(admin, run.id, everywhere)
    gateway.corrections.edit(admin, run.id, cell(1, "qty", "11"))
    waiting = gateway.replays.start(admin, run.id, ReplayDraft(rows=(1, 2), wait=False))
    written = [path for path in gateway.context.settings.home.rglob("*.parquet") if path.stat().st_size > 0]
    assert sorted(path.parent.name for path in written) == ["rejects", "replays"], "no rows were written"
    gateway.corrections.edit_everywhere(admin, run.id, EverywhereDraft(field="qty", old="ten", new="99"))
    assert gateway.executor("tests").next(waiting.id)
    ended = gateway.runs.get(admin, waiting.id)
    assert (ended.status, ended.total_records, ended.inserted_records) == ("SUCCESS", 2, 2)
    assert {(2, 11), (4, 10)} <= set(loaded(target))


def test_a_run_whose_rejects_are_being_replayed_is_not_forgotten(
    gateway: Gateway, admin: Actor, clock: ManualClock, run: RunView
) -> None:
    waiting = gateway.replays.start(admin, run.id, ReplayDraft(rows=(1,), wait=False))
    with pytest.raises(ConflictError, match="rejects of the run are being replayed"):
        gateway.runs.delete(admin, run.id)
    clock.time += 400 * 86_400
    assert Retention(gateway.context).clean("tests")["runs"] == 0
    gateway.runs.cancel(admin, waiting.id)
    gateway.runs.delete(admin, run.id)
    with pytest.raises(ConflictError, match="not kept any more"):
        gateway.runs.retry(admin, waiting.id, RetryDraft())


def test_rows_of_a_replay_whose_end_could_not_be_noted_do_not_stay_under_way(
    gateway: Gateway, admin: Actor, run: RunView
) -> None:
    def breaks(session: Session, ended: Run) -> None:
        raise RuntimeError("the hook broke")

    sweeper = Sweeper(gateway.context)
    gateway.corrections.edit_everywhere(admin, run.id, EverywhereDraft(field="qty", old="ten", new="10"))
    made = gateway.replays.start(admin, run.id, ReplayDraft(rows=(1,), wait=False))
    sweeper.sweep("tests")
    assert gateway.runs.get(admin, run.id).rejects.replaying == 1, "it has not ended"
    assert Executor(gateway.context, "tests", (breaks,)).next(made.id)
    assert gateway.runs.get(admin, run.id).rejects.replaying == 1
    sweeper.sweep("tests")
    counts = gateway.runs.get(admin, run.id).rejects
    assert (counts.replaying, counts.replayed, counts.open) == (0, 1, 5)
    gone = gateway.replays.start(admin, run.id, ReplayDraft(rows=(2,), wait=False))
    assert Executor(gateway.context, "tests", (breaks,)).next(gone.id)
    gateway.runs.delete(admin, gone.id)
    assert gateway.runs.get(admin, run.id).rejects.replayed == 2, "its run was asked before it went"


@pytest.mark.parametrize("mode", [{"mode": "truncate_insert"}, {"mode": "delete_insert", "keys": ["note"]}])
def test_a_replay_never_replaces_what_its_parent_loaded(
    gateway: Gateway, admin: Actor, project: str, orders: Path, target: Path, mode: dict[str, Any]
) -> None:
    spec = spec_of(orders, f"sqlite:///{target}", **mode, max_rejects="90%")
    parent = started(gateway, admin, project, spec)
    edits = tuple(CellEdit(row=1, field=name, value=value) for name, value in (("qty", "2"), ("note", "ok")))
    gateway.corrections.edit(admin, parent.id, EditsDraft(edits=edits))
    child = gateway.replays.start(admin, parent.id, ReplayDraft(rows=(1, 2)))
    assert (child.status, child.inserted_records, child.rejected_records) == ("PARTIAL_SUCCESS", 1, 1)
    assert [row[0] for row in loaded(target)] == [1, 2, 3, 8, 9, 10]


def test_discarded_rejects_are_left_out_until_they_are_restored(
    gateway: Gateway, admin: Actor, run: RunView
) -> None:
    by_id = group(gateway, admin, run, "INVALID_TYPE", "id")
    done = gateway.rejects.discard(admin, run.id, DiscardDraft(groups=(by_id,), note="test orders"))
    assert (done.changed, done.counts.discarded, done.counts.open) == (2, 2, 4)
    assert numbers(gateway, admin, run, state="open") == [0, 1, 2, 3]
    assert numbers(gateway, admin, run, state="discarded") == [4, 5]
    status = {(g.code, g.column): g.status for g in gateway.rejects.groups(admin, run.id).items}
    assert (status["INVALID_TYPE", "id"], status["INVALID_TYPE", "qty"]) == ("discarded", "open")
    back = gateway.rejects.restore(admin, run.id, Selection(rows=(4,)))
    assert (back.changed, back.counts.discarded) == (1, 1)
    assert numbers(gateway, admin, run, state="discarded") == [5]
    child = gateway.replays.start(admin, run.id, ReplayDraft())
    assert child.total_records == 5


def test_viewers_look_and_operators_act(gateway: Gateway, admin: Actor, run: RunView) -> None:
    viewer = make_actor(gateway, "viewer@example.org", Role.VIEWER)
    assert len(gateway.rejects.find_all(viewer, run.id, RejectFilter()).items) == 6
    for act in (
        lambda: gateway.corrections.edit(viewer, run.id, cell(1, "qty", "1")),
        lambda: gateway.replays.start(viewer, run.id, ReplayDraft()),
        lambda: gateway.rejects.discard(viewer, run.id, DiscardDraft(note="no")),
    ):
        with pytest.raises(ForbiddenError, match="'operator'"):
            act()
    stranger = make_actor(gateway, "stranger@example.org")
    with pytest.raises(NotFoundError):
        gateway.rejects.find_all(stranger, run.id, RejectFilter())
    operator = make_actor(gateway, "operator@example.org", Role.OPERATOR)
    assert gateway.corrections.edit(operator, run.id, cell(1, "qty", "1")).rows == 1


def test_edits_of_what_is_not_there_are_errors(gateway: Gateway, admin: Actor, run: RunView) -> None:
    with pytest.raises(DefinitionError, match="no reject 6"):
        gateway.corrections.edit(admin, run.id, cell(6, "qty", "1"))
    with pytest.raises(DefinitionError, match="Did you mean 'qty'"):
        gateway.corrections.edit(admin, run.id, cell(1, "qtty", "1"))


def test_two_replays_at_once_never_take_the_same_reject(gateway: Gateway, admin: Actor, run: RunView) -> None:
    gateway.corrections.edit(admin, run.id, cell(1, "qty", "7"))
    outcomes: list[Any] = []
    ready = threading.Barrier(4)

    def replay() -> None:
        ready.wait()
        try:
            outcomes.append(gateway.replays.start(admin, run.id, ReplayDraft(wait=False)))
        except ConflictError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=replay) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    runs = [one for one in outcomes if isinstance(one, RunView)]
    assert len(runs) == 1
    assert all("none of these rejects is open" in one for one in outcomes if isinstance(one, str))
    kept = list((gateway.context.settings.home / "storage" / "replays").iterdir())
    assert len(kept) == 1, "those that came too late leave nothing behind"
