"""Projects, people, tokens, notifications and the audit log: here and through a server; both say the same."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from gateways import Command, ig, served, store
from intakegateway.bootstrap import Gateway, build
from intakegateway.cli.main import program
from intakegateway.model.actor import Role
from intakegateway.services.sessions import Client
from intakegateway.settings import read_settings
from intakegateway.store.tables.people import User
from service_fixtures import make_actor

__all__ = ["ig", "served", "store"]


def told(done: Result) -> dict[str, object]:
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def items(done: Result) -> list[dict[str, object]]:
    found = told(done)["items"]
    assert isinstance(found, list)
    return found


@pytest.fixture
def people(store: Path) -> None:
    """Ann and Bob may come in."""
    gateway = build(read_settings())
    make_actor(gateway, "bob@example.org", Role.VIEWER)
    gateway.close()


def test_a_project_is_made_changed_and_only_deleted_when_that_is_meant(ig: Command) -> None:
    made = ig("projects", "create", "shop", "--title", "The shop")
    assert (made.exit_code, made.output) == (0, "The project 'shop' was made.\n")
    again = ig("projects", "create", "shop", "--json")
    assert (again.exit_code, told(again)["error"]["code"]) == (1, "conflict")  # type: ignore[index]
    wrong = ig("projects", "create", "The Shop")
    assert (wrong.exit_code, "name" in wrong.stderr) == (2, True)
    assert [one["name"] for one in items(ig("projects", "list", "--json"))] == ["default", "shop"]
    assert "The shop" in ig("projects", "list").output
    assert ig("projects", "change", "shop", "--title", "Our shop").exit_code == 0
    shown = ig("projects", "show")
    assert "Our shop" in shown.output
    assert "0 tasks, 0 connections, 0 schedules, 0 files and 0 runs" in shown.output
    nothing = ig("projects", "change", "shop")
    assert (nothing.exit_code, "--title" in nothing.stderr) == (2, True)
    asked = ig("projects", "delete", "shop")
    assert asked.exit_code == 2
    assert "the project 'shop' with 0 tasks" in asked.stderr
    assert "--yes" in asked.stderr
    assert told(ig("projects", "show", "shop", "--json"))["title"] == "Our shop"
    assert ig("projects", "delete", "shop", "--yes").output == "The project 'shop' was deleted.\n"
    gone = ig("projects", "show", "shop")
    assert (gone.exit_code, gone.stderr) == (1, "Error: there is no project 'shop'.\n")
    kept = ig("projects", "delete", "default", "--yes")
    assert (kept.exit_code, "cannot be deleted" in kept.stderr) == (1, True)


def test_members_come_get_another_role_and_go(ig: Command, people: None) -> None:
    assert ig("projects", "create", "shop").exit_code == 0
    added = ig("projects", "add-member", "Bob@example.org", "--role", "operator")
    assert (added.exit_code, added.output) == (
        0, "bob@example.org belongs to 'shop', with the role 'operator'.\n",
    )  # fmt: skip
    twice = ig("projects", "add-member", "bob@example.org", "--role", "admin")
    assert (twice.exit_code, "set-role" in twice.stderr) == (1, True)
    assert "operator" in ig("projects", "members").output
    assert ig("projects", "set-role", "bob@example.org", "--role", "editor").exit_code == 0
    roles = {one["email"]: one["role"] for one in items(ig("projects", "members", "shop", "--json"))}
    assert roles["bob@example.org"] == "editor"
    wrong = ig("projects", "set-role", "bob@example.org", "--role", "boss")
    assert (wrong.exit_code, "viewer, operator, editor, admin" in wrong.stderr) == (2, True)
    assert ig("projects", "remove-member", "bob@example.org").exit_code == 0
    for words in (("remove-member", "bob@example.org"), ("set-role", "bob@example.org", "--role", "viewer")):
        none = ig("projects", *words)
        assert (none.exit_code, "there is no member 'bob@example.org'" in none.stderr) == (1, True)
    nobody = ig("projects", "add-member", "eve@example.org", "--role", "viewer", "--json")
    assert (nobody.exit_code, told(nobody)["error"]["code"]) == (1, "not_found")  # type: ignore[index]


def test_people_are_let_in_kept_out_and_removed(ig: Command) -> None:
    added = ig("users", "add", "cleo@example.org", "--name", "Cleo")
    assert added.output.startswith("cleo@example.org was added.\n")
    assert "/invitation#" in added.output
    assert ig("users", "disable", "cleo@example.org").output == "cleo@example.org is disabled.\n"
    assert "disabled" in ig("users", "list", "--search", "cleo").output
    assert ig("users", "disable", "cleo@example.org", "--undo").exit_code == 0
    assert ig("users", "unlock", "cleo@example.org").exit_code == 0
    assert told(ig("users", "reset-password", "cleo@example.org", "--json"))["invitation"]
    none = ig("users", "make-admin", "nobody@example.org")
    assert (none.exit_code, none.stderr.splitlines()[0]) == (
        1, "Error: there is no person with the address 'nobody@example.org'.",
    )  # fmt: skip
    assert ig("users", "delete", "cleo@example.org").exit_code == 2
    assert ig("users", "delete", "cleo@example.org", "--yes").exit_code == 0
    assert items(ig("users", "list", "--search", "cleo", "--json")) == []


def test_a_token_is_shown_once_listed_without_its_text_and_revoked(
    ig: Command, people: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    owner = [] if "served" in request.node.callspec.id else ["--owner", "bob@example.org"]
    made = ig("tokens", "create", "nightly", "--role", "operator", "--expires", "90d", *owner)
    assert made.exit_code == 0, made.output
    text = made.output.splitlines()[-1]
    assert text.startswith("igw_")
    listed = ig("tokens", "list", *owner)
    assert "nightly" in listed.output
    assert text not in ig("tokens", "list", "--json", *owner).output
    for words in (["--role", "boss"], ["--expires", "soon"], ["--expires", "2001-01-01"]):
        assert ig("tokens", "create", "x", *words, *owner).exit_code == 2, words
    missing = ig("tokens", "create", "x", "--project", "nowhere", *owner)
    assert (missing.exit_code, "'nowhere'" in missing.stderr) == (1, True)
    assert ig("tokens", "create", "nightly", "--project", "default", *owner).exit_code == 0
    assert "default" in ig("tokens", "list", *owner).output
    double = ig("tokens", "revoke", "nightly", *owner)
    assert (double.exit_code, "2 tokens" in double.stderr) == (1, True)
    assert ig("tokens", "revoke", text[:12], *owner).output == "The token 'nightly' was revoked.\n"
    assert ig("tokens", "revoke", text[:12], *owner).exit_code == 1


def test_a_token_needs_an_owner_here_and_has_one_at_a_server(
    served: tuple[Gateway, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, address = served
    _, token = gateway.tokens.issue(make_actor(gateway, "ann@example.org", admin=True), "tests")
    here = CliRunner().invoke(program("tokens"), ["tokens", "list"])
    assert (here.exit_code, "--owner" in here.stderr) == (2, True)
    there = CliRunner().invoke(
        program("tokens"),
        ["tokens", "list", "--owner", "ann@example.org", "--server", address, "--token", token],
    )
    assert (there.exit_code, "--owner" in there.stderr) == (2, True)


def test_what_was_done_is_in_the_audit_log_and_can_be_saved(ig: Command, tmp_path: Path) -> None:
    assert ig("projects", "create", "shop", "--title", "=1+1").exit_code == 0
    assert ig("projects", "change", "shop", "--title", "The shop").exit_code == 0
    found = items(ig("audit", "list", "--project", "shop", "--json"))
    assert [one["action"] for one in found] == ["updated", "created"]
    assert "created" in ig("audit", "list", "--noun", "project", "--action", "created").output
    assert "1 of 2 entries" in ig("audit", "list", "--project", "shop", "--limit", "1").output
    assert (
        ig("audit", "list", "--project", "shop", "--until", "2001-01-01").output == "There are no entries.\n"
    )
    assert len(items(ig("audit", "list", "--project", "shop", "--since", "2001-01-01", "--json"))) == 2
    for words in (["--since", "yesterday"], ["--project", "x" * 200]):
        assert ig("audit", "list", *words).exit_code == 2, words
    out = tmp_path / "audit.csv"
    assert ig("audit", "export", "-o", out, "--project", "shop").exit_code == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["action"] for row in rows] == ["created", "updated"]
    refused = ig("audit", "export", "-o", out)
    assert (refused.exit_code, "--force" in refused.stderr) == (2, True)
    lines = tmp_path / "audit.ndjson"
    assert told(ig("audit", "export", "-o", lines, "--action", "created", "--json"))["path"] == str(lines)
    assert {json.loads(line)["action"] for line in lines.read_text().splitlines()} == {"created"}
    assert ig("audit", "export", "-o", tmp_path / "audit.doc").exit_code == 2
    assert ig("audit", "export", "-o", "-", "--project", "shop").stdout.startswith("id,at,")


class Receiver(BaseHTTPRequestHandler):
    """Takes what it is sent."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver() -> Iterator[str]:
    """The address of a webhook's receiver."""
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()
        thread.join()


