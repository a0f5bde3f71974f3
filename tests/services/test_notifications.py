from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from standardwebhooks import Webhook

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, DefinitionError, ForbiddenError
from intakegateway.model.run import Status
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.notifications import DeliveryView, NotificationChange, NotificationDraft
from intakegateway.services import deliveries, queue
from intakegateway.services.deliveries import Deliverer
from intakegateway.store.tables.definitions import Notification
from intakegateway.store.tables.people import AuditEntry
from intakegateway.store.tables.runs import Run
from pool import until
from servers import free_port
from service_fixtures import make_actor


@dataclass
class Receiver:
    """A web server that keeps what it is sent, and answers with ``statuses`` in turn, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            kept.headers.append({key.lower(): value for key, value in self.headers.items()})
            status = kept.statuses.pop(0) if kept.statuses else 200
            self.send_response(status)
            if status == 302:
                self.send_header("Location", kept.url)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        kept.url = f"http://127.0.0.1:{server.server_port}/hook"
        yield kept
        server.shutdown()
        thread.join()


def end_run(
    gateway: Gateway, admin: Actor, project: str, status: Status, *, notify: list[dict[str, Any]] | None = None,
    callback_url: str | None = None,
) -> str:  # fmt: skip
    """A run that has just ended."""
    now = gateway.context.now()
    with gateway.context.database.write() as session:
        spec = {"name": "orders", "notify": notify or []}
        draft = queue.RunDraft(project, None, None, "api", spec=spec, callback_url=callback_url)
        run = queue.enqueue(session, admin, draft, now)
        run.status, run.finished_at, run.total_records = status, now, 5
        deliveries.finished(session, run)
        return run.id


def sent(gateway: Gateway, admin: Actor, project: str) -> list[DeliveryView]:
    return gateway.notifications.deliveries(admin, project, PageRequest()).items


def webhook(receiver: Receiver, **more: Any) -> NotificationDraft:
    return NotificationDraft.model_validate({"name": "ops", "kind": "webhook", "url": receiver.url, **more})


def test_a_webhook_is_called_when_a_run_ends_and_the_call_is_signed(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = gateway.notifications.create(
        admin, project, webhook(receiver, events=["FAILED"], headers={"X-Team": "blue-team"})
    )
    end_run(gateway, admin, project, Status.SUCCESS)
    run = end_run(gateway, admin, project, Status.FAILED)
    assert gateway.deliverer.tick() == 1
    (body,), (headers,) = receiver.bodies, receiver.headers
    assert made.secret is not None
    told = Webhook(made.secret).verify(body, headers)
    assert (told["type"], told["data"]["id"], told["data"]["total_records"]) == ("run.failed", run, 5)
    assert headers["x-team"] == "blue-team"
    (delivery,) = sent(gateway, admin, project)
    assert (delivery.status, delivery.attempts) == ("delivered", 1)
    assert delivery.answer is not None
    assert (delivery.answer["status"], delivery.answer["body"]) == (200, "ok")


def test_headers_do_not_follow_to_another_address(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    made = gateway.notifications.create(admin, project, webhook(receiver, headers={"Authorization": "Key 1"}))
    moved = NotificationChange(url="http://127.0.0.1:9/other")
    with pytest.raises(DefinitionError, match="headers have to be entered again"):
        gateway.notifications.change(admin, project, made.id, moved)
    gateway.notifications.change(admin, project, made.id, NotificationChange(url=receiver.url))
    gateway.notifications.change(admin, project, made.id, moved.model_copy(update={"headers": {}}))


def test_a_receiver_that_fails_is_tried_four_times_with_growing_waits(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver, clock: ManualClock
) -> None:
    gateway.notifications.create(admin, project, webhook(receiver, events=["FAILED"]))
    end_run(gateway, admin, project, Status.FAILED)
    receiver.statuses = [500, 503, 500, 500, 500]
    for wait in (0, 10, 60, 300):
        clock.time += wait - 1
        assert gateway.deliverer.tick() == 0 or wait == 0
        clock.time += 1
        gateway.deliverer.tick()
    assert len(receiver.bodies) == 4
    (delivery,) = sent(gateway, admin, project)
    assert (delivery.status, delivery.attempts) == ("failed", 4)
    clock.time += 10_000
    assert gateway.deliverer.tick() == 0
    assert {headers["webhook-id"] for headers in receiver.headers} == {delivery.id}


def test_a_delivery_is_sent_again_when_somebody_asks(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    gateway.notifications.create(admin, project, webhook(receiver, events=["SUCCESS"]))
    end_run(gateway, admin, project, Status.SUCCESS)
    with pytest.raises(ConflictError, match="still being sent"):
        gateway.notifications.resend(admin, project, sent(gateway, admin, project)[0].id)
    gateway.deliverer.tick()
    gateway.notifications.resend(admin, project, sent(gateway, admin, project)[0].id)
    gateway.deliverer.tick()
    assert len(receiver.bodies) == 2
    assert receiver.bodies[0] == receiver.bodies[1]


def test_what_a_process_that_died_was_sending_is_sent_by_another(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver, clock: ManualClock
) -> None:
    gateway.notifications.create(admin, project, webhook(receiver, events=["SUCCESS"]))
    end_run(gateway, admin, project, Status.SUCCESS)
    from intakegateway.store import notifications as store

    with gateway.context.database.write() as session:
        (due,) = store.due(session, gateway.context.now(), 10)
        assert store.claim(session, due, gateway.context.now(), deliveries.LEASE)
        assert not store.claim(session, due, gateway.context.now(), deliveries.LEASE)
    assert gateway.deliverer.tick() == 0
    clock.time += deliveries.LEASE.total_seconds()
    assert gateway.deliverer.tick() == 1
    assert sent(gateway, admin, project)[0].status == "delivered"


def test_the_callback_of_a_run_is_called_and_signed_with_the_secret_of_the_project(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    end_run(gateway, admin, project, Status.SUCCESS, callback_url=receiver.url)
    gateway.deliverer.tick()
    secret = gateway.notifications.callback_secret(admin, project)
    assert Webhook(secret).verify(receiver.bodies[0], receiver.headers[0])["type"] == "run.success"
    assert gateway.notifications.callback_secret(admin, project) == secret


def test_a_task_names_who_is_told_of_its_runs(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    gateway.notifications.create(admin, project, webhook(receiver))
    notify = [{"on": ["PARTIAL_SUCCESS"], "webhook": "ops"}]
    end_run(gateway, admin, project, Status.SUCCESS, notify=notify)
    end_run(gateway, admin, project, Status.PARTIAL_SUCCESS, notify=notify)
    assert [one.event for one in sent(gateway, admin, project)] == ["run.partial_success"]


def test_a_redirect_is_not_followed(gateway: Gateway, admin: Actor, project: str, receiver: Receiver) -> None:
    gateway.notifications.create(admin, project, webhook(receiver))
    receiver.statuses = [302]
    answer = gateway.notifications.test(admin, project, "ops")
    assert (answer.status, len(receiver.bodies)) == ("failed", 1)
    assert answer.answer is not None
    assert "redirect" in answer.answer["error"]


def test_a_mail_is_sent(gateway: Gateway, admin: Actor, project: str) -> None:
    received: list[Any] = []

    class Kept(Message):
        def handle_message(self, message: Any) -> None:
            received.append(message)

    controller = Controller(Kept(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        port = controller.port
        settings = replace(
            gateway.context.settings, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="igw@example.org"
        )
        gateway.notifications.create(
            admin, project,
            NotificationDraft(name="mail", kind="email", to=("ann@example.org",), events=(Status.FAILED,)),
        )  # fmt: skip
        end_run(gateway, admin, project, Status.FAILED)
        Deliverer(replace(gateway.context, settings=settings)).tick()
    finally:
        controller.stop()
    (message,) = received
    assert (message["To"], message["From"]) == ("ann@example.org", "igw@example.org")
    assert message["Subject"] == "IntakeGateway: orders failed"
    assert "5 read" in message.get_payload()


def test_without_a_mail_server_a_mail_fails_at_once_and_says_what_is_missing(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    draft = NotificationDraft(name="mail", kind="email", to=("ann@example.org",))
    gateway.notifications.create(admin, project, draft)
    answer = gateway.notifications.test(admin, project, "mail")
    assert answer.status == "failed"
    assert answer.answer is not None
    assert "INTAKEGATEWAY_SMTP_URL" in answer.answer["error"]


def test_a_message_goes_through_apprise(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    address = receiver.url.replace("http://", "json://")
    gateway.notifications.create(admin, project, NotificationDraft(name="chat", kind="apprise", url=address))
    assert gateway.notifications.test(admin, project, "chat").status == "delivered"
    assert json.loads(receiver.bodies[0])["title"] == "IntakeGateway: test"


def test_a_message_to_slack_has_its_form(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack itself cannot be had in a test: its address is replaced by that of a local server."""
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", receiver.url)
    address = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    gateway.notifications.create(admin, project, NotificationDraft(name="team", kind="slack", url=address))
    assert gateway.notifications.test(admin, project, "team").status == "delivered"
    assert "attachments" in json.loads(receiver.bodies[0])


