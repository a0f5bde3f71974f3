from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from intakegateway.api.app import create_app
from intakegateway.api.hub import MOST_WAITING, Message, Subscription
from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor, Role
from intakegateway.services import events, queue
from pool import until
from service_fixtures import make_actor


@pytest.fixture
def server(gateway: Gateway) -> Iterator[str]:
    """The application behind a real server: streams need one."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            create_app(gateway), log_level="error", timeout_graceful_shutdown=1, ws="websockets-sansio"
        )
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, args=([listening],))
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        running.should_exit = True
        thread.join()


@pytest.fixture
def token(gateway: Gateway, admin: Actor) -> str:
    return gateway.tokens.issue(admin, "tests")[1]


def start_run(gateway: Gateway, actor: Actor, project: str) -> str:
    with gateway.context.database.write() as session:
        draft = queue.RunDraft(project, None, None, "api", spec={"name": "orders"})
        return queue.enqueue(session, actor, draft, gateway.context.now()).id


def tell(gateway: Gateway, project: str, run: str, kind: str, **data: object) -> None:
    with gateway.context.database.write() as session:
        events.emit(session, project, kind, data, run)
    gateway.context.bus.wake(events.TOPIC)


def read(lines: Iterator[str], until: str) -> list[dict[str, object]]:
    """Events of a stream, up to the first whose data has the status ``until``."""
    found: list[dict[str, object]] = []
    for line in lines:
        if line.startswith("data: "):
            found.append(json.loads(line.removeprefix("data: ")))
            if found[-1]["data"].get("status") == until:  # type: ignore[attr-defined]
                break
    return found


def test_a_run_is_watched_from_its_first_event_to_its_end(
    server: str, token: str, gateway: Gateway, admin: Actor, project: str
) -> None:
    run = start_run(gateway, admin, project)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", f"{server}/api/v1/runs/{run}/stream", headers=headers, timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert [one["data"] for one in read(lines, "PENDING")] == [
            {"status": "PENDING", "task_name": "orders"}
        ]
        tell(gateway, project, run, events.RUN_PROGRESS, rows=10)
        tell(gateway, project, run, events.RUN_STATUS, status="SUCCESS")
        rest = read(lines, "SUCCESS")
        assert [one["kind"] for one in rest] == ["run_progress", "run_status"]
        assert list(lines)[-1:] in ([], [""])


def test_who_comes_back_goes_on_after_the_last_event_that_was_seen(
    server: str, token: str, gateway: Gateway, admin: Actor, project: str
) -> None:
    run = start_run(gateway, admin, project)
    for number in range(5):
        tell(gateway, project, run, events.RUN_LOG, number=number)
    tell(gateway, project, run, events.RUN_STATUS, status="SUCCESS")
    address, headers = f"{server}/api/v1/runs/{run}/stream", {"Authorization": f"Bearer {token}"}
    everything = read(iter(httpx.get(address, headers=headers).text.splitlines()), "SUCCESS")
    assert len(everything) == 7
    headers["Last-Event-ID"] = str(everything[3]["id"])
    assert read(iter(httpx.get(address, headers=headers).text.splitlines()), "SUCCESS") == everything[4:]


def test_a_stream_is_for_members_only(server: str, gateway: Gateway, admin: Actor, project: str) -> None:
    run = start_run(gateway, admin, project)
    stranger = make_actor(gateway, "stranger@example.org")
    _, token = gateway.tokens.issue(stranger, "tests")
    answer = httpx.get(f"{server}/api/v1/runs/{run}/stream", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404
    assert httpx.get(f"{server}/api/v1/events").status_code == 401


def test_a_socket_is_told_what_it_subscribed_to(
    api: TestClient, gateway: Gateway, admin: Actor, project: str
) -> None:
    viewer = make_actor(gateway, "viewer@example.org", Role.VIEWER)
    _, token = gateway.tokens.issue(viewer, "tests")
    run, other = start_run(gateway, admin, project), start_run(gateway, admin, project)
    with api.websocket_connect("/api/v1/ws") as websocket:
        # As browsers give it back: the ids of their own event streams are texts.
        websocket.send_json({"subscribe": {"runs": [run], "after": "0"}, "token": token})
        assert websocket.receive_json()["data"]["status"] == "PENDING"
        tell(gateway, project, other, events.RUN_STATUS, status="FAILED")
        tell(gateway, project, run, events.RUN_STATUS, status="RUNNING")
        told = websocket.receive_json()
        assert (told["run_id"], told["data"]["status"]) == (run, "RUNNING")


def test_a_socket_that_says_nonsense_is_told_so_and_stays_open(
    api: TestClient, gateway: Gateway, admin: Actor
) -> None:
    with api.websocket_connect("/api/v1/ws") as websocket:
        for nonsense in ({"hello": 1}, [], {"subscribe": {"colour": "red"}}, {"subscribe": {}}):
            websocket.send_json(nonsense)
            assert "error" in websocket.receive_json()
        _, token = gateway.tokens.issue(admin, "tests")
        for after in ("[1]", "-1", "1e400", '"soon"', "9e99", "{}", "99999999999999999999"):
            websocket.send_text(f'{{"subscribe": {{"after": {after}}}, "token": "{token}"}}')
            assert "'after' must be the id of an event" in websocket.receive_json()["error"]["detail"]
        websocket.send_text("{")
        assert websocket.receive_json()["error"]["code"] == "invalid"


def test_the_sockets_of_an_application_that_ends_are_closed(
    api: TestClient, gateway: Gateway, admin: Actor
) -> None:
    _, token = gateway.tokens.issue(admin, "tests")
    with api.websocket_connect("/api/v1/ws") as websocket:
        websocket.send_json({"subscribe": {"after": 0}, "token": token})
        until("it listens", lambda: api.app.state.hub.listeners == 1)  # type: ignore[attr-defined]
        api.app.state.hub.close()  # type: ignore[attr-defined]
        with pytest.raises(WebSocketDisconnect):
            websocket.receive_json()


def test_a_socket_that_comes_while_the_application_ends_is_closed(
    api: TestClient, gateway: Gateway, admin: Actor
) -> None:
    _, token = gateway.tokens.issue(admin, "tests")
    with api.websocket_connect("/api/v1/ws") as websocket:
        api.app.state.hub.close()  # type: ignore[attr-defined]
        websocket.send_json({"subscribe": {"after": 0}, "token": token})
        with pytest.raises(WebSocketDisconnect):
            websocket.receive_json()


def test_a_client_that_does_not_read_keeps_the_newest_progress_and_is_cut_off_in_the_end() -> None:
    async def scenario() -> None:
        subscription = Subscription(None, None, 0)
        for number in range(5000):
            subscription.give(Message(number, events.RUN_PROGRESS, "p", "r", b"{}"))
        assert [one.id for one in await subscription.take(1)] == [4999]
        for number in range(MOST_WAITING + 1):
            subscription.give(Message(number, events.RUN_LOG, "p", "r", b"{}"))
        assert subscription.is_cut

    asyncio.run(scenario())


def test_events_are_read_in_the_order_in_which_they_were_committed(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    """A transaction that got its number early and commits late must not be passed over."""
    begun = threading.Event()

    def slow() -> None:
        with gateway.context.database.write() as session:
            events.emit(session, project, events.RUN_LOG, {"who": "slow"})
            begun.set()
            time.sleep(0.2)

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait()
    tell(gateway, project, "r", events.RUN_LOG, who="fast")
    seen, last = [], 0
    from intakegateway.store import events as store

    for _ in range(40):
        with gateway.context.database.read() as session:
            for event in store.after(session, last, 10):
                seen.append(event.data["who"])
                last = event.id
        time.sleep(0.01)
    thread.join()
    assert sorted(seen) == ["fast", "slow"]
