"""Lists that are asked for again while nothing has changed: given again, and never when something has."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi import Response
from fastapi.testclient import TestClient
from msgspec.structs import replace
from sqlalchemy import event

from intakegateway.api import kept_answers
from intakegateway.api.told import Told
from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.services.audit import record
from intakegateway.store.database import open_database
from intakegateway.store.standing import Standing, State
from service_fixtures import make_actor

LISTS = (
    "/api/v1/runs", "/api/v1/tasks", "/api/v1/schedules", "/api/v1/deliveries", "/api/v1/audit",
    "/api/v1/files", "/api/v1/connections",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _for_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nothing here is right because time went by."""
    monkeypatch.setattr(kept_answers, "FRESH", 3600.0)
    monkeypatch.setattr(kept_answers, "LONGEST", 3600.0)


@contextmanager
def statements(gateway: Gateway) -> Iterator[list[str]]:
    """What the store is asked inside of the block."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(gateway.context.database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(gateway.context.database.engine, "before_cursor_execute", note)


def connection(name: str) -> dict[str, object]:
    return {"name": name, "kind": "sqlite", "config": {"path": "/tmp/x.db"}}


@pytest.mark.parametrize("path", LISTS)
def test_the_same_question_is_answered_without_reading_again(
    client: TestClient, gateway: Gateway, path: str
) -> None:
    # The first request notes that its token was used.
    client.get(path)
    first = client.get(path)
    with statements(gateway) as asked:
        second = client.get(path)
    assert first.status_code == 200
    assert (second.content, second.headers["content-type"]) == (first.content, first.headers["content-type"])
    # Where a server has other databases too, what happens there may have been in between.
    assert gateway.context.database.is_shared or not asked


def test_what_somebody_else_has_written_is_there_at_once(
    client: TestClient, gateway: Gateway, admin: Actor
) -> None:
    # As another process does: nothing in this one knows of it.
    url = gateway.context.settings.database_url
    other = open_database(url)
    for number in range(5):
        before = client.get("/api/v1/audit").json()["total"]
        with other.write() as session:
            record(session, admin, "tested", "thing", name=f"n{number}")
        assert client.get("/api/v1/audit").json()["total"] == before + 1
    other.close()


def test_what_this_process_has_written_is_there_at_once(client: TestClient) -> None:
    for number in range(3):
        assert client.post("/api/v1/connections", json=connection(f"c{number}")).status_code == 201
        assert client.get("/api/v1/connections").json()["total"] == number + 1


def test_somebody_else_gets_an_answer_of_their_own(api: TestClient, gateway: Gateway) -> None:
    ann = make_actor(gateway, "ann@example.org", admin=True)
    bob = make_actor(gateway, "bob@example.org", Role.VIEWER)
    tokens = {one.name: gateway.tokens.issue(one, "tests")[1] for one in (ann, bob)}

    def ask(actor: Actor) -> int:
        return api.get("/api/v1/audit", headers={"Authorization": f"Bearer {tokens[actor.name]}"}).status_code

    assert [ask(ann), ask(bob), ask(ann), ask(bob)] == [200, 403, 200, 403]


def test_two_actors_see_the_same_only_with_the_same_rights(gateway: Gateway) -> None:
    ann = make_actor(gateway, "ann@example.org", Role.EDITOR)
    assert ann.sight == replace(ann, ip="10.0.0.1", token_id="t").sight
    others = (
        replace(ann, user_id="x"), replace(ann, is_admin=True), replace(ann, limit=Role.VIEWER),
        replace(ann, only_project="p"), replace(ann, roles={}),
    )  # fmt: skip
    assert ann.sight not in {one.sight for one in others}


def test_a_project_named_by_a_header_is_part_of_the_question(client: TestClient) -> None:
    client.post("/api/v1/projects", json={"name": "other", "title": "Other"})
    client.post("/api/v1/connections", json=connection("here"))
    totals = [
        client.get("/api/v1/connections", headers={"X-Project": name}).json()["total"]
        for name in ("default", "other", "default", "other")
    ]
    assert totals == [1, 0, 1, 0]


def test_refusals_are_not_kept(client: TestClient) -> None:
    missing = client.get("/api/v1/runs/none")
    assert (missing.status_code, client.get("/api/v1/runs/none").status_code) == (404, 404)
    wrong = client.get("/api/v1/runs", params={"limit": 0})
    assert wrong.status_code == 422
    assert [one["path"] for one in wrong.json()["errors"]] == ["limit"]


def test_only_so_many_bytes_are_kept(monkeypatch: pytest.MonkeyPatch, client: TestClient) -> None:
    monkeypatch.setattr(kept_answers, "MOST_BYTES", 200)
    kept = client.app.state.kept_answers  # type: ignore[attr-defined]
    for number in range(20):
        assert client.get("/api/v1/runs", params={"search": f"s{number}"}).status_code == 200
    assert kept._bytes == sum(len(one.body) for one in kept._kept.values()) <= 200
    assert kept._kept


def test_a_broken_connection_is_told_by_none_and_made_again(gateway: Gateway) -> None:
    standing = gateway.context.database.standing

    def now() -> State | None:
        return asyncio.run(standing.now())

    first = now()
    assert first is not None
    # Where a server has other databases too, what happens there may have been in between.
    assert gateway.context.database.is_shared or first == now()
    standing._connection.close()
    assert now() is None
    again = now()
    assert again is not None
    assert again != first


def test_who_would_have_to_wait_reads_without_being_told(
    client: TestClient, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakegateway.api.told.PATIENCE", 0.0)
    client.get("/api/v1/connections")
    # As while a server does not answer.
    with gateway.context.database.standing._lock, statements(gateway) as asked:
        assert client.get("/api/v1/connections").status_code == 200
    assert [one for one in asked if "FROM connections" in one]


class _Same:
    """A file in which nothing changes."""

    def at_a_glance(self) -> State:
        return 1, "the same"


def kept_over(standing: object) -> kept_answers.KeptAnswers:
    return kept_answers.KeptAnswers(Told(cast("Standing", standing)))


async def _all_at_once(
    kept: kept_answers.KeptAnswers, make: Callable[[], Response]
) -> list[asyncio.Task[bytes]]:
    asked = [asyncio.create_task(kept.body("q", make)) for _ in range(6)]
    await asyncio.sleep(0)  # each has come to where it waits for a reading
    return asked


def test_one_reading_serves_all_who_ask_while_it_is_made() -> None:
    kept, read, gate = kept_over(_Same()), list[int](), threading.Event()

    def make() -> Response:
        read.append(len(read))
        assert gate.wait(60)
        return Response(b"made once")

    async def ask() -> list[bytes]:
        asked = await _all_at_once(kept, make)
        gate.set()
        return await asyncio.gather(*asked)

    assert asyncio.run(ask()) == [b"made once"] * 6
    assert read == [0]


def test_what_went_wrong_for_one_is_read_again_by_who_waited() -> None:
    kept, read, gate = kept_over(_Same()), list[int](), threading.Event()

    def make() -> Response:
        read.append(len(read))
        if len(read) == 1:
            assert gate.wait(60)
            raise LookupError("not today")
        return Response(b"went well")

    async def ask() -> list[bytes | BaseException]:
        asked = await _all_at_once(kept, make)
        gate.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    first, *others = asyncio.run(ask())
    assert isinstance(first, LookupError)
    assert others == [b"went well"] * 5


def test_who_goes_away_before_it_is_read_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, calls = kept_over(_Same()), list[int]()

    async def threads(function: Callable[..., bytes], *given: object) -> bytes:
        calls.append(len(calls))
        if len(calls) == 1:
            await asyncio.Event().wait()  # no thread is free
        return function(*given)

    async def ask() -> list[bytes | BaseException]:
        asked = await _all_at_once(kept, lambda: Response(b"read"))
        asked[0].cancel()
        return await asyncio.gather(*asked, return_exceptions=True)

    monkeypatch.setattr(kept_answers, "run_in_threadpool", threads)
    first, *others = asyncio.run(ask())
    assert isinstance(first, asyncio.CancelledError)
    assert others == [b"read"] * 5


def test_an_answer_that_is_always_the_same_is_kept_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now, read = [0.0], list[float]()
    monkeypatch.setattr(kept_answers, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(kept_answers, "FRESH", 5.0)
    monkeypatch.setattr(kept_answers, "LONGEST", 15.0)
    kept = kept_over(_Same())

    def make() -> Response:
        read.append(now[0])
        return Response(b"other" if now[0] >= 31 else b"same")

    async def ask() -> None:
        for second in range(60):
            now[0] = float(second)
            await kept.body("q", make)
            await asyncio.to_thread(kept._ahead.submit(str).result, 60)  # comes after what was to be read

    asyncio.run(ask())
    # 3 of 5 seconds, then more than half of 10 and of 15, and of 5 again since it was another at 33.
    assert read == [0, 3, 9, 17, 25, 33, 36, 42, 50, 58]


def test_what_is_asked_for_again_is_read_before_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now, read, gate = [0.0], list[str](), threading.Event()
    monkeypatch.setattr(kept_answers, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(kept_answers, "FRESH", 4.0)
    kept = kept_over(_Same())

    def make() -> Response:
        read.append(threading.current_thread().name)
        assert len(read) == 1 or gate.wait(60)
        return Response(f"read {len(read)}".encode())

    async def ask(second: float) -> bytes:
        now[0] = second
        return await kept.body("q", make)

    async def story() -> list[bytes]:
        early = [await ask(0), await ask(2), await ask(2.1), await ask(3.9)]
        gate.set()
        await asyncio.to_thread(kept._ahead.submit(str).result, 60)  # comes after what was to be read
        return [*early, await ask(4.1)]

    assert asyncio.run(story()) == [b"read 1"] * 4 + [b"read 2"]
    assert [name.startswith("answers ahead") for name in read] == [False, True]


def test_what_goes_wrong_beside_those_who_ask_is_told_to_the_next_who_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, read = [0.0], list[float]()
    monkeypatch.setattr(kept_answers, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(kept_answers, "FRESH", 4.0)
    kept = kept_over(_Same())

    def make() -> Response:
        read.append(now[0])
        if len(read) > 1:
            raise LookupError("not today")
        return Response(b"well")

    async def ask(second: float) -> bytes:
        now[0] = second
        answer = await kept.body("q", make)
        await asyncio.to_thread(kept._ahead.submit(str).result, 60)
        return answer

    async def story() -> None:
        assert [await ask(0), await ask(3)] == [b"well", b"well"]
        with pytest.raises(LookupError):
            await ask(5)

    asyncio.run(story())
    assert read == [0, 3, 5]


async def _different_ones(kept: kept_answers.KeptAnswers, begun: threading.Semaphore, most: list[int]) -> int:
    """Six questions at once, each of which is read until all that may be read have begun; how many began first."""
    gate, lock, running = threading.Event(), threading.Lock(), list[int]()

    def make() -> Response:
        with lock:
            running.append(1)
            most.append(len(running))
        begun.release()
        assert gate.wait(60)
        with lock:
            running.pop()
        return Response(b"read")

    asked = [asyncio.create_task(kept.body(number, make)) for number in range(6)]
    expected = 6 if kept_answers.PATIENCE == 0 else kept_answers.PLACES
    for _ in range(expected):
        assert await asyncio.to_thread(begun.acquire, timeout=60)
    gate.set()
    assert await asyncio.gather(*asked) == [b"read"] * 6
    return expected


@pytest.mark.parametrize("patience", [60.0, 0.0])
def test_only_so_many_are_read_at_once_unless_that_takes_long(
    monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    monkeypatch.setattr(kept_answers, "PATIENCE", patience)
    most: list[int] = []
    expected = asyncio.run(_different_ones(kept_over(_Same()), threading.Semaphore(0), most))
    assert max(most) == expected


class _Server:
    """A server that answers when it is let."""

    def __init__(self) -> None:
        self.begun, self.let, self.questions = asyncio.Semaphore(0), asyncio.Semaphore(0), 0

    def at_a_glance(self) -> None:
        return None

    async def now(self) -> State:
        self.questions += 1
        number = self.questions
        self.begun.release()
        await self.let.acquire()
        return number, "known"


def test_who_comes_while_a_server_is_asked_shares_the_next_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intakegateway.api.told.PATIENCE", 60.0)
    server = _Server()
    told = Told(cast("Standing", server))

    async def ask() -> tuple[State | None, list[State | None]]:
        first = asyncio.create_task(told.now())
        await server.begun.acquire()
        others = [asyncio.create_task(told.now()) for _ in range(5)]
        await asyncio.sleep(0)
        for _ in range(2):
            server.let.release()
        return await first, await asyncio.gather(*others)

    assert asyncio.run(ask()) == ((1, "known"), [(2, "known")] * 5)
    assert server.questions == 2


def test_nobody_waits_for_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intakegateway.api.told.PATIENCE", 0.0)
    server = _Server()
    told = Told(cast("Standing", server))
    assert asyncio.run(told.now()) is None
    # The question went with its event loop: the next one begins anew.
    monkeypatch.setattr("intakegateway.api.told.PATIENCE", 60.0)

    async def again() -> State | None:
        server.let.release()
        return await told.now()

    assert asyncio.run(again()) == (2, "known")


def test_while_another_event_loop_asks_it_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intakegateway.api.told.PATIENCE", 60.0)
    server = _Server()
    told = Told(cast("Standing", server))

    async def ask() -> tuple[State | None, State | None]:
        first = asyncio.create_task(told.now())
        await server.begun.acquire()
        other = await asyncio.to_thread(lambda: asyncio.run(told.now()))
        server.let.release()
        return await first, other

    assert asyncio.run(ask()) == ((1, "known"), None)


def test_what_is_asked_on_the_wire_is_the_state_that_a_query_sees(gateway: Gateway, admin: Actor) -> None:
    database = gateway.context.database

    async def story() -> list[bool]:
        found = []
        for number in range(4):
            before = await database.standing.now()
            if number % 2:
                with database.write() as session:
                    record(session, admin, "tested", "thing", name=f"n{number}")
            found.append(before == await database.standing.now())
        return found

    found = asyncio.run(story())
    assert [found[1], found[3]] == [False, False]
    assert database.is_shared or [found[0], found[2]] == [True, True]


def test_a_question_that_is_given_up_leaves_no_answer_for_the_next(gateway: Gateway) -> None:
    standing = gateway.context.database.standing

    async def story() -> None:
        assert await standing.now() is not None
        given_up = asyncio.create_task(standing.now())
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        assert await standing.now() is not None

    asyncio.run(story())


def test_from_a_file_a_kept_answer_is_given_without_a_thread(
    client: TestClient, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/api/v1/connections")
    first = client.get("/api/v1/connections")
    threads = list[object]()
    ask, body = Told._ask, kept_answers._body

    async def asking(self: Told) -> None:
        threads.append("asking")
        await ask(self)

    def reading(make: Callable[[], Response]) -> bytes:
        threads.append("reading")
        return body(make)

    monkeypatch.setattr(Told, "_ask", asking)
    monkeypatch.setattr(kept_answers, "_body", reading)
    again = client.get("/api/v1/connections")
    assert again.content == first.content
    assert gateway.context.database.is_shared or threads == []
    client.post("/api/v1/connections", json=connection("new"))
    assert [one["name"] for one in client.get("/api/v1/connections").json()["items"]] == ["new"]
    assert "reading" in threads