def test_secrets_are_in_no_view_no_audit_entry_and_no_answer(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    draft = webhook(
        receiver, url=receiver.url + "?token=planted-one", headers={"Authorization": "planted-two"}
    )
    made = gateway.notifications.create(admin, project, draft)
    assert made.secret is not None
    receiver.statuses = [400]
    gateway.notifications.test(admin, project, "ops")
    shown = gateway.notifications.get(admin, project, "ops").model_dump_json()
    shown += str([one.model_dump_json() for one in sent(gateway, admin, project)])
    with gateway.context.database.read() as session:
        kept = session.query(Notification).one()
        shown += f"{kept.config} {kept.secrets}"
        shown += str([(entry.before, entry.after) for entry in session.query(AuditEntry)])
    for planted in ("planted-one", "planted-two", made.secret):
        assert planted not in shown


def test_a_change_leaves_the_secrets_that_it_does_not_name(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    made = gateway.notifications.create(admin, project, webhook(receiver))
    gateway.notifications.change(admin, project, "ops", NotificationChange(name="people"))
    gateway.notifications.test(admin, project, "people")
    assert made.secret is not None
    assert Webhook(made.secret).verify(receiver.bodies[0], receiver.headers[0])["type"] == "test"
    with pytest.raises(DefinitionError, match="only webhooks have headers|https"):
        gateway.notifications.change(admin, project, "people", NotificationChange(url="ftp://x"))


def test_only_editors_define_who_is_told(gateway: Gateway, project: str, receiver: Receiver) -> None:
    operator = make_actor(gateway, "operator@example.org", Role.OPERATOR)
    with pytest.raises(ForbiddenError):
        gateway.notifications.create(operator, project, webhook(receiver))


def test_a_run_that_is_not_told_of_leaves_nothing(gateway: Gateway, admin: Actor, project: str) -> None:
    end_run(gateway, admin, project, Status.FAILED)
    assert sent(gateway, admin, project) == []
    with gateway.context.database.read() as session:
        assert session.query(Run).count() == 1


def test_a_webhook_does_not_reach_into_the_network_of_the_server(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    guarded = replace(gateway.context.settings, allow_private_addresses="")
    gateway.notifications.create(admin, project, webhook(receiver, events=["FAILED"]))
    end_run(gateway, admin, project, Status.FAILED)
    Deliverer(replace(gateway.context, settings=guarded)).tick()
    (delivery,) = sent(gateway, admin, project)
    assert (delivery.status, receiver.bodies) == ("failed", [])


def test_a_chat_of_ones_own_does_not_reach_into_the_network_of_the_server(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    guarded = Deliverer(
        replace(gateway.context, settings=replace(gateway.context.settings, allow_private_addresses=""))
    )
    address = receiver.url.replace("http://", "json://")
    gateway.notifications.create(
        admin, project, NotificationDraft(name="chat", kind="apprise", url=address, events=["FAILED"])
    )
    end_run(gateway, admin, project, Status.FAILED)
    guarded.tick()
    (delivery,) = sent(gateway, admin, project)
    assert (delivery.status, receiver.bodies) == ("failed", [])
    assert "private or local network" in str(delivery.answer["error"])


def test_a_chat_that_redirects_into_the_network_of_the_server_is_not_followed(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    """The receiver stands for a public one: it is allowed under its name; where it sends us, is not."""
    asked: list[str] = []

    class Inner(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.2", 0), Inner) as inner:
        thread = threading.Thread(target=inner.serve_forever)
        thread.start()
        address = receiver.url.replace("http://", "json://")
        receiver.statuses, receiver.url = [302, 302], f"http://127.0.0.2:{inner.server_port}/metadata"
        gateway.notifications.create(
            admin, project, NotificationDraft(name="chat", kind="apprise", url=address, events=["FAILED"])
        )
        for allowed in ("127.0.0.1/32", "127.0.0.1/32,127.0.0.2/32"):
            end_run(gateway, admin, project, Status.FAILED)
            settings = replace(gateway.context.settings, allow_private_addresses=allowed)
            Deliverer(replace(gateway.context, settings=settings)).tick()
        inner.shutdown()
        thread.join()
    assert len(receiver.bodies) == 2
    assert asked == ["/metadata"]
    assert sorted(one.status for one in sent(gateway, admin, project)) == ["delivered", "pending"]


def test_a_receiver_that_never_ends_its_answer_is_left_after_a_while(
    gateway: Gateway, admin: Actor, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakegateway.services.senders.LONGEST_SECONDS", 0.3)
    left = threading.Event()

    class Dripping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            try:
                while not left.wait(0.02):
                    self.wfile.write(b"x-more: 1\r\n")
            except OSError:
                left.set()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Dripping) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/"
        end_run(gateway, admin, project, Status.FAILED, callback_url=url)
        try:
            assert gateway.deliverer.tick() == 1
        finally:
            left.set()
            server.shutdown()
            thread.join()
    (delivery,) = sent(gateway, admin, project)
    assert (delivery.status, delivery.attempts) == ("pending", 1)
    assert delivery.answer["error"] == "no whole answer came within 0.3 seconds"


def test_of_an_answer_without_end_only_its_beginning_is_read(
    gateway: Gateway, admin: Actor, project: str
) -> None:
    class Endless(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n")
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        end_run(
            gateway, admin, project, Status.FAILED, callback_url=f"http://127.0.0.1:{server.server_port}/"
        )
        gateway.deliverer.tick()
        server.shutdown()
        thread.join()
    (delivery,) = sent(gateway, admin, project)
    assert (delivery.status, len(delivery.answer["body"])) == ("delivered", 2000)


def test_a_receiver_that_hangs_holds_up_no_other(
    gateway: Gateway, admin: Actor, project: str, receiver: Receiver
) -> None:
    let_go = threading.Event()

    class Hanging(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            let_go.wait(60)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hanging) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        url = f"http://127.0.0.1:{server.server_port}/"
        end_run(gateway, admin, project, Status.FAILED, callback_url=url)
        end_run(gateway, admin, project, Status.SUCCESS, callback_url=receiver.url)
        stopped = threading.Event()
        sending = threading.Thread(target=gateway.deliverer.run, args=(stopped, 0.05))
        sending.start()
        try:
            until("the other is told", lambda: receiver.bodies)
            until("it is noted", lambda: "delivered" in {one.status for one in sent(gateway, admin, project)})
            assert {one.status for one in sent(gateway, admin, project)} == {"sending", "delivered"}
        finally:
            let_go.set()
            until(
                "the first is given up",
                lambda: "sending" not in {one.status for one in sent(gateway, admin, project)},
            )
            stopped.set()
            sending.join()
            server.shutdown()
            serving.join()
