"""An HTTP server on 127.0.0.1 whose every answer, and every fault, is scripted; it keeps what it was asked.

::

    with FaultyApi() as api:
        api.on("/orders", status(500), json([{"id": 1}]))   # fails once, then answers for ever
        ...
        assert [seen.query for seen in api.seen] == [...]
"""

from __future__ import annotations

import datetime as dt
import gzip
import ipaddress
import json as _json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Seen:
    """One request as it came; header names in lower case."""

    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return _json.loads(self.body)

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    """One answer. ``announced``: a wrong Content-Length. ``sent``: bytes before the connection is cut."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    announced: int | None = None
    sent: int | None = None
    hangs: bool = False
    drops: bool = False
    drip: float = 0.0
    """Seconds between single bytes."""
    chunked: bool = False
    """In chunks; when cut, without the last one."""


Script = Reply | Callable[[Seen], Reply]


def json(value: Any, code: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(code, _json.dumps(value).encode(), {"Content-Type": "application/json"} | named)


def text(body: str, kind: str = "text/plain", code: int = 200) -> Reply:
    return Reply(code, body.encode(), {"Content-Type": kind})


def status(code: int, body: str = "", **headers: str) -> Reply:
    return Reply(code, body.encode(), {name.replace("_", "-"): value for name, value in headers.items()})


def redirect(to: str, code: int = 302) -> Reply:
    return status(code, Location=to)


def hang() -> Reply:
    return Reply(hangs=True)


def drop() -> Reply:
    """The connection is closed without a word."""
    return Reply(drops=True)


def truncated(reply: Reply, at: int | None = None) -> Reply:
    """The right Content-Length, but the body is cut off."""
    return replace(reply, sent=len(reply.body) // 2 if at is None else at)


def cut_chunks(reply: Reply) -> Reply:
    return replace(reply, sent=len(reply.body) // 2, chunked=True)


def too_short(reply: Reply) -> Reply:
    """A Content-Length that is too small: what is read is cut off, and the rest of the body is lost."""
    headers = {**reply.headers, "Connection": "close"}  # else a second call may meet the end of this one
    return replace(reply, announced=len(reply.body) // 2, sent=len(reply.body) // 2, headers=headers)


def slow(reply: Reply, seconds: float) -> Reply:
    return replace(reply, drip=seconds)


def gzipped(reply: Reply) -> Reply:
    return replace(
        reply, body=gzip.compress(reply.body), headers=reply.headers | {"Content-Encoding": "gzip"}
    )


class FaultyApi:
    """The server. ``tls``: a context to serve https with."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self._scripts: dict[str, list[Script]] = {}
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._scheme = "http"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def on(self, path: str, *scripts: Script) -> None:
        """Answer requests for ``path`` by one script after the other; the last one stays."""
        self._scripts[path] = list(scripts)

    def reply(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            scripts = self._scripts.get(seen.path)
            if not scripts:
                return status(404, "nothing here")
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script if isinstance(script, Reply) else script(seen)

    def wait_until_closed(self) -> None:
        self._released.wait(30)

    def __enter__(self) -> FaultyApi:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away, or refuse our certificate, are part of the game."""


def _handler_for(api: FaultyApi) -> type[BaseHTTPRequestHandler]:
    class Scripted(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen = Seen(
                self.command,
                self.path,
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                body,
            )
            reply = api.reply(seen)
            if reply.hangs:
                api.wait_until_closed()
            if reply.hangs or reply.drops:
                self.close_connection = True
                return
            self._answer(reply)

        do_GET = do_POST = do_PUT = do_PATCH = _serve

        def _answer(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                announced = len(reply.body) if reply.announced is None else reply.announced
                self.send_header("Content-Length", str(announced))
            self.end_headers()
            body = reply.body if reply.sent is None else reply.body[: reply.sent]
            if reply.chunked:
                body = b"%x\r\n%b\r\n" % (len(body), body)
            if reply.drip:
                for at in range(len(body)):
                    time.sleep(reply.drip)
                    self.wfile.write(body[at : at + 1])
            else:
                self.wfile.write(body)
            if reply.sent is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Scripted


@dataclass(frozen=True)
class Certificates:
    """An authority, with a server's and a client's certificate, as PEM files."""

    ca: Path
    server_cert: Path
    server_key: Path
    client_cert: Path
    client_key: Path

    def server_context(self, *, wants_client: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_cert, self.server_key)
        if wants_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        return context


def make_certificates(folder: Path) -> Certificates:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = dt.datetime.now(dt.UTC)

    def issue(name: str, issuer: Any, issuer_key: Any, *, is_ca: bool) -> tuple[Any, Any, Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer is not None else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                critical=False,
            )
        )
        certificate = builder.sign(issuer_key or key, hashes.SHA256())
        cert_path, key_path = folder / f"{name}.pem", folder / f"{name}.key"
        cert_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, key, cert_path, key_path

    ca, ca_key, ca_path, _ = issue("authority", None, None, is_ca=True)
    _, _, server_cert, server_key = issue("server", ca, ca_key, is_ca=False)
    _, _, client_cert, client_key = issue("client", ca, ca_key, is_ca=False)
    return Certificates(ca_path, server_cert, server_key, client_cert, client_key)
