from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from intakegateway.connectors.guard import Guard, guarding
from intakegateway.connectors.http_api.guarded import client
from intakegateway.connectors.http_api.source import open_source
from intakegateway.connectors.postgresql_connection import pinned
from intakegateway.connectors.registry import open_destination
from intakegateway.engine.preview import preview
from intakegateway.kit.addresses import read_rules
from intakegateway.model.errors import DefinitionError, GatewayError, UnavailableError
from intakegateway.model.http import HttpSource

Answer = Callable[[str], tuple[int, dict[str, str], bytes]]


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[int, list[str]]]:
    """An API on 127.0.0.1: its port, and the hosts that it was asked as."""
    asked: list[str] = []

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.headers['Host']}{self.path}")
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    worker = threading.Thread(target=server.serve_forever, daemon=True)
    worker.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
        worker.join()


def read(url: str, guard: Guard, **more: object) -> int:
    spec = HttpSource.model_validate({"url": url, "retry": {"attempts": 1}, "records": "$[*]", **more})
    with guarding(guard):
        source = open_source(spec)
    return preview(source).frame.height


def one_row(path: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, b'[{"id": 1}]'


def test_the_checked_address_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_second_question(*args: object, **more: object) -> object:
        if args[0] == "api.allowed.example":
            pytest.fail("the name was asked for again")
        return real(*args, **more)  # type: ignore[arg-type]

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", no_second_question)
    guard = Guard(read_rules("api.allowed.example"), lookup=lambda host, port: ("127.0.0.1",))
    with serving(one_row) as (port, asked):
        assert read(f"http://api.allowed.example:{port}/a", guard) == 1
    assert asked == [f"api.allowed.example:{port}/a"]


def test_a_name_that_changes_its_address_later_is_refused_then() -> None:
    answers = iter([("127.0.0.1",), ("127.0.0.2",)])
    guard = Guard(read_rules("127.0.0.1"), lookup=lambda host, port: next(answers))

    def pages(path: str) -> tuple[int, dict[str, str], bytes]:
        link = {"Link": "</next>; rel=next"} if path == "/first" else {}
        return 200, {"Content-Type": "application/json", **link}, b'[{"id": "%s"}]' % path.encode()

    with serving(pages) as (port, asked), pytest.raises(DefinitionError, match=r"127\.0\.0\.2"):
        read(f"http://changes.example:{port}/first", guard)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest",
        "http://localhost:1/",
        "http://[::ffff:10.0.0.1]/",
        "http://0x7f000002/",
    ],
)
def test_a_redirect_into_the_private_network_is_not_followed(target: str) -> None:
    guard = Guard(read_rules("start.example"), lookup=lambda host, port: ("127.0.0.1",))
    with serving(lambda path: (302, {"Location": target}, b"")) as (port, _), pytest.raises(
        DefinitionError, match="private or local"
    ):  # fmt: skip
        read(f"http://start.example:{port}/", guard)


def test_a_next_page_and_a_token_endpoint_are_checked_too() -> None:
    guard = Guard(read_rules("start.example"), lookup=lambda host, port: ("127.0.0.1",))
    with serving(lambda path: (200, {}, b'{"next": "http://10.0.0.1/", "data": [{"id": 1}]}')) as (port, _):
        with pytest.raises(DefinitionError, match=r"10\.0\.0\.1"):
            read(f"http://start.example:{port}/", guard, pagination="next_link", records="$.data[*]")
        auth = {"type": "oauth2_client_credentials", "token_url": "http://127.0.0.1:1/", "client_id": "a",
                "client_secret": "planted"}  # fmt: skip
        with pytest.raises(DefinitionError, match=r"127\.0\.0\.1"):
            read(f"http://start.example:{port}/", guard, auth=auth)


def test_a_proxy_that_a_definition_names_is_checked() -> None:
    guard = Guard(lookup=lambda host, port: ("8.8.8.8",))
    with pytest.raises(DefinitionError, match=r"10\.0\.0\.9"):
        read("http://api.example/", guard, proxy="http://10.0.0.9:3128")
    with serving(one_row) as (port, asked):
        allowed = Guard(
            read_rules("127.0.0.1"),
            lookup=lambda host, port: ("8.8.8.8",) if host == "api.example" else (host,),
        )
        assert read("http://api.example/x", allowed, proxy=f"http://127.0.0.1:{port}") == 1
        with pytest.raises(DefinitionError, match=r"10\.1\.1\.1"):
            read("http://10.1.1.1/x", allowed, proxy=f"http://127.0.0.1:{port}")
    assert asked == ["api.examplehttp://api.example/x"]


