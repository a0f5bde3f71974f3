from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intakegateway.bootstrap import Gateway
from intakegateway.kit.ids import uuid7
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, ForbiddenError, NotFoundError
from intakegateway.model.run import Progress, Status
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.connections import ConnectionDraft
from intakegateway.model.views.runs import ImportDraft, LogFilter, RetryDraft, RunDraftView, RunFilter
from intakegateway.services.claims import claim
from intakegateway.services.runlog import Reporter
from intakegateway.store.tables.definitions import Task, TaskVersion
from intakegateway.store.tables.runs import Run
from service_fixtures import make_actor


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small input: three rows, one of which has no number where one is wanted."""
    path = tmp_path / "orders.csv"
    path.write_text("id,qty\n1,10\n2,ten\n3,30\n")
    return path


def spec_of(source: Path, target: Path, **more: Any) -> dict[str, Any]:
    return {
        "name": "orders",
        "source": {"kind": "file", "path": str(source)},
        "mapping": [{"to": "id", "from": "id", "transforms": ["to_int"]},
                    {"to": "qty", "from": "qty", "transforms": ["to_int"]}],
        "load": {"to": f"sqlite:///{target}", "table": "orders"},
        **more,
    }  # fmt: skip


def make_task(gateway: Gateway, project: str, spec: dict[str, Any], name: str = "orders") -> str:
    with gateway.context.database.write() as session:
        task = Task(id=uuid7(), project_id=project, name=name, connection=spec["load"].get("connection", ""))
        session.add(task)
        session.flush()
        session.add(TaskVersion(task_id=task.id, number=1, spec={**spec, "name": name}))
        return task.id


def rows(target: Path) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(target)
    try:
        return connection.execute("SELECT id, qty FROM orders ORDER BY id").fetchall()
    finally:
        connection.close()


def executor(gateway: Gateway) -> Any:
    return gateway.executor("tests")


def test_small_input_is_loaded_before_the_answer(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    target = tmp_path / "shop.db"
    make_task(gateway, project, spec_of(shop, target))
    run = gateway.runs.start(admin, project, RunDraftView(task="orders"))
    assert (run.status, run.total_records, run.inserted_records, run.rejected_records) == (
        "PARTIAL_SUCCESS",
        3,
        2,
        1,
    )
    assert [(g.code, g.column, g.count) for g in run.reject_groups] == [
        ("CAST", "qty", 1)
    ] or run.reject_groups[0].column == "qty"
    assert rows(target) == [(1, 10), (3, 30)]
    assert {"reading", "loading", "publishing"} <= set(run.phases)
    with gateway.context.blobs.local(f"rejects/{run.id}.parquet") as path:
        assert path.stat().st_size > 0
    assert not (gateway.context.settings.home / "work" / run.id).exists()


def test_what_should_run_in_the_background_waits_in_the_queue(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    make_task(gateway, project, spec_of(shop, tmp_path / "shop.db"))
    run = gateway.runs.start(admin, project, RunDraftView(task="orders", wait=False))
    assert (run.status, run.attempt) == ("PENDING", 0)
    assert executor(gateway).drain() == 1
    done = gateway.runs.get(admin, run.id)
    assert (done.status, done.attempt, done.worker) == ("PARTIAL_SUCCESS", 1, "tests")


def test_only_editors_run_definitions_that_are_not_kept(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    operator = make_actor(gateway, "operator@example.org", Role.OPERATOR)
    draft = RunDraftView(spec=spec_of(shop, tmp_path / "shop.db"))
    with pytest.raises(ForbiddenError, match="'editor'"):
        gateway.runs.start(operator, project, draft)
    with pytest.raises(ForbiddenError, match="'operator'"):
        gateway.runs.start(
            make_actor(gateway, "v@example.org", Role.VIEWER), project, RunDraftView(task="orders")
        )
    assert gateway.runs.start(admin, project, draft).status == "PARTIAL_SUCCESS"


def test_a_wrong_definition_is_refused_before_anything_is_queued(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    with pytest.raises(DefinitionError):
        gateway.runs.start(admin, project, RunDraftView(spec={"name": "x", "source": {"path": "a.csv"}}))
    assert gateway.runs.find_all(admin, project, RunFilter(), PageRequest()).total == 0


def test_a_password_in_a_definition_is_kept_sealed_and_shown_masked(
    gateway: Gateway, admin: Actor, project: str, shop: Path
) -> None:
    spec = spec_of(
        shop, Path("x"), load={"to": "postgresql://ann:planted-secret@127.0.0.1:1/none", "table": "orders"}
    )
    run = gateway.runs.start(admin, project, RunDraftView(spec=spec))
    assert run.status == "FAILED"
    assert run.error is not None
    assert run.error.code == "unavailable"
    lines = gateway.runs.logs(admin, run.id, LogFilter())
    assert "planted-secret" not in run.model_dump_json() + lines.model_dump_json()
    with gateway.context.database.read() as session:
        assert "planted-secret" not in str(session.get_one(Run, run.id).spec)
    again = gateway.runs.retry(admin, run.id, RetryDraft())
    assert again.error is not None
    assert again.error.code == "unavailable"
    assert "planted-secret" not in again.model_dump_json()


def test_a_retry_is_a_new_run_that_both_know_of(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    shop_now = shop.read_text()
    shop.unlink()
    make_task(gateway, project, spec_of(shop, tmp_path / "shop.db"))
    failed = gateway.runs.start(admin, project, RunDraftView(task="orders", wait=True))
    assert failed.status == "FAILED"
    assert failed.error is not None
    assert failed.error.hint or failed.error.where
    shop.write_text(shop_now)
    again = gateway.runs.retry(admin, failed.id, RetryDraft())
    assert (again.status, again.is_retry, again.retry_of_run_id, again.trigger) == (
        "PARTIAL_SUCCESS",
        True,
        failed.id,
        "retry",
    )
    assert [one.id for one in gateway.runs.get(admin, failed.id).retries] == [again.id]
    fine = gateway.runs.start(admin, project, RunDraftView(spec=spec_of(shop, tmp_path / "b.db", mapping=[])))
    with pytest.raises(ConflictError, match="has succeeded"):
        gateway.runs.retry(admin, fine.id, RetryDraft())


def test_a_run_that_waits_is_cancelled_at_once_and_never_starts(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    make_task(gateway, project, spec_of(shop, tmp_path / "shop.db"))
    run = gateway.runs.start(admin, project, RunDraftView(task="orders", wait=False))
    assert gateway.runs.cancel(admin, run.id).status == "CANCELLED"
    assert executor(gateway).drain() == 0
    with pytest.raises(ConflictError, match="has ended already: CANCELLED"):
        gateway.runs.cancel(admin, run.id)


def test_limits_hold_back_a_task_and_a_connection_and_all(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    spec = spec_of(shop, tmp_path / "shop.db")
    make_task(gateway, project, spec, "one")
    for number in range(6):
        make_task(
            gateway, project, {**spec, "load": {"connection": "warehouse", "table": "t"}}, f"into-{number}"
        )
    started = [gateway.runs.start(admin, project, RunDraftView(task="one", wait=False)).id for _ in range(2)]
    started += [
        gateway.runs.start(admin, project, RunDraftView(task=f"into-{n}", wait=False)).id for n in range(6)
    ]
    claimed = []
    while (found := claim(gateway.context, "tests")) is not None:
        claimed.append(found.run_id)
    assert claimed == [started[0], *started[2:6]], (
        "one of a task, four of a connection, in the order of the queue"
    )


def test_a_hook_that_fails_keeps_no_run_open(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    heard: list[str] = []

    def fails(session: Session, run: Run) -> None:
        raise RuntimeError("no mail server")

    def hears(session: Session, run: Run) -> None:
        heard.append(f"{run.status} {run.inserted_records}")

    make_task(gateway, project, spec_of(shop, tmp_path / "shop.db"))
    gateway.runs.start(admin, project, RunDraftView(task="orders", wait=False))
    from intakegateway.services.execute import Executor

    Executor(gateway.context, "tests", (fails, hears)).drain()
    assert heard == ["PARTIAL_SUCCESS 2"]


def test_lists_are_filtered(gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path) -> None:
    spec = spec_of(shop, tmp_path / "shop.db")
    make_task(gateway, project, spec, "orders")
    make_task(gateway, project, {**spec, "mapping": []}, "parts")
    first = gateway.runs.start(admin, project, RunDraftView(task="orders"))
    second = gateway.runs.start(admin, project, RunDraftView(task="parts", wait=False))

    def found(**wanted: Any) -> list[str]:
        page = gateway.runs.find_all(admin, project, RunFilter(**wanted), PageRequest())
        assert page.total == len(page.items)
        return [one.id for one in page.items]

    assert found() == [second.id, first.id]
    assert found(status=("PENDING",)) == [second.id]
    assert found(task="orders") == [first.id]
    assert found(search="PART") == [second.id]
    assert found(search=first.id[:13]) in ([first.id], [second.id, first.id])
    assert found(has_rejects=True) == [first.id]
    assert found(before=second.id) == [first.id]
    assert found(trigger="schedule") == []
    with pytest.raises(DefinitionError, match="cannot be sorted by 'name'"):
        gateway.runs.find_all(admin, project, RunFilter(), PageRequest(sort="name"))


def test_logs_tell_phases_reasons_and_the_end(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    run = gateway.runs.start(admin, project, RunDraftView(spec=spec_of(shop, tmp_path / "shop.db")))
    page = gateway.runs.logs(admin, run.id, LogFilter())
    events = [line.event for line in page.items]
    assert events[0] == "run_started"
    assert events[-1] == "run_finished"
    assert "phase_started" in events
    warned = gateway.runs.logs(admin, run.id, LogFilter(level="warning"))
    assert [line.event for line in warned.items] == ["rows_rejected"]
    assert warned.items[0].facts["rows"] == 1
    assert gateway.runs.logs(admin, run.id, LogFilter(after=page.last)).items == []
    assert [line.event for line in gateway.runs.logs(admin, run.id, LogFilter(search="partial")).items] == [
        "run_finished"
    ]
    assert len(list(gateway.runs.log_lines(admin, run.id, LogFilter()))) == len(events)
    newest = gateway.runs.logs(admin, run.id, LogFilter(newest=True, limit=3))
    assert (newest.items, newest.last) == (page.items[-3:], page.last)
    assert len(list(gateway.runs.log_lines(admin, run.id, LogFilter(newest=True)))) == len(events)


def test_phases_are_known_while_a_run_goes_on(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    draft = RunDraftView(spec=spec_of(shop, tmp_path / "shop.db"), wait=False)
    claimed = claim(gateway.context, "here", gateway.runs.start(admin, project, draft).id)
    assert claimed is not None
    reporter = Reporter(gateway.context, claimed)
    reporter.progress(Progress("reading"))
    reporter.progress(Progress("loading", rows=10))
    assert list(reporter.phases_so_far()) == ["starting", "reading", "loading"]


def test_a_run_is_forgotten_with_its_rejects(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    run = gateway.runs.start(admin, project, RunDraftView(spec=spec_of(shop, tmp_path / "shop.db")))
    gateway.runs.delete(admin, run.id)
    with pytest.raises(NotFoundError):
        gateway.runs.get(admin, run.id)
    with pytest.raises(NotFoundError), gateway.context.blobs.local(f"rejects/{run.id}.parquet"):
        pass


def test_tasks_are_imported_by_name_into_another_connection(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    for name in ("sales_a", "sales_b", "other"):
        make_task(gateway, project, spec_of(shop, tmp_path / "shop.db"), name)
    lab = gateway.connections.create(
        admin, project, ConnectionDraft(name="lab", kind="sqlite", config={"path": "lab.db"})
    )
    made = gateway.runs.start_import(admin, project, ImportDraft(tables="sales_*", connection=lab.id))
    assert [(one.task_name, one.connection, one.trigger) for one in made] == [
        ("sales_a", "lab", "import"),
        ("sales_b", "lab", "import"),
    ]
    with pytest.raises(NotFoundError, match="name matches 'x"):
        gateway.runs.start_import(admin, project, ImportDraft(tables="x*"))


def test_an_import_into_a_connection_that_cannot_take_it_starts_nothing(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    make_task(gateway, project, spec_of(shop, tmp_path / "shop.db"), "sales")
    api = ConnectionDraft(name="shop-api", kind="http", config={"url": "https://api.example.org"})
    gateway.connections.create(admin, project, api)
    with pytest.raises(DefinitionError, match="no connection 'shop-appi'") as unknown:
        gateway.runs.start_import(admin, project, ImportDraft(task="sales", connection="shop-appi"))
    assert (unknown.value.path, unknown.value.hint) == (("connection",), "Did you mean 'shop-api'?")
    with pytest.raises(DefinitionError, match="can only be read from"):
        gateway.runs.start_import(admin, project, ImportDraft(task="sales", connection="shop-api"))
    assert gateway.runs.find_all(admin, project, RunFilter(), PageRequest()).items == []


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.7/told",
        "http://[::ffff:10.0.0.7]/told",
        "https://0x0a.7/",
        "http://inner.example.org/told",
    ],
)
def test_a_callback_into_the_network_of_the_server_is_refused_at_once(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path, url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.7", 80))])
    make_task(gateway, project, spec_of(shop, tmp_path / "shop.db"), "sales")
    for start in (
        lambda: gateway.runs.start(admin, project, RunDraftView(task="sales", callback_url=url)),
        lambda: gateway.runs.start_import(admin, project, ImportDraft(task="sales", callback_url=url)),
    ):
        with pytest.raises(DefinitionError, match="private or local network") as refused:
            start()
        assert refused.value.path == ("callback_url",)
    assert gateway.runs.find_all(admin, project, RunFilter(), PageRequest()).items == []


def test_a_callback_whose_name_is_not_known_now_may_be_by_the_end_of_the_run(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise OSError("no such name")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    spec = spec_of(shop, tmp_path / "shop.db")
    draft = RunDraftView(spec=spec, callback_url="https://later.example.org/told", wait=False)
    assert gateway.runs.start(admin, project, draft).callback_url == "https://later.example.org/told"
    with pytest.raises(DefinitionError, match="not a URL"):
        gateway.runs.start(admin, project, draft.model_copy(update={"callback_url": "http://[::1"}))


def test_a_run_that_goes_on_is_not_tried_again_and_it_is_said_what_to_do(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    make_task(gateway, project, spec_of(shop, tmp_path / "shop.db"), "sales")
    (waiting,) = gateway.runs.start_import(admin, project, ImportDraft(task="sales"))
    with pytest.raises(ConflictError, match="has not ended yet") as refused:
        gateway.runs.retry(admin, waiting.id, RetryDraft())
    assert refused.value.hint == "Wait for its end, or cancel it."


def test_a_dry_run_writes_nothing_and_says_what_it_would_do(
    gateway: Gateway, admin: Actor, project: str, shop: Path, tmp_path: Path
) -> None:
    target = tmp_path / "shop.db"
    run = gateway.runs.start(admin, project, RunDraftView(spec=spec_of(shop, target), dry_run=True))
    assert run.is_dry
    assert run.plan is not None
    assert run.plan["ddl"]
    assert Status(run.status) is Status.PARTIAL_SUCCESS
    assert (
        not target.exists()
        or "orders" not in sqlite3.connect(target).execute("SELECT name FROM sqlite_master").fetchall()
    )