def test_a_webhook_is_added_tried_switched_and_taken_away(ig: Command, receiver: str) -> None:
    assert ig("projects", "create", "shop").exit_code == 0
    secret_url = f"{receiver}?key=planted-secret"
    made = ig(
        "notifications", "add", "ops", "--kind", "webhook", "--url", secret_url, "--header", "X-Key: planted-too",
        "--event", "failed",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "shown this once: whsec_" in made.output
    listed, shown = ig("notifications", "list"), ig("notifications", "show", "ops")
    assert "failed" in listed.output
    for done in (made, listed, shown, ig("notifications", "show", "ops", "--json")):
        assert "planted" not in done.output
        assert done is made or "whsec_" not in done.output
    tried = ig("notifications", "test", "ops")
    assert (tried.exit_code, "took the test message: status 204" in tried.output) == (0, True), tried.output
    sent = items(ig("deliveries", "list", "--notification", "ops", "--status", "delivered", "--json"))
    assert [one["event"] for one in sent] == ["test"]
    assert "delivered" in ig("deliveries", "list").output
    assert "A test message" in ig("deliveries", "show", str(sent[0]["id"])).output
    assert ig("deliveries", "resend", str(sent[0]["id"])).exit_code == 0
    assert ig("deliveries", "list", "--status", "lost").exit_code == 2
    away = "http://127.0.0.1:1/hook"
    assert ig("notifications", "add", "away", "--kind", "webhook", "--url", away).exit_code == 0
    failed = ig("notifications", "test", "away")
    assert failed.exit_code == 1
    assert "'away' did not take the test message: [Errno 111] Connection refused" in failed.output
    assert ig("notifications", "delete", "away").exit_code == 0
    assert ig("deliveries", "show", "nothing").exit_code == 1
    assert ig("notifications", "disable", "ops").output == "The notification 'ops' is disabled.\n"
    assert "disabled" in ig("notifications", "list").output
    assert ig("notifications", "enable", "ops").exit_code == 0
    changed = ig("notifications", "change", "ops", "--name", "people", "--event", "none", "--json")
    assert (told(changed)["name"], told(changed)["events"]) == ("people", [])
    assert ig("notifications", "callback-secret").output.strip()
    assert ig("notifications", "delete", "people").exit_code == 0
    assert ig("notifications", "list").output == "There are no notifications.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kind", "email"), "to"),
        (("--kind", "pigeon", "--url", "https://x.example.org"), "webhook"),
        (("--kind", "slack"), "url"),
        (("--kind", "webhook", "--url", "ftp://x"), "https://"),
        (("--kind", "webhook", "--url", "https://x", "--event", "pending"), "FAILED"),
        (("--kind", "webhook", "--url", "https://x", "--header", "nothing"), "Name: value"),
    ],
)
def test_a_place_that_cannot_be_told_is_refused(store: Path, words: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(program("notifications"), ["notifications", "add", "x", *words])
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_a_test_message_that_is_not_taken_ends_with_1(ig: Command) -> None:
    assert ig("projects", "create", "shop").exit_code == 0
    added = ig("notifications", "add", "mail", "--kind", "email", "--to", "ann@example.org")
    assert added.exit_code == 0, added.output
    tried = ig("notifications", "test", "mail")
    assert (tried.exit_code, "INTAKEGATEWAY_SMTP_URL" in tried.output) == (1, True)


def test_people_are_signed_out_of_their_browsers(
    ig: Command, people: None, request: pytest.FixtureRequest
) -> None:
    gateway = build(read_settings())
    at_server = "served" in request.node.callspec.id
    email = str(items(ig("users", "list", "--json"))[0]["email"]) if at_server else "bob@example.org"
    with gateway.context.database.write() as session:
        user = session.scalars(select(User).where(User.email == email)).one()
        gateway.sessions.open(session, user, Client("192.0.2.7", "a browser"))
    gateway.close()
    shown = ig("users", "sessions", email)
    assert (shown.exit_code, "192.0.2.7" in shown.output) == (0, True), shown.output
    assert ig("users", "sign-out", email).output == f"{email} is signed out.\n"
    assert told(ig("users", "sessions", email, "--json"))["total"] == 0
    if at_server:
        other = ig("users", "sessions", "bob@example.org")
        assert (other.exit_code, "token's owner" in other.stderr) == (2, True)


def test_a_password_of_ones_own_is_changed_on_a_server(
    ig: Command, people: None, request: pytest.FixtureRequest
) -> None:
    asked = ig("users", "change-password", input="wrong\na quite new sentence\n")
    assert asked.exit_code == 2
    said = "not your present password" if "served" in request.node.callspec.id else "users reset-password"
    assert said in asked.stderr