def test_without_a_guard_nothing_is_refused() -> None:
    with serving(one_row) as (port, _):
        spec = HttpSource.model_validate({"url": f"http://127.0.0.1:{port}/", "records": "$[*]"})
        assert preview(open_source(spec)).frame.height == 1


def test_a_client_for_webhooks_goes_only_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    guard = Guard(read_rules("hook.example"), lookup=lambda host, port: ("127.0.0.1",))
    with serving(one_row) as (port, asked), client(guard, seconds=5) as hooks:
        assert hooks.get(f"http://hook.example:{port}/a").status_code == 200
        with pytest.raises(DefinitionError, match="private or local"):
            hooks.get(f"http://other.example:{port}/a")
    assert asked == [f"hook.example:{port}/a"]


def test_every_host_of_a_database_is_pinned_and_keeps_its_name() -> None:
    answers = {"one.example": ("8.8.8.8", "8.8.4.4"), "two.example": ("1.1.1.1",)}
    guard = Guard(lookup=lambda host, port: answers[host])
    made = pinned({"host": "one.example,two.example", "port": "5432,6432", "dbname": "d"}, guard, "x")
    assert made["host"] == "one.example,one.example,two.example"
    assert made["hostaddr"] == "8.8.8.8,8.8.4.4,1.1.1.1"
    assert made["port"] == "5432,5432,6432"


@pytest.mark.parametrize(
    "given",
    [
        {"host": "8.8.8.8", "hostaddr": "10.0.0.1"}, {"host": ""}, {"host": "/tmp"}, {"host": "@abstract"},
        {"host": "8.8.8.8,"}, {"host": "8.8.8.8", "passfile": "/x"}, {"host": "8.8.8.8", "sslkeylogfile": "/x"},
        {"host": "8.8.8.8", "sslkey": "/etc/ssl/private/x"},
    ],
)  # fmt: skip
def test_a_database_address_has_no_way_around(given: dict[str, str]) -> None:
    with pytest.raises(DefinitionError):
        pinned(given, Guard(lookup=lambda host, port: (host,)), "x")


def test_a_database_server_gets_no_file_that_it_was_not_offered(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("planted-secret")
    received: list[bytes] = []

    def packet(number: int, body: bytes) -> bytes:
        return struct.pack("<I", len(body))[:3] + bytes([number]) + body

    def rogue(server: socket.socket) -> None:
        with server.accept()[0] as peer:
            greeting = (
                b"\x0a8.0.0\x00" + struct.pack("<I", 1) + b"a" * 8 + b"\x00" + struct.pack("<H", 0xF7FF)
            )
            greeting += b"\x2d" + struct.pack("<HH", 2, 0x81FF) + b"\x15" + b"\x00" * 10 + b"a" * 12 + b"\x00"
            peer.sendall(packet(0, greeting + b"mysql_native_password\x00"))
            peer.recv(65536)
            peer.sendall(packet(2, b"\x00\x00\x00\x02\x00\x00\x00"))
            while query := peer.recv(65536):
                if b"SESSION" in query:
                    peer.sendall(packet(1, b"\xfb" + str(secret).encode()))
                    received.append(peer.recv(65536))
                peer.sendall(packet(1, b"\x00\x00\x00\x02\x00\x00\x00"))

    with socket.create_server(("127.0.0.1", 0)) as server:
        worker = threading.Thread(target=rogue, args=(server,), daemon=True)
        worker.start()
        destination = open_destination(f"mysql://u:p@127.0.0.1:{server.getsockname()[1]}/d")
        with pytest.raises(GatewayError):
            destination.inspect("t")
        destination.close()
        worker.join(5)
    assert received
    assert b"planted" not in b"".join(received)


def test_an_address_that_is_not_there_may_be_tried_again() -> None:
    guard = Guard(read_rules("true"), lookup=lambda host, port: ("127.0.0.1",))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for url in (f"postgresql://u@db.example:{port}/d", f"mysql://u@db.example:{port}/d"):
        with guarding(guard):
            destination = open_destination(url)
        with pytest.raises(UnavailableError):
            destination.inspect("t")
        destination.close()
