"""Real trouble, made on purpose: no room on the disk, a network that breaks, a database that is held."""

from __future__ import annotations

import resource
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import psycopg

CHUNK = 1 << 16


@contextmanager
def no_room(size: int) -> Iterator[None]:
    """This process cannot make a file larger than ``size`` bytes: the system refuses the write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def held(database_url: str, *tables: str) -> Iterator[None]:
    """Another session holds ``tables`` (of SQLite: the right to write) as long as this is open."""
    if database_url.startswith("sqlite"):
        other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.close()
        return
    with psycopg.connect(database_url) as session:
        session.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        yield


def end_connections(database_url: str) -> int:
    """The server ends every connection of the gateway to its own database; how many."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        found = admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'intakegateway' AND datname = current_database()"
        )
        return len(found.fetchall())


class Network:
    """A TCP proxy in front of a server. ``url`` leads through it.

    ``cut_after``: once so many bytes went to the server, every connection is reset and none is let in until
    ``mend``. ``lose_commit``: after so many bytes, the answer to the next COMMIT is lost, and the connection
    with it.
    """

    def __init__(self, url: str, *, cut_after: int | None = None, lose_commit: int | None = None) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        user = parts.netloc.rpartition("@")[0]
        self.url = parts._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()
        self.is_down = False
        self.cuts = 0
        self._cut_after, self._lose_commit = cut_after, lose_commit
        self._sent = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def mend(self) -> None:
        """Let everything through from now on."""
        self.is_down, self._cut_after, self._lose_commit = False, None, None

    def close(self) -> None:
        """End it all."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._cut()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_down:
                _reset(client)
                continue
            server = socket.create_connection(self._server)
            with self._lock:
                self._open |= {client, server}
            lost = threading.Event()
            for work in (
                lambda c=client, s=server, e=lost: self._up(c, s, e),
                lambda c=client, s=server, e=lost: self._down(s, c, e),
            ):
                thread = threading.Thread(target=work, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _up(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        def look(data: bytes) -> bool:
            self._sent += len(data)
            if self._cut_after is not None and self._sent > self._cut_after:
                self.is_down = True
                self._cut()
                return False
            if self._lose_commit is not None and self._sent > self._lose_commit and b"COMMIT" in data:
                self._lose_commit = None
                lost.set()
            return True

        self._pump(client, server, look)

    def _down(self, server: socket.socket, client: socket.socket, lost: threading.Event) -> None:
        def look(_data: bytes) -> bool:
            if lost.is_set():
                self.cuts += 1
                _reset(client)
                return False
            return True

        self._pump(server, client, look)

    def _pump(self, source: socket.socket, target: socket.socket, look: Callable[[bytes], bool]) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if not look(data):
                    break
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            with self._lock:
                self._open.discard(one)

    def _cut(self) -> None:
        with self._lock:
            found, self._open = self._open, set()
        if found:
            self.cuts += 1
        for one in found:
            _reset(one)


def _reset(one: socket.socket) -> None:
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        one.shutdown(socket.SHUT_RDWR)
    one.close()
